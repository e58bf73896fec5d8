"""The time the gateway goes by: what it follows, what it does not, and that it says so."""

import ctypes
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.clock import JUMP, LOOK, Clock, SystemClock
from gateway.clock.evidence import Machine, kernel_synchronised
from rules.model import ClockChanged
from rules.moment import DAY, HOUR, MINUTE, SECOND
from tests.support.machine import Bench

TODAY = 1_781_000_000_000  # 2026-06-09, ms
STORED = TODAY - DAY  # the newest moment in the store


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path, TODAY)


def started(bench: Bench, stored: int = STORED) -> SystemClock:
    """A clock whose first look is over."""
    clock = SystemClock(stored, machine=bench.machine)
    assert clock.look() is not None
    return clock


def looked(bench: Bench, clock: SystemClock) -> ClockChanged | None:
    """A look a second later, checked against what ``now`` does at it."""
    bench.passes(SECOND)
    before = clock.now()
    change = clock.look()
    assert clock.now() == before + (change.offset if change else 0)
    if change is not None:
        assert change.verified is clock.verified()
    return change


# -- the start -----------------------------------------------------------------------------


def test_a_boot_at_1970_goes_on_from_the_newest_stored_moment(bench: Bench) -> None:
    bench.wall = 40_000
    clock = SystemClock(STORED, machine=bench.machine)
    assert (clock.now(), clock.verified(), clock.why()) == (STORED, False, None)
    assert clock.look() == ClockChanged(verified=False)
    bench.passes(HOUR)
    assert clock.look() is None
    assert clock.now() == STORED + HOUR


def test_the_time_is_the_wall_clock_s_when_that_is_later(bench: Bench) -> None:
    assert SystemClock(STORED, machine=bench.machine).now() == TODAY


@pytest.mark.parametrize("verified", [True, False])
def test_the_first_look_tells_how_it_stands(bench: Bench, verified: bool) -> None:
    bench.disciplined = verified
    clock = SystemClock(STORED, machine=bench.machine)
    assert clock.look() == ClockChanged(verified)
    assert looked(bench, clock) is None


# -- the wall clock is set -----------------------------------------------------------------


def test_sync_after_an_hour(bench: Bench) -> None:
    bench.wall = 40_000
    clock = started(bench)
    bench.passes(HOUR)
    assert clock.look() is None
    bench.timesyncd(TODAY)
    assert clock.now() == STORED + HOUR, "nothing jumps before look says so"
    assert looked(bench, clock) == ClockChanged(True, TODAY - (STORED + HOUR))
    assert clock.now() == TODAY + SECOND
    assert clock.why() == "NTP (systemd-timesyncd)"
    assert looked(bench, clock) is None


def test_the_step_may_be_seen_before_the_evidence(bench: Bench) -> None:
    clock = started(bench)
    bench.wall += 2 * HOUR
    assert looked(bench, clock) == ClockChanged(False, 2 * HOUR)
    bench.timesyncd()
    assert looked(bench, clock) == ClockChanged(verified=True)


# Was verified before, is verified after, the wall clock moves by: what look says.
JUMPS = [
    (False, False, HOUR, ClockChanged(False, HOUR)),
    (False, True, HOUR, ClockChanged(True, HOUR)),
    (True, False, HOUR, ClockChanged(False, HOUR)),
    (True, True, HOUR, ClockChanged(True, HOUR)),
    (False, False, -HOUR, None),  # nobody knows that it is right: time goes on
    (False, True, -HOUR, ClockChanged(True, -HOUR)),
    (True, False, -HOUR, ClockChanged(False, 0)),
    (True, True, -HOUR, ClockChanged(True, -HOUR)),
    (False, False, JUMP, ClockChanged(False, JUMP)),
    (False, True, -JUMP, ClockChanged(True, -JUMP)),
]


@pytest.mark.parametrize(("before", "after", "step", "said"), JUMPS)
def test_jumps(
    bench: Bench, before: bool, after: bool, step: int, said: ClockChanged | None
) -> None:
    bench.disciplined = before
    clock = started(bench)
    bench.wall += step
    bench.disciplined = after
    assert looked(bench, clock) == said
    offset = said.offset if said else 0
    assert clock.now() == TODAY + SECOND + offset
    bench.passes(MINUTE)
    assert clock.now() == TODAY + SECOND + MINUTE + offset


def test_a_boot_in_the_future_is_put_right_by_ntp(bench: Bench) -> None:
    stored = TODAY + 300 * DAY  # an earlier run believed the clock
    bench.wall = stored + HOUR
    clock = started(bench, stored)
    bench.timesyncd(TODAY)
    assert looked(bench, clock) == ClockChanged(True, TODAY - (stored + HOUR))
    assert clock.now() == TODAY + SECOND


