"""A gateway's core with its store, a clock that the test moves, and people who answer by text."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from drivers.reading import Decoded, Delivery, Reading
from gateway.alerts.provider import Reply
from gateway.alerts.replies import ReplyReader
from gateway.cli.asking import Unwatched
from gateway.clock import Clock
from gateway.core import Core
from gateway.incidents import Card, Cards
from gateway.intake import Intake
from gateway.ledger.model import Grid, Household, Language, Ledger, Person, Protocol, Sensor
from gateway.memory import Memory
from gateway.passes import stored
from gateway.replying import Replying
from gateway.rulesfile import RulesFile
from gateway.store.database import Database
from rules.local import moment
from rules.model import Door, Role, Tick
from rules.moment import HOUR, MINUTE
from tests.support.house import MIDNIGHT

PEOPLE = (
    Person("member", "王敏", "+85251230001", Role.MEMBER, "G1"),
    Person("leader", "刘强", "+85251230002", Role.LEADER, "G1", Language.EN),
    Person("other", "陈静", "+85251230003", Role.MEMBER, "G2"),
    Person("community", "赵丽", "+85251230004", Role.COMMUNITY),
    Person("command", "周杰", "+85251230005", Role.COMMAND),
    Person("installer", "吴刚", "+85251230006", Role.INSTALLER),
    Person("ops", "孙宁", "+85251230007", Role.OPS),
    Person("mainland", "何洁", "+8613800138000", Role.MEMBER, "G1"),
)
LEDGER = Ledger(
    grids={"G1": Grid("G1"), "G2": Grid("G2")},
    people={person.person_id: person for person in PEOPLE},
    households={
        "H1": Household("H1", "G1", "1栋2单元501", MIDNIGHT.date()),
        "H2": Household("H2", "G1", "2栋2单元501", MIDNIGHT.date()),
        "H3": Household("H3", "G1", "3栋2单元501", MIDNIGHT.date()),
    },
    sensors={
        "S1": Sensor("S1", "H1", Protocol.JSON, "doors/S1"),
        "S2": Sensor("S2", "H2", Protocol.JSON, "doors/S2"),
        "S3": Sensor("S3", "H3", Protocol.JSON, "doors/S3"),
    },
)


class Hand(Clock):
    """Stands still until it is moved; noon at first."""

    def __init__(self) -> None:
        self.at = moment(MIDNIGHT) + 12 * HOUR

    def now(self) -> int:
        return self.at

    def verified(self) -> bool:
        return True


class Desk:
    def __init__(self, database: Database, ledger: Ledger = LEDGER) -> None:
        zone = ZoneInfo("Asia/Shanghai")
        self.clock, self.database = Hand(), database
        memory = Memory(zone, Language.ZH, Intake(), Cards(zone))
        memory.use(ledger, 1, RulesFile.default(), self.clock.now())
        self.core = Core(database, memory, self.clock, Unwatched(), lambda: None)
        self.replying = Replying(self.core, database, self._enough)
        self.unanswered = 0
        self.sends = False  # a dispatcher of the test's own does
        self.strangers = 0
        self._replies = ReplyReader(
            database.transaction,
            [],
            self.replying.person_at,
            self.replying.on_reply,
            now=self.clock.now,
            ignored=self._stranger,
        )
        self._count = 0

    def _enough(self) -> None:
        self.unanswered += 1

    def _stranger(self) -> None:
        self.strangers += 1

    async def door(self, state: Door, sensor: str = "S1") -> None:
        self._count += 1
        decoded = Decoded(door=state, counter=self._count)
        reading = Reading("mqtt", "json", f"doors/{sensor}", decoded, self.clock.now())
        done = asyncio.Event()
        self.core.submit(Delivery(reading, done.set))
        await done.wait()

    async def opens(self, sensor: str = "S1") -> Card:
        """An uncovered opening of which people were told; gives its incident."""
        await self.door(Door.CLOSED, sensor)
        await self.door(Door.OPEN, sensor)
        await self.told()
        return self.cards()[0]

    async def told(self) -> None:
        """The provider took every alert there is, unless a real one is asked."""
        if self.sends:
            return
        await self.database.transaction(
            lambda c: c.execute("UPDATE alerts SET accepted_at = created_at, status = 'accepted'")
        )

    async def passes_by(self, minutes: float) -> None:
        """Time, and what falls due in it."""
        self.clock.at += int(minutes * MINUTE)
        await self.core.ask(None, Tick())
        await self.told()

    async def says(
        self, person_id: str, text: str, *, reply_id: str = "", at: int | None = None
    ) -> str | None:
        """A text from somebody's phone; what he gets back. ``reply_id``, ``at``: the provider's."""
        self._count += 1
        phone = self.core.memory.ledger.people[person_id].phone
        at = self.clock.now() if at is None else at
        reply = Reply(reply_id or f"SM{self._count}", phone, text, at)
        before = len(await self.answers())
        await self._replies.take(reply)
        return next(iter((await self.answers())[before:]), None)

    async def stranger_says(self, text: str) -> None:
        self._count += 1
        reply = Reply(f"SM{self._count}", "+85259999999", text, self.clock.now())
        await self._replies.take(reply)

    async def answers(self) -> list[str]:
        rows = await self.database.rows(
            "SELECT text FROM alerts WHERE incident_id IS NULL ORDER BY id"
        )
        return [row["text"] for row in rows]

    def cards(self) -> list[Card]:
        """Unresolved incidents, the newest first."""
        return self.core.memory.cards.unresolved()

    async def journal(self) -> int:
        rows = await self.database.rows("SELECT COUNT(*) FROM journal")
        return int(rows[0][0])

    async def passes(self) -> list[dict[str, Any]]:
        zone = ZoneInfo("Asia/Shanghai")
        return [one.as_json(zone, self.clock.now()) for one in await stored(self.database)]


@asynccontextmanager
async def desk(folder: Path, ledger: Ledger = LEDGER) -> AsyncIterator[Desk]:
    database = await Database.open(folder / "doorwatch.db")
    here = Desk(database, ledger)
    running = asyncio.create_task(here.core.run())
    try:
        yield here
    finally:
        here.core.stop()
        await running
        await database.close()
