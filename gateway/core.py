"""The way of a reading: taken in, decided, committed, then acknowledged; and the alerts woken.

Everything that waits is decided as one group and committed in one durable transaction: journal
row, incident, outbox rows. Only then is the broker told. Owns the loop; knows no format and no
provider.
"""

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple

from drivers.errors import Reason
from drivers.reading import Delivery
from gateway.clock import Clock
from gateway.incidents import Card
from gateway.intake import Repeat
from gateway.ledger.model import Ledger
from gateway.memory import Batch, Memory
from gateway.rulesfile import RulesFile
from gateway.store import journal, snapshot
from gateway.store.database import Database
from gateway.watch import Watch
from rules.home import Home
from rules.model import Output, Resumed, Tick
from rules.moment import NEVER, Moment
from rules.step import Input

GROUP = 500  # readings in one commit: bounds memory and the time until the first is acknowledged
RETRY_S = 1.0  # a disk that refuses is asked again so often
SNAPSHOT_EVERY = 5_000  # journal rows at least; a start replays them, in about a second
IDLE_S = 1.0  # at least so often time is looked at: the wall clock may have jumped


class Asked(NamedTuple):
    """An input that a person or another part gives, and who waits for it."""

    household_id: str
    given: Input
    done: asyncio.Future[tuple[Home, list[Output]]]
    request_id: int | None = None  # row of ``requests`` to be answered in the same commit
    answer: str = ""