def test_put_back_while_down_and_verified_it_goes_back_at_the_first_look(bench: Bench) -> None:
    stored = TODAY + 300 * DAY
    bench.timesyncd()
    clock = SystemClock(stored, machine=bench.machine)
    assert clock.now() == stored
    assert clock.look() == ClockChanged(True, -300 * DAY)
    assert clock.now() == TODAY


def test_put_back_by_hand_it_is_doubted_until_ntp_has_put_it_right(bench: Bench) -> None:
    bench.timesyncd()
    clock = started(bench)
    bench.wall -= DAY
    assert looked(bench, clock) == ClockChanged(verified=False)
    bench.wall += DAY
    assert looked(bench, clock) is None, "its file is of the time before"
    bench.timesyncd()
    assert looked(bench, clock) == ClockChanged(verified=True)
    assert clock.now() == bench.wall


# -- what is no jump -----------------------------------------------------------------------


@pytest.mark.parametrize("step", [1, 400, JUMP - 1, -1, -400, 1 - JUMP])
@pytest.mark.parametrize("verified", [True, False])
def test_small_steps_are_followed_and_never_back(bench: Bench, step: int, verified: bool) -> None:
    bench.disciplined = verified
    clock = started(bench)
    bench.wall += step
    before = clock.now()
    bench.passes(LOOK)
    assert clock.look() is None
    assert clock.now() >= before
    bench.passes(2 * SECOND)
    assert clock.now() == bench.wall
    assert clock.verified() is verified


def test_a_leap_second_is_nothing(bench: Bench) -> None:
    """The kernel repeats 23:59:59: its wall clock goes back by a second."""
    bench.disciplined = True
    clock = started(bench)
    bench.wall -= SECOND
    shown = []
    for _ in range(20):
        bench.passes(LOOK)
        assert clock.look() is None
        shown.append(clock.now())
    assert shown == sorted(shown)
    assert clock.now() == bench.wall
    assert clock.verified()


def test_a_suspended_machine_is_no_jump(bench: Bench) -> None:
    """CLOCK_BOOTTIME goes on while the machine sleeps."""
    bench.disciplined = True
    clock = started(bench)
    bench.passes(8 * HOUR)
    assert clock.look() is None
    assert clock.now() == TODAY + 8 * HOUR


def test_a_steady_clock_that_stops_in_suspension_makes_it_one(bench: Bench) -> None:
    """Where there is only the monotonic clock: the time is right, and the timers wait."""
    bench.disciplined = True
    clock = started(bench)
    bench.wall += 8 * HOUR
    assert looked(bench, clock) == ClockChanged(True, 8 * HOUR)


# -- at all times --------------------------------------------------------------------------

STEPS = st.lists(
    st.tuples(
        st.integers(0, 10 * SECOND),  # passes, then the wall clock moves by
        st.one_of(st.just(0), st.integers(-3 * SECOND, 3 * SECOND), st.integers(-DAY, DAY)),
        st.booleans(),  # the kernel's word
    ),
    max_size=30,
)


@given(STEPS)
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_time_goes_back_only_when_look_says_so(
    tmp_path: Path, steps: list[tuple[int, int, bool]]
) -> None:
    bench = Bench(tmp_path, TODAY)
    clock = SystemClock(STORED, machine=bench.machine)
    told = clock.verified()
    for passes, step, disciplined in steps:
        before = clock.now()
        bench.passes(passes)
        assert before <= clock.now() <= before + passes
        bench.wall += step
        bench.disciplined = disciplined
        before = clock.now()
        change = clock.look()
        moved = clock.now() - before
        assert moved == change.offset if change and change.offset else 0 <= moved < JUMP
        told = change.verified if change else told
        assert clock.verified() is told
        if change and change.offset < 0:
            assert change.verified
        if clock.verified():
            assert abs(clock.now() - bench.wall) < JUMP or passes < LOOK


def test_the_machine_is_asked_ten_times_a_second_at_most(bench: Bench) -> None:
    clock = started(bench)
    bench.asked = 0
    for _ in range(1_000):
        bench.passes(1)
        clock.now()
        clock.look()
    assert bench.asked == 10


def test_a_clock_that_cannot_be_wrong_says_only_the_time() -> None:
    class Noon(Clock):
        def now(self) -> int:
            return TODAY

        def verified(self) -> bool:
            return True

    assert (Noon().look(), Noon().why()) == (None, None)


def test_this_machine_s_own_clocks() -> None:
    """The real sources: the steady clock is the kernel's, and its word for NTP as libc has it."""
    machine, libc = Machine(), ctypes.CDLL(None)
    uptime = float(Path("/proc/uptime").read_text().split()[0]) * SECOND
    assert 0 <= machine.steady() - uptime < MINUTE
    state = libc.ntp_gettime(ctypes.create_string_buffer(256))
    assert kernel_synchronised() is (state != 5)  # TIME_ERROR
    clock = SystemClock()
    assert abs(clock.now() - machine.wall()) < MINUTE
