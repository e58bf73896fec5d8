"""What vouches for the machine's wall clock: NTP, a hardware clock, the mobile network, a person.

Owns where evidence is found and how long it holds. Changes no clock, and does not know what time
the gateway goes by: that is ``gateway.clock``. Moments and durations are milliseconds.
"""

import ctypes
import functools
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from rules.moment import MINUTE, Duration, Moment

# Two clocks that are this close say the same: people read theirs to the minute, a hardware clock
# drifts that far in some weeks, and a window's grace is five.
CLOSE: Duration = MINUTE
EARLIEST: Moment = int(datetime(2026, 1, 1, tzinfo=UTC).timestamp()) * 1_000  # no gateway is older
# It goes on while the machine is suspended; the monotonic clock stands still then.
_STEADY = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
_STA_UNSYNC = 0x40  # status bit of adjtimex(2): the clock is not synchronised
_TIME_ERROR = 5  # return of adjtimex(2): the same


class Trust(NamedTuple):
    """A person's word for the machine's clock as it was then. It ends with the boot, and when
    the clock is set to something else."""

    by: str
    boot_id: str
    booted_at: Moment  # wall less steady clock: changes only when the wall clock is set


class _Timex(ctypes.Structure):
    """The head of ``struct timex`` (adjtimex(2)); the kernel fills 208 bytes at most."""

    _fields_ = (
        ("modes", ctypes.c_uint),
        ("offset", ctypes.c_long),
        ("freq", ctypes.c_long),
        ("maxerror", ctypes.c_long),
        ("esterror", ctypes.c_long),
        ("status", ctypes.c_int),
        ("rest", ctypes.c_char * 256),
    )


@functools.cache
def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def kernel_synchronised() -> bool:
    """Whether something disciplines the kernel's clock: chrony, ntpd and timesyncd say so there.

    Setting the clock by hand takes it back, until they have put the time right again.
    """
    timex = _Timex()
    try:
        state = _libc().adjtimex(ctypes.byref(timex))
    except (OSError, AttributeError):
        return False
    return state not in (-1, _TIME_ERROR) and not timex.status & _STA_UNSYNC


@dataclass(frozen=True, slots=True)
class Machine:
    """Its clocks, and where it says what it knows of them."""

    wall: Callable[[], Moment] = lambda: time.time_ns() // 1_000_000
    steady: Callable[[], Duration] = lambda: time.clock_gettime_ns(_STEADY) // 1_000_000
    kernel_synchronised: Callable[[], bool] = kernel_synchronised
    timesyncd: Path = Path("/run/systemd/timesync/synchronized")  # touched at each synchronisation
    rtc: Path = Path("/sys/class/rtc/rtc0")
    boot_id: Path = Path("/proc/sys/kernel/random/boot_id")
    # What mobile networks say the time is now, if they said it at all. Must answer at once.
    network: tuple[Callable[[], Moment | None], ...] = ()

    def trusted_by(self, who: str) -> Trust:
        """The record of ``who`` vouching for the wall clock as it is now."""
        return Trust(who, _text(self.boot_id), self.wall() - self.steady())


class Evidence:
    """Which evidence holds for the wall clock, in the order of ``_fresh``.

    What was found once holds on, whatever becomes of the network, until the clock is set: it runs
    on by the crystal, some seconds a day off at the worst.
    """

    def __init__(self, machine: Machine, not_before: Moment, trust: Trust | None) -> None:
        self._machine = machine
        self._not_before = max(not_before, EARLIEST)
        self._boot_id = _text(machine.boot_id)
        self._held: str | None = None
        self._touched: int | None = None  # timesyncd's file as last seen, ns
        self._outdated: int | None = None  # the same, of a time that no longer holds
        self._rtc_right: bool | None = None  # None: to be read (it may be slow: an I2C bus)
        self.trust = trust

    def found(self, wall: Moment, steady: Duration, *, was_set: bool) -> str | None:
        """Who vouches for the wall clock; None: nobody.

        ``was_set``: it stepped since the last call, so what was known of it counts no more.
        """
        if was_set:
            self._held, self._rtc_right, self._outdated = None, None, self._touched
        self._touched = _touched(self._machine.timesyncd)
        self._held = self._fresh(wall, steady) or self._held
        return self._held

    def _fresh(self, wall: Moment, steady: Duration) -> str | None:
        if self._touched not in (None, self._outdated):
            return "NTP (systemd-timesyncd)"
        if self._machine.kernel_synchronised():
            return "NTP (the kernel says so: chrony or ntpd)"
        if self._rtc_right is None:
            self._rtc_right = self._by_rtc(wall)
        if self._rtc_right:
            return "the hardware clock (RTC)"
        heard = (ask() for ask in self._machine.network)
        if any(said is not None and abs(said - wall) <= CLOSE for said in heard):
            return "the mobile network"
        trust = self.trust
        if trust is None or not self._boot_id or trust.boot_id != self._boot_id:
            return None
        same = abs(wall - steady - trust.booted_at) <= CLOSE
        return f"{trust.by}, until the next boot" if same else None

    def _by_rtc(self, wall: Moment) -> bool:
        """Whether the kernel took its time from the RTC at boot, and both still say the same.

        One whose battery is flat starts at 1970 or 2000: before what is stored here.
        """
        rtc = self._machine.rtc
        if _text(rtc / "hctosys") != "1":
            return False
        try:
            said = int(_text(rtc / "since_epoch")) * 1_000
        except ValueError:
            return False
        return said >= self._not_before - CLOSE and abs(said - wall) <= CLOSE


def _text(path: Path) -> str:
    """What the system says there; empty: there is no such thing here."""
    try:
        return path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        return ""


def _touched(path: Path) -> int | None:
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return None