class Core:
    """The one writer of decisions."""

    def __init__(
        self,
        database: Database,
        memory: Memory,
        clock: Clock,
        watch: Watch,
        on_commit: Callable[[], None],
    ) -> None:
        self._database = database
        self.memory = memory
        self.clock = clock
        self._watch = watch
        self._on_commit = on_commit  # outbox rows may be waiting
        self._deliveries: list[Delivery] = []
        self._asked: list[Asked] = []
        self._awake = asyncio.Event()
        self._stopping = False
        self._next_id = 1
        self._since_snapshot = 0
        self._saving: asyncio.Task[None] | None = None
        self._committing = 0  # groups that memory has and the disk has not yet

    # -- what is given to it -----------------------------------------------------------------

    def submit(self, delivery: Delivery) -> None:
        """A driver's reading; its ``done`` is called once it is durable or known not to matter."""
        self._deliveries.append(delivery)
        self._awake.set()

    async def ask(
        self, household_id: str, given: Input, *, request_id: int | None = None, answer: str = ""
    ) -> tuple[Home, list[Output]]:
        """Applies an input that is no reading; returns when it is durable."""
        done: asyncio.Future[tuple[Home, list[Output]]] = asyncio.get_running_loop().create_future()
        self._asked.append(Asked(household_id, given, done, request_id, answer))
        self._awake.set()
        return await done

    async def use(self, ledger: Ledger, version: int, rules: RulesFile) -> None:
        """Another ledger or other rules hold from now on."""
        now, batch = self.clock.now(), Batch()
        self._pass_time(batch, now)  # what was due until now, by what held until now
        self.memory.use(ledger, version, rules, now)
        batch.journal.append(journal.ledger_row(self._number(), version, rules.text, now))
        await self._commit(batch)
        self._awake.set()

    def wake(self) -> None:
        """Time may have passed."""
        self._awake.set()

    def stop(self) -> None:
        """Finish what waits, then return from ``run``."""
        self._stopping = True
        self._awake.set()

    # -- its life ----------------------------------------------------------------------------

    async def resume(self) -> None:
        """After a start: what fell due while nobody watched."""
        # A snapshot is never ahead of the journal; should it be, no number is given twice.
        saved = await snapshot.journal_id(self._database)
        self._next_id = max(await journal.last_id(self._database), saved) + 1
        if self._next_id == 1:
            return
        now = self.clock.now()
        batch = Batch([journal.row_of(self._number(), Resumed(), None, now)])
        for home, out in self.memory.apply_to_all(Resumed(), now):
            self._say(batch, home, out, now)
        await self._commit(batch)

    async def run(self) -> None:
        """Until ``stop``; never raises for what a device or a disk does."""
        while True:
            await self._wait()
            await self.turn()
            if self._stopping and not (self._deliveries or self._asked):
                return

    async def turn(self) -> None:
        """One group: all that waits, and what time has brought."""
        now = self.clock.now()
        batch = Batch()
        self._pass_time(batch, now)
        deliveries, self._deliveries = self._deliveries[:GROUP], self._deliveries[GROUP:]
        asked, self._asked = self._asked, []
        repeats = [row for one in deliveries if (row := self._take(batch, one, now)) is not None]
        if batch.journal:  # the card is written anyway: they are known when they come again
            batch.journal += [row._replace(id=self._number()) for row in repeats]
        results = [self._give(batch, one, now) for one in asked]
        if batch:
            await self._commit(batch)
        for delivery in deliveries:
            delivery.done()
        for one, result in zip(asked, results, strict=True):
            if not one.done.done():
                one.done.set_result(result)
        self._watch.turned(len(deliveries))
        if self._snapshot_due() and not (self._saving or self._committing):
            saving = self._save_beside(self._written())
            self._saving = asyncio.create_task(saving, name="snapshot")

    async def snapshot(self, *, last_contact: int | None = None) -> None:
        """Writes the memory down, so that a start replays nothing.

        ``last_contact``: when the broker was last heard, at an orderly end.
        """
        if self._saving is not None:
            await self._saving
        await self._save(self._written(last_contact))

    def _snapshot_due(self) -> bool:
        # One costs as much as there are homes: with many of them, one reading each comes first.
        return self._since_snapshot >= max(SNAPSHOT_EVERY, len(self.memory.homes))

    def _written(self, last_contact: int | None = None) -> tuple[int, Moment, dict[str, Any]]:
        """All that a snapshot holds, as of the last commit: none may be under way."""
        document = self.memory.document()
        document["last_contact"] = last_contact
        self._since_snapshot = 0
        return self._next_id - 1, self.clock.now(), document

    async def _save(self, written: tuple[int, Moment, dict[str, Any]]) -> None:
        last, at, document = written
        body = await asyncio.to_thread(snapshot.packed, document)  # readings go on meanwhile
        await self._database.transaction(lambda c: snapshot.save(c, last, at, body))

    async def _save_beside(self, written: tuple[int, Moment, dict[str, Any]]) -> None:
        try:
            await self._save(written)
        except sqlite3.Error as error:  # the next start replays more, no worse
            self._watch.store_failed(error)
        finally:
            self._saving = None

    async def _wait(self) -> None:
        if not (self._deliveries or self._asked or self._stopping):
            due = self.memory.next_due()
            seconds = IDLE_S if due == NEVER else (due - self.clock.now()) / 1000 + 0.001
            if seconds > 0:
                try:
                    async with asyncio.timeout(min(seconds, IDLE_S)):
                        await self._awake.wait()
                except TimeoutError:
                    pass
        self._awake.clear()

    # -- one group ---------------------------------------------------------------------------

    def _pass_time(self, batch: Batch, now: Moment) -> None:
        if self.memory.next_due() < now:
            batch.journal.append(journal.row_of(self._number(), Tick(), None, now))
            for home, out in self.memory.apply_to_all(Tick(), now):
                self._say(batch, home, out, now)

    def _take(self, batch: Batch, delivery: Delivery, now: Moment) -> journal.Row | None:
        """News goes into the batch; a repeat's row is given back, if it has one."""
        reading = delivery.reading
        news = self.memory.intake.take(reading, now)
        if isinstance(news, Reason):
            self._watch.rejected(reading.source, news)
            return None
        self._watch.heard(reading)
        if isinstance(news, Repeat):
            return news.row
        batch.journal.append(news.row._replace(id=self._number()))
        if news.seen is not None:
            home, out = self.memory.apply(news.heard.household_id, news.seen, now)
            self._say(batch, home, out, now, reading_at=reading.received_at)
        return None

    def _give(self, batch: Batch, one: Asked, now: Moment) -> tuple[Home, list[Output]]:
        batch.journal.append(journal.row_of(self._number(), one.given, one.household_id, now))
        home, out = self.memory.apply(one.household_id, one.given, now)
        self._say(batch, home, out, now)
        if one.request_id is not None:
            batch.answers.append((one.answer, one.request_id))
        return home, out

    def _say(
        self,
        batch: Batch,
        home: Home,
        out: list[Output],
        now: Moment,
        *,
        reading_at: Moment | None = None,
    ) -> None:
        if not out:
            return
        card: Card | None = self.memory.keep(
            batch,
            home,
            out,
            now,
            clock_verified=self.clock.verified,
            reading_at=reading_at,
        )
        self._watch.said(home, out, card, reading_at)

    async def _commit(self, batch: Batch) -> None:
        """Durable, or tried again: what is not on the disk is neither acknowledged nor sent."""
        batch.cards = self.memory.cards.changed()
        self._committing += 1
        while True:
            try:
                await self._timed(lambda: self._database.transaction(batch.write))
                break
            except sqlite3.Error as error:
                self._watch.store_failed(error)
                await asyncio.sleep(RETRY_S)
        self._committing -= 1
        now = self.clock.now()
        for stage, since in batch.stages:
            self._watch.latency(stage, (now - since) / 1000)
        self._since_snapshot += len(batch.journal)
        if batch.alerts or batch.cards:
            self._on_commit()

    async def _timed(self, commit: Callable[[], Awaitable[Any]]) -> None:
        loop = asyncio.get_running_loop()
        begun = loop.time()
        await commit()
        self._watch.committed(loop.time() - begun)

    def _number(self) -> int:
        number = self._next_id
        self._next_id += 1
        return number
