"""What ``doorwatch setup`` says, in both languages: a key, Chinese, English."""

WORDS: dict[str, tuple[str, str]] = {
    # -- the questions, by their names
    "language": ("Language / 语言 (zh, en)", "Language / 语言 (zh, en)"),
    "id": ("网关编号，不可与其他网关相同", "Id of this gateway, unlike that of any other"),
    "country": (
        "国家或地区代码，用于没有国际区号的电话号码",
        "Country, two letters, of phone numbers without a prefix",
    ),
    "timezone": ("时区", "Time zone"),
    "store": ("数据库文件", "File of the database"),
    "broker": (
        "MQTT 服务器：local（本机 mosquitto）、embedded（内置）、none（无），或 mqtts://主机:8883",
        "MQTT broker: local (mosquitto here), embedded, none, or mqtts://HOST:8883",
    ),
    "broker_ca": (
        "签发服务器证书的 CA 文件（留空：系统自带）",
        "File of the CA that signed its certificate (blank: one that the system knows)",
    ),
    "broker_user": ("在 MQTT 服务器上的用户名（- 表示无）", "Our name at the broker (-: none)"),
    "broker_password": ("其密码", "Its password"),
    "adapters": (
        "蓝牙适配器，用逗号分隔（none：不用蓝牙）",
        "Bluetooth adapters, with commas between (none: no Bluetooth)",
    ),
    "provider": (
        "由谁发短信、打电话：twilio、modem（本机短信模块）、both（两者）、none（暂无）",
        "Who sends texts and calls: twilio, modem (on this machine), both, none (for now)",
    ),
    "twilio_sid": ("Twilio 账户 SID（以 AC 开头）", "Twilio account SID, begins with AC"),
    "twilio_token": ("Twilio 认证令牌（auth token）", "Twilio auth token"),
    "twilio_from": (
        "发送号码（+12025550100），或以 MG 开头的消息服务 SID",
        "The number it sends from, as +12025550100, or a messaging service, begins with MG",
    ),
    "listen": (
        "网页监听地址（127.0.0.1:8080：仅本机）",
        "Where the pages listen (127.0.0.1:8080: this machine only)",
    ),
    "public_url": (
        "互联网访问本机的地址，https://…（留空：没有）",
        "The https:// address at which the internet reaches it (blank: none)",
    ),
    "certificate": (
        "网页证书：new（现在自签）、own（已有文件）、keep（沿用现有）、none（不加密）",
        "Certificate of the pages: new (signs itself), own (files), keep (what there is), none",
    ),
    "certificate_names": (
        "证书中的名称和地址，用逗号分隔",
        "Names and addresses in it, with commas between",
    ),
    "tls_cert": ("证书文件（PEM，含完整链）", "File of the certificate (PEM, the whole chain)"),
    "tls_key": ("其私钥文件（PEM）", "File of its key (PEM)"),
    "admin": (
        "网页管理员登录名（- 表示不设）",
        "Name by which the administrator logs in to the pages (-: none)",
    ),
    "admin_password": ("其密码", "Their password"),
    "backup_path": (
        "备份存放的文件夹，最好在另一块盘上（留空：不备份）",
        "Folder for backups, on another disk (blank: none)",
    ),
    "backup_key": (
        "备份密钥文件（不存在则新建）",
        "File of the key that seals them (made, if it is not there)",
    ),
    # -- between
    "hello": (
        "方括号中为默认值，回车即采用。最后才写入；Ctrl-C 退出，不作任何改动。",
        "In brackets is what Enter means. All is written at the end: Ctrl-C leaves everything"
        " as it is.",
    ),
    "secret": ("（不显示；@文件：从文件读取）", " (not shown; @FILE: from a file)"),
    "keeps": (
        "（不显示；@文件：从文件读取；回车：不变）",
        " (not shown; @FILE: from a file; Enter: as it is)",
    ),
    "again": ("再输入一次", "Once more"),
    "differs": ("两次输入不同", "the two differ"),
    "wrong": ("  不可用：{why}", "  No: {why}"),
    "no_radio": (
        "  没有找到蓝牙适配器；插上后再运行一次。",
        "  No Bluetooth adapter was found; plug one in and run this again.",
    ),
    "asking": ("  正在询问 Twilio …", "  Asking Twilio ..."),
    "unasked": (
        "  无法确认（{why}）：doorwatch doctor 会再试。",
        "  Nobody can say now ({why}): doorwatch doctor will try again.",
    ),
    "known": ("  Twilio 认可。", "  Twilio knows it."),
    "replaces": (
        "原有的 {names} 会保留为 .bak；其中的注释不会带过来。",
        "What there is of {names} is kept as .bak; its comments are not taken over.",
    ),
    "write": ("写入吗？", "Write it?"),
    # -- after
    "written": ("已写入 {path}", "written: {path}"),
    "fingerprint": (
        "网页证书的 SHA-256 指纹，浏览器第一次警告时请核对：\n  {print}",
        "SHA-256 fingerprint of the certificate, to compare when a browser first warns:\n  {print}",
    ),
    "key": (
        "请把 {path} 的副本存放在别处（纸上、保险柜里）：没有它，任何备份都无法读取。",
        "Keep a copy of {path} elsewhere, on paper, in a safe: without it no backup can be read.",
    ),
    "admin_done": ("{name} 可以登录网页", "{name} may log in to the pages"),
    "green": ("一切正常。", "All is well."),
    "trouble": (
        "还有 {n} 处要处理，见上面的箭头；之后运行 doorwatch doctor。",
        "{n} to mend, as the arrows say; then: doorwatch doctor",
    ),
    "next": (
        "接下来：\n  {start}\n  {ledger}\n名册表格的样例和说明：\n  {example}\n  {page}",
        "Next:\n  {start}\n"
        "  {ledger}\nThe ledger's files as an example, and what is in them:\n  {example}\n  {page}",
    ),
}


def say(language: str, key: str, **values: object) -> str:
    """Raises ``KeyError`` for a word that is not there."""
    text = WORDS[key][0 if language == "zh" else 1]
    return text.format(**values) if values else text
