"""What holds for every story: any schedule of ticks, any window, any pause in memory."""

import json
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.store import snapshot
from rules.home import Home
from rules.local import instant, local, moment, on_shift, span
from rules.model import Acknowledged, Door, DoorSeen, Kind, Tick
from rules.moment import DAY, HOUR, MINUTE, SECOND
from rules.policy import EVERY_DAY, Policy, Shift, Window
from rules.said import Alerted, Decision, Output
from rules.step import step
from rules.windows.calendar import plan
from rules.windows.cover import cover
from tests.support.house import ROSTER, ZONE, at

WINDOWS = (
    Window("A", Shift(EVERY_DAY, 7 * 60, 8 * 60), max_openings=1, max_open=10 * MINUTE),
    Window("B", Shift(EVERY_DAY, 7 * 60 + 30, 9 * 60), max_open=5 * MINUTE),
    Window("N", Shift(EVERY_DAY, 23 * 60, 60), max_openings=2),
)
POLICY = Policy("H", ZONE, windows=WINDOWS, roster=ROSTER, isolation_end=at("+05:00"))
BEGIN = at("00:00")

# One thing that happens: after how long, and what.
MOMENTS = st.lists(
    st.tuples(
        st.integers(0, 40 * 60).map(lambda seconds: seconds * SECOND),
        st.sampled_from(["open S1", "close S1", "open S2", "close S2", "ack P1", "ack P2"]),
    ),
    max_size=40,
)


def given_of(what: str, now: int, home: Home) -> object:
    verb, who = what.split()
    if verb == "ack":
        return Acknowledged(home.incident.number if home.incident else 1, who)
    return DoorSeen(who, Door.OPEN if verb == "open" else Door.CLOSED, now)


def live(story: list[tuple[int, str]], ticks: int | None, forget: bool = False) -> list[Output]:
    """Plays a story with a tick every ``ticks`` ms; ``forget``: through the snapshot each time."""
    home, said, now = Home(POLICY), [], BEGIN
    for sensor in ("S1", "S2"):
        home, _ = step(home, DoorSeen(sensor, Door.CLOSED, now), now)
    for after, what in [*story, (DAY, "end")]:
        until = now + after
        while ticks is not None and now + ticks < until:
            now += ticks
            home, out = step(home, Tick(), now)
            said += out
        now = until
        if forget:
            text = json.dumps(snapshot.written(home))
            home = snapshot.read(json.loads(text), POLICY)
        home, out = step(home, Tick() if what == "end" else given_of(what, now, home), now)
        said += out
    return said


@given(MOMENTS, st.integers(5 * SECOND, 3 * HOUR))
@settings(max_examples=60, deadline=None)
def test_any_schedule_of_ticks_decides_the_same(story: list[tuple[int, str]], ticks: int) -> None:
    assert live(story, ticks) == live(story, None)


@given(MOMENTS)
@settings(max_examples=60, deadline=None)
def test_a_snapshot_remembers_all_that_matters(story: list[tuple[int, str]]) -> None:
    assert live(story, None, forget=True) == live(story, None)


@given(MOMENTS)
@settings(max_examples=100, deadline=None)
def test_every_breach_has_an_incident_and_nothing_permitted_has(
    story: list[tuple[int, str]],
) -> None:
    said = live(story, None)
    for decision in (one for one in said if isinstance(one, Decision)):
        if isinstance(decision.verdict, Kind):
            assert decision.incident is not None
            assert decision.severity is not None
        else:
            assert decision.incident is None
    first = next((s for s in said if isinstance(s, Decision) and s.incident is not None), None)
    told = next((s for s in said if isinstance(s, Alerted)), None)
    assert (first is None) == (told is None)


@given(MOMENTS)
@settings(max_examples=100, deadline=None)
def test_nobody_gets_the_same_channel_twice_in_two_minutes(story: list[tuple[int, str]]) -> None:
    last: dict[tuple[object, ...], int] = {}
    for told in (one for one in live(story, None) if isinstance(one, Alerted)):
        for alert in told.alerts:
            key = (told.incident, alert.role, alert.channel)
            assert told.at - last.get(key, -DAY) >= 2 * MINUTE
            last[key] = told.at


# -- the calendar --------------------------------------------------------------------------

ZONES = [ZoneInfo(name) for name in ("Asia/Shanghai", "Europe/Berlin", "America/New_York")]
DAYS = st.dates(date(2023, 12, 30), date(2026, 12, 31))
MINUTES = st.integers(0, 24 * 60 - 1)


@given(st.sampled_from(ZONES), DAYS, MINUTES, MINUTES, st.integers(-180, 180))
def test_a_window_covers_what_local_clocks_say(
    zone: ZoneInfo, day: date, start: int, end: int, off: int
) -> None:
    """Against the calendar itself: wall clock by wall clock, no arithmetic on moments."""
    window = Window("W", Shift(EVERY_DAY, start, end))
    wall = datetime.combine(day, datetime.min.time()) + timedelta(minutes=start + off)
    when = wall.replace(tzinfo=zone)
    if local(moment(when), zone).replace(tzinfo=None) != wall:
        return  # a clock time that the day does not have
    policy = Policy("H", zone, windows=(window,))
    found, _ = cover(plan(policy, moment(when)), (), moment(when))
    covered = False
    for back in (-1, 0, 1):
        first = datetime.combine(day + timedelta(days=back), datetime.min.time())
        begins = first + timedelta(minutes=start)
        ends = first + timedelta(minutes=end + (24 * 60 if end <= start else 0))
        covered |= begins <= wall < ends
    if covered:
        assert found is not None
    elif found is not None:  # only the grace can cover besides, or a shifted hour
        begins = moment(when) + policy.rules.window_grace
        shifted = {instant(day + timedelta(days=d), start, zone) for d in (-1, 0, 1)}
        moved = any(zone.utcoffset(wall + timedelta(hours=h)) != when.utcoffset() for h in (-6, 6))
        assert moved or any(moment(when) < each <= begins for each in shifted)


@given(st.sampled_from(ZONES), DAYS, MINUTES, MINUTES)
def test_a_span_begins_before_it_ends_and_a_shift_knows_its_own_moments(
    zone: ZoneInfo, day: date, start: int, end: int
) -> None:
    hours = Shift((day.weekday(),), start, end)
    begins, ends = span(hours, day, zone)
    assert begins < ends <= begins + 26 * HOUR
    assert on_shift((hours,), begins, zone)
    assert on_shift((hours,), ends - 1, zone)


def test_a_window_in_the_skipped_hour_is_moved_past_it() -> None:
    zone, day = ZoneInfo("Europe/Berlin"), date(2026, 3, 29)  # 02:00 becomes 03:00
    begins, ends = span(Shift(EVERY_DAY, 2 * 60 + 15, 2 * 60 + 45), day, zone)
    assert local(begins, zone).strftime("%H:%M") == "03:15"
    assert local(ends, zone).strftime("%H:%M") == "03:45"


def test_a_window_in_the_repeated_hour_covers_both() -> None:
    zone, day = ZoneInfo("Europe/Berlin"), date(2026, 10, 25)  # 03:00 becomes 02:00
    begins, ends = span(Shift(EVERY_DAY, 2 * 60, 3 * 60), day, zone)
    assert ends - begins == 2 * HOUR
