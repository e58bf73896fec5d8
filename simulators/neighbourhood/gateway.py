"""The product, in process and in virtual time: the one place where a town touches it.

Packets go through the gateway's own intake and memory; only radio, broker, disk and provider are
missing. Knows nothing of the truth.
"""

import tempfile
from collections.abc import Callable, Iterable
from datetime import datetime, time
from pathlib import Path
from typing import NamedTuple

from drivers.reading import Decoded, Reading
from gateway.households import key_of
from gateway.incidents import Cards
from gateway.intake import Intake
from gateway.intake.news import News
from gateway.ledger.importing import read_tables
from gateway.ledger.model import Language, Ledger
from gateway.memory import Memory
from gateway.rulesfile import RulesFile
from gateway.store.journal import Given
from rules.grid import HeardFrom, Lost
from rules.model import (
    Acknowledged,
    ClockChanged,
    Door,
    Outcome,
    PassGranted,
    Resolved,
    Resumed,
    Tick,
)
from rules.said import Alerted, Decision
from simulators.neighbourhood.ledger_files import write_ledger
from simulators.neighbourhood.town import Pass, Town

COUNTS_TO = 256  # a radio packet's number is one byte
MINUTE = 60_000  # ms
BLE = ("bthome", "xiaomi", "switchbot", "qingping")


class Packet(NamedTuple):
    """What one sensor said, as it was heard. Moments in ms."""

    sensor_id: str
    door: bool | None  # open; None: it does not say
    received_at: int
    at: int | None = None  # its own time, if it tells one
    counter: int | None = None
    battery: int | None = None  # per cent
    tamper: bool | None = None


class Said(NamedTuple):
    """A decision about a household, or a grid (``grid:G1``)."""

    subject: str
    decision: Decision


class Text(NamedTuple):
    """One person is told of an incident, by text or call."""

    at: int  # ms in the town, whatever the gateway's clock says
    subject: str
    incident: int  # the subject's own count
    person_id: str
    role: str
    channel: str
    step: int


class Gateway:
    """``heard`` and the others in order of time; ``on_text`` is called as people are told."""

    def __init__(self, town: Town, on_text: Callable[[Text], None]) -> None:
        self._memory = Memory(town.zone, Language.ZH, Intake(), Cards(town.zone))
        self._memory.use(_ledger(town), 0, RulesFile.default(), int(1000 * _midnight(town)))
        self._on_text = on_text
        self._sensors = {sensor.sensor_id: sensor for sensor in town.sensors}
        for sensor in town.sensors:  # a site says so by protocol; a town has both kinds of one
            self._memory.intake.sensors[sensor.sensor_id].by_door = sensor.counts_doors
        self.now = 0  # ms, in the town
        self._behind = 0  # ms, by which the gateway's clock is late
        self.said: list[Said] = []  # every decision, in order

    def heard(self, packet: Packet) -> None:
        """A sensor's words."""
        sensor, now = self._sensors[packet.sensor_id], packet.received_at - self._behind
        door = None if packet.door is None else Door.OPEN if packet.door else Door.CLOSED
        decoded = Decoded(
            door, packet.battery, tamper=packet.tamper, counter=packet.counter, at=packet.at
        )
        source = "ble" if sensor.protocol in BLE else "mqtt"
        reading = Reading(source, sensor.protocol, sensor.address, decoded, now)
        news = self._memory.intake.take(reading, now)
        if isinstance(news, News):
            for given in (news.seen, news.sensed):
                if given is not None:
                    self._give(None, given)

    def lost(self, sensor_ids: Iterable[str]) -> None:
        """A relay's will: nobody listens to these sensors any more."""
        for sensor_id in sensor_ids:
            sensor = self._sensors[sensor_id]
            if self._memory.intake.unknown(sensor.protocol, sensor.address):
                self._give(None, Lost(sensor_id))

    def restarted(self, behind: int) -> None:
        """It was down, and its clock, which nobody vouches for, shows a moment so long ago."""
        self._behind = behind
        for known in self._memory.intake.sensors.values():
            known.lost = True
        self._give(None, ClockChanged(verified=False))
        self._give(None, Resumed())

    def synced(self) -> None:
        """The clock is right, and verified, from now on."""
        moved, self._behind = self._behind, 0
        self._give(None, ClockChanged(verified=True, offset=moved))

    def granted(self, one: Pass) -> None:
        start, end = (int(moment.timestamp() * 1000) for moment in (one.start, one.end))
        given = PassGranted(one.pass_id, start, end, one.max_open_minutes * MINUTE)
        self._give(one.household_id, given)

    def acknowledged(self, household_id: str, incident: int, person_id: str) -> None:
        self._give(household_id, Acknowledged(incident, person_id))

    def resolved(self, household_id: str, incident: int, person_id: str, outcome: str) -> None:
        self._give(household_id, Resolved(incident, person_id, Outcome(outcome)))

    def pass_time(self, until: int) -> None:
        """It is ``until`` (ms) in the town; what time alone changes before comes first."""
        self.now = until
        now = until - self._behind
        if self._memory.grids_due() < now:
            heard = self._memory.intake.unsaved().items()
            self._give(None, HeardFrom(tuple((key, one.heard_at) for key, one in heard)))
        if self._memory.next_due() < now:
            self._give(None, Tick())

    def _give(self, subject: str | None, given: Given) -> None:
        for state, out in self._memory.take(subject, given, self.now - self._behind):
            who = key_of(state)
            for said in out:
                if isinstance(said, Decision):
                    self.said.append(Said(who, said))
                elif isinstance(said, Alerted):
                    self._texts(who, said)

    def _texts(self, who: str, told: Alerted) -> None:
        at = told.at + self._behind
        for step, role, channel, people in told.alerts:
            for person in people:
                self._on_text(Text(at, who, told.incident, person, role.value, channel.value, step))


def _midnight(town: Town) -> float:
    return datetime.combine(town.day, time(0), town.zone).timestamp()


def _ledger(town: Town) -> Ledger:
    """The town's five files, the way every ledger comes in."""
    with tempfile.TemporaryDirectory(prefix="doorwatch-town-") as name:
        write_ledger(town, Path(name))
        return read_tables(sorted(Path(name).glob("*.csv")), Ledger.empty(), "CN")
