"""``doorwatch run`` in time that flies: CLOCK, then as usual. A night takes a minute.

CLOCK is a file that ``QuickTime.begin`` wrote; whoever reads it has the same time, so the clock
goes on while the gateway is dead, and the provider's stand-in goes by it too. Timers of rules and
alerts fly with it. What the machine does (sockets, disk, deadlines of requests) takes real time.
"""

import asyncio
import json
import sys
import time
from functools import partial
from pathlib import Path
from typing import NamedTuple, Self

from gateway import core, coverage, daemon
from gateway.cli.main import main
from gateway.clock import SystemClock
from gateway.clock.evidence import Machine
from rules.moment import Moment


class QuickTime(NamedTuple):
    rate: int  # seconds of it in one of the machine's
    begun_at: Moment
    machine_ns: int  # what the machine's steady clock showed then; the same for every process

    @classmethod
    def begin(cls, file: Path, at: Moment, rate: int) -> Self:
        """It is ``at`` now."""
        begun = cls(rate, at, time.monotonic_ns())
        file.write_text(json.dumps(begun))
        return begun

    @classmethod
    def read(cls, file: Path) -> Self:
        return cls(*json.loads(file.read_text()))

    def now(self) -> Moment:
        return self.begun_at + (time.monotonic_ns() - self.machine_ns) * self.rate // 1_000_000

    def seconds(self) -> float:
        """The same as ``time.time`` has it."""
        return self.now() / 1000

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds / self.rate)

    def clock(self) -> SystemClock:
        """The gateway's, on a machine that NTP keeps right."""
        return SystemClock(machine=Machine(self.now, self.now, kernel_synchronised=lambda: True))


def fly(quick: QuickTime) -> None:
    """This process goes by ``quick`` from now on."""
    time.time = quick.seconds  # by which the difference to the provider's clock is known
    core.IDLE_S /= quick.rate
    coverage.LEAPING_LOOK_S = coverage.LOOK_S / quick.rate
    daemon.Daemon = partial(  # type: ignore[assignment, misc]
        daemon.Daemon, clock=quick.clock(), sleep=quick.sleep
    )


if __name__ == "__main__":
    fly(QuickTime.read(Path(sys.argv.pop(1))))
    main()
