"""Windows that never open while somebody isolates, and those that a change of the clocks moves."""

from collections.abc import Iterator
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from gateway.ledger.clocks import show_time, show_weekdays
from gateway.ledger.model import Ledger, Window
from gateway.lint.found import Seen
from gateway.policies import isolation
from rules.local import instant, local, span
from rules.moment import DAY, MINUTE, Moment
from rules.policy import Shift

AHEAD = 366 * DAY  # an order without an end is looked at for a year: each change of the clocks
_DAY = timedelta(days=1)
_RECURS = 9  # days from the first: every weekday, and a window that began the evening before

Period = tuple[Moment, Moment]  # the end not included


def lint(ledger: Ledger, zone: ZoneInfo, now: Moment) -> Iterator[Seen]:
    """Every window, against the isolation of the homes that it is for, from now on."""
    periods = _periods(ledger, zone, now)
    changes = _changes(zone, now)
    for window in ledger.windows.values():
        for what, remedy in _wrong(window, periods.get(window.applies_to, []), changes, zone, now):
            yield Seen(_grid(window, ledger), "window", window.window_id, what, remedy)


def _grid(window: Window, ledger: Ledger) -> str | None:
    if window.scope == "household":
        return ledger.households[window.subject].grid_id
    return window.subject or None


def _periods(ledger: Ledger, zone: ZoneInfo, now: Moment) -> dict[str, list[Period]]:
    """By what a window may apply to: when one of those homes isolates, from now on, in order."""
    found: dict[str, set[Period]] = {}
    for household in ledger.households.values():
        begins, ends = isolation(household, zone)
        period = max(begins, now), min(ends, max(begins, now) + AHEAD)
        if period[0] < period[1]:
            own = f"household:{household.household_id}"
            for target in (own, f"grid:{household.grid_id}", "all"):
                found.setdefault(target, set()).add(period)
    return {target: _joined(periods) for target, periods in found.items()}


def _joined(periods: set[Period]) -> list[Period]:
    found: list[Period] = []
    for begins, ends in sorted(periods):
        if found and begins <= found[-1][1]:
            found[-1] = found[-1][0], max(found[-1][1], ends)
        else:
            found.append((begins, ends))
    return found


def _wrong(
    window: Window, periods: list[Period], changes: list[date], zone: ZoneInfo, now: Moment
) -> Iterator[tuple[str, str]]:
    first, last = window.first_day, window.last_day
    if first and last and last < first:
        yield "never opens: last_day is before first_day", "exchange the two"
    elif first and last and not any(_is_on(window, first + n * _DAY) for n in range(7)):
        days = show_weekdays(window.weekdays, "en")
        remedy = "correct weekdays, first_day or last_day"
        yield f"never opens: no {days} from {first} to {last}", remedy
    elif last and span(_hours(window), last, zone)[1] <= now:
        yield f"never opens again: its last_day was {last}", "give a later one, if it goes on"
    elif not any(_opens_in(window, period, zone) for period in periods):
        remedy = "correct its days or applies_to"
        yield "never opens: no home that it is for isolates then", remedy
    else:
        for day in changes:
            if _is_on(window, day) and (moved := _moved(window, day, periods, zone)):
                yield moved, "give it other hours on that day, or tell the homes"


def _hours(window: Window) -> Shift:
    return Shift(window.weekdays, window.start, window.end)


def _is_on(window: Window, day: date) -> bool:
    """Whether it starts on that local day."""
    return (
        day.weekday() in window.weekdays
        and (window.first_day is None or window.first_day <= day)
        and (window.last_day is None or day <= window.last_day)
    )


def _opens_in(window: Window, period: Period, zone: ZoneInfo) -> bool:
    begins, ends = period
    day = local(begins, zone).date() - _DAY
    if window.first_day is not None:
        day = max(day, window.first_day)
    for _ in range(_RECURS):
        if _is_on(window, day):
            opens, closes = span(_hours(window), day, zone)
            if opens < ends and begins < closes:
                return True
        day += _DAY
    return False


def _changes(zone: ZoneInfo, now: Moment) -> list[date]:
    """Local days, up to ``AHEAD``, on which a window may meet a change of the clocks.

    An offset that differs a day later says that it lies in between; the evening before it is
    also one on which such a window may start. Orders that begin later are looked at as far.
    """
    found: set[date] = set()
    for at in range(now - DAY, now + 2 * AHEAD, DAY):
        before, after = local(at, zone), local(at + DAY, zone)
        if before.utcoffset() != after.utcoffset():
            found |= {before.date() - _DAY, before.date(), after.date()}
    return sorted(found)


def _moved(window: Window, day: date, periods: list[Period], zone: ZoneInfo) -> str:
    """What the clocks do to it on that day; blank: nothing, or nobody isolates then."""
    opens, closes = span(_hours(window), day, zone)
    if not any(opens < ends and begins < closes for begins, ends in periods):
        return ""
    end = window.end if window.end > window.start else window.end + 24 * 60
    lasts, written = (closes - opens) // MINUTE, end - window.start
    # Where the hour changes, a clock shows two times: the one that was written is right.
    closing = _clock(closes, zone), (_clock(closes - MINUTE, zone) + 1) % (24 * 60)
    shown = _clock(opens, zone), window.end if window.end in closing else closing[0]
    twice = any(
        instant(day, edge, zone) != instant(day, edge, zone, last=True)
        for edge in (window.start, end)
    )
    if shown == (window.start, window.end) and not (twice and lasts > written):
        return ""
    return (
        f"{show_time(window.start)}-{show_time(window.end, end=True)} meets the change of the"
        f" clocks on {day}: it opens {show_time(shown[0])}-{show_time(shown[1], end=True)},"
        f" {lasts} min instead of {written}"
    )


def _clock(at: Moment, zone: ZoneInfo) -> int:
    clock = local(at, zone)
    return clock.hour * 60 + clock.minute
