"""What the reports say, in Chinese and English. Data only.

Nothing here says that anybody did as they should: a report knows only what was observed.
"""

from collections.abc import Mapping

WORDS: Mapping[str, tuple[str, str]] = {
    # coverage
    "household": ("户号", "household"),
    "grid": ("网格", "grid"),
    "day": ("日期", "day"),
    "address": ("地址", "address"),
    "minutes": ("应观察分钟", "minutes"),
    "observed": ("已观察", "observed"),
    "unsupervised": ("无监督", "unsupervised"),
    "not_observed": ("未观察", "not observed"),
    "power": ("停机", "power"),
    "clock": ("时钟", "clock"),
    "radio": ("蓝牙", "radio"),
    "broker": ("消息服务", "broker"),
    "sensor": ("门磁", "sensor"),
    "longest_gap": ("最长未观察", "longest gap"),
    "all": ("合计", "all"),
    "nobody": ("这段时间没有隔离户", "no household isolates in this time"),
    "unsupervised_note": (
        "无监督：开门能收到，但门磁失灵或没电不会被发现",
        "unsupervised: an opening would be heard, but not that the sensor died",
    ),
    # nightly and daily
    "nightly": ("夜报", "night report"),
    "daily": ("日报", "daily report"),
    "happened": ("发生的事件", "what happened"),
    "unresolved": ("尚未办结", "not resolved yet"),
    "unverified": ("待人工核实结果", "waiting for a person's word"),
    "was_not_observed": ("未观察的时间", "what was not observed"),
    "alerts": ("通知", "alerts"),
    "created": ("共", "in all"),
    "delivered": ("已送达", "delivered"),
    "sent": ("已发出（送达未知）", "sent (delivery not known)"),
    "failed": ("失败", "failed"),
    "waiting": ("待发", "waiting"),
    "dropped": ("未发（已被取代）", "not sent (overtaken)"),
    "latency": ("各步耗时，从读数到达起（秒）", "seconds from the reading to each stage"),
    "stage": ("步骤", "stage"),
    "count": ("次数", "count"),
    "max": ("最长", "max"),
    "decided": ("已判定", "decided"),
    "committed": ("已落盘", "committed"),
    "handed": ("已交出", "handed over"),
    "accepted": ("已受理", "accepted"),
    "none": ("无", "none"),
    "coverage": ("观察情况", "coverage"),
    "homes_with_gaps": ("有未观察时间的户数", "households with time not observed"),
    "drill": ("演练", "drill"),
    # tables
    "id": ("编号", "id"),
    "code": ("代码", "code"),
    "raised": ("时间", "raised"),
    "kind": ("类型", "kind"),
    "severity": ("级别", "severity"),
    "state": ("状态", "state"),
    "by": ("处理人", "by"),
    "outcome": ("结果", "outcome"),
    "at": ("时间", "at"),
    "who": ("谁", "who"),
    "what": ("做了什么", "what"),
    "about": ("对象", "about"),
    "detail": ("说明", "detail"),
    # what an incident is
    "inferred_opening": ("推断开过门", "inferred_opening"),
    "window_overrun": ("超出时段", "window_overrun"),
    "held_open": ("长时间未关", "held_open"),
    "unauthorised_opening": ("未经许可开门", "unauthorised_opening"),
    "repeated_opening": ("多次开门", "repeated_opening"),
    "mass_opening": ("多户同时开门", "mass_opening"),
    "tamper": ("门磁被拆", "tamper"),
    "sensor_silent": ("门磁失联", "sensor_silent"),
    "sensor_fault": ("门磁故障", "sensor_fault"),
    "battery_low": ("电量低", "battery_low"),
    "welfare": ("关怀", "welfare"),
    "gateway_fault": ("网关故障", "gateway_fault"),
    "low": ("低", "low"),
    "medium": ("中", "medium"),
    "high": ("高", "high"),
    "critical": ("严重", "critical"),
    "open": ("未响应", "open"),
    "acknowledged": ("已响应", "acknowledged"),
    "resolved": ("已办结", "resolved"),
    "returned": ("已回家", "returned"),
    "permitted_after_all": ("事后许可", "permitted_after_all"),
    "false_alarm": ("误报", "false_alarm"),
    "emergency_exit": ("紧急外出", "emergency_exit"),
    "moved": ("已搬离", "moved"),
    "at_home": ("在家", "at_home"),
    "isolation_ended": ("隔离结束", "isolation_ended"),
    "cleared": ("已恢复", "cleared"),
    # audit
    "handed_over": ("转交", "handed_over"),
    "pass_granted": ("发放通行", "pass_granted"),
    "pass_revoked": ("收回通行", "pass_revoked"),
    "commissioned": ("安装调试", "commissioned"),
    "emergency_declared": ("住户求助", "emergency_declared"),
    "drill_begun": ("演练开始", "drill_begun"),
    "drill_over": ("演练结束", "drill_over"),
    "battery_changed": ("更换电池", "battery_changed"),
    "clock_trusted": ("确认时钟", "clock_trusted"),
    "ledger": ("台账或规则生效", "ledger"),
}


def word(name: str | None, language: str) -> str | None:
    """In ``zh`` or ``en``; what is no word of ours stays as it is."""
    if name is None or name not in WORDS:
        return name
    zh, en = WORDS[name]
    return zh if language == "zh" else en
