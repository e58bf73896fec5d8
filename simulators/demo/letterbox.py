"""Looks into the gateway's outbox from outside: what waits, what is on its way, what arrived.

Only reads. The outbox wakes nobody who watches it, so it is looked at again and again, for a
bounded time.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator

from gateway.store.database import Database
from simulators.demo.clock import TownClock
from simulators.provider import ProviderStandIn

TURN_S = 0.005  # real seconds between two looks
ON_THE_WAY = ("accepted", "sent")
UNDER_WAY = frozenset({"queued", "accepted", "sending", "sent", "ringing", "in-progress"})


class Letterbox:
    """``asked``: for the caller, whether receipts will be looked for already."""

    def __init__(self, database: Database, clock: TownClock) -> None:
        self._database = database
        self._clock = clock
        self._status: dict[int, tuple[str, str]] = {}  # phone, status
        self._news: list[tuple[str, str]] = []
        self.asked = False

    @property
    def on_the_way(self) -> bool:
        return any(status in ON_THE_WAY for _, status in self._status.values())

    def news(self) -> Iterator[tuple[str, str]]:
        """Phone and status of every step since the last time."""
        while self._news:
            yield self._news.pop(0)

    async def sent(self, seconds: float) -> bool:
        """Whether nothing waits that may go now, within that time."""
        return await _until(self._nothing_waits, seconds)

    async def arrived(self, provider: ProviderStandIn, seconds: float) -> bool:
        """Whether the gateway knows that nothing is on its way any more, within that time."""
        account = provider.account

        async def over() -> bool:
            now = account.now()
            statuses = [message.status(now) for message in account.messages]
            statuses += [call.status(now) for call in account.calls]
            return UNDER_WAY.isdisjoint(statuses)

        await _until(over, seconds)
        self._clock.nudge()

        async def known() -> bool:
            await self._nothing_waits()
            return not self.on_the_way

        return await _until(known, seconds)

    async def read(self, reply_sid: str, seconds: float) -> bool:
        """Whether the gateway acted on a reply, within that time."""
        self._clock.nudge()

        async def acted() -> bool:
            query = "SELECT 1 FROM replies WHERE provider_id = ?"
            return bool(await self._database.rows(query, (reply_sid,)))

        return await _until(acted, seconds)

    async def _nothing_waits(self) -> bool:
        now, waits = self._clock.now(), False
        query = "SELECT id, phone, status, next_at FROM alerts"
        for alert_id, phone, status, next_at in await self._database.rows(query):
            waits |= status == "sending" or (status == "pending" and next_at <= now)
            if self._status.get(alert_id) != (phone, status):
                self._status[alert_id] = phone, status
                self._news.append((phone, status))
        return not waits


async def _until(holds: Callable[[], Awaitable[bool]], seconds: float) -> bool:
    end = time.monotonic() + seconds
    while not await holds():
        if time.monotonic() > end:
            return False
        await asyncio.sleep(TURN_S)
    return True
