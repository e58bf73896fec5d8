"""A gateway that lives through a story in one process, and its journal run once more.

The real core on a real store; only the clock stands until the story moves it.
"""

import asyncio
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from drivers.reading import Decoded, Delivery, Reading, nothing
from gateway import loading
from gateway.cli.asking import Unwatched
from gateway.config import Config, load
from gateway.core import Core
from gateway.households import Said
from gateway.ledger.importing import read_tables
from gateway.ledger.model import Ledger
from gateway.rehearsal.journal import JournalReplay
from gateway.rehearsal.verdicts import Verdicts
from gateway.rulesfile import RulesFile
from gateway.store import journal, ledgers
from gateway.store.database import Database
from gateway.store.journal import Entry, Given, Row
from rules.grid import Grid, Lost, ReceiverChanged
from rules.model import (
    Acknowledged,
    Channel,
    ClockChanged,
    Commissioned,
    Door,
    NotReached,
    Outcome,
    PassGranted,
    Resolved,
)
from rules.moment import HOUR, MINUTE
from tests.support.cli import Site
from tests.support.house import at

HOMES = {"S1": "H1", "S1b": "H1", "S2": "H2", "S3": "H3"}
LOOSE = "[defaults]\nwindow_grace_minutes = 30\nheld_open_minutes = 20\nmerge_minutes = 30\n"
STRICT = "[defaults]\ncurfew = {start = '12:00', end = '11:00'}\nrepeat_openings = 2\n"
DOORS: dict[str, tuple[Door, int, bool | None]] = {  # how it stands, how late, torn off
    "open": (Door.OPEN, 0, None),
    "close": (Door.CLOSED, 0, None),
    "late": (Door.OPEN, 10 * MINUTE, None),
    "tamper": (Door.CLOSED, 0, True),
}
PARTS = ("doubt", "sync", "radio", "broker", "lost", "look")
RULES = {"shipped": "", "loose": LOOSE, "strict": STRICT}


class Heard(Unwatched):
    """Keeps what the core said."""

    def __init__(self) -> None:
        self.verdicts = Verdicts()

    def said(self, said: Said, cards: Any, reading_at: Any) -> None:
        self.verdicts.hear(said)


class Standing:
    """A clock."""

    def __init__(self, now: int) -> None:
        self.at = now
        self.changed: ClockChanged | None = None

    def now(self) -> int:
        return self.at

    def verified(self) -> bool:
        return True

    def look(self) -> ClockChanged | None:
        """What the story says; it says it once."""
        changed, self.changed = self.changed, None
        return changed


