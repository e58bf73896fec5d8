"""Time never goes back, and never stands still because the wall clock was put back."""

import pytest

from gateway import clock as module
from gateway.clock import SystemClock

SECOND_NS = 1_000_000_000


def test_a_wall_clock_that_is_put_back_does_not_stop_the_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    wall, monotonic = [5_000 * SECOND_NS], [0]
    monkeypatch.setattr(module.time, "time_ns", lambda: wall[0])
    monkeypatch.setattr(module.time, "monotonic_ns", lambda: monotonic[0])
    clock = SystemClock()
    assert clock.now() == 5_000_000
    wall[0] -= 3_600 * SECOND_NS
    monotonic[0] += 10 * SECOND_NS
    assert clock.now() == 5_010_000
    wall[0] = 6_000 * SECOND_NS
    assert clock.now() == 6_000_000


def test_time_is_never_before_the_newest_stored_moment() -> None:
    far = 2**45
    assert SystemClock(not_before=far).now() >= far
