"""The text of every alert and answer: one segment each, in the reader's language. Pure.

Owns how the phrases are joined and how soon each gives way (``fitting``). Knows no people, no
budget and no provider.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from gateway.alerts.address import clean, shorten
from gateway.alerts.commands import OUTCOMES
from gateway.alerts.fitting import ADDRESS_WANTED, Part, fit
from gateway.alerts.phrases import DOOR_KINDS, PHRASES, Phrases
from gateway.alerts.segments import fits
from gateway.ledger.rows import Language
from rules.model import Kind, Reason, Severity

_LATE_SHOWN = 60  # seconds; a delay below a minute tells the reader nothing
_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]


@dataclass(frozen=True, slots=True)
class About:
    """What a text is about. Times are local to the household.

    ``since`` is set when the opening was inferred: at least once between then and
    ``occurred_at``. ``address`` is the gateway's or grid's name where no home is meant.
    """

    kind: Kind
    reason: Reason | str
    severity: Severity
    address: str
    occurred_at: datetime
    code: str
    since: datetime | None = None
    late_seconds: int = 0
    door_open: bool = True
    drill: bool = False
    clock_verified: bool = True
    minutes_open: int = 0
    recovery: bool = False  # it is over by itself: nothing to do any more


def text(
    about: About, language: Language, *, can_reply: bool, unanswered: bool = False, link: str = ""
) -> str:
    """The alert as a text message of one segment.

    ``link``: the address at which the reader takes it, where no reply is possible; a link that
    leaves no room for the door is left out.
    """
    if link and not can_reply:
        for offer in (PHRASES[language].link.format(link=link), link):
            said = _text(about, language, unanswered=unanswered, offer=offer)
            if said.endswith(offer):
                return said
    return _text(about, language, can_reply=can_reply, unanswered=unanswered)


def _text(
    about: About, language: Language, *, unanswered: bool, can_reply: bool = False, offer: str = ""
) -> str:
    phrases = PHRASES[language]
    parts = _sentence(about, language)
    if about.recovery:
        code = phrases.code.format(code=about.code)
        return fit(
            _head(about, phrases),
            clean(about.address, language),
            [*parts, Part(0, code)],
            code,
            language,
        )
    if about.late_seconds >= _LATE_SHOWN:
        late = duration(about.late_seconds // 60, language)
        # How late it is goes before a link: it has to be said, a link is a convenience.
        parts.append(Part(1 if offer else 4, phrases.late.format(long=late) + phrases.stop))
    if unanswered:
        parts.append(Part(5, phrases.unanswered + phrases.stop))
    if not can_reply and not offer and about.kind in DOOR_KINDS:
        parts.append(Part(7, phrases.look + phrases.stop))
    code = phrases.code.format(code=about.code)
    if can_reply:
        reply = phrases.reply.format(code=about.code) + phrases.stop
        parts += [Part(1, reply), Part(6, code)]
    elif offer:
        parts += [Part(6, code + phrases.stop), Part(1, offer)]
    else:
        parts.append(Part(0, code))
    return fit(_head(about, phrases), clean(about.address, language), parts, code, language)


def spoken(
    about: About, language: Language, *, keypad: bool = False, unanswered: bool = False
) -> str:
    """The alert as a call says it: no brackets, times and digits as they are read aloud."""
    phrases = PHRASES[language]
    head = phrases.spoken_drill_head if about.drill else phrases.spoken_head
    said = [head, clean(about.address, language), phrases.comma]
    said += [part.text for part in _sentence(about, language, aloud=True)]
    if about.late_seconds >= _LATE_SHOWN:
        late = duration(about.late_seconds // 60, language)
        said.append(phrases.late.format(long=late) + phrases.stop)
    if unanswered:
        said.append(phrases.unanswered + phrases.stop)
    if keypad:
        said.append(phrases.keypad)
        said += [phrases.keypad_exit] if about.kind in DOOR_KINDS else []
    said.append(phrases.spoken_code.format(code=" ".join(about.code)))
    return "".join(said).strip()


def summary(about: About, language: Language) -> str:
    """Where and what, for a page: no head, no code, nothing cut."""
    said = "".join(part.text for part in _sentence(about, language))
    return f"{clean(about.address, language)} {said}".strip()


def answer(
    name: str, language: Language, *, code: str = "", minutes: int = 0, drill: bool | None = None
) -> str:
    """One of ``ANSWERS``: what somebody who replied gets back; one segment. ``drill``: whether it
    is about one; None: there is none that he may have meant."""
    phrases = PHRASES[language]
    head = phrases.drill_head if drill else phrases.head
    head += phrases.not_drill if drill is False else ""
    return (head + reply(name, language, code=code, minutes=minutes)).strip()


def reply(name: str, language: Language, *, code: str = "", minutes: int = 0) -> str:
    """One of ``ANSWERS`` without a head: for a page; a call is given its code digit by digit."""
    phrases = PHRASES[language]
    said = phrases.answers[name].format(code=code, long=duration(minutes, language))
    return (said + phrases.stop).strip()


def choose(opened: Sequence[tuple[str, str]], language: Language) -> str:
    """For a bare ``1`` with several open: as many codes with their addresses as one segment holds.

    ``opened`` is (code, address), the most urgent first.
    """
    phrases = PHRASES[language]
    head = phrases.head + phrases.choose
    lines: list[str] = []
    best = head.strip()
    for count, (code, address) in enumerate(opened, start=1):
        short = shorten(clean(address, language), ADDRESS_WANTED[language], language)
        lines.append(phrases.listed.format(code=code, address=short).strip())
        rest = len(opened) - count
        more = [phrases.listed_more.format(count=len(opened))] if rest else []
        whole = head + phrases.comma.join(lines + more)
        if not fits(whole):
            break
        best = whole
    return best


def duration(minutes: int, language: Language) -> str:
    """Minutes in words: ``12分``, ``2小时5分``, ``3天2小时``."""
    phrases = PHRASES[language]
    hours, rest = divmod(max(0, minutes), 60)
    if not hours:
        return phrases.minutes.format(minutes=rest)
    if not rest and hours < 24:
        return phrases.hours.format(hours=hours)
    if hours < 24:
        return phrases.hours_minutes.format(hours=hours, minutes=rest)
    return phrases.day_hours.format(days=hours // 24, hours=hours % 24)


ANSWERS = tuple(PHRASES[Language.ZH].answers)
# What a bare 1 for one thing gets back; and what else is said in a drill.
TAKING = ("taken", "taken_closed", "taken_again", "taken_other", "over", "not_yours")
IN_DRILL = {*TAKING, "emergency", *(outcome.value for outcome in OUTCOMES)}
SAMPLE_LINK = "https://door.example/a/Xk3v9TbQm2Lz7P"


class Wording(NamedTuple):
    """One wording with sample values, for registering it with a carrier."""

    name: str
    language: Language
    text: str


def every() -> Iterator[Wording]:
    """Every wording there is, in a stable order, filled with sample values."""
    moment = datetime(2022, 4, 1, 22, 14, tzinfo=UTC)
    about = About(Kind.TAMPER, "", Severity.HIGH, "3栋2单元501", moment, "4071")
    for language in Language:
        for kind in Kind:
            sample, over = (replace(about, kind=kind, recovery=so) for so in (False, True))
            yield Wording(kind, language, text(sample, language, can_reply=False))
            yield Wording(f"{kind}.reply", language, text(sample, language, can_reply=True))
            linked = text(sample, language, can_reply=False, link=SAMPLE_LINK)
            yield Wording(f"{kind}.link", language, linked)
            if kind in DOOR_KINDS:
                gap = replace(sample, since=moment - timedelta(minutes=15))
                yield Wording(f"{kind}.gap", language, text(gap, language, can_reply=False))
            if kind in PHRASES[language].recovered:
                yield Wording(f"{kind}.recovery", language, text(over, language, can_reply=False))
            for name, other in _others(sample, language):
                yield Wording(f"{kind}.{name}", language, text(other, language, can_reply=False))
            nobody = text(sample, language, can_reply=False, unanswered=True)
            yield Wording(f"{kind}.unanswered", language, nobody)
        for name in ANSWERS:
            said = answer(name, language, code="4071", minutes=10)
            yield Wording(f"answer.{name}", language, said)
        for name in TAKING:
            said = answer(name, language, code="4071", minutes=10, drill=False)
            yield Wording(f"answer.{name}.not_drill", language, said)
        for name in ANSWERS:
            if name in IN_DRILL:
                said = answer(name, language, code="4071", minutes=10, drill=True)
                yield Wording(f"answer.{name}.drill", language, said)
        yield Wording("choose", language, choose([("4071", "3栋2单元501")], language))
        many = [(str(code), "3栋2单元501") for code in range(4071, 4091)]
        yield Wording("choose.more", language, choose(many, language))


def _others(about: About, language: Language) -> Iterator[tuple[str, About]]:
    """What else a text may say, one thing at a time: several are said in the same order."""
    yield "urgent", replace(about, severity=Severity.CRITICAL)
    yield "late", replace(about, late_seconds=10 * 60)
    yield "late.date", replace(about, late_seconds=10 * 3600)
    yield "unverified", replace(about, clock_verified=False)
    yield "drill", replace(about, drill=True)
    if about.kind in DOOR_KINDS:
        yield "closed", replace(about, door_open=False)
        yield "stood_open", replace(about, minutes_open=12)
        for reason in PHRASES[language].why_reason:
            yield f"why.{reason}", replace(about, reason=reason)


# -- how a sentence is put together --------------------------------------------------------


def _head(about: About, phrases: Phrases) -> list[Part]:
    head = [Part(0, phrases.drill_head if about.drill else phrases.head)]
    if about.severity is Severity.CRITICAL:
        head.append(Part(5, phrases.urgent))
    return head


def _sentence(about: About, language: Language, *, aloud: bool = False) -> list[Part]:
    """What happened, why it matters, how the door stands: ``22:14开门，不在许可时段，门仍开。``"""
    phrases = PHRASES[language]
    if about.recovery:
        return [Part(0, phrases.recovered.get(about.kind, phrases.over) + phrases.stop)]
    inferred = about.since is not None and about.kind in DOOR_KINDS
    what = phrases.between if inferred else phrases.what[about.kind]
    when, since = _times(about, phrases, aloud=aloud)
    clauses = [Part(0, what.format(when=when, since=since))]
    if about.kind in DOOR_KINDS:
        if not inferred or about.kind is not Kind.INFERRED_OPENING:
            clauses.append(Part(2, _why(about, phrases)))
        if about.minutes_open and about.door_open:
            long = duration(about.minutes_open, language)
            clauses.append(Part(3, phrases.stood_open.format(long=long)))
        clauses.append(Part(0, phrases.door_open if about.door_open else phrases.door_closed))
    if not about.clock_verified:
        clauses.append(Part(0, phrases.unverified))
    first, *rest = clauses
    joined = [first, *(Part(rank, phrases.comma + words) for rank, words in rest)]
    return [*joined, Part(0, phrases.stop)]


def _why(about: About, phrases: Phrases) -> str:
    for reason, words in phrases.why_reason.items():
        if reason == about.reason:
            return words
    return phrases.why[about.kind]


def _times(about: About, phrases: Phrases, *, aloud: bool) -> tuple[str, str]:
    """The moment, and the one since which; with the date where the reader would take another."""
    told = about.occurred_at + timedelta(seconds=about.late_seconds)
    since = about.since
    dated = told.date() != about.occurred_at.date()
    if since is None:
        return _time(about.occurred_at, phrases, dated=dated, aloud=aloud), ""
    apart = since.date() != about.occurred_at.date()
    return (
        _time(about.occurred_at, phrases, dated=apart, aloud=aloud),
        _time(since, phrases, dated=apart or dated, aloud=aloud),
    )


def _time(moment: datetime, phrases: Phrases, *, dated: bool, aloud: bool) -> str:
    clock = f"{moment:%H:%M}"
    if aloud:
        clock = phrases.spoken_time.format(hour=moment.hour, minute=moment.minute)
    if not dated:
        return clock
    name = _MONTHS[moment.month - 1]
    return phrases.date.format(month=moment.month, day=moment.day, month_name=name) + clock
