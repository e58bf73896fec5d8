"""How many texts and calls a number may get, and what becomes of those that wait for it. Pure.

Carriers cap and fine bursts, so a limit is kept before it is hit: several texts become one, take
another provider, or wait. The last ones of a day are for critical incidents. Knows rows by id and
words only; what was sent is told by the caller (``gateway.alerts.budget_book``).
"""

from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from typing import NamedTuple, TypeAlias

from gateway.alerts.outbox import MAINTENANCE, OTHER_WAY
from gateway.rulesfile.read import Budget
from rules.model import Severity
from rules.moment import DAY, HOUR, MINUTE, Duration, Moment

ANY = ""  # the provider of what was tried more than once: it counts for each
# A wait that is no longer than this is borne; a longer one looks for another way at once. The
# chain of a high incident calls after as long.
SHORT: Duration = 5 * MINUTE


class Why(StrEnum):
    """Why a text did not leave as it was; also the metric's label."""

    TEXTS = "texts_per_day"
    SAME = "same_per_day"
    RESERVED = "reserved_for_critical"
    BURST = "burst"
    MERGED = "merged"  # said by another text, together with others
    OTHER_WAY = OTHER_WAY  # said by a call or a chat
    MAINTENANCE = MAINTENANCE  # of the grid or the gateway
    NOBODY = "nobody"  # it waits, and nobody else hears of its incident


class Rate(NamedTuple):
    """At most so many within so long."""

    most: int
    within: Duration
    why: Why


class Limits(NamedTuple):
    """What one number may get by one kind."""

    rates: tuple[Rate, ...]
    same: Rate | None = None  # of the same words
    reserved: int = 0  # the last ones of each rate: for critical incidents only
    # A carrier's cap binds every text. Bursts are our own courtesy: neither a critical incident
    # nor the answer to somebody who has just written waits for them.
    is_cap: bool = False


NO_LIMITS = Limits(())
# Where no carrier's cap is known, what GoAlert keeps to (limits of its message engine).
TEXTS = Limits(
    (
        Rate(1, MINUTE, Why.BURST),
        Rate(5, 15 * MINUTE, Why.BURST),
        Rate(11, HOUR, Why.BURST),
    )
)
CALLS = Limits((Rate(3, 15 * MINUTE, Why.BURST),))


class Sent(NamedTuple):
    """What a provider got for the number, or may have got."""

    at: Moment
    text: str
    provider: str
    times: int = 1
    is_aside: bool = False  # about nothing that happened: an answer, a digest, a drill


class Waiting(NamedTuple):
    """One alert that wants to leave for the number now."""

    id: int
    text: str
    severity: Severity | None  # of its incident; None: it is about none (an answer, a test)
    providers: tuple[str, ...]  # those that may take it, the one whose turn it is first
    merges: bool = True  # whether its words may still become another's


class Send(NamedTuple):
    id: int
    provider: str


class Merge(NamedTuple):
    """One text for all of them, the gravest first."""

    ids: tuple[int, ...]
    provider: str


class Hold(NamedTuple):
    id: int
    until: Moment
    why: Why


Verdict: TypeAlias = Send | Merge | Hold


def limits_of(budgets: Mapping[str, Budget], phone: str) -> Limits:
    """The limits for texts to an E.164 number; the longest prefix decides."""
    prefix = max((p for p in budgets if phone.startswith(p)), key=len, default=None)
    if prefix is None:
        return TEXTS
    budget = budgets[prefix]
    return Limits(
        (Rate(budget.texts_per_day, DAY, Why.TEXTS),),
        Rate(budget.same_per_day, DAY, Why.SAME),
        budget.reserved_for_critical,
        is_cap=True,
    )


