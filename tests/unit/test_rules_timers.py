"""Time always moves on: whatever came before, a step of a home or of a grid comes to its end, and
a ``Tick`` just after ``due`` leaves a later ``due``.

A step looks at what is due until nothing is: were that the same for ever, it would not return.
So it is counted how often it looks.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeAlias

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from rules import step as home_step
from rules.grid import Breached, FaultChanged, Grid, HeardFrom, Lost, ReceiverChanged
from rules.grid import step as grid_step
from rules.home import Home
from rules.household import timers
from rules.model import (
    Acknowledged,
    Channel,
    ClockChanged,
    Commissioned,
    Door,
    DoorSeen,
    EmergencyDeclared,
    HandedOver,
    NotReached,
    Outcome,
    PassGranted,
    PassRevoked,
    Resolved,
    Resumed,
    Role,
    Sensed,
    TakenOver,
    Tick,
    Watched,
)
from rules.moment import DAY, HOUR, MINUTE, NEVER, SECOND, Moment
from rules.policy import (
    EVERY_DAY,
    GridPolicy,
    GridPolicyChanged,
    Person,
    Policy,
    PolicyChanged,
    Shift,
    Supervised,
    Window,
)
from tests.support.house import ZONE, at

Said: TypeAlias = Callable[[Moment], Any]  # what is said, by when it is
Story: TypeAlias = list[tuple[int, Said]]  # seconds since the one before

LOOKS = 2_000  # at what is due, in one step: one that catches up with two days takes some dozens
ROUNDS = 60  # ticks after a story: through reminders, digests and the end of the order
BEGIN = at("00:00")
DAYLIGHT = (Shift(EVERY_DAY, 8 * 60, 20 * 60),)
PEOPLE = (
    Person("P1", Role.MEMBER),
    Person("P2", Role.LEADER, DAYLIGHT),
    Person("P3", Role.COMMAND),
    Person("P4", Role.OPS),
)
ENDS = st.sampled_from([NEVER, BEGIN + 6 * HOUR, BEGIN + DAY, BEGIN - HOUR])
WHO = st.sampled_from(["P1", "P2", "P4"])
NUMBERS = st.integers(1, 4)
SENSORS = st.sampled_from(["S1", "S2", "S3"])
AGO = st.sampled_from([0, 0, 0, MINUTE, 3 * HOUR])
ANSWERS = (
    st.builds(lambda n, who: lambda now: Acknowledged(n, who), NUMBERS, WHO),
    st.builds(
        lambda n, what: lambda now: Resolved(n, "P1", what),
        NUMBERS,
        st.sampled_from([Outcome.RETURNED, Outcome.MOVED]),
    ),
    st.builds(lambda n, who: lambda now: NotReached(n, who, Channel.SMS), NUMBERS, WHO),
    st.builds(lambda n, who: lambda now: HandedOver(n, "P1", who), NUMBERS, WHO),
    st.builds(lambda ago: lambda now: Resumed(now - ago), AGO),
    st.builds(
        lambda yes, by: lambda now: ClockChanged(yes, by * SECOND),
        st.booleans(),
        st.sampled_from([0, 0, 90, 7200, -3600]),
    ),
    st.just(lambda now: Tick()),
)

# -- a home --------------------------------------------------------------------------------

WINDOWS = (
    Window("A", Shift(EVERY_DAY, 7 * 60, 8 * 60), max_openings=1, max_open=10 * MINUTE),
    Window("B", Shift(EVERY_DAY, 7 * 60 + 30, 9 * 60), max_open=5 * MINUTE, expected=True),
    Window("N", Shift(EVERY_DAY, 23 * 60, 60), max_openings=2, expected=True),
)
POLICIES = st.builds(
    lambda start, end, care, windows: Policy(
        "H", ZONE, windows=windows, isolation_start=start, isolation_end=end, roster=PEOPLE,
        care=care,
    ),
    st.sampled_from([0, BEGIN + 2 * HOUR]), ENDS, st.booleans(), st.sampled_from([(), WINDOWS]),
)  # fmt: skip
OF_A_HOME = st.one_of(
    st.builds(
        lambda s, door, ago, gap, missed: (
            lambda now: DoorSeen(s, door, now - ago, now - ago - gap if gap else None, missed)
        ),
        SENSORS,
        st.sampled_from(Door),
        AGO,
        st.sampled_from([0, 0, HOUR]),
        st.booleans(),
    ),
    st.builds(
        lambda n, own: lambda now: PassGranted("A", now, now + HOUR, incident=n, own=own),
        st.sampled_from([None, 1, 2]),
        st.booleans(),
    ),
    st.builds(lambda so, left: lambda now: Sensed("S1", so, left), st.booleans(), NUMBERS),
    st.builds(lambda yes: lambda now: Watched(yes), st.booleans()),
    st.builds(lambda n: lambda now: TakenOver(n), NUMBERS),
    st.builds(lambda policy: lambda now: PolicyChanged(policy), POLICIES),
    st.sampled_from(
        [
            lambda now: Commissioned("S1", now + 5 * MINUTE),
            lambda now: PassRevoked("A"),
            lambda now: EmergencyDeclared(),
        ]
    ),
    *ANSWERS,
)

# -- a grid --------------------------------------------------------------------------------


def supervised(name: str, receiver: str, every: int | None, end: Moment) -> Supervised:
    return Supervised(f"S{name}", f"H{name}", receiver, every, isolation_end=end)


RECEIVERS = st.sampled_from(["radio", "broker"])
GRIDS = st.builds(
    lambda name, sensors: GridPolicy(name, ZONE, roster=PEOPLE, sensors=tuple(sensors)),
    st.sampled_from(["G", ""]),
    st.lists(
        st.builds(
            supervised, st.sampled_from("123"), RECEIVERS, st.sampled_from([None, HOUR]), ENDS
        ),
        max_size=5,
        unique_by=lambda sensor: sensor.sensor_id,
    ),
)
OF_A_GRID = st.one_of(
    st.builds(
        lambda heard, ago: lambda now: HeardFrom(tuple((one, now - ago) for one in heard)),
        st.sets(SENSORS).map(sorted),
        AGO,
    ),
    st.builds(lambda sensor: lambda now: Lost(sensor), SENSORS),
    st.builds(lambda what, up: lambda now: ReceiverChanged(what, up), RECEIVERS, st.booleans()),
    st.builds(lambda failed: lambda now: FaultChanged("disk", failed), st.booleans()),
    st.builds(
        lambda home, n, tamper: lambda now: Breached(f"H{home}", n, now, not tamper, tamper),
        st.integers(1, 6),
        NUMBERS,
        st.booleans(),
    ),
    st.builds(lambda policy: lambda now: GridPolicyChanged(policy), GRIDS),
    *ANSWERS,
)
GAPS = st.one_of(st.integers(0, 600), st.sampled_from([0, 3600, 8 * 3600, 2 * 86_400]))


def stories(said: st.SearchStrategy[Said]) -> st.SearchStrategy[Story]:
    return st.lists(st.tuples(GAPS, said), max_size=25)


@contextmanager
def counted(module: Any, look: str, looker: Any) -> Iterator[Callable[..., Any]]:
    """``module.step``, which must not look at what is due too often: by ``looker``."""
    looked, was = [0], getattr(looker, look)

    def looks(*args: object) -> Moment:
        looked[0] += 1
        assert looked[0] < LOOKS, "a step that does not come to its end"
        due: Moment = was(*args)
        return due

    def step(state: Any, said: object, now: Moment) -> Any:
        looked[0] = 0
        after, _ = module.step(state, said, now)
        return after

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(looker, look, looks)
        yield step


def runs_dry(state: Any, step: Callable[..., Any], story: Story) -> None:
    now = BEGIN
    for after, said in story:
        now += after * SECOND
        given_ = said(now)
        now += given_.offset if isinstance(given_, ClockChanged) else 0
        state = step(state, given_, now)
    for _ in range(ROUNDS):
        due = state.due
        if due == NEVER:
            break
        now = max(now, due + 1)
        state = step(state, Tick(), now)
        assert state.due > due


@given(POLICIES, stories(OF_A_HOME))
@settings(max_examples=150, deadline=None)
def test_the_timers_of_a_home_move_on(policy: Policy, story: Story) -> None:
    with counted(home_step, "due_of", timers) as step:
        first = step(Home(policy), PolicyChanged(policy), BEGIN)
        runs_dry(first, step, story)


LOST_UNTIL_RELEASED = (
    GridPolicy("G", ZONE, sensors=(supervised("1", "broker", HOUR, BEGIN + 6 * HOUR),)),
    [(0, lambda now: Lost("S1"))],
)


@given(GRIDS, stories(OF_A_GRID))
@example(*LOST_UNTIL_RELEASED)  # it was found silent for ever at the end of its isolation
@settings(max_examples=150, deadline=None)
def test_the_timers_of_a_grid_move_on(policy: GridPolicy, story: Story) -> None:
    with counted(grid_step, "_due", grid_step) as step:
        first = step(Grid(policy), GridPolicyChanged(policy), BEGIN)
        runs_dry(first, step, story)