class Gateway:
    """Told what happens line by line: ``open S1``, ``ack H1 P1``, ``restart`` …"""

    def __init__(self, site: Site, database: Database) -> None:
        self.config: Config = load(site.config)
        self.site = site
        self.database = database
        self.clock = Standing(at("05:00"))
        self.heard = Heard()
        self.core: Core
        self._counter = 0
        self._passes = 0

    async def start(self) -> None:
        memory = await loading.load(self.database, self.config)
        self.core = Core(self.database, memory, self.clock, self.heard, lambda: None)
        await self.core.resume(await loading.newest_moment(self.database))
        version, ledger = await ledgers.latest(self.database)
        if version != memory.ledger_version:
            await self.core.use(ledger, version, memory.rules)

    async def import_ledger(self, *, without: str = "") -> None:
        ledger = read_tables(list(map(Path, self.site.files)), Ledger.empty(), "CN")
        kept = {key: row for key, row in ledger.windows.items() if key != without}
        version, _ = await ledgers.latest(self.database)
        changed = Ledger(ledger.grids, ledger.people, ledger.households, ledger.sensors, kept)
        await ledgers.add(self.database, changed, self.clock.now(), after=version)

    async def play(self, story: Iterable[tuple[int, str]]) -> None:
        """After so many milliseconds, that."""
        for after, line in story:
            self.clock.at += after
            what, *words = line.split()
            if what in DOORS:
                await self._door(words[0], *DOORS[what])
            elif what in PARTS:
                await self._part(what, words)
            elif what in ("restart", "snapshot", "rules", "ledger"):
                await self._gateway(what, words)
            else:
                await self._ask(words[0], self._given(what, words))

    async def _gateway(self, what: str, words: list[str]) -> None:
        """Killed (what waits in the memory is lost) and started again; or other rules, a ledger."""
        memory = self.core.memory
        if what == "rules":
            rules = RulesFile.parse(RULES[words[0]])
            await self.core.use(memory.ledger, memory.ledger_version, rules)
        elif what == "ledger":
            await self.import_ledger(without=words[0] if words else "")
            version, ledger = await ledgers.latest(self.database)
            await self.core.use(ledger, version, memory.rules)
        else:
            if what == "snapshot":
                await self.core.snapshot()
            await self.start()

    async def _part(self, what: str, words: list[str]) -> None:
        """A clock, a receiver, a relay; or nothing but a look at the time."""
        if what in ("doubt", "sync"):
            offset = int(words[0]) * MINUTE if words else 0
            self.clock.at += offset
            self.clock.changed = ClockChanged(what == "sync", offset)
        elif what in ("radio", "broker"):
            self.core.note(ReceiverChanged(what, words[0] == "up"))
        elif what == "lost":
            self.core.note(Lost(words[0]))
        await self.core.turn()

    async def _ask(self, subject: str, given: Given) -> None:
        await asyncio.gather(self.core.ask(subject, given), self.core.turn())

    def _given(self, what: str, words: list[str]) -> Given:
        now, state = self.clock.now(), self.core.memory.state(words[0])
        if isinstance(state, Grid):
            number = state.numbered or 1
        else:
            number = state.incident.number if state and state.incident else 1
        if what == "ack":
            return Acknowledged(number, words[1])
        if what == "resolve":
            return Resolved(number, "P1", Outcome(words[1]))
        if what == "resolve-older":
            return Resolved(max(1, number - 1), "P1", Outcome.RETURNED)
        if what == "unreached":
            return NotReached(number, words[1], Channel(words[2]))
        if what == "commission":
            return Commissioned(words[1], now + 10 * MINUTE)
        assert what == "pass"
        self._passes += 1
        return PassGranted(str(self._passes), now, now + HOUR)

    async def _door(self, sensor_id: str, door: Door, late: int, tamper: bool | None) -> None:
        self._counter += 1
        row = self.core.memory.ledger.sensors[sensor_id]
        now = self.clock.now()
        happened = now - late if late else None
        decoded = Decoded(door, counter=self._counter, at=happened, tamper=tamper)
        source = "ble" if row.protocol == "bthome" else "mqtt"
        reading = Reading(source, row.protocol, row.address, decoded, now)
        self.core.submit(Delivery(reading, nothing))
        await self.core.turn()


class Lived(NamedTuple):
    """What a story left behind."""

    rows: list[Row]
    ledgers: Mapping[int, Ledger]
    heard: Verdicts


STORE = Path(":memory:")


async def lived(
    site: Site, story: Iterable[tuple[int, str]], store: Path = STORE
) -> tuple[Lived, Database]:
    """Plays it. The caller closes the database."""
    database = await Database.open(store)
    try:
        return await _lived(site, story, database), database
    except BaseException:
        await database.close()
        raise


async def _lived(site: Site, story: Iterable[tuple[int, str]], database: Database) -> Lived:
    gateway = Gateway(site, database)
    await gateway.import_ledger()
    await gateway.start()
    for sensor in HOMES:
        await gateway.play([(0, f"close {sensor}")])
    await gateway.play(story)
    rows = [row async for row in journal.rows_after(database, 0)]
    newest, _ = await ledgers.latest(database)
    found = {n: await ledgers.version(database, n) for n in range(newest + 1)}
    return Lived(rows, found, gateway.heard.verdicts)


def replayed(
    rows: Iterable[Row], versions: Mapping[int, Ledger], replay: JournalReplay
) -> JournalReplay:
    """The rows, without a store."""
    for row in rows:
        if row.kind == Entry.LEDGER:
            version, rules = journal.ledger_of(row)
            replay.use(versions[version], version, rules, row.received_at)
        else:
            replay.take(row)
    return replay
