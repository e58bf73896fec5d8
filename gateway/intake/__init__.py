"""Which sensor said it, and is it news? From a driver's reading to an input of the rules.

Owns what is remembered of each sensor between two readings. Decides nothing about homes.
A repeat (the same state again without a number or time of its own, a number already seen, a
message that the broker delivers twice) is dropped here and never reaches the disk.
"""

import logging
from collections.abc import Callable, Iterable
from typing import Any

from drivers.errors import Reason
from drivers.reading import Reading
from gateway import kinds
from gateway.intake.evidence import MISSED, NONE, POSSIBLE, Evidence
from gateway.intake.heard import Heard, row_of
from gateway.intake.news import REPEAT, News, Repeat
from gateway.intake.redelivered import Delivered
from gateway.intake.used_counts import IN_MEMORY, UsedCounts
from gateway.ledger.model import Ledger
from gateway.rulesfile import RulesFile
from gateway.store import journal
from gateway.store.journal import Entry, HeardAgain, Row
from rules.model import Door, DoorSeen, Sensed
from rules.moment import DAY, MINUTE, Duration

log = logging.getLogger("doorwatch.intake")

NUMBERED_WITHIN = 2 * MINUTE
"""A sensor's number without a time of its own is a repeat for so long; later it may have begun
to count again, as many do when they wake or get a new battery."""


