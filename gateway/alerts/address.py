"""A household's address as a text can carry it: cleaned, readable to the reader, cut to length.

The room number survives every cut: it is what sends somebody to the right door. Pure.
"""

import re
import unicodedata

from gateway.alerts.segments import is_gsm, measure
from gateway.ledger.rows import Language

# A telephone number does not belong in a text, wherever somebody typed it.
_PHONE = re.compile(
    r"\+?\d{7,}"
    r"|\+\d[\d -]{6,}\d"
    r"|(?<!\d)1\d{2}[ -]\d{4}[ -]\d{4}"  # a Chinese mobile in groups
    r"|(?<!\d)0\d{2,3}[ -]\d{3,4}[ -]?\d{4}"  # a landline with its area
)
_NAMED_ROOM = re.compile(r"(?:room|rm|apt|flat)\.? ?#?([A-Za-z]?\d{1,6}[A-Za-z]?)\b", re.IGNORECASE)
_ROOM_SIGN = re.compile(r"([A-Za-z]?\d{1,6}[A-Za-z]?)(?=[室房户号](?!楼))")
_NUMBER = re.compile(r"([A-Za-z]?\d{1,6}[A-Za-z]?)")

# What an English reader gets for the usual words of a Chinese address.
_SUFFIXES = (("号楼", "Bldg"), ("栋", "Bldg"), ("幢", "Bldg"), ("座", "Bldg"), ("单元", "Unit"))
_ENGLISH = {"甲": "A", "乙": "B", "丙": "C", "丁": "D", "东": "E", "南": "S", "西": "W", "北": "N"}
_SILENT = "室号房户"  # after a number they only say that it is a room
_GAP = {Language.ZH: "…", Language.EN: ".."}  # the ellipsis is not in the GSM alphabet


def clean(address: str, language: Language) -> str:
    """``address`` without control characters and phone numbers; for English, in Latin letters.

    What has no Latin counterpart becomes ``..``: a reader sees that something is missing and
    has the incident's code to look it up.
    """
    text = unicodedata.normalize("NFKC", address)
    text = "".join(" " if unicodedata.category(char)[0] in "CZ" else char for char in text)
    if language is Language.EN:
        text = _in_english(text)
    text = _PHONE.sub(_GAP[language], text)
    return " ".join(text.split())


def _in_english(text: str) -> str:
    for suffix, word in _SUFFIXES:
        found = re.compile(rf"([A-Za-z0-9]+|[{''.join(_ENGLISH)}]){suffix}")
        while match := found.search(text):
            name = _ENGLISH.get(match[1], match[1])
            text = f"{text[: match.start()]} {word} {name} {text[match.end() :]}"
    text = re.sub(rf"(?<=\d)[{_SILENT}]", " ", text)
    letters: list[str] = []
    for char in text:
        plain = char
        if not is_gsm(char):
            plain = "".join(c for c in unicodedata.normalize("NFKD", char) if is_gsm(c))
        if plain:
            letters.append(plain)
        elif letters[-1:] != [".."]:
            letters.append("..")
    return "".join(letters)


def room(address: str) -> tuple[int, int]:
    """Where the room number stands: after Room or Apt, before 室, else the last number."""
    found = _NAMED_ROOM.search(address) or _ROOM_SIGN.search(address)
    if found is None:
        found = max(_NUMBER.finditer(address), key=lambda match: match.start(), default=None)
    return found.span(1) if found else (0, 0)


def shorten(address: str, units: int, language: Language) -> str:
    """``address`` in at most ``units``: its end or its start goes, never the room number.

    ``units`` must have place for a room number and two gaps.
    """
    if measure(address).units <= units:
        return address
    gap = _GAP[language]
    start, end = room(address)
    head = _longest(address, units - len(gap), from_left=True)
    if end and len(head) >= end:
        return head.rstrip() + gap
    tail = _longest(address, units - len(gap), from_left=False)
    if len(address) - len(tail) <= start:
        return gap + tail.lstrip()
    middle = _longest(address[:end], units - 2 * len(gap), from_left=False)
    return gap + middle.lstrip() + gap


def _longest(text: str, units: int, *, from_left: bool) -> str:
    """The longest start (or end) of ``text`` that measures at most ``units``."""
    while text and measure(text).units > units:
        text = text[:-1] if from_left else text[1:]
    return text
