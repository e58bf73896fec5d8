"""What the checker says of the ledger: duty, reach, homes, windows, rows; in Chinese."""

SENTENCES = {
    # duty
    "no later step has anybody, the last one told is reminded": "后面的步骤也没有人，只好再提醒最后通知的人",
    "lengthen a duty in people": "在人员表里延长值班",
    "add {a} to people": "在人员表里加{a}",
    "put somebody who can be reached on duty then": "那时安排一个通知得到的人值班",
    "{a} nobody; {b} ({c})": "{a} 没有人；{b}（{c}）",
    "{a} nobody at all would be told ({b})": "{a} 谁也通知不到（{b}）",
    "falls to {a} at once": "马上转给{a}",
    "all week": "整周",
    # reach
    "set one up that can, or mend channels in config.toml": "配一个发得了的，或改 config.toml 里的 channels",
    "cannot answer: no text of theirs comes back to the number that tells them": (
        "没法应答：他们回的短信到不了通知他们的号码"
    ),
    "enable [modem], give [web] a public_url, or answer for them with doorwatch incidents ack CODE": (
        "打开 [modem]，或给 [web] 写 public_url，或替他们执行 doorwatch incidents ack CODE"
    ),
    "none is set up: nobody would be told": "一个也没有配好：谁也通知不到",
    "fill in [twilio] in config.toml, or enable [modem]": "填好 config.toml 的 [twilio]，或打开 [modem]",
    "cannot be told at all by {a}": "完全通知不到：{a}",
    "cannot be told by {a}": "通知不到：{a}",
    "sms ({a})": "短信（{a}）",
    "voice ({a})": "电话（{a}）",
    "chat ({a})": "群消息（{a}）",
    "no phone": "没有电话号码",
    "a landline takes no texts": "座机收不了短信",
    "no provider serves {a} for this number": "这个号码没有通道能发{a}",
    "{a}: not set up": "{a} 没有配好",
    "{a} cannot, as set up": "{a} 照现在的配置发不了",
    # homes and sensors
    "no household is watched": "没有住户",
    "import households and sensors": "请导入住户和门磁",
    "no household is in it: nobody is watched, nobody would be told": "里面没有住户：看不到谁，也不会通知谁",
    "import one: doorwatch ledger import FILES": "请导入：doorwatch ledger import FILES",
    "has no household": "没有住户",
    "add its households, if it has any": "如果有，请加上住户",
    "isolation is over: its doors are only logged": "隔离已结束：开门只记录",
    "correct isolation_end, if they still isolate": "如果还在隔离，请改 isolation_end",
    "has no sensor: nothing is seen of it": "没有门磁：看不见",
    "add its sensors": "请加上门磁",
    "{a} says nothing between openings: its loss is not noticed": "{a} 不开门就不出声：坏了不会知道",
    "give supervision_minutes to those that repeat themselves": "会定时出声的请写 supervision_minutes",
    # windows
    "never opens: last_day is before first_day": "永远不开：末日在首日之前",
    "exchange the two": "把两个对调",
    "never opens: no {a} from {b} to {c}": "永远不开：{b} 到 {c} 之间没有{a}",
    "correct weekdays, first_day or last_day": "请改星期、首日或末日",
    "never opens again: its last_day was {a}": "不会再开：末日是 {a}",
    "give a later one, if it goes on": "如果还要继续，请写晚一些的",
    "never opens: no home that it is for isolates then": "永远不开：适用的住户那时都不在隔离",
    "correct its days or applies_to": "请改日期或适用",
    "{a}-{b} meets the change of the clocks on {c}: it opens {d}-{e}, {f} min instead of {g}": (
        "{a}-{b} 碰上 {c} 换钟点：实际开 {d}-{e}，{f} 分而不是 {g} 分"
    ),
    "give it other hours on that day, or tell the homes": "那天换个时间，或告诉住户",
    # rows of the ledger
    "{a}: it is never heard": "{a}：永远听不到",
    "{a} is also that of sensor {b}, {c}": "{a} 也是门磁 {b} 的（{c}）",
    "{a} is also that of sensor {b}, {c}, which has it as {d}": "{a} 也是门磁 {b} 的（{c}，那里写作 {d}）",
    "of household {a}": "住户 {a}",
    "each sensor has its own: look at its label": "每个门磁各有各的：请看标签",
    "{a} has the prefix of topics, so that it is never heard": "{a} 带着主题前缀，永远听不到",
    "{a} stands for many topics": "{a} 指的是很多主题",
    "write the one of this sensor; see sensors discover": "写这个门磁自己的，见 sensors discover",
    "{a} is not a Bluetooth address": "{a} 不是蓝牙地址",
    "write six pairs, as 3C:2E:F5:AA:BB:CC": "写六组，例如 3C:2E:F5:AA:BB:CC",
    "{a} is not a device EUI": "{a} 不是设备 EUI",
    "write its 16 hexadecimal digits": "写它的 16 位十六进制数",
    "{a} characters are too long": "{a} 个字符太长",
    "use at most {a}": "最多 {a} 个",
    # places
    "ledger: sensor {a}": "台账：门磁 {a}",
    "household {a}": "住户 {a}",
    "{a} households {b}": "{a} 户：{b}",
    "sensor {a}": "门磁 {a}",
    "{a} sensors {b}": "{a} 个门磁：{b}",
    "window {a}": "时段 {a}",
    "{a} windows {b}": "{a} 个时段：{b}",
    "person {a}": "人员 {a}",
    "{a} people {b}": "{a} 人：{b}",
}  # fmt: skip