class Intake:
    """Every sensor of the ledger by protocol and address."""

    def __init__(self, keep: Duration = 14 * DAY) -> None:
        self.keep = keep  # a reading older than this is not taken
        self.sensors: dict[str, Heard] = {}
        self._hidden: dict[str, Heard] = {}  # of drills: no ledger has them, nobody counts them
        self.on_new_count: Callable[[Heard], None] = lambda heard: None  # a person accepted it
        self._by_address: dict[tuple[str, str], Heard] = {}
        self._counts = UsedCounts()
        self._delivered = Delivered()

    def use(self, ledger: Ledger, rules: RulesFile | None = None) -> frozenset[str]:
        """Another ledger, other rules (None: as shipped): what is known of a sensor stays with
        its id.

        Gives the ids that now mean another device or another home's door: of that door nothing
        is known.
        """
        rules = rules or RulesFile.default()
        sensors, replaced = {}, set()
        for heard in self.sensors.values():
            self._counts.keep(heard)
        for sensor_id, row in ledger.sensors.items():
            known = self.sensors.get(sensor_id)
            place = (row.protocol, row.address, row.household_id)
            if known and (known.protocol, known.address, known.household_id) == place:
                heard = known
            else:
                heard = Heard(sensor_id, row.household_id, row.protocol, row.address)
                if known is not None:
                    replaced.add(sensor_id)
            if heard.key != row.key:
                heard.under(row.key)
                self._counts.give_back(heard)
            heard.by_door = kinds.counter_by_door_only(row.protocol, rules)
            heard.counter_below = kinds.counter_below(row.protocol)
            heard.beacons = kinds.supervised_every(row, rules) is not None
            sensors[sensor_id] = heard
        self.sensors = sensors
        # A message in plain JSON may carry the ledger's own id.
        named = {("json", h.sensor_id): h for h in sensors.values() if h.protocol == "json"}
        self._by_address = named | {(h.protocol, h.address): h for h in sensors.values()}
        self._by_address |= {(h.protocol, h.address): h for h in self._hidden.values()}
        return frozenset(replaced)

    def hide(self, key: str, protocol: str) -> None:
        """Takes readings of a sensor that no ledger has, under the id of its hidden household."""
        heard = Heard(key, key, protocol, key)
        self._hidden[key] = self._by_address[protocol, key] = heard

    def forget(self, key: str) -> None:
        """A hidden sensor is heard no more."""
        if heard := self._hidden.pop(key, None):
            del self._by_address[heard.protocol, heard.address]

    def find(self, sensor_id: str) -> Heard | None:
        """A sensor by its id, a hidden one too."""
        return self.sensors.get(sensor_id) or self._hidden.get(sensor_id)

    def known(self, protocol: str, address: str) -> bool:
        """Whether the ledger has this sensor; for drivers that filter before they decode."""
        return (protocol, address) in self._by_address

    def alive(
        self, protocol: str, address: str, now: int, replay_counter: int | None = None
    ) -> None:
        """A sign of life that is no reading: a beacon, the same packet again.

        ``replay_counter``: of the last packet accepted from it.
        """
        if heard := self._by_address.get((protocol, address)):
            heard.heard_at = now
            if replay_counter is not None:
                heard.replay_counter = replay_counter

    def unknown(self, protocol: str, address: str) -> str | None:
        """Nobody can say how this door stands until it is heard again; it closes nothing.

        Gives the sensor's id, if that is news.
        """
        heard = self._by_address.get((protocol, address))
        if heard is None or heard.lost:
            return None
        heard.lost = True
        return heard.sensor_id

    def take(self, reading: Reading, now: int) -> News | Repeat | Reason:
        """What a reading is: news, a repeat, or refused with a reason."""
        decoded = reading.decoded
        if decoded.reason is not None and decoded.reason is not Reason.NO_STATE:
            return self._refused(reading, now)
        heard = self._by_address.get((reading.protocol, reading.address))
        if heard is None:
            return Reason.UNKNOWN_SENSOR
        at = now if decoded.at is None else min(decoded.at, now)
        if now - at > self.keep:
            return Reason.TOO_OLD
        last_sure = heard.sure_at
        heard.hear(reading, now)
        queued = reading.queued_since is not None and decoded.at is None
        missed_some = heard.lost and not heard.follows(decoded)
        live, heard.lost = reading.live and not missed_some and not queued, False
        if decoded.door is not None and not queued and at > last_sure:
            heard.sure_at = at  # a queued message says nothing of now
        sensed, evidence = None, NONE
        if at >= heard.door_at:  # the past says nothing of now
            sensed = heard.changed(decoded)
            if decoded.counter != heard.counter:
                evidence = heard.evidence(decoded)
        if self._repeated(heard, reading, sensed, now):
            return self._repeat(heard, reading, evidence, now)
        seen, since, missed = None, None, evidence is MISSED
        if decoded.door is not None:
            if missed:
                since = min(last_sure or reading.queued_since or heard.door_at, at)
            elif not live or (evidence is POSSIBLE and heard.beacons):
                # A beacon that contradicts what is known repairs it: the door may have moved in
                # any of the packets between.
                since = self._since(reading, last_sure, at)
            seen = DoorSeen(heard.sensor_id, decoded.door, at, since, missed)
        row = row_of(heard, reading, now, seen, sensed)
        heard.saved_at = now
        self._remember(heard, row, aging=reading.queued_since is None)
        return News(heard, seen, row, sensed, evidence)

    def move(self, since: int, by: int) -> None:
        """The clock was wrong ``since`` then, by so much: what was heard, was heard then."""
        for heard in self.sensors.values():
            heard.move(since, by)

    def shut(self, household_id: str) -> None:
        """Somebody was there and says that its doors are shut; what a sensor says next is news."""
        for heard in self.sensors.values():
            if heard.household_id == household_id and heard.door is Door.OPEN:
                heard.door = None

    def unsaved(self) -> dict[str, HeardAgain]:
        """Sensors that were heard since their last row, for a row of ``Entry.HEARD``
        (``journal.heard_row``); from now on they count as saved."""
        unsaved = [heard for heard in self.sensors.values() if heard.heard_at > heard.saved_at]
        return {heard.sensor_id: heard.saved() for heard in unsaved}

    def restore(self, row: Row) -> None:
        """What a journal row says of its sensor, or of those that it names."""
        if row.kind == Entry.HEARD:
            for sensor_id, told in journal.heard_of(row).items():
                if again := self.sensors.get(sensor_id):
                    again.heard_again(told)
            return
        heard = self.find(row.subject or "")
        if heard is None:
            return
        if row.kind == Entry.READING:
            heard.restored(row)
            self._remember(heard, row, aging=False)
        elif row.kind == Entry.BATTERY_ASKED:
            heard.counts_anew = row.replay_counter
        elif row.kind == Entry.BATTERY_CHANGED:
            heard.accept_new_count()
            self.on_new_count(heard)

    def memory(self) -> dict[str, list[Any]]:
        """What is remembered of every sensor, for a snapshot; ``recall`` takes it back."""
        known = self.sensors | self._hidden
        sensors = {heard.sensor_id: heard.written() for heard in known.values()}
        return {**sensors, IN_MEMORY: self._counts.written()}

    def recall(self, memory: dict[str, list[Any]]) -> None:
        """Takes back what ``memory`` gave."""
        self._counts.recall(memory.get(IN_MEMORY, []))
        for sensor_id, values in memory.items():
            if heard := self.find(sensor_id):
                heard.recall(values)

    def expect_again(self, rows: Iterable[Row]) -> None:
        """Messages that the broker may deliver again, from the journal's newest rows."""
        for row in rows:
            if row.message_id and row.subject:
                door = None if row.door is None else Door.OPEN if row.door else Door.CLOSED
                self._delivered.add(row.message_id, row.subject, door, row.received_at, aging=False)

    def _refused(self, reading: Reading, now: int) -> News | Reason:
        """Not believed. But an authentic packet of a lower count is kept: battery changed?"""
        decoded = reading.decoded
        heard = self._by_address.get((reading.protocol, reading.address))
        assert decoded.reason is not None
        if decoded.reason is not Reason.REPLAY or heard is None or decoded.replay_counter is None:
            return decoded.reason
        if heard.counts_anew is None:
            log.warning(
                "sensor %s counts anew and is not believed; if its battery was changed:"
                " doorwatch sensors battery %s", heard.sensor_id, heard.sensor_id,
            )  # fmt: skip
        heard.counts_anew = count = decoded.replay_counter
        asked = Row(0, now, Entry.BATTERY_ASKED, heard.sensor_id, replay_counter=count)
        return News(heard, None, asked)

    def _repeat(self, heard: Heard, reading: Reading, evidence: Evidence, now: int) -> Repeat:
        decoded = reading.decoded
        if decoded.counter is not None and decoded.door is not None and self._moved(heard, reading):
            by_radio = reading.source == "ble"  # in order already, and each number once
            if by_radio or not heard.was_told(decoded, now - NUMBERED_WITHIN):
                heard.counter = decoded.counter  # only packets after it can be missing
                if not by_radio:
                    heard.tell(decoded.counter, None, decoded.door, now)
        anonymous = decoded.counter is None and decoded.at is None
        if not (reading.message_id and anonymous) or reading.redelivered:
            return REPEAT if evidence is NONE else Repeat(None, evidence)
        row = row_of(heard, reading, now, None, None)
        self._remember(heard, row, aging=reading.queued_since is None)
        return Repeat(row, evidence)

    def _repeated(self, heard: Heard, reading: Reading, sensed: Sensed | None, now: int) -> bool:
        decoded = reading.decoded
        # Only after a connection was lost, from a session that the broker kept.
        again = reading.redelivered and reading.queued_since is not None
        if again and self._delivered.knows(reading.message_id, heard.sensor_id, decoded.door):
            return True
        if heard.by_door and decoded.counter is not None and decoded.door is not None:
            if decoded.counter == heard.counter and decoded.door is heard.door:
                return sensed is None
        elif decoded.at is None and (decoded.counter is None or reading.source == "ble"):
            # Nothing of its own tells it from the last: only a change is news. A radio packet
            # has a counter, but beacons between openings move it too.
            unchanged = decoded.door is None or decoded.door is heard.door
            return unchanged and sensed is None and heard.counts_anew is None
        old = 0 if decoded.at is not None or again else now - NUMBERED_WITHIN
        if heard.was_told(decoded, old):
            return True
        unchanged = decoded.door in (None, heard.door) and sensed is None
        return unchanged and self._moved(heard, reading)

    @staticmethod
    def _moved(heard: Heard, reading: Reading) -> bool:
        """Whether beacons may have moved its number: alone it is no news, and not worth a row.

        What a broker may send again (QoS 1) is: after a start its number has to be known.
        """
        return not (heard.by_door or reading.message_id or reading.decoded.at is not None)

    @staticmethod
    def _since(reading: Reading, last_sure: int, at: int) -> int | None:
        """Not watched before: the last sure moment. None: there is none, or it tells its time."""
        if not last_sure:
            return None
        if reading.decoded.at is not None and reading.queued_since is not None:
            return None  # the broker kept it, but it tells its own time
        since = max(last_sure, reading.queued_since or 0)
        return since if since < at else None

    def _remember(self, heard: Heard, row: Row, *, aging: bool) -> None:
        door = heard.remember(row)
        if row.message_id:
            at = row.received_at
            self._delivered.add(row.message_id, heard.sensor_id, door, at, aging=aging)
