"""Windows on the calendar, worked out once for a household and local day: its ``Plan``."""

from collections.abc import Iterator
from datetime import date, timedelta
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from rules.local import instant, local, span
from rules.moment import Duration, Moment
from rules.policy import EVERY_DAY, Policy, Shift, Window


class Occurrence(NamedTuple):
    opens: Moment  # its start less the grace: from here it covers starts
    ends: Moment  # up to here, not included
    limit: Moment  # its end plus the grace
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
    """Those that start on ``day``."""
    for window in windows:
        if (
            day.weekday() in window.hours.days
            and (window.first_day is None or window.first_day <= day)
            and (window.last_day is None or day <= window.last_day)
        ):
            begins, ends = span(window.hours, day, zone)
            allowed = window.max_openings, window.max_open
            times = begins - grace, ends, ends + grace
            yield Occurrence(*times, window.window_id, day.toordinal(), *allowed)


def edges(policy: Policy, since: Moment, until: Moment) -> list[Moment]:
    """The moments in (since, until] at which a window, the order or the curfew begins or ends."""
    found = {policy.isolation_start, policy.isolation_end}
    day = local(since, policy.zone).date() - _DAY
    last = local(until, policy.zone).date() + _DAY
    while day <= last:
        for o in occurrences(policy.windows, policy.zone, policy.rules.window_grace, day):
            found |= {o.opens, o.ends}
        found |= {*span(Shift(EVERY_DAY, *policy.rules.curfew), day, policy.zone)}
        day += _DAY
    return sorted(edge for edge in found if since < edge <= until)
