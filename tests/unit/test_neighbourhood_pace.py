"""The pace of a played day, and the people who answer."""

from datetime import date, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulators.neighbourhood import (
    Pace,
    Scene,
    What,
    Why,
    answer,
    arrives,
    build,
    schedule,
    somebody_comes,
    tell,
    truth,
)

DAY = date(2026, 3, 4)
TOWN = build(4, day=DAY)
EVENTS = tell(TOWN, 4)
MIDNIGHT = TOWN.at(time(0), days=1)
PACE = Pace(EVENTS, 30, MIDNIGHT)
SECOND = timedelta(seconds=1)


def test_a_day_fits_and_every_event_is_heard_at_its_own_moment() -> None:
    offsets = [offset for offset, _ in PACE.play]
    assert offsets[0] == 0
    assert offsets == sorted(offsets)
    assert offsets[-1] < 30
    assert [event for _, event in PACE.play] == EVENTS
    for offset, event in PACE.play:
        if event.moves:  # the clock stands for ten milliseconds at least
            assert abs(PACE.moment(offset + 0.001) - event.at) < timedelta(milliseconds=1)
            assert abs(PACE.moment(offset + 0.010) - event.at) < timedelta(milliseconds=1)
    assert PACE.moment(30) == PACE.moment(99) == MIDNIGHT
    assert PACE.moment(-1) == EVENTS[0].at


@given(st.floats(0, 30), st.floats(0, 30))
def test_the_clock_never_goes_back(one: float, other: float) -> None:
    first, second = sorted((one, other))
    assert PACE.moment(first) <= PACE.moment(second)
    assert PACE.offset(PACE.moment(first)) >= first - 1e-6


def test_breaches_have_more_time_than_dull_hours() -> None:
    night = PACE.offset(TOWN.at(time(6))) - PACE.offset(TOWN.at(time(5)))
    walk = next(e.at for e in EVENTS if e.why is Why.CURFEW_WALK)
    curfew = PACE.offset(walk + timedelta(minutes=5)) - PACE.offset(walk - timedelta(seconds=1))
    assert curfew > night


def test_a_scene_has_its_share_and_runs_evenly() -> None:
    walk = next(e.at for e in EVENTS if e.why is Why.CURFEW_WALK)
    scene = Scene(walk - timedelta(minutes=1), walk + timedelta(minutes=7), 0.5)
    pace = Pace(EVENTS, 60, MIDNIGHT, scene)
    begins = pace.offset(scene.begins)
    assert pace.offset(scene.ends) - begins == pytest.approx(30)
    for minutes in range(8):
        there = begins + 30 * minutes / 8
        assert abs(pace.moment(there) - scene.begins - timedelta(minutes=minutes)) < SECOND
    offsets = [offset for offset, _ in pace.play]
    assert offsets == sorted(offsets)
    assert [event for _, event in pace.play] == EVENTS
    assert pace.moment(60) == MIDNIGHT
    assert all(abs(pace.moment(offset) - event.at) < SECOND for offset, event in pace.play)


def test_a_schedule_ends_in_time() -> None:
    plan = schedule(EVENTS, 12)
    assert len(plan) == len(EVENTS)
    assert 11 < plan[-1][0] < 12
    with pytest.raises(ValueError, match="nothing to play"):
        schedule([EVENTS[0]], 0)


def test_answers_are_of_the_seed_and_of_the_incident() -> None:
    members = [p for p in TOWN.people if p.role == "member"]
    at = TOWN.at(time(14))
    codes = [str(code) for code in range(100, 200)]
    said = {(p.person_id, c): answer(4, p, c, at) for p in members for c in codes}
    assert said == {(p.person_id, c): answer(4, p, c, at) for p in members for c in codes}
    replies = [delay for delay in said.values() if delay is not None]
    assert 0.5 < len(replies) / len(said) < 0.8
    assert all(timedelta(seconds=40) <= delay <= timedelta(seconds=240) for delay in replies)
    night = [answer(4, p, c, TOWN.at(time(3))) for p in members for c in codes]
    assert sum(d is not None for d in night) < 0.7 * len(replies)
    assert all(
        answer(4, p, "100", at) is None for p in TOWN.people if p.role in ("ops", "installer")
    )
    assert timedelta(minutes=3) <= arrives(4, members[0], "100") <= timedelta(minutes=8)


def test_somebody_closes_the_door_that_stands_open() -> None:
    left = next(e for e in EVENTS if e.why is Why.LEFT_OPEN and e.what is What.OPENED)
    home = next(s.household_id for s in TOWN.sensors if s.sensor_id == left.sensor_id)
    comes = left.at + timedelta(minutes=5)
    day = somebody_comes(TOWN, EVENTS, home, comes)
    closed = next(e for e in day if e.sensor_id == left.sensor_id and e.moves and e.at > left.at)
    assert (closed.what, closed.at) == (What.CLOSED, comes + timedelta(seconds=5))
    assert truth(TOWN, day).expected == truth(TOWN, EVENTS).expected
    assert all(e.open for e in day if e.sensor_id == left.sensor_id and left.at < e.at < comes)


def test_nobody_closes_a_door_that_is_closed() -> None:
    home = TOWN.households[0].household_id
    assert somebody_comes(TOWN, EVENTS, home, TOWN.at(time(5))) == EVENTS
