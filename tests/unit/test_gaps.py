"""Every minute of an isolation has one state: whatever gaps there are, they add up to all of it."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.coverage.gaps import (
    CAUSES,
    SEEN,
    STATES,
    Gap,
    State,
    Stretch,
    in_minutes,
    longest,
    stretches,
    tenths,
    totals,
    whole_minutes,
)
from gateway.coverage.report import Days, Home, cover
from rules.local import moment
from rules.moment import DAY, HOUR, MINUTE, NEVER, SECOND

BERLIN = ZoneInfo("Europe/Berlin")  # its clocks are put forward and back
SPRING = moment(datetime(2026, 3, 28, tzinfo=BERLIN))  # 29 March has 23 hours
AUTUMN = moment(datetime(2026, 10, 24, tzinfo=BERLIN))  # 25 October has 25
EVERYTHING = frozenset(STATES)

moments = st.integers(-HOUR, 4 * DAY)
gaps = st.builds(
    lambda cause, subject, since, length: Gap(
        cause, subject, since, NEVER if length is None else since + length
    ),
    st.sampled_from([*CAUSES, State.UNSUPERVISED]),
    st.sampled_from([None, "H", "H", "other"]),
    moments,
    st.none() | st.integers(0, 5 * HOUR),
)


def at(base: int, found: list[Gap]) -> list[Gap]:
    """The same gaps, counted from ``base``."""
    return [
        gap._replace(since=gap.since + base, until=min(gap.until + base, NEVER)) for gap in found
    ]


def covered(found: list[Gap], first: int, last: int) -> list[Stretch]:
    home = Home("H", "G", "1-101", (first, last), EVERYTHING)
    return cover([home], found, 0, NEVER)[0].found


@given(
    st.lists(gaps, max_size=20),
    st.sampled_from([SPRING, AUTUMN]),
    st.integers(0, 3 * DAY),
    st.integers(0, 3 * DAY),
)
def test_any_gaps_add_up_to_exactly_the_isolation(
    found: list[Gap], base: int, begins: int, lasts: int
) -> None:
    first, last = base + begins, base + begins + lasts
    states = covered(at(base, found), first, last)
    first_minute, end = whole_minutes(first, last)
    assert sum(totals(states).values()) == end - first_minute
    edges = [first_minute, *(one.last for one in states)]
    assert [one.first for one in states] == edges[:-1]  # in order, and no hole
    assert edges[-1] == end
    by_day = Days(BERLIN, first, last).split(states)
    assert sum(sum(day.values()) for day in by_day.values()) == end - first_minute
    assert sum(tenths(totals(states)).values()) == (1_000 if end > first_minute else 0)


@given(st.lists(gaps, max_size=12), gaps)
def test_another_gap_never_makes_more_observed(found: list[Gap], more: Gap) -> None:
    def observed(all_gaps: list[Gap]) -> tuple[int, int]:
        sums = totals(covered(at(SPRING, all_gaps), SPRING, SPRING + 3 * DAY))
        return sums[State.OBSERVED], sum(sums[state] for state in SEEN)

    before, after = observed(found), observed([*found, more])
    assert after[0] <= before[0]
    assert after[1] <= before[1]


@given(st.lists(gaps, max_size=12), st.integers(0, 3 * DAY))
def test_no_moment_of_a_gap_lies_in_an_observed_minute(found: list[Gap], when: int) -> None:
    """Against the plainest way to say it: ask every gap."""
    now = SPRING + when
    here = at(SPRING, found)
    denied = {g.cause for g in here if g.subject in (None, "H") and g.since <= now < g.until}
    states = covered(here, SPRING, SPRING + 4 * DAY)
    state = next(one.state for one in states if one.first <= now // MINUTE < one.last)
    assert STATES.index(state) <= min(map(STATES.index, denied), default=len(STATES))


@pytest.mark.parametrize(
    ("causes", "state"),
    [
        ((), "observed"),
        (("unsupervised",), "unsupervised"),
        (("unsupervised", "sensor"), "sensor"),
        (("sensor", "broker"), "broker"),
        (("broker", "radio"), "radio"),
        (("radio", "clock"), "clock"),
        (("clock", "power", "sensor"), "power"),
    ],
)
def test_of_several_causes_the_first_is_told(causes: tuple[str, ...], state: str) -> None:
    found = [Gap(State(cause), None, 0, HOUR) for cause in causes]
    assert [one.state for one in stretches(found, 0, HOUR)] == [state]


def test_a_second_takes_its_whole_minute() -> None:
    gap = Gap(State.RADIO, None, 10 * MINUTE + SECOND, 10 * MINUTE + 2 * SECOND)
    assert in_minutes([gap]) == [gap._replace(since=10, until=11)]
    assert in_minutes([gap._replace(until=gap.since)]) == []  # no time at all


def test_only_what_a_home_is_heard_by_is_in_its_way() -> None:
    radio = Gap(State.RADIO, None, 0, HOUR)
    by_broker = Home("H", "G", "", (0, HOUR), EVERYTHING - {State.RADIO})
    states = cover([by_broker], [radio], 0, HOUR)[0].found
    assert [one.state for one in states] == ["observed"]


@pytest.mark.parametrize(
    ("day", "base", "hours"),
    [(date(2026, 3, 29), SPRING, 23), (date(2026, 10, 25), AUTUMN, 25)],
)
def test_a_day_is_as_long_as_its_clocks_make_it(day: date, base: int, hours: int) -> None:
    by_day = Days(BERLIN, base, base + 3 * DAY).split(covered([], base, base + 3 * DAY))
    assert sum(by_day[day].values()) == hours * 60


def test_all_observed_means_every_minute() -> None:
    two_weeks = 14 * 24 * 60
    minutes = dict.fromkeys(STATES, 0) | {State.OBSERVED: two_weeks - 1, State.CLOCK: 1}
    shares = tenths(minutes)
    assert (shares[State.OBSERVED], shares[State.CLOCK]) == (999, 1)


def test_the_longest_gap_goes_by_its_main_cause() -> None:
    found = [
        Gap(State.RADIO, None, 0, 5),
        Gap(State.SENSOR, "H", 3, 20),
        Gap(State.CLOCK, None, 30, 40),
    ]
    assert longest(stretches(found, 0, 50)) == Stretch(State.SENSOR, 0, 20)
    assert longest(stretches([Gap(State.UNSUPERVISED, "H", 0, 9)], 0, 30)) is None
