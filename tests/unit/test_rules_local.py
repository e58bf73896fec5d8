"""Hours on the calendar against what clocks show, minute by minute, in zones with and without DST.

The truth here is the clock on the wall: every minute of some days is turned into local time, the
way that has one answer, and looked at. The rules go the other way, which may have none or two.
"""

from collections import Counter
from datetime import date, datetime, timedelta
from functools import cache
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from rules.local import instant, local, moment, on_shift, span
from rules.moment import HOUR, MINUTE
from rules.policy import EVERY_DAY, Policy, Shift, Window
from rules.windows.calendar import Occurrence, Plan, edges, plan
from rules.windows.cover import cover

BERLIN, NEW_YORK, LORD_HOWE, SHANGHAI, SANTIAGO, NUUK = ZONES = [
    ZoneInfo("Europe/Berlin"),
    ZoneInfo("America/New_York"),
    ZoneInfo("Australia/Lord_Howe"),  # half an hour
    ZoneInfo("Asia/Shanghai"),  # none
    ZoneInfo("America/Santiago"),  # at midnight: a day begins at 01:00, another has 23:00 twice
    ZoneInfo("America/Nuuk"),  # before midnight: a day ends at 23:00
]
DAY = timedelta(days=1)
FIRST = date(2024, 1, 1)


@cache
def changes(zone: ZoneInfo) -> list[date]:
    """The days of five years on which the clocks change."""
    midnights = [
        datetime.combine(FIRST + n * DAY, datetime.min.time(), zone) for n in range(5 * 365)
    ]
    return [a.date() for a, b in pairwise(midnights) if a.utcoffset() != b.utcoffset()]


@cache
def clock(zone: ZoneInfo, day: date) -> list[tuple[int, datetime]]:
    """Every minute from the day before to two days after: its moment, and what clocks show."""
    begin = moment(datetime.combine(day - DAY, datetime.min.time(), ZoneInfo("UTC"))) - 12 * HOUR
    moments = range(begin, begin + 5 * 24 * HOUR, MINUTE)
    return [(at, local(at, zone).replace(tzinfo=None)) for at in moments]