def plan(
    limits: Limits, sent: Iterable[Sent], waiting: Sequence[Waiting], now: Moment
) -> list[Verdict]:
    """What becomes of all that waits for one number now.

    Critical ones go first. When as many wait as there is room for, they go as one: the next
    incident finds a text left. ``sent``: of the last 24 h.
    """
    book, verdicts = list(sent), []
    ranked = sorted(waiting, key=lambda one: (-(one.severity or 0), one.id))
    critical = [one for one in ranked if one.severity is Severity.CRITICAL]
    for group in (critical, ranked[len(critical) :]):
        together: dict[frozenset[str], list[Waiting]] = {}
        for one in group:
            if one.merges:  # the news that a provider fails is in no text that may go by it
                together.setdefault(frozenset(one.providers), []).append(one)
        for alike in together.values():
            verdicts += _together(limits, book, alike, now)
        for one in group:
            if not one.merges:
                verdicts.append(_alone(limits, book, one, now))
    return verdicts


def _together(
    limits: Limits, book: list[Sent], group: Sequence[Waiting], now: Moment
) -> list[Verdict]:
    """Each alone while a text is left after them, else all as one, else all wait."""
    if not group:
        return []
    trial = list(book)
    alone = [_alone(limits, trial, one, now) for one in group]
    gravest = group[0]._replace(text="")  # as one they have words of their own
    fits = all(isinstance(verdict, Send) for verdict in alone)
    if len(group) == 1 or (fits and _way(limits, trial, gravest, now) is not None):
        book[:] = trial
        return alone
    provider = _way(limits, book, gravest, now)
    if provider is None:
        return [_alone(limits, book, one, now) for one in group]
    book.append(Sent(now, "", provider))
    return [Merge(tuple(one.id for one in group), provider)]


def _alone(limits: Limits, book: list[Sent], one: Waiting, now: Moment) -> Verdict:
    provider = _way(limits, book, one, now)
    if provider is not None:
        book.append(Sent(now, one.text, provider))
        return Send(one.id, provider)
    until, why = min(_waits(limits, book, one, now).values())
    return Hold(one.id, until, why)


def _way(limits: Limits, book: Sequence[Sent], one: Waiting, now: Moment) -> str | None:
    """By which provider it may go now; None: by none."""
    waits = _waits(limits, book, one, now)
    return next((provider for provider, (until, _) in waits.items() if until <= now), None)


def _waits(
    limits: Limits, book: Sequence[Sent], one: Waiting, now: Moment
) -> dict[str, tuple[Moment, Why]]:
    """By provider, when it may go and what it waits for until then.

    To a carrier each provider is a sender of its own: what is urgent may use the next one when
    the first has no text left. For the rest the day's texts are those of all providers.
    """
    if not limits.is_cap and (one.severity in (None, Severity.CRITICAL)):
        return dict.fromkeys(one.providers, (now, Why.BURST))
    if one.severity is None or one.severity < Severity.HIGH:
        return {one.providers[0]: _free(limits, book, one, now)}
    return {
        provider: _free(limits, [s for s in book if s.provider in (provider, ANY)], one, now)
        for provider in one.providers
    }


def _free(limits: Limits, sent: Sequence[Sent], one: Waiting, now: Moment) -> tuple[Moment, Why]:
    """When one more may follow ``sent``, and which limit says so. An answer uses up no courtesy,
    nor a drill: no door waits for it."""
    last = now, Why.BURST
    sent = [one for one in sent if limits.is_cap or not one.is_aside]
    for rate in limits.rates:
        used = _recent(sent, rate, now)
        most = rate.most - (0 if one.severity is Severity.CRITICAL else limits.reserved)
        why = Why.RESERVED if most <= len(used) < rate.most else rate.why
        last = max(last, (_room_at(used, most, rate.within, now), why))
    if limits.same is not None:
        alike = _recent([s for s in sent if s.text == one.text], limits.same, now)
        until = _room_at(alike, limits.same.most, limits.same.within, now)
        last = max(last, (until, limits.same.why))
    return last


def _recent(sent: Iterable[Sent], rate: Rate, now: Moment) -> list[Moment]:
    """The moments that count for a rate, oldest first."""
    return sorted(s.at for s in sent for _ in range(s.times) if s.at > now - rate.within)


def _room_at(used: Sequence[Moment], most: int, within: Duration, now: Moment) -> Moment:
    if len(used) < most:
        return now
    return used[len(used) - most] + within if most > 0 else now + within
