"""Windows on the calendar: which of them cover a moment, and until when a door may then stand open.

A household's windows are worked out once for a local day (its ``Plan``); judging an opening is
then a few comparisons of integers.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from rules.local import instant, local, span, within
from rules.model import Kind, PassGranted
from rules.moment import Duration, Moment, make
from rules.policy import EVERY_DAY, Policy, Shift, Window

Used = tuple[tuple[str, int, int], ...]


class Occurrence(NamedTuple):
    """One window on one day."""

    opens: Moment  # its start less the grace: from here it covers starts
    ends: Moment  # up to here, not included
    limit: Moment  # its end plus the grace: a door must be closed by then
    window_id: str
    day: int  # proleptic ordinal of the local day on which it starts
    max_openings: int | None
    max_open: Duration | None


class Plan(NamedTuple):
    """The occurrences that can cover a moment of [begins, ends)."""

    begins: Moment
    ends: Moment
    occurrences: tuple[Occurrence, ...]


class Cover(NamedTuple):
    """What permits an opening: by when it must be closed, and what it is after that."""

    deadline: Moment
    late: Kind  # held_open or window_overrun
    name: str  # window or pass id
    day: int  # of a window that counts its openings; 0: it does not
    by_pass: bool = False


NO_PLAN = Plan(0, 0, ())
_DAY = timedelta(days=1)


def plan(policy: Policy, at: Moment) -> Plan:
    """The plan of the local day in which ``at`` lies."""
    today = local(at, policy.zone).date()
    return _plan(policy.windows, policy.zone, policy.rules.window_grace, today)


@lru_cache(maxsize=4_096)  # the homes of a grid mostly have the same windows, and so the same plan
def _plan(windows: tuple[Window, ...], zone: ZoneInfo, grace: Duration, today: date) -> Plan:
    begins, ends = instant(today, 0, zone), instant(today + _DAY, 0, zone)
    days = (today - _DAY, today, today + _DAY)  # across midnight, and the grace before it
    found = [o for day in days for o in occurrences(windows, zone, grace, day)]
    return Plan(begins, ends, tuple(o for o in found if o.opens < ends and begins < o.limit))


def occurrences(
    windows: tuple[Window, ...], zone: ZoneInfo, grace: Duration, day: date
) -> Iterator[Occurrence]:
    """Those of the windows that start on ``day``."""
    for window in windows:
        if (
            day.weekday() in window.hours.days
            and (window.first_day is None or window.first_day <= day)
            and (window.last_day is None or day <= window.last_day)
        ):
            begins, ends = span(window.hours, day, zone)
            yield Occurrence(
                begins - grace,
                ends,
                ends + grace,
                window.window_id,
                day.toordinal(),
                window.max_openings,
                window.max_open,
            )


def openings_of(used: Used, occurrence: Occurrence) -> int:
    """How many openings of this occurrence are used."""
    for window_id, day, count in used:
        if day == occurrence.day and window_id == occurrence.window_id:
            return count
    return 0


def cover(
    today: Plan, used: Used, at: Moment, taken: tuple[str, ...] = ()
) -> tuple[Cover | None, bool]:
    """The window that covers ``at`` for longest, and whether a used-up one would have.

    ``taken``: windows that covered this opening before; a door may not go round in circles.
    """
    best: Cover | None = None
    used_up = False
    for occurrence in today.occurrences:
        if not occurrence.opens <= at < occurrence.ends or occurrence.window_id in taken:
            continue
        allowed = occurrence.max_openings
        if allowed is not None and openings_of(used, occurrence) >= allowed:
            used_up = True
            continue
        deadline, late = occurrence.limit, Kind.WINDOW_OVERRUN
        if occurrence.max_open is not None and at + occurrence.max_open <= deadline:
            deadline, late = at + occurrence.max_open, Kind.HELD_OPEN
        if (
            best is None
            or deadline > best.deadline
            or (deadline == best.deadline and occurrence.window_id < best.name)
        ):
            day = occurrence.day if allowed is not None else 0
            best = make(Cover, (deadline, late, occurrence.window_id, day, False))
    return best, used_up


def cover_by_pass(passes: tuple[PassGranted, ...], at: Moment, grace: Duration) -> Cover | None:
    """The pass that covers ``at`` for longest."""
    best: Cover | None = None
    for granted in passes:
        if granted.start <= at < granted.end:
            deadline, late = granted.end + grace, Kind.WINDOW_OVERRUN
            if at + granted.max_open <= deadline:
                deadline, late = at + granted.max_open, Kind.HELD_OPEN
            if best is None or deadline > best.deadline:
                best = Cover(deadline, late, granted.pass_id, 0, by_pass=True)
    return best


def use(used: Used, taken: Cover) -> Used:
    """``used`` with one opening more of that window; days long past are dropped."""
    kept, count = [], 0
    for entry in used:
        if entry[0] == taken.name and entry[1] == taken.day:
            count = entry[2]
        elif entry[1] >= taken.day - 2:
            kept.append(entry)
    kept.append((taken.name, taken.day, count + 1))
    return tuple(kept)


def edges(policy: Policy, since: Moment, until: Moment) -> list[Moment]:
    """Every moment in (since, until] at which what covers an opening, or the curfew, changes."""
    found = {policy.isolation_start, policy.isolation_end}
    day = local(since, policy.zone).date() - _DAY
    last = local(until, policy.zone).date() + _DAY
    while day <= last:
        for occurrence in occurrences(policy.windows, policy.zone, policy.rules.window_grace, day):
            found |= {occurrence.opens, occurrence.ends}
        found |= {*span(Shift(EVERY_DAY, *policy.rules.curfew), day, policy.zone)}
        day += _DAY
    return sorted(edge for edge in found if since < edge <= until)


def in_curfew(policy: Policy, at: Moment) -> bool:
    """Whether ``at`` lies in the curfew, by local clocks."""
    return within(policy.rules.curfew, at, policy.zone)
