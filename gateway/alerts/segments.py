"""How many segments a text costs: the alphabets of GSM 03.38 and UCS-2. Pure.

Knows nothing of incidents or providers. Source of the tables: 3GPP TS 23.038, section 6.2.1
(the GSM 7 bit default alphabet and its extension table).
"""

from typing import NamedTuple

GSM_7_SINGLE = 160  # septets in one segment
GSM_7_PART = 153  # septets a part, once a text needs several (the rest is its header)
UCS_2_SINGLE = 70  # 16-bit code units in one segment
UCS_2_PART = 67

BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
EXTENDED = frozenset("\f^{}\\[~]|€")  # an escape and a character: two septets
_GSM = BASIC | EXTENDED


class Size(NamedTuple):
    """What a text costs. ``units`` are septets (GSM-7) or 16-bit code units (UCS-2)."""

    gsm: bool
    units: int

    @property
    def segments(self) -> int:
        single, part = (GSM_7_SINGLE, GSM_7_PART) if self.gsm else (UCS_2_SINGLE, UCS_2_PART)
        return 1 if self.units <= single else -(-self.units // part)


def is_gsm(text: str) -> bool:
    """Whether every character is in the GSM 7 bit alphabet or its extension."""
    return _GSM.issuperset(text)


def measure(text: str) -> Size:
    """The size of ``text`` as a network sends it: GSM-7 if it can, else UCS-2."""
    if is_gsm(text):
        return Size(True, len(text) + sum(map(text.count, EXTENDED)))
    return Size(False, len(text.encode("utf-16-le", "surrogatepass")) // 2)


def fits(text: str) -> bool:
    """Whether ``text`` is one segment."""
    return measure(text).segments == 1
