"""A log of readings by a ledger and its rules: what would have been decided, and who told.

Nothing is sent and nothing is written. Owns the order in which a log is heard; where it comes from
is not its business, and the stored journal is ``gateway.rehearsal.journal``'s.
"""

from typing import NamedTuple
from zoneinfo import ZoneInfo

from gateway.incidents import Cards
from gateway.intake import Intake
from gateway.intake.evidence import Evidence, of_counter
from gateway.ledger.model import Language, Ledger
from gateway.memory import Memory
from gateway.rehearsal.verdicts import Verdict, Verdicts, pass_time
from gateway.rulesfile import RulesFile
from rules.model import Door, DoorSeen, Sensed
from rules.moment import DAY, Duration, Moment
from rules.step import Input


class Sighting(NamedTuple):
    """A sensor's door state from a log."""

    sensor_id: str
    door: Door
    at: Moment  # when it happened
    received_at: Moment  # when we heard of it: never before
    counter: int | None = None  # moved by the door alone
    battery: int | None = None  # per cent


class Rehearsal:
    """A gateway without ears, mouth and disk. ``verdicts`` grows in the order of deciding."""

    def __init__(
        self, ledger: Ledger, rules: RulesFile, zone: ZoneInfo, keep: Duration = 14 * DAY
    ) -> None:
        """``keep``: what comes later than this after it happened is dropped, and counted."""
        self._memory = Memory(zone, Language.EN, Intake(), Cards(zone), supervises=False)
        self._memory.use(ledger, 0, rules, 0)
        self._sensors = {key: row.household_id for key, row in ledger.sensors.items()}
        self._told: set[Sighting] = set()
        self._last: dict[str, Sighting] = {}  # by sensor
        self._verdicts = Verdicts()
        self._keep = keep
        self.dropped = 0

    @property
    def verdicts(self) -> list[Verdict]:
        return self._verdicts.decided

    def see(self, sighting: Sighting) -> None:
        """The next line of a log, in the order of ``received_at``. The same line twice is one."""
        if sighting.received_at - sighting.at > self._keep:
            self.dropped += 1
            return
        once = sighting._replace(received_at=0)
        if once in self._told:
            return
        self._told.add(once)
        sensor_id, now = sighting.sensor_id, sighting.received_at
        household_id = self._sensors[sensor_id]
        self.give(household_id, self._seen(sighting), now)
        if sighting.battery is not None:
            self.give(household_id, Sensed(sensor_id, battery=sighting.battery), now)

    def _seen(self, sighting: Sighting) -> DoorSeen:
        """With what its counter says of the time since the sensor's last line."""
        sensor_id, door, at, _, counter, _ = sighting
        last = self._last.get(sensor_id)
        if last is not None and at < last.at:
            return DoorSeen(sensor_id, door, at)
        self._last[sensor_id] = sighting
        if last is None or last.counter is None or counter is None:
            return DoorSeen(sensor_id, door, at)
        if of_counter(last.door, last.counter, door, counter) is not Evidence.MISSED:
            return DoorSeen(sensor_id, door, at)
        return DoorSeen(sensor_id, door, at, last.at, missed=True)

    def give(self, household_id: str, given: Input, now: Moment) -> None:
        """Any input of a household; whatever time alone changes before it comes first."""
        self._pass_time(now)
        for said in self._memory.apply(household_id, given, now):
            self._verdicts.hear(said)

    def pass_time(self, until: Moment) -> None:
        """Lets time pass, up to ``until`` and with it."""
        self._pass_time(until + 1)

    def _pass_time(self, before: Moment) -> None:
        for said in pass_time(self._memory, before):
            self._verdicts.hear(said)
