"""Refusals, errors of providers and of the system, and other codes, in Chinese."""

SENTENCES = {
    # what the gateway refuses
    "there is no person {a} in the ledger that is in force": "现用台账里没有人员 {a}",
    "another pass was quicker: none is left today": "另一张通行更快：今天没有了",
    "sensor {a} is not in the ledger that is in force": "现用台账里没有门磁 {a}",
    "sensor {a} was not heard to count anew: nothing to accept; if its battery was changed just now,"
    " open and close its door twice and say it again": (
        "没有听到门磁 {a} 重新计数，不用确认；如果刚换过电池，请把门开关两次再确认"
    ),
    "household {a} is not in the ledger that is in force": "现用台账里没有住户 {a}",
    "grid {a} is not in the ledger that is in force": "现用台账里没有网格 {a}",
    "there is no grid {a} in the ledger that is in force": "现用台账里没有网格 {a}",
    "there is no grid {a} in the ledger": "台账里没有网格 {a}",
    "there is no person {a} in the ledger": "台账里没有人员 {a}",
    "a drill of grid {a} runs already: see doorwatch incidents list": "网格 {a} 正在演练",
    "{a} is not on the roster that answers for incident {b}": "{a} 不在负责事件 {b} 的名单上",
    "{a} is for the rules to say, not for a person": "“{a}”由规则来定，不由人说",
    "{a} does not fit {b}: say one of {c}": "“{b}”不能说是“{a}”，可以说：{c}",
    "incident {a} is resolved already": "事件 {a} 已经办结",
    "incident {a} is not known, or too old to change": "没有事件 {a}，或太旧不能再改",
    "incident {a} is over, and a later one has followed": "事件 {a} 已结束，后面又有新的",
    "incident {a} is over, or not about a door: grant without it": (
        "事件 {a} 已结束，或不是开门的事：请单独放行"
    ),
    "a pass lasts from {a} to {b} minutes, not {c}": "通行时间是 {a} 到 {b} 分钟，不能是 {c}",
    "0 of {a} passes are left that this household may take today": (
        "这一户今天自己能报的 {a} 次已用完"
    ),
    "household {a} has no incident {b}": "住户 {a} 没有事件 {b}",
    "there is no {a}, or it is long over": "没有 {a}，或早已结束",
    "{a} is {b} already: there is nothing to take back": "{a} {b}，没有可收回的",
    "{a} is not under maintenance": "{a}没有在检修",
    "maintenance lasts from 1 to {a} minutes, not {b}": "检修时间是 1 到 {a} 分钟，不能是 {b}",
    "the command that takes it away failed": "取走备份的命令失败",
    "the gateway": "网关",
    "grid {a}": "网格 {a}",
    # a text that did not leave as it was
    "{a}: by alert {b}": "{a}（第 {b} 条通知）",
    # a part of the gateway that fails, behind the gateway's name
    "{a} provider:{b}": "{a} 通知通道 {b}",
    "{a} alerts": "{a} 通知",
    "provider:{a}": "通知通道 {a}",
    # the clock
    "NTP (systemd-timesyncd)": "NTP（systemd-timesyncd）",
    "NTP (the kernel says so: chrony or ntpd)": "NTP（内核说的：chrony 或 ntpd）",
    "the hardware clock (RTC)": "硬件时钟（RTC）",
    "the mobile network": "移动网络",
    "{a}, until the next boot": "{a} 担保，到下次开机为止",
    # the system
    "the answer is longer than {a} bytes": "回答超过 {a} 字节",
    "version {a}": "第 {a} 版",
    # TOML, as Python's tomllib says it
    "is no TOML: {a} (at line {b}, column {c})": "不是正确的 TOML，第 {b} 行第 {c} 列：{a}",
    "is no TOML: {a} (at end of document)": "不是正确的 TOML，在文件末尾：{a}",
    "{a} (at line {b}, column {c})": "第 {b} 行第 {c} 列：{a}",
    "{a} (at end of document)": "文件末尾：{a}",
    "Expected {a}": "这里应该是 {a}",
    "Illegal character {a}": "不能有字符 {a}",
    "Cannot declare {a} twice": "{a} 写了两遍",
    "Cannot mutate immutable namespace {a}": "{a} 已经写完，不能再改",
    "Duplicate inline table key {a}": "{a} 写了两遍",
}

