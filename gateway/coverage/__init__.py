"""Keeps the gaps: one row when somebody is no longer observed, closed when they are again.

Every few seconds it compares what the memory says with the rows that are open. Not seen is not
compliant: silence of a sensor, a dead radio or a lost broker is never taken for a closed door.
"""

import asyncio
import contextlib
import itertools
import sqlite3
from collections.abc import Callable, Collection, Iterator

from prometheus_client import CollectorRegistry

from gateway.coverage import table
from gateway.coverage.causes import Silences, causes
from gateway.coverage.gaps import Gap, State
from gateway.coverage.pieces import in_pieces
from gateway.coverage.seconds import Seconds
from gateway.coverage.table import Change, Key
from gateway.memory import Memory
from gateway.store.database import Database
from rules.moment import MINUTE, NEVER, Duration, Moment

LOOK_S = 5.0  # a gap shorter than this may be overlooked
LEAPING_LOOK_S = 0.2  # where time leaps by design: a demo's second is most of an hour
LOOKS = 3  # for one count: a scrape comes hardly more often, and all homes are walked
STALLED: Duration = MINUTE  # a look that comes so late: nobody watched, the process stood still


class Coverage:
    """The one writer of ``gaps``. Errors of SQLite pass through: the next look tries again."""

    def __init__(
        self,
        registry: CollectorRegistry,
        memory: Memory,
        database: Database,
        receivers: Collection[str],
        *,
        stalls: bool = True,
    ) -> None:
        """``receivers``: what this gateway hears by. ``stalls``: time never leaps by design.

        To be made before the clock is looked at first: it takes part in every correction.
        """
        self._memory = memory
        self._database = database
        self._receivers = receivers
        self._stalls = stalls
        self._seconds = Seconds(registry, memory)
        self._silences = Silences(memory)
        self._moves: list[tuple[Moment, Duration]] = []
        self._known: set[str] = set()  # households that were looked at before
        self._open: dict[Key, Moment] = {}
        self._ended: list[Gap] = []  # begun and over since the last look, not written yet
        self._closed: list[Gap] = []  # those that may not be counted yet
        self._looked: Moment = 0
        memory.on_move = lambda since, by: self._moves.append((since, by))

    async def start(self, now: Moment) -> None:
        """What was open before is found again; since the last run nobody watched."""
        outages = await table.outages(self._database)
        await table.write(self._database, [*(one.row() for one in outages), table.RUNS_AGAIN])
        self._known = await table.subjects(self._database)
        ended = min((one.gap.since for one in outages), default=now)
        self._seconds.begin(ended)
        found = await table.between(self._database, min(self._seconds.oldest, now), NEVER)
        self._open = {(g.cause, g.subject): g.since for g in found if g.until == NEVER}
        self._closed = [gap for gap in found if gap.until != NEVER]
        self._looked = now
        await self.look(now)
        await self.count(now)

    async def run(self, now: Callable[[], Moment], failed: Callable[[sqlite3.Error], None]) -> None:
        """Looks and counts until cancelled."""
        for looks in itertools.count(1):
            try:
                await self.look(now())
                if looks % LOOKS == 0:
                    await self.count(now())
            except sqlite3.Error as error:  # what it could not write, it writes the next time
                failed(error)
            await asyncio.sleep(LOOK_S if self._stalls else LEAPING_LOOK_S)

    async def stop(self, now: Moment) -> None:
        """An orderly end: from here on nobody watches."""
        with contextlib.suppress(sqlite3.Error):  # the next start takes an earlier moment for it
            await self.look(now)
            await self.count(now)
            await table.write(self._database, [table.ends_here(now)])

    async def look(self, now: Moment) -> None:
        """Writes down what has changed."""
        await self._move()
        homes = set(self._memory.homes)
        silences = await in_pieces(self._silences.ended())
        walk = causes(self._memory, self._receivers, self._known | homes, now)
        wanted = await in_pieces(walk)
        if self._moves:  # what was found is of two clocks
            self._silences = Silences(self._memory)
            return
        for gap in silences:
            if gap.since < self._open.get((gap.cause, gap.subject), NEVER):
                self._ended.append(gap)
        if self._stalls and now - self._looked > STALLED:
            self._ended.append(Gap(State.POWER, None, self._looked, now))
        self._looked = now
        over = self._ended + self._first_seen(homes, wanted, now)
        changes = [*map(table.opened, over), *self._changes(wanted, now)]
        before = self._open
        if changes:
            await table.write(self._database, changes)
            self._ended.clear()
            self._known |= homes
        self._open = {key: min(at, before.get(key, at)) for key, at in wanted.items()}
        self._closed += over
        self._closed += [
            Gap(*key, at, max(at, now)) for key, at in before.items() if key not in wanted
        ]

    async def count(self, now: Moment) -> None:
        """Counts what was seen until the last look; not by a clock that was put right since."""
        if self._moves:
            return
        still = (Gap(*key, at) for key, at in self._open.items())
        await in_pieces(self._seconds.count([*self._closed, *still], now))
        oldest = self._seconds.oldest
        self._closed = [gap for gap in self._closed if gap.until > oldest]

    def _first_seen(self, homes: set[str], wanted: dict[Key, Moment], now: Moment) -> list[Gap]:
        """Nobody has watched a household before it was in the ledger, whenever its order began."""
        found = []
        for household_id in homes - self._known:
            key = State.SENSOR, household_id
            if key in wanted:
                wanted[key] = 0
            else:
                found.append(Gap(*key, 0, now))
        return found

    def _changes(self, wanted: dict[Key, Moment], now: Moment) -> Iterator[Change]:
        """From what is stored to what is so."""
        for key, since in wanted.items():
            before = self._open.get(key)
            if before is None:
                yield table.opened(Gap(*key, since))
            elif since < before:
                yield table.reaches_back(key, since)
        for key in self._open.keys() - wanted.keys():
            yield table.closed(key, now)

    async def _move(self) -> None:
        """The clock was put right: what was written in the doubtful time is moved with it."""
        while self._moves:
            since, by = self._moves[0]
            await table.write(self._database, table.moved(since, by))
            self._moves.pop(0)
            move = _mover(since, by)
            self._open = {key: move(at) for key, at in self._open.items()}
            for gaps in (self._ended, self._closed):
                gaps[:] = [g._replace(since=move(g.since), until=move(g.until)) for g in gaps]
            self._looked = move(self._looked)
            self._seconds.move(move)
            self._silences.move(move)


def _mover(since: Moment, by: Duration) -> Callable[[Moment], Moment]:
    return lambda at: at + by if since <= at < NEVER else at
