"""What the checker says of config.toml and rules.toml, in Chinese."""

from gateway.web.words.common import WORDS as COMMON
from gateway.web.words.desk_codes import WORDS as CODES

SENTENCES = {
    # any file of keys
    "is not known": "不认识",
    "{a} is not known": "不认识 {a}",
    "is not text": "要写成文字",
    "put it in double quotes": "加上双引号",
    "is neither true nor false": "只能是 true 或 false",
    "write true or false, without quotes": "写 true 或 false，不加引号",
    "is not a whole number": "要写整数",
    "is not a number": "要写数字",
    "write digits, without quotes": "写数字，不加引号",
    "is not a list": "要写成列表",
    'write it in brackets, as ["a", "b"]': '写在方括号里，例如 ["a", "b"]',
    "is not a table": "要写成一节",
    "put its keys under a heading in brackets": "把它的键写在方括号标题下面",
    "put its keys under [{a}]": "把它的键写在 [{a}] 下面",
    "put its keys under a heading with its id": "把它的键写在带编号的标题下面",
    "is blank": "是空的",
    "fill it in": "请填上",
    "is empty": "是空的",
    "is missing": "没有写",
    "add it": "请补上",
    "is there twice": "写了两遍",
    "take one of them out": "删掉其中一个",
    "use one of {a}": "从这些里选：{a}",
    "is too small": "太小",
    "give at least {a}": "至少写 {a}",
    "is too large": "太大",
    "give at most {a}": "最多写 {a}",
    "{a} is out of bounds": "{a} 超出范围",
    "give {a} to {b}": "写 {a} 到 {b}",
    "it belongs under [{a}]": "应该写在 [{a}] 下面",
    "did you mean {a}?": "是不是想写 {a}？",
    "take it out; known here: {a}": "请删掉；这里可以写：{a}",
    "see the example configuration": "请看示例配置",
    "is not UTF-8": "不是 UTF-8 编码",
    "save it as UTF-8": "另存为 UTF-8",
    "is no TOML: {a}": "不是正确的 TOML：{a}",
    "mend that line": "请改那一行",
    'write the marks of that line in half width, as " , = [ ]': (
        '那一行的标点要用半角，例如 " , = [ ]'
    ),
    "put the names in that line in double quotes": "那一行的名称要加双引号",
    "{a} cannot be read: {b}": "读不了 {a}：{b}",
    "give a file that can": "换一个读得了的文件",
    'give a file that can, or path = "" for the rules as shipped': (
        '换一个读得了的文件，或写 path = "" 用出厂规则'
    ),
    # config.toml
    "there is no time zone {a}": "没有时区 {a}",
    "write it as Asia/Shanghai": "写成 Asia/Shanghai 这样",
    "there is no country {a}": "没有国家 {a}",
    "write its two capital letters, as CN": "写两个大写字母，例如 CN",
    "{a} is no Bluetooth adapter": "{a} 不是蓝牙适配器",
    "write hci0, hci1 ...": "写 hci0、hci1 这样",
    "{a} is no full phone number": "{a} 不是完整的电话号码",
    "write it as +14155550100": "写成 +14155550100 这样",
    "{a} is no beginning of topics": "{a} 不能做主题的开头",
    "write it without + or #, and without a slash at its ends, as zigbee2mqtt": (
        "不要有 + 或 #，两头不要斜杠，例如 zigbee2mqtt"
    ),
    "{a} is not HOST:PORT": "{a} 不是 主机:端口",
    "write 127.0.0.1:8080, or 0.0.0.0:8080 for everybody": (
        "写 127.0.0.1:8080；给大家用就写 0.0.0.0:8080"
    ),
    "{a} is no broker's address": "{a} 不是消息服务的地址",
    "write mqtt://HOST:1883, mqtts://HOST:8883 or embedded://127.0.0.1:1883": (
        "写 mqtt://HOST:1883、mqtts://HOST:8883 或 embedded://127.0.0.1:1883"
    ),
    "holds a user or password, which belong in username and password_file": (
        "里面有用户名或密码，应该写在 username 和 password_file"
    ),
    "{a} does not begin with {b}": "{a} 不是以 {b} 开头",
    "{a} is no address: {b}": "{a} 不是地址：{b}",
    "write https://HOST": "写 https://HOST",
    "write https://HOST/PATH or mqtts://HOST:8883/TOPIC": (
        "写 https://HOST/PATH 或 mqtts://HOST:8883/TOPIC"
    ),
    "write it as 10:00": "写成 10:00 这样",
    "is no country prefix": "不是国家号段",
    "write a plus and digits, as +86": "写加号和数字，例如 +86",
    'write ["hci0"], or set enabled = false': '写 ["hci0"]，或者 enabled = false',
    "make a key: doorwatch backup --new-key FILE; keep a copy elsewhere": (
        "生成一个密钥：doorwatch backup --new-key FILE，并在别处留一份"
    ),
    "nothing is listened to": "什么也没有在听",
    "enable ble, or give mqtt.url": "打开 ble，或写 mqtt.url",
    "is the same as web.listen": "和 web.listen 一样",
    "give it another port": "换一个端口",
    "is blank, but there is a password": "是空的，却有密码",
    "is for mqtts:// only": "只用于 mqtts://",
    "write mqtts:// in mqtt.url": "把 mqtt.url 写成 mqtts://",
    "list what the state says then": "列出那时状态怎么说",
    "{a} is open too": "{a} 在开着的一栏里也有",
    "take it out of one": "从其中一栏删掉",
    "two files are called {a}": "两个文件都叫 {a}",
    "rename one of them": "改掉其中一个的名字",
    "{a}: line {b} is no address": "{a}：第 {b} 行不是地址",
    "write NAME = SERVICE://..., or SERVICE://... for people without a group": (
        "写 NAME = SERVICE://...；没有群的人写 SERVICE://..."
    ),
    "{a} has no address": "{a} 里没有地址",
    "write NAME = SERVICE://...": "写 NAME = SERVICE://...",
    "fill it in; it begins with AC": "请填上，以 AC 开头",
    "is an API key": "是 API key",
    "put it into api_key_sid, and the account's, which begins with AC, here": (
        "把它写进 api_key_sid，这里写账号的，以 AC 开头"
    ),
    "name the file that holds the key's secret": "写上放着密钥的文件",
    "name the file that holds the token, or give an API key": "写上放着 token 的文件，或给 API key",
    "give it, or messaging_service_sid": "写上它，或写 messaging_service_sid",
    "is blank, but {a} is not": "是空的，而 {a} 不是",
    "give both or neither": "两个都写，或都不写",
    "everybody can read {a}": "谁都能读 {a}",
    "run chmod 600 {a}": "执行 chmod 600 {a}",
    "{a} is empty": "{a} 是空的",
    "put the secret there, and nothing else": "里面只放密钥，不放别的",
    "it is not text": "不是文字",
    # times and words
    "is not a time of day": "要写一天里的时间",
    "{a} is not a time of day": "{a} 不是一天里的时间",
    "write HH:MM, as 07:30": "写成 07:30 这样",
    'write it as "22:00"': '写成 "22:00" 这样',
    "is not a range of hours": "要写从几点到几点",
    'write { start = "22:00", end = "06:00" }': '写 { start = "22:00", end = "06:00" }',
    "ends when it starts": "开始和结束是同一时间",
    "let it end at another time": "换一个结束时间",
    "is not a list of words": "要写成词的列表",
    'write it in brackets, as ["member", "leader"]': '写在方括号里，例如 ["member", "leader"]',
    # rules.toml
    "flap_minutes is 0: no sensor ever has flap_openings in that time": (
        "flap_minutes 是 0：没有门磁能在这么短的时间里开 flap_openings 次"
    ),
    "give flap_minutes, or leave flap_openings out": "写 flap_minutes，或不写 flap_openings",
    "repeated_opening can never happen: openings nearer than flap_minutes or rejoin_seconds count"
    " once, so repeat_openings of them do not fit into repeat_minutes": (
        "repeated_opening 永远不会发生：相隔不到 flap_minutes 或 rejoin_seconds 的只算一次，"
        "repeat_minutes 里放不下 repeat_openings 次"
    ),
    "give a longer repeat_minutes": "repeat_minutes 写长一些",
    "is 0: a sensor that flaps is never noticed, and texts each time": (
        "是 0：反复报开关的门磁发现不了，每次都发短信"
    ),
    "give at least 1": "至少写 1",
    "is 0: every uncovered opening is critical at once": "是 0：每次未经许可开门立刻就是严重",
    "give the time to close a door again": "写关上门要多久",
    "is 0: while a door is open, an acknowledgement stops nothing": (
        "是 0：门开着时，有人应答也停不住通知"
    ),
    "give the time that the way takes": "写到场要多久",
    "merge_minutes is shorter than rejoin_seconds: an incident may end before its opening": (
        "merge_minutes 比 rejoin_seconds 短：事件可能比开门先结束"
    ),
    "give a longer merge_minutes": "merge_minutes 写长一些",
    "low ones wait for the digest and have no steps": "低级别的并入摘要，没有步骤",
    "take it out, or write medium": "删掉，或写 medium",
    "nobody is {a}": "没有人是{a}",
    "add one to people, or take {a} out": "在人员表里加一个，或删掉{a}",
    "{a} comes after the {b} of an earlier step of {c}; minutes count from its first alert": (
        "{a} 排在前面一步的 {b} 之后（{c}）；分钟从第一次通知算起"
    ),
    "put the steps in their order": "把步骤按先后排好",
    "{a} is said at {b} min already": "{a} 在第 {b} 分已经通知过",
    "{a} is said at {b} min already; nobody gets the same within 2 min": (
        "{a} 在第 {b} 分已经通知过；两分钟内同一个人不会收到两次"
    ),
    "take it out of one of them, or put it later": "从其中一步删掉，或推后",
    "nobody would hear of a {a} incident before this": "在这之前没有人会知道{a}的事件",
    "write 0": "写 0",
    "is all of texts_per_day: nothing but critical ones is ever texted": (
        "等于 texts_per_day：除了严重事件什么短信都不会发"
    ),
    "leave some for the others": "给别的事件留一些",
    "is more than carriers there let through, {a} in 24 h": "超过当地运营商 24 小时放行的 {a} 条",
    "stay below: what is over it is lost": "不要超过，超过的会丢",
    "is more than texts_per_day": "比 texts_per_day 多",
    "{a} min is less than {b} waits for a step: a door that opens again starts the chain anew, and"
    " the later steps may never come": (
        "{a} 分比{b}等下一步的时间短：门再开一次就从头通知，后面的步骤可能永远轮不到"
    ),
    'write "door" if only the door moves it, else "other"': '只有开关门会动它就写 "door"，否则写 "other"',
    "use low, medium, high or critical": "写 low、medium、high 或 critical",
    "is not a list of steps": "要写成步骤的列表",
    "write [[escalation]] before each": "每一步前面写 [[escalation]]",
    'write [budget."+86"]': '写 [budget."+86"]',
    "give a number a day": "写一天几条",
    "holds for the whole gateway": "只能整个网关一样",
    "put it under [defaults]": "写在 [defaults] 下面",
    "holds for a grid": "只能整个网格一样",
    "put it under [grid.…]": "写在 [grid.…] 下面",
    "falls into quiet_hours": "落在 quiet_hours 里",
    "send it after they end": "等它过了再发",
    "there is no {a} {b}": "没有{a} {b}",
    "correct its id": "改正编号",
}  # fmt: skip

_KINDS = "desk.kind.", "desk.severity.", "desk.by.", "role.", "desk.outcome."
WORDS = {
    **{
        key.removeprefix(start): both[0]
        for start in _KINDS
        for key, both in (CODES | COMMON).items()
        if key.startswith(start) and "." not in key.removeprefix(start)
    },
    **{
        f"{severity} {{n}} min": f"{both[0]} {{n}} 分"
        for severity, both in (
            (key.removeprefix("desk.severity."), both)
            for key, both in CODES.items()
            if key.startswith("desk.severity.")
        )
    },
    "NOBODY": "没有人",
    "ledger": "台账",
    "providers": "通知通道",
    "grid": "网格",
    "household": "住户",
}
SENTENCES |= {key: WORDS.pop(key) for key in [*WORDS] if "{" in key}
SENTENCES |= {
    f"{kind} {{n}} min": f"{CODES[f'desk.kind.{kind}'][0]} {{n}} 分"
    for kind in ("gateway_fault", "mass_opening")
}