CODES = {
    # why a provider did not take an alert: gateway.alerts.errors.Reason
    "no_connection": "连不上",
    "timeout": "没有及时回答",
    "connection_lost": "连接中断",
    "provider_down": "对方服务出错",
    "bad_answer": "对方的回答看不懂",
    "rate_limited": "发得太快，被限速",
    "auth": "账号或密钥不对",
    "account": "账号不能用（停用、欠费或试用）",
    "bad_sender": "发送号码不能这样发",
    "country_blocked": "没有开通发往这个国家",
    "not_served": "没有配这种方式",
    "bad_number": "号码不对",
    "not_mobile": "收不了短信的号码",
    "opted_out": "对方退订了",
    "unknown_number": "空号",
    "unreachable": "关机或没有信号",
    "bad_text": "内容不被接受",
    "blocked": "被运营商拦下",
    "queue_full": "对方排队已满",
    "expired": "在对方那里等过期了",
    "carrier": "运营商拒绝，没说原因",
    "not_found": "对方查不到",
    "refused": "被拒绝",
    "provider_broke": "通道出错",
    # why a text did not leave as it was: gateway.alerts.budget.Why, and leaving
    "texts_per_day": "今天的条数用完",
    "same_per_day": "同样的内容今天已够",
    "reserved_for_critical": "剩下的留给严重事件",
    "burst": "短时间太多",
    "merged": "并入另一条",
    "other_way": "改用别的方式",
    "maintenance": "检修中",
    "nobody": "等着，没有别人知道",
    "deadline": "过了时限",
    "no_route": "没有通道",
    "no_receipt": "没有回执",
    "off_roster": "已不在名单上",
    "off_duty": "已下班",
    # why the radio does not listen: drivers.ble.errors.Trouble
    "no_bus": "连不上系统总线",
    "no_bluetoothd": "蓝牙服务没有运行",
    "no_adapter": "没有适配器",
    "powered_off": "适配器关着",
    "discovery_stopped": "扫描被停掉",
    "quiet": "很久没有听到",
    "deaf": "重启以后仍听不到",
    # why a backup failed: gateway.backup.errors.Reason
    "key": "密钥没有或不对",
    "damaged": "备份损坏",
    "store": "数据库自检没有通过",
    "disk": "磁盘写不了或满了",
    "busy": "正忙",
    "there": "那里已有文件",
    # where a heartbeat is
    "intake": "接收",
    "rules": "规则",
    "dispatcher": "发送",
    # what becomes of a pass
    "valid": "有效",
    "used": "已用",
    "overrun": "已用，超时",
    "revoked": "已收回",
    # whoever is no person of the roster
    "resident": "住户",
    "cli": "命令行",
    "schedule": "定时",
}

WORDS = {
    **CODES,
    # the system's errors
    "No such file or directory": "没有这个文件",
    "Permission denied": "没有权限",
    "Operation not permitted": "不允许",
    "Is a directory": "是文件夹",
    "Not a directory": "不是文件夹",
    "Read-only file system": "文件系统只读",
    "No space left on device": "磁盘满了",
    "Input/output error": "读写出错",
    "Connection refused": "对方拒绝连接",
    # TOML
    "Invalid value": "值写得不对",
    "Invalid statement": "这一行写得不对",
    "Invalid date or datetime": "日期写得不对",
    "Invalid hex value": "十六进制写得不对",
    "Invalid initial character for a key part": "键的第一个字符不对",
    "Expected '=' after a key in a key/value pair": "键后面少了“=”",
    "Expected newline or end of document after a statement": "一行只能写一项",
    "Expected ']' at the end of a table declaration": "少了“]”",
    "Expected ']]' at the end of an array declaration": "少了“]]”",
    "Cannot overwrite a value": "同一个键写了两遍",
    "Unterminated string": "引号没有成对",
    "Unclosed array": "方括号没有成对",
    "Unclosed inline table": "花括号没有成对",
    "Unescaped '\\\\' in a string": "文字里的反斜杠要写两个",
}
