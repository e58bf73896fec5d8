"""Windows on the calendar. A household's are worked out once for a local day (its ``Plan``);
judging an opening is then a few comparisons of integers.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from rules.local import instant, local, span, within
from rules.moment import Duration, Moment
from rules.policy import EVERY_DAY, Policy, Shift, Window


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
