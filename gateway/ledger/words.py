"""What the words of the ledger and of rules.toml are called in Chinese and English. Data only.

The first name is what an export writes; all of them are understood on import.
"""

from collections.abc import Mapping
from enum import StrEnum

from gateway.ledger.rows import Care, Language, Protocol, WindowKind
from rules.model import Channel, Role, Severity

CHINESE: Mapping[StrEnum, tuple[str, ...]] = {
    Role.MEMBER: ("网格员",),
    Role.LEADER: ("网格长",),
    Role.COMMUNITY: ("社区",),
    Role.COMMAND: ("指挥部",),
    Role.OPS: ("运维",),
    Role.INSTALLER: ("安装员", "安装"),
    Channel.SMS: ("短信",),
    Channel.VOICE: ("电话", "语音"),
    Channel.CHAT: ("群", "群聊"),
    Language.ZH: ("中文", "汉语", "chinese"),
    Language.EN: ("英文", "英语", "english"),
    Care.ALONE: ("独居",),
    Care.ELDERLY: ("老人", "老年人", "高龄"),
    Care.INFANT: ("婴儿", "婴幼儿"),
    Care.PREGNANT: ("孕妇",),
    Care.DISABLED: ("残疾", "残疾人"),
    Care.CHRONIC: ("慢性病", "慢病"),
    WindowKind.DELIVERY: ("送餐", "快递", "外卖", "送菜", "配送"),
    WindowKind.GARBAGE: ("垃圾", "倒垃圾"),
    WindowKind.TEST: ("核酸", "检测", "核酸检测"),
    WindowKind.MEDICAL: ("就医", "医疗", "看病"),
    WindowKind.GAS: ("燃气", "煤气"),
    WindowKind.CARE: ("照护", "护理", "关怀"),
    WindowKind.VISIT: ("探访", "上门"),
    WindowKind.OTHER: ("其他", "其它"),
    Protocol.XIAOMI: ("xiaomi", "小米", "米家"),
    Protocol.QINGPING: ("qingping", "青萍"),
}

SEVERITIES: Mapping[Severity, tuple[str, ...]] = {
    Severity.LOW: ("低",),
    Severity.MEDIUM: ("中",),
    Severity.HIGH: ("高",),
    Severity.CRITICAL: ("严重", "紧急"),
}

YES = ("yes", "是", "y", "true", "1", "有", "√")
NO = ("no", "否", "n", "false", "0", "无", "×")
NOTHING = ("无", "none", "-", "—")

SCOPES: Mapping[str, tuple[str, ...]] = {
    "household": ("户", "住户", "户号"),
    "grid": ("网格",),
    "all": ("全部", "所有", "全体"),
}

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DAYS_CHINESE = "一二三四五六日"
DAY_GROUPS: Mapping[str, tuple[int, ...]] = {
    "daily": (0, 1, 2, 3, 4, 5, 6),
    "everyday": (0, 1, 2, 3, 4, 5, 6),
    "每天": (0, 1, 2, 3, 4, 5, 6),
    "每日": (0, 1, 2, 3, 4, 5, 6),
    "天天": (0, 1, 2, 3, 4, 5, 6),
    "weekdays": (0, 1, 2, 3, 4),
    "工作日": (0, 1, 2, 3, 4),
    "weekend": (5, 6),
    "周末": (5, 6),
}
ALWAYS = ("always", "24h", "全天", "24小时")


def said(word: StrEnum, language: str) -> str:
    """How an export writes the word."""
    return CHINESE[word][0] if language == "zh" and word in CHINESE else word.value
