"""A clock that jumps, a store that can die, and a provider in memory: for the alert path."""

import asyncio
import heapq
from collections.abc import Awaitable, Callable, Collection
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import aiosqlite

from gateway.alerts.errors import ProviderError
from gateway.alerts.errors import Reason as Fault
from gateway.alerts.provider import Outgoing, Progress, Promises, Reply, Status
from gateway.store import alerts as table
from gateway.store.alerts import AlertRow
from gateway.store.database import Database
from rules.model import Channel

T = TypeVar("T")

START = 1_650_000_000_000  # ms; some evening in 2022
ALLOWANCE = 30_000  # ms by which a real provider's list reaches back, for clocks that differ
PHONE = "+8613800000001"
TEXT = "【门磁】3栋2单元501 22:14开门，不在许可时段，门仍开。回1 4071我来处理。编号4071"

RETRYABLE = ProviderError(Fault.PROVIDER_DOWN, retryable=True, code="503")
UNCERTAIN = ProviderError(Fault.TIMEOUT, retryable=True, uncertain=True)
FINAL = ProviderError(Fault.BAD_NUMBER, retryable=False, code="21211")


class Clock:
    """Moments in ms. Sleepers sleep until somebody waits in ``until`` and the rest is quiet."""

    def __init__(self, now: int = START) -> None:
        self.at = now
        self._sleepers: list[tuple[int, int, asyncio.Future[None]]] = []
        self._count = 0
        self.store: Store | None = None

    def now(self) -> int:
        return self.at

    async def sleep(self, seconds: float) -> None:
        done = asyncio.get_running_loop().create_future()
        self._count += 1
        heapq.heappush(self._sleepers, (self.at + int(seconds * 1000), self._count, done))
        await done

    async def until(self, done: Callable[[], bool], *, limit_s: float = 86_400.0) -> None:
        """Let time pass, as much as sleepers ask for, until ``done()``.

        Fails after ``limit_s`` of that time, or 20 s of real time.
        """
        last = self.at + int(limit_s * 1000)
        async with asyncio.timeout(20):
            while not await self._quiet(done):
                self._drop_cancelled()
                if not self._sleepers:
                    await asyncio.sleep(0.001)
                    continue
                if self._sleepers[0][0] > last:
                    raise AssertionError(f"not done within {limit_s} s")
                self._jump()

    async def pass_by(self, seconds: float) -> None:
        """Let that much time pass, with all that happens in it."""
        last = self.at + int(seconds * 1000)
        while True:
            await self._quiet(lambda: False)
            self._drop_cancelled()
            if not self._sleepers or self._sleepers[0][0] > last:
                break
            self._jump()
        self.at = last

    def _jump(self) -> None:
        moment, _, sleeper = heapq.heappop(self._sleepers)
        self.at = max(self.at, moment)
        sleeper.set_result(None)

    def _drop_cancelled(self) -> None:
        while self._sleepers and self._sleepers[0][2].done():
            heapq.heappop(self._sleepers)

    async def _quiet(self, done: Callable[[], bool]) -> bool:
        """Wait until nobody can go on without time passing, or ``done()``."""
        turns = 0
        while turns < 25:
            if done():
                return True
            if self.store is not None and self.store.busy:
                await self.store.idle()
                turns = 0
            await asyncio.sleep(0)
            turns += 1
        return done()


