"""The hours of a week as ranges of minutes, and how they read. Pure arithmetic, no sampling.

The week is one without a change of the clocks: duty recurs by local clocks, and on such a night
a shift's edges move together (``rules.local.span``), so that no hour is lost between two.
"""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from gateway.ledger.clocks import show_time, show_weekdays
from rules.local import instant, span
from rules.moment import MINUTE
from rules.policy import Shift

Range = tuple[int, int]  # minutes from Monday 00:00, the end not included

DAY = 24 * 60
WEEK = 7 * DAY
_UTC = ZoneInfo("UTC")
_MONDAY = date(2024, 1, 1)
_ZERO = instant(_MONDAY, 0, _UTC)


@lru_cache(maxsize=4_096)  # as many as there are duties; mostly a handful
def covered(duty: tuple[Shift, ...]) -> tuple[Range, ...]:
    """When somebody with these shifts is on duty; no shifts at all means always."""
    if not duty:
        return ((0, WEEK),)
    found = []
    for ahead in range(-1, 7):  # the Sunday before runs into this week
        day = _MONDAY + timedelta(days=ahead)
        for shift in duty:
            if day.weekday() in shift.days:
                begins, ends = span(shift, day, _UTC)
                found.append(((begins - _ZERO) // MINUTE, (ends - _ZERO) // MINUTE))
    return joined((max(begins, 0), min(ends, WEEK)) for begins, ends in found)


def joined(ranges: Iterable[Range]) -> tuple[Range, ...]:
    """In order, with those that touch or overlap as one."""
    found: list[Range] = []
    for begins, ends in sorted(ranges):
        if begins >= ends:
            continue
        if found and begins <= found[-1][1]:
            found[-1] = found[-1][0], max(found[-1][1], ends)
        else:
            found.append((begins, ends))
    return tuple(found)


def show(ranges: Sequence[Range]) -> str:
    """``Sat 20:00 - Sun 08:00``, and on three days or more ``Mon-Fri 20:00 - 08:00``.

    ``ranges``: in order and apart, as ``joined`` gives them.
    """
    if list(ranges) == [(0, WEEK)]:
        return "all week"
    whole = list(ranges)
    if len(whole) > 1 and whole[0][0] == 0 and whole[-1][1] == WEEK:  # across Sunday midnight
        whole = [*whole[1:-1], (whole[-1][0], WEEK + whole[0][1])]
    alike: dict[Range, list[Range]] = {}  # by time of day and length
    for begins, ends in whole:
        alike.setdefault((begins % DAY, ends - begins), []).append((begins, ends))
    parts = []
    for (start, length), same in alike.items():
        if len(same) < 3 or length > DAY:
            parts += [_one(*each) for each in same]
        else:
            days = show_weekdays(sorted(begins // DAY for begins, _ in same), "en").title()
            end = show_time((start + length) % DAY, end=True)
            parts.append(f"{days} {show_time(start)} - {end}")
    return ", ".join(parts)


def _one(begins: int, ends: int) -> str:
    first, last = begins // DAY, (ends - 1) // DAY  # a midnight ends the day before it
    day = "" if first == last else _day(last) + " "
    return f"{_day(first)} {show_time(begins % DAY)} - {day}{show_time(ends % DAY, end=True)}"


def _day(number: int) -> str:
    return show_weekdays([number % 7], "en").title()
