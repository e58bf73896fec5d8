"""The town's clock while its day is played: it runs between two stops and stands at each.

A stop is a moment at which something is to happen. The clock shows no later moment until it is
told to go on, so what takes some real milliseconds still happens at its own moment, on a slow
machine as on a quick one. Who decides on the stops is not known here.
"""

import asyncio
import time
from datetime import datetime
from zoneinfo import ZoneInfo

from gateway.clock import Clock
from simulators.neighbourhood import Pace

LOOK_S = 0.2  # real: so often at least the alert path looks around, however long it means to sleep


class TownClock(Clock):
    """The gateway's clock; moments are ms since 1970 UTC."""

    def __init__(self, pace: Pace, zone: ZoneInfo) -> None:
        self._pace = pace
        self._zone = zone
        self._shown = self._stop = milliseconds(pace.moment(0))
        self._begun = time.monotonic()
        self._nudged = asyncio.Event()

    def start(self) -> None:
        """From now on the plan's real seconds count."""
        self._begun = time.monotonic()

    def not_before(self, moment: datetime) -> None:
        """When the plan is behind, it is put off: from ``moment`` on nothing of it is skipped."""
        late = time.monotonic() - self._begun - self._pace.offset(moment)
        self._begun += max(0.0, late)

    def now(self) -> int:
        planned = milliseconds(self._pace.moment(time.monotonic() - self._begun))
        self._shown = min(max(self._shown, planned), self._stop)
        return self._shown

    def verified(self) -> bool:
        return True

    def local(self) -> datetime:
        """What the clocks on the town's walls show."""
        return self.at(self.now())

    def at(self, moment: int) -> datetime:
        return datetime.fromtimestamp(moment / 1000, self._zone)

    async def run_to(self, stop: int, interrupted: asyncio.Event) -> bool:
        """Run as the plan says and stand at ``stop``; False: interrupted before.

        When the plan is behind, the clock jumps.
        """
        self._stop = max(stop, self.now())
        # A millisecond before: at the stop itself the plan may stand for a while.
        seconds = self._begun + self._pace.offset(self.at(stop - 1)) - time.monotonic()
        if seconds > 0:
            try:
                async with asyncio.timeout(seconds):
                    await interrupted.wait()
            except TimeoutError:
                pass
        if interrupted.is_set():
            self._stop = self.now()
            return False
        self._shown = self._stop
        return True

    async def sleep(self, seconds: float) -> None:
        """For the gateway's alert path, which means the town's seconds: it asks the time again
        after it, so waking early does no harm."""
        try:
            async with asyncio.timeout(min(seconds, LOOK_S)):
                await self._nudged.wait()
        except TimeoutError:
            pass

    def nudge(self) -> None:
        """Whoever sleeps looks around now."""
        self._nudged.set()
        self._nudged = asyncio.Event()


def milliseconds(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)