class Store:
    """A real database whose writes can be made to fail."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self.database = database
        self.busy = 0
        self._changed = asyncio.Event()
        self.dead = False
        self.refusals = 0  # so many of the next writes fail
        clock.store = self

    @classmethod
    async def open(cls, path: Path, clock: Clock) -> "Store":
        return cls(await Database.open(path), clock)

    async def idle(self) -> None:
        while self.busy:
            self._changed.clear()
            await self._changed.wait()

    async def write(self, work: Callable[[aiosqlite.Connection], Awaitable[T]], /) -> T:
        self.busy += 1
        try:
            if self.dead or self.refusals:
                self.refusals = max(0, self.refusals - 1)
                raise OSError("disk full")
            return await self.database.transaction(work)
        finally:
            self.busy -= 1
            self._changed.set()

    async def add(self, now: int, **values: Any) -> int:
        """Commit a row as the core does; returns its id."""
        row = table.new_row(
            **{
                "incident_id": 1,
                "person_id": "P1",
                "phone": PHONE,
                "kind": "sms",
                "step": 0,
                "text": TEXT,
                "created_at": now,
            }
            | values
        )

        async def work(connection: aiosqlite.Connection) -> int:
            cursor = await connection.execute(table.INSERT, row)
            return cursor.lastrowid or 0

        return await self.database.transaction(work)

    async def rows(self) -> dict[int, AlertRow]:
        columns = ", ".join(AlertRow._fields)
        found = await self.database.rows(f"SELECT {columns} FROM alerts ORDER BY id")
        return {row[0]: AlertRow(*row) for row in found}

    async def close(self) -> None:
        await self.database.close()


class Message(NamedTuple):
    provider_id: str
    outgoing: Outgoing
    created_at: int


class Twin:
    """A provider in memory. ``script``: what the next sends do, one each; None: all is well."""

    promises = Promises(receipts=True, once=True)

    def __init__(self, clock: Clock, name: str = "twilio") -> None:
        self.name = name
        self.channels = frozenset({Channel.SMS, Channel.VOICE})
        self.messages: list[Message] = []
        self.script: list[Exception | None] = []
        self.takes_uncertain = True  # an uncertain send was taken all the same
        self.find_script: list[Exception | None] = []
        self.finds = 0
        self.fetches = 0
        self.hidden_finds = 0  # its list shows a message only after so many looks
        self.statuses: dict[str, list[Progress]] = {}  # answers to fetch; the last one stays
        self.inbox: list[Reply] = []
        self.on_taken: Callable[[], None] = lambda: None
        self.gate: asyncio.Event | None = None  # sends wait for it
        self.running = self.most_running = 0
        self._clock = clock

    def can_reply(self, phone: str) -> bool:
        return True

    async def send(self, outgoing: Outgoing) -> Progress:
        self.running += 1
        self.most_running = max(self.most_running, self.running)
        try:
            if self.gate is not None:
                await self.gate.wait()
            fault = self.script.pop(0) if self.script else None
            if fault is not None and not _taken(fault, self.takes_uncertain):
                raise fault
            message = Message(f"{self.name}-{len(self.messages)}", outgoing, self._clock.now())
            self.messages.append(message)
            self.on_taken()
            if fault is not None:
                raise fault
            return Progress(message.provider_id, Status.ACCEPTED, None, None)
        finally:
            self.running -= 1

    async def fetch(self, channel: Channel, provider_id: str) -> Progress:
        self.fetches += 1
        answers = self.statuses.get(provider_id)
        if not answers:
            return Progress(provider_id, Status.ACCEPTED, None, None)
        return answers.pop(0) if len(answers) > 1 else answers[0]

    async def find(
        self, outgoing: Outgoing, since: int, known: Collection[str] = ()
    ) -> Progress | None:
        self.finds += 1
        fault = self.find_script.pop(0) if self.find_script else None
        if fault is not None:
            raise fault
        if self.hidden_finds > 0:
            self.hidden_finds -= 1
            return None
        for message in self.messages:
            same = message.outgoing.to == outgoing.to and message.created_at >= since - ALLOWANCE
            if outgoing.channel is Channel.SMS:
                same = same and message.outgoing.text == outgoing.text
            if same and message.provider_id not in known:
                return await self.fetch(outgoing.channel, message.provider_id)
        return None

    async def replies(self, since: int) -> list[Reply]:
        return [reply for reply in self.inbox if reply.at >= since]

    async def close(self) -> None:
        pass


def _taken(fault: Exception, takes_uncertain: bool) -> bool:
    return isinstance(fault, ProviderError) and fault.uncertain and takes_uncertain
