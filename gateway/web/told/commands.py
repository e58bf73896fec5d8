"""What ``doorwatch check``, ``sensors list`` and ``replay`` say, in Chinese."""

SENTENCES = {
    # check
    "Gateway": "网关",
    "All {n} grids": "全部 {n} 个网格",
    "Grid {a}": "网格 {a}",
    "Grids {a}": "网格 {a}",
    "Grids {a} and {n} more": "网格 {a}，另有 {n} 个",
    "{n} mistake": "{n} 处错误",
    "{n} mistakes": "{n} 处错误",
    "{n} warning": "{n} 条提醒",
    "{n} warnings": "{n} 条提醒",
    "{a}: no mistakes": "{a}：没有错误",
    "the ledger is looked at once it is mended": "改好以后再看台账",
    "the ledger is looked at once they are mended": "改好以后再看台账",
    "rules as shipped": "出厂规则",
    "rules: built-in defaults, no {a} beside {b}": "出厂规则，{b} 旁边没有 {a}",
    "no ledger yet: there is no {a}": "还没有台账：没有 {a}",
    "no ledger yet in {a}": "{a} 里还没有台账",
    "ledger version {n} of {a}": "台账第 {n} 版，在 {a}",
    # replay
    "from {a} to {b}": "从 {a} 到 {b}",
    "{n} answer": "{n} 次应答",
    "{n} answers": "{n} 次应答",
    "{a} found no incident: these rules had none at that door then.": (
        "{a}没有对应的事件：按这些规则，那扇门当时没有事件。"
    ),
    "Households released up to {a} were purged: neither side has them.": (
        "{a} 及以前解除隔离的住户已清除，两边都不算。"
    ),
    "nothing is stored up to {a}": "到 {a} 为止没有记录",
    "nothing is stored after {a}: choose an earlier --since": (
        "{a} 以后没有记录：请把 --since 提早"
    ),
    "nothing is stored after {a} until {b}: choose an earlier --since": (
        "{a} 以后到 {b} 没有记录：请把 --since 提早"
    ),
    "These rules would have sent as much: {a}.": "按这些规则，发的一样多：{a}。",
    "These rules would have sent {a}.": "按这些规则，会{a}。",
    **{
        f"{{n}} {one}{many}{how}": f"{said}{{n}} {unit}"
        for one, unit in (
            ("incident", "起事件"),
            ("text", "条短信"),
            ("call", "个电话"),
            ("chat", "条群消息"),
        )
        for many in ("", "s")
        for how, said in (("", ""), (" less", "少发 "), (" more", "多发 "))
    },
    **{
        f"{{n}} {one}{many} -> {{b}}": f"{said} {{n}} -> {{b}}"
        for one, said in (
            ("incident", "事件"),
            ("text", "短信"),
            ("call", "电话"),
            ("chat", "群消息"),
        )
        for many in ("", "s")
    },
    "{n} decisions ({a}), {b} incidents, would have told: {c}": (
        "{n} 个判定（{a}），{b} 起事件，会通知：{c}"
    ),
    "{n} readings came too late to count": "{n} 条读数来得太晚，不算",
    "replaying": "重演中",
    "there is no data at {a} yet: nothing was journaled": "{a} 还没有数据：什么都没有记录",
    "--until is before --since; exchange them": "--until 早于 --since，请对调",
}

COLUMNS = {
    "sensor": "门磁",
    "household": "户号",
    "protocol": "协议",
    "place": "位置",
    "state": "状态",
    "heard": "上次听到",
    "battery": "电量",
    "key": "密钥",
    "kind": "类型",
    "would be": "重演",
    "incidents was": "事件 当时",
    "texts was": "短信 当时",
    "calls was": "电话 当时",
    "chats was": "群消息 当时",
    "at": "时间",
    "verdict": "判定",
    "severity": "级别",
    "reason": "原因",
    "incident": "事件",
    "told": "通知",
}

CELLS = {
    "open": "开",
    "closed": "关",
    "changed?": "换过？",
    "yes": "有",
    "no": "无",
    "all": "合计",
    "none": "无",
    "nobody": "没有人",
    "permitted": "许可",
    "not_isolating": "不在隔离",
    "commissioning": "安装调试",
}
