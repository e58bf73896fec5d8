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
from drivers.reading import Delivery, Reading
from gateway import digests
from gateway.batch import Batch
from gateway.clock import Clock
from gateway.heartbeat.door import SOURCE as HEARTBEAT
from gateway.households import Said
from gateway.intake.evidence import Evidence
from gateway.intake.news import Repeat
from gateway.latency import Commits
from gateway.ledger.model import Ledger
from gateway.memory import Memory
from gateway.rulesfile import RulesFile
from gateway.saving import Saving
from gateway.store import journal, snapshot
from gateway.store.database import Database
from gateway.store.journal import BatteryChanged, Given
from gateway.watch import Watch
from rules.model import PassGranted, PassRevoked, Resumed, Tick
from rules.moment import MINUTE, NEVER, SECOND, Moment

GROUP = 500  # readings in one commit: bounds memory and the time until the first is acknowledged
RETRY_S = 1.0  # a disk that refuses is asked again so often
HEARD_EVERY = 15 * MINUTE
"""So often it is written down who was heard: a power cut forgets no more, and a card bears it."""
IDLE_S = 1.0  # at least so often time is looked at: the wall clock may have jumped


class Asked(NamedTuple):
    """An input that a person or another part gives, and who waits for it, if anybody does."""

    subject: str | None  # the household, or a grid's key; None: whomever it concerns
    given: Given | BatteryChanged
    done: asyncio.Future[list[Said]] | None = None
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
        self._heard_at = clock.now()
        self.saving = Saving(database, memory, watch)
        self.commits = Commits()
        self.on_heartbeat: Callable[[Reading, Moment], None] = lambda reading, now: None
        self.refusals = 0  # of the disk
        self._committing = 0  # groups that memory has and the disk has not yet

    # -- what is given to it -----------------------------------------------------------------

    def submit(self, delivery: Delivery) -> None:
        """A driver's reading; its ``done`` is called once it is durable or known not to matter."""
        self._deliveries.append(delivery)
        self._awake.set()

    async def ask(
        self,
        subject: str | None,
        given: Given | BatteryChanged,
        *,
        request_id: int | None = None,
        answer: str = "",
    ) -> list[Said]:
        """Applies an input that is no reading; returns what was said to it once it is durable."""
        done: asyncio.Future[list[Said]] = asyncio.get_running_loop().create_future()
        self._asked.append(Asked(subject, given, done, request_id, answer))
        self._awake.set()
        return await done

    def note(self, given: Given, subject: str | None = None) -> None:
        """Applies an input soon: a receiver went, a sensor is lost, a part fails."""
        self._asked.append(Asked(subject, given))
        self._awake.set()

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

    async def resume(self, since: Moment) -> None:
        """After a start: what fell due while nobody watched, ``since`` the newest stored moment.

        The clock is looked at first: a verified one may lie before what is stored.
        """
        # A snapshot is never ahead of the journal; should it be, no number is given twice.
        saved = await snapshot.journal_id(self._database)
        self._next_id = max(await journal.last_id(self._database), saved) + 1
        batch = Batch()
        now = self._look_at_clock(batch)
        if self._next_id == 1:
            return
        self._apply(batch, None, Resumed(since), now)
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
        batch = Batch()
        now = self._look_at_clock(batch)
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
            if one.done is not None and not one.done.done():
                one.done.set_result(result)
        self._watch.turned(len(deliveries))
        if not self._committing:  # it holds all that the disk has, and no more
            self.saving.if_due(self._next_id - 1, self.clock.now())

    async def snapshot(self, *, last_contact: int | None = None) -> None:
        """Writes the memory down, so that a start replays nothing.

        ``last_contact``: when the broker was last heard, at an orderly end.
        """
        await self.saving.now(self._next_id - 1, self.clock.now(), last_contact)

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

    def _look_at_clock(self, batch: Batch) -> Moment:
        """The time; should it be another than it was thought to be, everybody is told first."""
        changed = self.clock.look()
        now = self.clock.now()
        if changed and (changed.offset or changed.verified is not self.memory.verified):
            self._apply(batch, None, changed, now)
        return now

    def _pass_time(self, batch: Batch, now: Moment) -> None:
        due = self.memory.next_due() < now and self.memory.grids_due() < now
        due = due or self.memory.is_back()
        if due or now - self._heard_at >= HEARD_EVERY:
            self._heard_at = now
            row = journal.heard_row(self._number(), self.memory.intake.unsaved(), now)
            batch.journal.append(row)
            for given in journal.inputs_of(row):
                self._say(batch, self.memory.take(None, given, now), now)
        if self.memory.next_due() < now:
            self._apply(batch, None, Tick(), now)

    def _apply(
        self,
        batch: Batch,
        subject: str | None,
        given: Given,
        now: Moment,
    ) -> list[Said]:
        """An input that is no reading, with its row."""
        batch.journal.append(journal.row_of(self._number(), given, subject, now))
        said = self.memory.take(subject, given, now)
        self._say(batch, said, now)
        return said

    def _take(self, batch: Batch, delivery: Delivery, now: Moment) -> journal.Row | None:
        """News goes into the batch; a repeat's row is given back, if it has one."""
        reading = delivery.reading
        if reading.source == HEARTBEAT:
            self.on_heartbeat(reading, now)
            return None
        news = self.memory.intake.take(reading, now)
        if isinstance(news, Reason):
            self._watch.rejected(reading.source, news)
            return None
        self._watch.heard(reading)
        if news.evidence is Evidence.POSSIBLE:
            self._watch.possible(reading)
        if isinstance(news, Repeat):
            return news.row
        batch.journal.append(news.row._replace(id=self._number()))
        for given in (news.seen, news.sensed):
            if given is not None:
                said = self.memory.take(None, given, now)
                self._say(batch, said, now, reading_at=reading.received_at)
        return None

    def _give(self, batch: Batch, one: Asked, now: Moment) -> list[Said]:
        said: list[Said] = []
        if isinstance(one.given, BatteryChanged):  # about the sensor: nothing for the rules
            row = journal.row_of(self._number(), one.given, one.subject, now)
            batch.journal.append(row)
            self.memory.intake.restore(row)
        else:
            said = self._apply(batch, one.subject, one.given, now)
            if isinstance(one.given, PassGranted | PassRevoked):
                self.memory.granted(one.subject or "", one.given, now)
        if one.request_id is not None:
            batch.answers.append((one.answer, one.request_id))
        return said

    def _say(
        self, batch: Batch, said: list[Said], now: Moment, *, reading_at: Moment | None = None
    ) -> None:
        for one in said:
            if one[1]:
                cards = self.memory.keep(batch, one, now, reading_at=reading_at)
                self._watch.said(one, cards, reading_at)

    async def _commit(self, batch: Batch) -> None:
        """Durable, or tried again: what is not on the disk is neither acknowledged nor sent."""
        batch.cards = self.memory.cards.changed()
        batch.passes = self.memory.passes.changed()
        batch.alerts += digests.rows(self.memory, batch.digests, self.clock.now())
        self._committing += 1
        while True:
            try:
                await self._timed(lambda: self._database.transaction(batch.write))
                break
            except sqlite3.Error as error:
                self._watch.store_failed(error)
                self.refusals += 1
                await asyncio.sleep(RETRY_S)
        self._committing -= 1
        now = self.clock.now()
        self.commits.note(batch.alerts, now)
        for stage, since, at in batch.stages:
            self._watch.latency(stage, ((at or now) - since) / SECOND)
        self.saving.rows += len(batch.journal)
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
