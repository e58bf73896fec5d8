"""The time: wall time that never goes back, and whether it can be trusted.

A Pi may boot with no idea of the time. ``now`` is never before the newest stored moment.
"""

import ctypes
import functools
import time
from pathlib import Path
from typing import Protocol

SYNCHRONISED = Path("/run/systemd/timesync/synchronized")  # systemd-timesyncd touches it
_STA_UNSYNC = 0x40  # status bit of adjtimex(2): the clock is not synchronised
_TIME_ERROR = 5  # return of adjtimex(2): the same


class Clock(Protocol):
    """What the gateway asks of a clock. Moments are milliseconds since 1970 UTC."""

    def now(self) -> int: ...

    def verified(self) -> bool: ...


class SystemClock:
    """The machine's clock."""

    def __init__(self, not_before: int = 0) -> None:
        self._newest = not_before
        self._told_at = time.monotonic_ns()

    def now(self) -> int:
        """Never less than it said before, nor than ``not_before``.

        While the wall clock lies behind (it was put back), time goes on by the monotonic one.
        """
        monotonic = time.monotonic_ns()
        passed = (monotonic - self._told_at) // 1_000_000
        wall = time.time_ns() // 1_000_000
        if wall >= self._newest:
            self._newest, self._told_at = wall, monotonic
        elif passed:
            self._newest += passed
            self._told_at += passed * 1_000_000
        return self._newest

    def verified(self) -> bool:
        """Whether NTP (or what disciplines the kernel's clock) vouches for it."""
        return SYNCHRONISED.exists() or _kernel_synchronised()


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


def _kernel_synchronised() -> bool:
    timex = _Timex()
    try:
        state = _libc().adjtimex(ctypes.byref(timex))
    except (OSError, AttributeError):
        return False
    return state not in (-1, _TIME_ERROR) and not timex.status & _STA_UNSYNC
