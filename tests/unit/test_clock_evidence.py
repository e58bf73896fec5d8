"""What vouches for the clock, and for how long."""

from pathlib import Path

import pytest

from gateway.clock import SystemClock
from gateway.clock.evidence import EARLIEST, Trust
from rules.model import ClockChanged
from rules.moment import DAY, HOUR, MINUTE, SECOND
from tests.support.machine import BOOT, Bench

TODAY = 1_781_000_000_000  # 2026-06-09, ms
STORED = TODAY - DAY
SECONDS = TODAY // 1_000
RTC = "the hardware clock (RTC)"


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path, TODAY)


def why(bench: Bench, stored: int = STORED, trust: Trust | None = None) -> str | None:
    return SystemClock(stored, trust, bench.machine).why()


def test_in_this_order(bench: Bench) -> None:
    """Each is there before the next better one comes."""
    word = bench.machine.trusted_by("Zhao")
    assert why(bench) is None
    assert why(bench, trust=word) == "Zhao, until the next boot"
    bench.network.append(lambda: bench.wall)
    assert why(bench, trust=word) == "the mobile network"
    bench.rtc(SECONDS)
    assert why(bench, trust=word) == RTC
    bench.disciplined = True
    assert why(bench, trust=word) == "NTP (the kernel says so: chrony or ntpd)"
    bench.timesyncd()
    assert why(bench, trust=word) == "NTP (systemd-timesyncd)"


# What the RTC shows, hctosys, the newest stored moment: whether it is believed.
RTCS = [
    (SECONDS, 1, STORED, True),
    (SECONDS, 0, STORED, False),  # the kernel did not take its time from it
    (SECONDS - 50, 1, TODAY, True),  # a second-hand that is a little behind
    (SECONDS - 61, 1, STORED, False),  # the wall clock says something else
    (SECONDS + 61, 1, STORED, False),
    (SECONDS, 1, TODAY + HOUR, False),  # before what is stored: it lost its time
    ("", 1, STORED, False),
    ("0x12", 1, STORED, False),
]


@pytest.mark.parametrize(("shown", "hctosys", "stored", "believed"), RTCS)
def test_a_hardware_clock(
    bench: Bench, shown: object, hctosys: int, stored: int, believed: bool
) -> None:
    bench.rtc(shown, hctosys)
    assert why(bench, stored) == (RTC if believed else None)


@pytest.mark.parametrize("year", [0, 30])
def test_a_flat_battery_is_no_evidence_even_where_nothing_is_stored(
    bench: Bench, year: int
) -> None:
    """1970, or 2000 as many chips begin; the kernel takes it over."""
    bench.wall = year * 365 * DAY + HOUR
    bench.rtc(bench.wall // 1_000)
    assert why(bench, stored=0) is None


def test_a_hardware_clock_does_not_vouch_for_what_somebody_set(bench: Bench) -> None:
    bench.rtc(SECONDS)
    clock = SystemClock(STORED, None, bench.machine)
    assert clock.look() == ClockChanged(verified=True)
    bench.passes(SECOND)
    bench.wall += HOUR
    assert clock.look() == ClockChanged(False, HOUR)
    bench.passes(SECOND)
    bench.wall += MINUTE
    bench.rtc(bench.wall // 1_000)  # hwclock -w
    assert clock.look() == ClockChanged(True, MINUTE)


@pytest.mark.parametrize(("says", "believed"), [(0, True), (61_000, False), (None, False)])
def test_the_mobile_network_vouches_if_it_says_the_same(
    bench: Bench, says: int | None, believed: bool
) -> None:
    bench.network.append(lambda: None if says is None else bench.wall + says)
    assert (why(bench) is not None) is believed


def test_what_was_verified_stays_so_without_a_network(bench: Bench) -> None:
    """The kernel takes its word back after nine hours without NTP; the crystal still runs."""
    bench.disciplined = True
    clock = SystemClock(STORED, None, bench.machine)
    clock.look()
    bench.disciplined = False
    bench.passes(3 * DAY)
    assert clock.look() is None
    assert clock.verified()


# -- a person's word -----------------------------------------------------------------------


def test_a_person_s_word_verifies_from_the_next_look_on(bench: Bench) -> None:
    clock = SystemClock(STORED, None, bench.machine)
    assert clock.look() == ClockChanged(verified=False)
    clock.trust(bench.machine.trusted_by("Zhao"))
    bench.passes(SECOND)
    assert clock.look() == ClockChanged(verified=True)
    assert clock.why() == "Zhao, until the next boot"


def test_it_holds_after_a_restart_in_the_same_boot(bench: Bench) -> None:
    word = bench.machine.trusted_by("Zhao")
    bench.passes(5 * DAY)
    assert why(bench, TODAY + DAY, word) == "Zhao, until the next boot"


def test_it_ends_with_the_boot(bench: Bench) -> None:
    word = bench.machine.trusted_by("Zhao")
    assert word.boot_id == BOOT
    bench.boots("00000000-0000-4000-8000-000000000000")
    bench.steady = word.booted_at and bench.wall - word.booted_at  # as if no time had passed
    assert why(bench, trust=word) is None


def test_it_ends_when_the_clock_is_set_to_something_else(bench: Bench) -> None:
    word = bench.machine.trusted_by("Zhao")
    clock = SystemClock(STORED, word, bench.machine)
    clock.look()
    bench.passes(SECOND)
    bench.wall += HOUR
    assert clock.look() == ClockChanged(False, HOUR)
    assert why(bench, trust=word) is None, "after a restart, too"


def test_it_puts_a_clock_back_that_was_ahead(bench: Bench) -> None:
    clock = SystemClock(TODAY + DAY, None, bench.machine)
    clock.look()
    clock.trust(bench.machine.trusted_by("Zhao"))
    bench.passes(SECOND)
    assert clock.look() == ClockChanged(True, -DAY)


def test_where_no_boot_is_known_nobody_s_word_outlasts_it(bench: Bench) -> None:
    bench.boots("")
    assert why(bench, trust=bench.machine.trusted_by("Zhao")) is None


def test_no_gateway_is_older_than_the_earliest_moment() -> None:
    assert 0 < TODAY - EARLIEST < 365 * DAY
