"""Watches the gateway from inside: which readings it took in durably, and what it decided.

Passes everything on to the watch that was there before. Knows nothing of the story or the truth.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Callable

from drivers.errors import Reason
from drivers.reading import Reading
from gateway.households import Said
from gateway.incidents import Card
from gateway.watch import Watch
from rules.moment import Moment

Heard = tuple[str, str, str]
"""Protocol, address, and how it says the door stands ("" when it does not say)."""
OnSaid = Callable[[Said, list[Card]], None]


class Witness:
    """A ``gateway.watch.Watch``."""

    def __init__(self, behind: Watch) -> None:
        self._behind = behind
        self.on_said: OnSaid = lambda said, cards: None
        self.on_taken: Callable[[], None] = lambda: None  # readings, whatever they meant
        self._fresh: list[Heard] = []
        self._sent: Counter[Heard] = Counter()
        self._taken: Counter[Heard] = Counter()
        self._changed = asyncio.Event()
        self.turns = 0

    @property
    def readings(self) -> int:
        """How many there were to be taken in."""
        return self._sent.total()

    @property
    def lost(self) -> int:
        return (self._sent - self._taken).total()

    def expect(self, heard: Heard) -> None:
        """This is about to be sent."""
        self._sent[heard] += 1

    async def taken(self, heard: Heard, seconds: float) -> bool:
        """Whether all that was sent of this kind is on the gateway's disk, within that time."""
        return await self.until(lambda: self._taken[heard] >= self._sent[heard], seconds)

    async def another_turn(self, after: int, seconds: float) -> bool:
        """Whether a group ended after the ``after``-th."""
        return await self.until(lambda: self.turns > after, seconds)

    async def until(self, holds: Callable[[], bool], seconds: float) -> bool:
        end = time.monotonic() + seconds
        while not holds():
            self._changed.clear()
            try:
                async with asyncio.timeout(end - time.monotonic()):
                    await self._changed.wait()
            except TimeoutError:
                return holds()
        return True

    # -- Watch -------------------------------------------------------------------------------

    def heard(self, reading: Reading) -> None:
        self._behind.heard(reading)
        door = reading.decoded.door
        self._fresh.append((reading.protocol, reading.address, door.value if door else ""))

    def possible(self, reading: Reading) -> None:
        self._behind.possible(reading)

    def rejected(self, source: str, reason: Reason) -> None:
        self._behind.rejected(source, reason)

    def said(self, said: Said, cards: list[Card], reading_at: Moment | None) -> None:
        self._behind.said(said, cards, reading_at)
        self.on_said(said, cards)

    def latency(self, stage: str, seconds: float) -> None:
        self._behind.latency(stage, seconds)

    def turned(self, readings: int) -> None:
        self._behind.turned(readings)
        self.turns += 1
        if self._fresh:
            self._taken.update(self._fresh)
            self._fresh.clear()
            self.on_taken()
        self._changed.set()

    def committed(self, seconds: float) -> None:
        self._behind.committed(seconds)

    def store_failed(self, error: Exception) -> None:
        self._behind.store_failed(error)
