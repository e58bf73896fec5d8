"""The daily text about what waits: how many of each, and where the first are. Pure.

One segment in the reader's language: addresses give way first, the counts stay. Knows no
incident and no person.
"""

from collections.abc import Iterator, Mapping, Sequence
from enum import Enum, auto
from typing import NamedTuple

from gateway.alerts.address import clean, shorten
from gateway.alerts.phrases import PHRASES
from gateway.alerts.segments import fits
from gateway.alerts.wording import Wording
from gateway.ledger.rows import Language

_ADDRESSES = ((2, 30), (2, 16), (2, 8), (1, 16), (1, 8))
"""How many of each are named, and in how many units: the first that fits is taken. In eight units
building and room still find place."""


class What(Enum):
    """What a digest tells of, the gravest first."""

    HELD = auto()  # a text that the budget of the reader's number holds back
    SILENT = auto()
    FAULT = auto()  # a sensor that flaps or was removed
    WELFARE = auto()
    UNVERIFIED = auto()  # over by itself: somebody has to say what it was
    BATTERY = auto()
    HIDDEN = auto()  # nobody was told, for maintenance


class Matter(NamedTuple):
    """One of those that wait. ``code``: blank where nothing can be answered."""

    what: What
    address: str
    code: str = ""


class _Words(NamedTuple):
    head: str
    one: Mapping[What, str]  # of {count}
    places: str  # {places}, all of them
    first: str  # {places}, and there are more


_WORDS: Mapping[Language, _Words] = {
    Language.ZH: _Words(
        head="今日待办：",
        one={
            What.HELD: "未发出{count}件",
            What.SILENT: "无消息{count}户",
            What.FAULT: "门磁故障{count}户",
            What.WELFARE: "待问候{count}户",
            What.UNVERIFIED: "未确认{count}件",
            What.BATTERY: "低电量{count}户",
            What.HIDDEN: "检修时{count}件",
        },
        places="({places})",
        first="({places}等)",
    ),
    Language.EN: _Words(
        head="today: ",
        one={
            What.HELD: "unsent {count}",
            What.SILENT: "silent {count}",
            What.FAULT: "sensor fault {count}",
            What.WELFARE: "to ask after {count}",
            What.UNVERIFIED: "unconfirmed {count}",
            What.BATTERY: "battery low {count}",
            What.HIDDEN: "in maintenance {count}",
        },
        places=" ({places})",
        first=" ({places} ...)",
    ),
}


def text(matters: Sequence[Matter], language: Language) -> str:
    """The digest of ``matters``, of which there is at least one."""
    for named, units in _ADDRESSES:
        said = _text(matters, language, named, units)
        if fits(said):
            return said
    return _text(matters, language, 0, 0)


def _text(matters: Sequence[Matter], language: Language, named: int, units: int) -> str:
    phrases, words = PHRASES[language], _WORDS[language]
    clauses = []
    for what in What:
        found = [matter for matter in matters if matter.what is what]
        if found:
            clause = words.one[what].format(count=len(found))
            places = phrases.comma.join(_place(one, language, units) for one in found[:named])
            if places:
                form = words.places if len(found) <= named else words.first
                clause += form.format(places=places)
            clauses.append(clause)
    return (phrases.head + words.head + phrases.comma.join(clauses) + phrases.stop).strip()


def _place(matter: Matter, language: Language, units: int) -> str:
    address = shorten(clean(matter.address, language), units, language)
    return f"{matter.code} {address}".strip()


def every() -> Iterator[Wording]:
    """The wordings of this module, filled with sample values, in a stable order."""
    for language in Language:
        for what in What:
            code = "4071" if what in (What.HELD, What.UNVERIFIED, What.HIDDEN) else ""
            said = text([Matter(what, "3栋2单元501", code)], language)
            yield Wording(f"digest.{what.name.lower()}", language, said)
        more = [Matter(What.BATTERY, "3栋2单元501")] * 3
        yield Wording("digest.more", language, text(more, language))
        several = [Matter(what, "3栋2单元501") for what in What]
        yield Wording("digest.counts", language, _text(several, language, 0, 0))