@cache
def kinds(zone: ZoneInfo, day: date) -> tuple[frozenset[datetime], frozenset[datetime]]:
    """The clock times of those days that are skipped, and those that are shown twice."""
    shown = Counter(wall for _, wall in clock(zone, day))
    first, last = min(shown), max(shown)
    every = (first + timedelta(minutes=n) for n in range((last - first) // timedelta(minutes=1)))
    return frozenset(every) - shown.keys(), frozenset(w for w, times in shown.items() if times > 1)


def wall_of(day: date, minute: int) -> datetime:
    return datetime.combine(day, datetime.min.time()) + timedelta(minutes=minute)


def written(hours: Shift, day: date) -> tuple[datetime, datetime]:
    """From when to when by the clock, as the ledger has it."""
    end = hours.end if hours.end > hours.start else hours.end + 24 * 60
    return wall_of(day, hours.start), wall_of(day, end)


ZONE = st.sampled_from(ZONES)
MINUTES = st.one_of(st.integers(0, 24 * 60 - 1), st.integers(0, 47).map(lambda half: half * 30))
HOURS = st.builds(Shift, st.just(EVERY_DAY), MINUTES, MINUTES)


@st.composite
def days(draw: st.DrawFn, zone: ZoneInfo) -> date:
    """Mostly around the nights on which clocks change, and around the leap day."""
    near = [date(2024, 2, 29), date(2028, 2, 29), date(2026, 12, 31), *changes(zone)]
    return draw(st.sampled_from(near)) + draw(st.integers(-2, 1)) * DAY


# -- a clock time as a moment --------------------------------------------------------------


@given(st.data(), ZONE, st.integers(0, 2 * 24 * 60))
@settings(deadline=None)
def test_an_instant_is_when_clocks_show_it(
    data: st.DataObject, zone: ZoneInfo, minute: int
) -> None:
    """The first time and the last; one that is skipped moves on by as much as is skipped."""
    day = data.draw(days(zone))
    wall = wall_of(day, minute)
    seen = [at for at, shown in clock(zone, day) if shown == wall]
    first, last = instant(day, minute, zone), instant(day, minute, zone, last=True)
    if seen:
        assert (first, last) == (seen[0], seen[-1])
    else:
        skipped, _ = kinds(zone, day)
        gap = len({each for each in skipped if abs(each - wall) < DAY})
        assert first == last
        assert local(first, zone).replace(tzinfo=None) == wall + timedelta(minutes=gap)


# -- hours ---------------------------------------------------------------------------------


@given(st.data(), ZONE, HOURS)
@settings(deadline=None)
def test_hours_last_from_their_first_minute_to_their_last(
    data: st.DataObject, zone: ZoneInfo, hours: Shift
) -> None:
    """By the clock; what is shown twice counts both times, with what lies between."""
    day = data.draw(days(zone))
    begin, end = written(hours, day)
    skipped, twice = kinds(zone, day)
    assume(begin not in skipped and end not in skipped)  # those have their own test
    assume(not (end in twice and end - timedelta(minutes=1) not in twice))
    within = [at for at, shown in clock(zone, day) if begin <= shown < end]
    assert span(hours, day, zone) == (within[0], within[-1] + MINUTE)


# Zone, day, hours as written: from when to when, by the clock with its offset.
NIGHTS = [
    # 02:00-03:00 is skipped
    (BERLIN, "2026-03-29", "02:15-02:45", "03:15+02:00", "03:45+02:00"),
    (BERLIN, "2026-03-29", "02:00-03:00", "03:00+02:00", "04:00+02:00"),
    (BERLIN, "2026-03-29", "01:00-03:00", "01:00+01:00", "03:00+02:00"),
    (BERLIN, "2026-03-29", "01:30-02:30", "01:30+01:00", "03:30+02:00"),
    (BERLIN, "2026-03-29", "01:30-03:30", "01:30+01:00", "03:30+02:00"),
    (BERLIN, "2026-03-28", "23:00-06:00", "23:00+01:00", "06:00+02:00"),
    (NEW_YORK, "2026-03-08", "02:15-02:45", "03:15-04:00", "03:45-04:00"),
    (LORD_HOWE, "2026-10-04", "02:05-02:20", "02:35+11:00", "02:50+11:00"),
    (LORD_HOWE, "2026-10-04", "01:30-03:00", "01:30+10:30", "03:00+11:00"),
    # 02:00-03:00 is there twice
    (BERLIN, "2026-10-25", "02:00-03:00", "02:00+02:00", "03:00+01:00"),
    (BERLIN, "2026-10-25", "02:15-02:45", "02:15+02:00", "02:45+01:00"),
    (BERLIN, "2026-10-25", "01:30-02:30", "01:30+02:00", "02:30+01:00"),
    (BERLIN, "2026-10-24", "23:00-06:00", "23:00+02:00", "06:00+01:00"),
    (NEW_YORK, "2026-11-01", "01:00-02:00", "01:00-04:00", "02:00-05:00"),
    (LORD_HOWE, "2026-04-05", "01:30-02:00", "01:30+11:00", "02:00+10:30"),
    (LORD_HOWE, "2026-04-05", "01:40-01:50", "01:40+11:00", "01:50+10:30"),
    # at midnight
    (SANTIAGO, "2026-09-05", "23:00-02:00", "23:00-04:00", "02:00-03:00"),
    (SANTIAGO, "2026-04-04", "23:00-02:00", "23:00-03:00", "02:00-04:00"),
    (NUUK, "2026-03-28", "23:30-01:00", "00:00-01:00", "01:00-01:00"),  # 23:00-24:00 is skipped
    (SHANGHAI, "2026-03-29", "23:30-00:30", "23:30+08:00", "00:30+08:00"),
    # a leap day, and the one after it
    (SHANGHAI, "2028-02-28", "23:00-01:00", "23:00+08:00", "01:00+08:00"),
    (BERLIN, "2028-02-29", "23:00-01:00", "23:00+01:00", "01:00+01:00"),
    (BERLIN, "2028-02-29", "00:00-00:00", "00:00+01:00", "00:00+01:00"),
]


@pytest.mark.parametrize(("zone", "day", "hours", "begins", "ends"), NIGHTS)
def test_nights(zone: ZoneInfo, day: str, hours: str, begins: str, ends: str) -> None:
    start, end = (int(text[:2]) * 60 + int(text[3:]) for text in hours.split("-"))
    found = span(Shift(EVERY_DAY, start, end), date.fromisoformat(day), zone)
    shown = [f"{local(at, zone):%H:%M}{local(at, zone).isoformat()[-6:]}" for at in found]
    assert shown == [begins, ends]


# -- shifts --------------------------------------------------------------------------------


@given(st.data(), ZONE, HOURS, st.integers(0, 3 * 24 * 60))
@settings(deadline=None)
def test_somebody_is_on_duty_in_the_hours_of_today_and_those_that_began_yesterday(
    data: st.DataObject, zone: ZoneInfo, hours: Shift, later: int
) -> None:
    day = data.draw(days(zone))
    weekdays = data.draw(st.frozensets(st.integers(0, 6)))
    shift = hours._replace(days=tuple(sorted(weekdays)))
    at = instant(day, 0, zone) + later * MINUTE
    around = [day + n * DAY for n in range(-2, 5)]
    spans = [span(shift, each, zone) for each in around if each.weekday() in weekdays]
    assert on_shift((shift,), at, zone) is any(begins <= at < ends for begins, ends in spans)


@given(st.data(), ZONE, MINUTES, MINUTES, st.integers(0, 3 * 24 * 60))
@settings(deadline=None)
def test_shifts_that_take_over_from_each_other_leave_no_gap(
    data: st.DataObject, zone: ZoneInfo, one: int, other: int, later: int
) -> None:
    """Whatever the clocks do that night, somebody is on duty."""
    assume(one != other)
    shifts = (Shift(EVERY_DAY, one, other), Shift(EVERY_DAY, other, one))
    at = instant(data.draw(days(zone)), 0, zone) + later * MINUTE
    assert on_shift(shifts, at, zone)


# -- windows -------------------------------------------------------------------------------

WINDOWS = st.lists(HOURS, min_size=1, max_size=4).map(
    lambda many: tuple(
        Window(f"W{n}", hours, max_open=(10 * MINUTE if n % 2 else None))
        for n, hours in enumerate(many)
    )
)


def every_occurrence(policy: Policy, day: date) -> Plan:
    """A plan of a whole week: nothing can be missing from it."""
    found = []
    for each in (day + n * DAY for n in range(-3, 5)):
        for window in policy.windows:
            begins, ends = span(window.hours, each, policy.zone)
            grace = policy.rules.window_grace
            found.append(
                Occurrence(
                    begins - grace, ends, ends + grace, window.window_id, each.toordinal(),
                    window.max_openings, window.max_open,
                )
            )  # fmt: skip
    return Plan(0, 2**62, tuple(found))


@given(st.data(), ZONE, WINDOWS, st.integers(0, 24 * 60 * 60 - 1))
@settings(deadline=None)
def test_the_plan_of_a_day_has_all_that_covers_it(
    data: st.DataObject, zone: ZoneInfo, windows: tuple[Window, ...], second: int
) -> None:
    day = data.draw(days(zone))
    at = instant(day, 0, zone) + second * 1_000
    policy = Policy("H", zone, windows=windows)
    assert cover(plan(policy, at), (), at) == cover(every_occurrence(policy, day), (), at)


@given(st.data(), ZONE, WINDOWS, st.integers(0, 24 * 60 - 1), st.integers(1, 24 * 60))
@settings(deadline=None)
def test_between_two_edges_nothing_changes(
    data: st.DataObject, zone: ZoneInfo, windows: tuple[Window, ...], since: int, minutes: int
) -> None:
    """Whether an opening is covered changes at an edge only."""
    day = data.draw(days(zone))
    policy = Policy("H", zone, windows=windows)
    week = every_occurrence(policy, day)
    begin = instant(day, 0, zone) + since * MINUTE
    end = begin + minutes * MINUTE
    at_edge = set(edges(policy, begin, end))
    before, _ = cover(week, (), begin)
    for at in range(begin + MINUTE, end + 1, MINUTE):
        after, _ = cover(week, (), at)
        if (before is None) != (after is None):
            assert at in at_edge, local(at, zone)
        before = after


@given(st.data(), ZONE, WINDOWS, st.integers(0, 24 * 60 - 1))
@settings(deadline=None)
def test_of_overlapping_windows_the_latest_deadline_counts_then_the_first_by_id(
    data: st.DataObject, zone: ZoneInfo, windows: tuple[Window, ...], minute: int
) -> None:
    at = instant(data.draw(days(zone)), 0, zone) + minute * MINUTE
    one_by_one = []
    for window in windows:
        found, _ = cover(plan(Policy("H", zone, windows=(window,)), at), (), at)
        if found is not None:
            one_by_one.append((-found.deadline, found.name))
    together, _ = cover(plan(Policy("H", zone, windows=windows), at), (), at)
    best = min(one_by_one, default=None)
    assert best == (None if together is None else (-together.deadline, together.name))


@pytest.mark.parametrize(
    ("day", "minute", "covered"),
    [
        ("2028-02-28", 23 * 60 + 30, False),
        ("2028-02-29", 22 * 60 + 54, False),
        ("2028-02-29", 22 * 60 + 55, True),  # the grace
        ("2028-02-29", 23 * 60 + 59, True),
        ("2028-03-01", 59, True),  # it belongs to the day on which it starts
        ("2028-03-01", 60, False),
        ("2028-03-01", 23 * 60 + 30, False),
    ],
)
@pytest.mark.parametrize("zone", ZONES, ids=str)
def test_a_window_of_the_leap_day_only(
    zone: ZoneInfo, day: str, minute: int, covered: bool
) -> None:
    leap = date(2028, 2, 29)
    window = Window("W", Shift(EVERY_DAY, 23 * 60, 60), first_day=leap, last_day=leap)
    at = instant(date.fromisoformat(day), minute, zone)
    found, _ = cover(plan(Policy("H", zone, windows=(window,)), at), (), at)
    assert (found is not None) is covered


@pytest.mark.parametrize(("minute", "covered"), [(23 * 60 + 54, False), (23 * 60 + 55, True)])
@pytest.mark.parametrize("zone", ZONES, ids=str)
def test_the_grace_of_a_window_from_midnight_begins_on_the_day_before(
    zone: ZoneInfo, minute: int, covered: bool
) -> None:
    policy = Policy("H", zone, windows=(Window("W", Shift(EVERY_DAY, 0, 60)),))
    at = instant(date(2028, 2, 29), minute, zone)
    found, _ = cover(plan(policy, at), (), at)
    assert (found is not None) is covered
