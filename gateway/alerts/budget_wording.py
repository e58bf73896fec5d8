"""The text that stands for several, and the one that is sent to try a number. Pure.

One segment each, in the reader's language. Where not all is said in full, the codes stay: whoever
has a code can look the rest up. Knows no budget.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from gateway.alerts.address import clean, shorten
from gateway.alerts.phrases import PHRASES
from gateway.alerts.segments import fits
from gateway.alerts.wording import Wording
from gateway.ledger.rows import Language

_WHOLE = 30  # units of an address that is said in full
_ROOM = 8  # units in which building and room still find place; below that only codes are said


class Matter(NamedTuple):
    """One of the incidents of a text. ``at`` is local to the household."""

    code: str
    address: str
    at: datetime
    is_door: bool = True  # of one home


class _Words(NamedTuple):
    doors: str
    others: str  # not all of them are homes
    first: str  # when the first of them happened
    codes: str  # no place for addresses
    reply: str
    look: str
    test: str


_WORDS: Mapping[Language, _Words] = {
    Language.ZH: _Words(
        doors="{count}扇门有事：",
        others="{count}件事：",
        first="最早{when}",
        codes="编号",
        reply="回1和编号",
        look="请去看看",
        test="这是测试短信，不用回复",
    ),
    Language.EN: _Words(
        doors="{count} doors: ",
        others="{count} alerts: ",
        first="first {when}",
        codes="codes ",
        reply="Reply 1 and the code",
        look="Please look",
        test="This is a test text, nothing to do",
    ),
}


class Together(NamedTuple):
    text: str
    told: int  # so many of the matters, from the first, are in it


def together(
    matters: Sequence[Matter],
    language: Language,
    now: datetime,
    *,
    can_reply: bool,
    urgent: bool = False,
) -> Together:
    """One text about all of ``matters``, the gravest first; of very many, as many as it holds."""
    for units in range(_WHOLE, _ROOM - 1, -2):
        said = _text(matters, language, now, units, can_reply=can_reply, urgent=urgent)
        if fits(said):
            return Together(said, len(matters))
    count = len(matters)
    while True:
        said = _text(matters[:count], language, now, 0, can_reply=can_reply, urgent=urgent)
        if fits(said) or count == 1:
            return Together(said, count)
        count -= 1


def _text(
    matters: Sequence[Matter],
    language: Language,
    now: datetime,
    units: int,
    *,
    can_reply: bool,
    urgent: bool,
) -> str:
    phrases, words = PHRASES[language], _WORDS[language]
    first = min(matter.at for matter in matters)
    when = f"{first:%H:%M}"
    if first.date() != now.date():
        month = f"{first:%b}" if language is Language.EN else ""
        when = phrases.date.format(month=first.month, day=first.day, month_name=month) + when
    what = words.doors if all(matter.is_door for matter in matters) else words.others
    listed = [
        phrases.listed.format(
            code=matter.code,
            address=shorten(clean(matter.address, language), units, language) if units else "",
        ).strip()
        for matter in matters
    ]
    head = phrases.head + (phrases.urgent if urgent else "")
    offer = words.reply if can_reply else words.look
    return (
        head
        + what.format(count=len(matters))
        + ("" if units else words.codes)
        + phrases.comma.join([*listed, words.first.format(when=when)])
        + phrases.stop
        + offer
        + phrases.stop
    ).strip()


def trial(language: Language) -> str:
    """A text that only tries whether it arrives; marked so that nobody goes anywhere."""
    phrases = PHRASES[language]
    return (phrases.drill_head + _WORDS[language].test + phrases.stop).strip()


def every() -> Iterator[Wording]:
    """The wordings of this module, filled with sample values, in a stable order."""
    at = datetime(2022, 4, 1, 22, 14, tzinfo=UTC)
    three = [
        Matter(code, f"3栋2单元{room}", at)
        for code, room in (("4071", 501), ("4082", 502), ("5093", 601))
    ]
    others = [three[0], three[1]._replace(is_door=False)]
    many = [Matter(str(code), "", at) for code in range(4071, 4079)]
    for language in Language:
        for can_reply in (False, True):
            way = ".reply" if can_reply else ""
            for name, matters in (("merged", three), ("merged.other", others)):
                said = together(matters, language, at, can_reply=can_reply)
                yield Wording(name + way, language, said.text)
            said_all = _text(many, language, at, 0, can_reply=can_reply, urgent=False)
            yield Wording(f"merged.codes{way}", language, said_all)
            said = together(three, language, at, can_reply=can_reply, urgent=True)
            yield Wording(f"merged.urgent{way}", language, said.text)
            said = together(three, language, at + timedelta(days=1), can_reply=can_reply)
            yield Wording(f"merged.date{way}", language, said.text)
        yield Wording("test", language, trial(language))
