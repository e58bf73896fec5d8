"""A gateway's coverage on a real store, without ears: what it would hear is told to it."""

from zoneinfo import ZoneInfo

from prometheus_client import CollectorRegistry

from gateway.coverage import Coverage
from gateway.coverage.gaps import totals
from gateway.coverage.report import cover, gaps, homes
from gateway.incidents import Cards
from gateway.intake import Intake
from gateway.ledger.model import Grid, Household, Language, Ledger, Protocol, Sensor
from gateway.memory import Memory
from gateway.rulesfile import RulesFile
from gateway.store import journal, ledgers
from gateway.store.database import Database
from gateway.store.journal import Given
from rules.local import moment
from rules.model import Door, DoorSeen, Resumed, Tick
from rules.moment import MINUTE
from tests.support.house import MIDNIGHT

NOW = moment(MIDNIGHT)
DAY = MIDNIGHT.date()
ZONE = ZoneInfo("Asia/Shanghai")
BOTH = {"radio", "broker"}
LEDGER = Ledger(
    grids={"G": Grid("G")},
    households={
        "radio": Household("radio", "G", "1-101", DAY),
        "broker": Household("broker", "G", "1-102", DAY),
        "free": Household("free", "G", "1-103", DAY, DAY.replace(year=2020)),
    },
    sensors={
        "B": Sensor("B", "radio", Protocol.SWITCHBOT, "AA:BB:CC:DD:EE:FF"),
        "Z": Sensor("Z", "broker", Protocol.JSON, "door", supervision_minutes=120),
        "F": Sensor("F", "free", Protocol.JSON, "free", supervision_minutes=120),
    },
)
Minutes = dict[str, dict[str, int]]


class Watched:
    """Two homes that isolate, one by radio and one by the broker. Time: minutes after midnight."""

    def __init__(self, database: Database, ledger: Ledger = LEDGER) -> None:
        self.database, self.ledger = database, ledger
        self.number = 0
        self.reborn()

    def reborn(self) -> None:
        """The memory of a new process, and its counters."""
        self.memory = Memory(ZONE, Language.ZH, Intake(), Cards(ZONE))
        self.memory.use(self.ledger, 1, RulesFile.default(), NOW)
        self.registry = CollectorRegistry()
        self.coverage = Coverage(self.registry, self.memory, self.database, BOTH, stalls=False)

    async def begin(self) -> "Watched":
        await ledgers.add(self.database, self.ledger, NOW, after=0)
        await self.coverage.start(NOW)
        self.hear(0, "B", "Z", "F")
        await self.look(0)
        return self

    def hear(self, minute: float, *sensors: str) -> None:
        for sensor in sensors:
            self.memory.intake.sensors[sensor].heard_at = self.at(minute)
            self.give(minute, DoorSeen(sensor, Door.CLOSED, self.at(minute)))

    def give(self, minute: float, given: Given) -> None:
        self.memory.take(None, given, self.at(minute))

    async def look(self, minute: float) -> None:
        self.give(minute, Tick())
        await self.coverage.look(self.at(minute))
        await self.coverage.count(self.at(minute))

    async def outage(self, since: float, until: float) -> None:
        """What a start writes into the journal."""
        self.number += 1
        row = journal.row_of(self.number, Resumed(self.at(since)), None, self.at(until))
        await self.database.transaction(lambda c: c.execute(journal.INSERT, row))

    async def report(self, until: float, *, runs: bool = True) -> Minutes:
        """Minutes by household and state, without what is 0."""
        end = self.at(until)
        found = await gaps(self.database, NOW, end, runs=runs)
        known = await homes(self.database, ZONE, NOW)
        return {
            one.home.household_id: {
                state.value: count for state, count in totals(one.found).items() if count
            }
            for one in cover(known.values(), found, NOW, end)
        }

    async def rows(self, household_id: str) -> list[tuple[float, float]]:
        """What is stored of its sensors, in minutes; all before midnight is 0."""
        rows = await self.database.rows(
            "SELECT since, until FROM gaps WHERE cause = 'sensor' AND subject = ? ORDER BY id",
            (household_id,),
        )
        return [
            (max(0, since - NOW) / MINUTE, round((until - NOW) / MINUTE, 2))
            for since, until in rows
        ]

    def counted(self) -> dict[str, float]:
        """The metric in minutes."""
        return {
            sample.labels["state"]: sample.value / 60
            for metric in self.registry.collect()
            for sample in metric.samples
            if sample.name.endswith("_total") and sample.value
        }

    @staticmethod
    def at(minute: float) -> int:
        return NOW + int(minute * MINUTE)
