"""Which sensor said it, and is it news? From a driver's reading to an input of the rules.

Owns what is remembered of each sensor between two readings. Decides nothing about homes.
A repeat (the same state again without a number or time of its own, a number already seen, a
message that the broker delivers twice) is dropped here and never reaches the disk.
"""

import json
from collections import OrderedDict, deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from drivers.errors import Reason
from drivers.reading import Reading
from gateway.ledger.model import Ledger
from gateway.store.journal import Entry, Row
from rules.model import Door, DoorSeen
from rules.moment import DAY, MINUTE, SECOND, Duration

TOLD_BEFORE = 64
"""Numbers and times remembered of a sensor: one LoRaWAN uplink can hold 24 records of the past,
and all of them come again when it is repeated."""
REDELIVERABLE = 4_096
"""MQTT messages remembered: what a broker may send again is its in-flight window, far smaller."""
REDELIVERED_WITHIN = 60 * SECOND
"""What is sent again was sent shortly before the connection was lost. Some brokers use their
message identifiers again at once (nats-server: 1, 2, 1, 2), so an old one proves nothing. Counted
while we are connected: an outage ages nothing."""
NUMBERED_WITHIN = 2 * MINUTE
"""A sensor's number without a time of its own is a repeat for so long; later it may have begun
to count again, as many do when they wake or get a new battery."""


@dataclass(slots=True)
class Heard:
    """One sensor as last heard."""

    sensor_id: str
    household_id: str
    protocol: str
    address: str
    key: str | None = None
    door: Door | None = None
    door_at: int = 0  # when it came to stand so, ms
    heard_at: int = 0  # any sign of life, ms
    sure_at: int = 0  # when it last said how the door stands
    lost: bool = False  # its relay or receiver said that it is gone: what comes next was missed
    battery: int | None = None
    counter: int | None = None
    replay_counter: int | None = None
    rssi: int | None = None
    told: deque[tuple[int | None, int | None, Door | None, int]] = field(
        default_factory=lambda: deque(maxlen=TOLD_BEFORE)
    )


class News(NamedTuple):
    """A reading worth keeping: the row for the journal (its id is given later)."""

    heard: Heard
    seen: DoorSeen | None  # None: a battery or counter, nothing about the door
    row: Row


class Repeat(NamedTuple):
    """Known already; only that the sensor lives is new.

    ``row`` for a message that nothing but its broker's number tells from another: kept if a
    commit is made anyway, so that it is known when it is delivered again.
    """

    row: Row | None = None


REPEAT = Repeat()


class Intake:
    """Every sensor of the ledger by protocol and address."""

    def __init__(self, keep: Duration = 14 * DAY) -> None:
        self.keep = keep  # a reading older than this is not taken
        self.sensors: dict[str, Heard] = {}
        self._by_address: dict[tuple[str, str], Heard] = {}
        self._messages: OrderedDict[tuple[int, str, Door | None], int] = OrderedDict()

    def use(self, ledger: Ledger) -> frozenset[str]:
        """Another ledger: what is known of a sensor stays with its id.

        Gives the ids that now mean another device, of whose door nothing is known.
        """
        sensors, replaced = {}, set()
        for sensor_id, row in ledger.sensors.items():
            heard = self.sensors.get(sensor_id)
            if heard is None or (heard.protocol, heard.address) != (row.protocol, row.address):
                if heard is not None:
                    replaced.add(sensor_id)
                heard = Heard(sensor_id, row.household_id, row.protocol, row.address)
            if heard.key != row.key:  # a new key begins a new count
                heard.key, heard.counter, heard.replay_counter = row.key, None, None
            heard.household_id = row.household_id
            sensors[sensor_id] = heard
        self.sensors = sensors
        # A message in plain JSON may carry the ledger's own id.
        named = {("json", h.sensor_id): h for h in sensors.values() if h.protocol == "json"}
        self._by_address = named | {(h.protocol, h.address): h for h in sensors.values()}
        return frozenset(replaced)

    def known(self, protocol: str, address: str) -> bool:
        """Whether the ledger has this sensor; for drivers that filter before they decode."""
        return (protocol, address) in self._by_address

    def alive(self, protocol: str, address: str, now: int) -> None:
        """A sign of life that is no reading: a beacon, the same packet again."""
        if heard := self._by_address.get((protocol, address)):
            heard.heard_at = now

    def unknown(self, protocol: str, address: str) -> None:
        """Nobody can say how this door stands until it is heard again; it closes nothing."""
        if heard := self._by_address.get((protocol, address)):
            heard.lost = True

    def take(self, reading: Reading, now: int) -> News | Repeat | Reason:
        """What a reading is: news, a repeat, or refused with a reason."""
        decoded = reading.decoded
        if decoded.reason is not None and decoded.reason is not Reason.NO_STATE:
            return decoded.reason
        heard = self._by_address.get((reading.protocol, reading.address))
        if heard is None:
            return Reason.UNKNOWN_SENSOR
        at = now if decoded.at is None else min(decoded.at, now)
        if now - at > self.keep:
            return Reason.TOO_OLD
        last_sure = heard.sure_at
        heard.heard_at = now
        heard.rssi = reading.rssi
        queued = reading.queued_since is not None and decoded.at is None
        live, heard.lost = reading.live and not heard.lost and not queued, False
        if decoded.door is not None and not queued:
            heard.sure_at = now  # a queued message says nothing of now
        if self._repeated(heard, reading, now):
            anonymous = decoded.counter is None and decoded.at is None
            if not (reading.message_id and anonymous) or reading.redelivered:
                return REPEAT
            row = self._row(heard, reading, now, None)
            self._remember(heard, row, aging=not queued)
            return Repeat(row)
        seen, since = None, None
        if decoded.door is not None:
            since = None if live else self._since(reading, last_sure, at)
            seen = DoorSeen(heard.sensor_id, decoded.door, at, since)
        news = News(heard, seen, self._row(heard, reading, now, since))
        self._remember(heard, news.row, aging=reading.queued_since is None)
        return news

    def restore(self, row: Row) -> None:
        """What a journal row says of its sensor."""
        heard = self.sensors.get(row.subject or "")
        if row.kind == Entry.READING and heard is not None:
            heard.heard_at = row.received_at
            if row.door is not None:
                heard.sure_at = row.received_at
            self._remember(heard, row, aging=False)

    def memory(self) -> dict[str, list[Any]]:
        """What is remembered of every sensor, for a snapshot; ``recall`` takes it back."""
        return {
            h.sensor_id: [
                h.door, h.door_at, h.heard_at, h.sure_at, h.battery, h.counter,
                h.replay_counter, list(h.told),
            ]
            for h in self.sensors.values()
        }  # fmt: skip

    def recall(self, memory: dict[str, list[Any]]) -> None:
        """Takes back what ``memory`` gave."""
        for sensor_id, (door, *numbers, told) in memory.items():
            if heard := self.sensors.get(sensor_id):
                heard.door = None if door is None else Door(door)
                heard.door_at, heard.heard_at, heard.sure_at, *rest = numbers
                heard.battery, heard.counter, heard.replay_counter = rest
                heard.told.extend(
                    (counter, at, None if known is None else Door(known), heard_at)
                    for counter, at, known, heard_at in told
                )

    def expect_again(self, rows: Iterable[Row]) -> None:
        """Messages that the broker may deliver again, from the journal's newest rows."""
        for row in rows:
            if row.message_id and row.subject:
                door = None if row.door is None else Door.OPEN if row.door else Door.CLOSED
                self._messages[row.message_id, row.subject, door] = row.received_at

    def _repeated(self, heard: Heard, reading: Reading, now: int) -> bool:
        decoded = reading.decoded
        again = reading.redelivered and reading.queued_since is not None
        if again:  # only after a connection was lost, from a session that the broker kept
            message = (reading.message_id, heard.sensor_id, decoded.door)
            if message in self._messages:
                return True
        if decoded.at is None and (decoded.counter is None or reading.source == "ble"):
            # Nothing of its own tells it from the last: only a change is news. A radio packet
            # has a counter, but beacons between openings move it too.
            changed = decoded.door is not None and decoded.door is not heard.door
            return not changed and (decoded.battery in (None, heard.battery))
        old = 0 if decoded.at is not None or again else now - NUMBERED_WITHIN
        said = (decoded.counter, decoded.at, decoded.door)
        return any(known[:3] == said and known[3] >= old for known in heard.told)

    @staticmethod
    def _since(reading: Reading, last_sure: int, at: int) -> int | None:
        """Not watched before: the last sure moment. None: there is none, or it tells its time."""
        if not last_sure:
            return None
        if reading.decoded.at is not None and reading.queued_since is not None:
            return None  # the broker kept it, but it tells its own time
        since = max(last_sure, reading.queued_since or 0)
        return since if since < at else None

    @staticmethod
    def _row(heard: Heard, reading: Reading, now: int, since: int | None) -> Row:
        decoded = reading.decoded
        battery = decoded.battery
        own_time = None if decoded.at is None else min(decoded.at, now)
        return Row(
            0,
            now,
            Entry.READING,
            heard.sensor_id,
            own_time,
            since,
            None if decoded.door is None else int(decoded.door is Door.OPEN),
            decoded.counter,
            decoded.replay_counter,
            reading.message_id or None,
            None if battery is None or battery == heard.battery else f'{{"battery":{battery}}}',
        )

    def _remember(self, heard: Heard, row: Row, *, aging: bool) -> None:
        door = None if row.door is None else Door.OPEN if row.door else Door.CLOSED
        door_at = row.received_at if row.at is None else row.at
        if door is not None and door_at >= heard.door_at:  # news of the past changes no state
            heard.door, heard.door_at = door, door_at
        if row.counter is not None:
            heard.counter = row.counter
        if row.replay_counter is not None:
            heard.replay_counter = row.replay_counter
        if row.body is not None:
            heard.battery = json.loads(row.body)["battery"]
        if row.counter is not None or row.at is not None:
            heard.told.append((row.counter, row.at, door, row.received_at))
        if row.message_id:
            messages, now = self._messages, row.received_at
            messages[row.message_id, heard.sensor_id, door] = now
            messages.move_to_end((row.message_id, heard.sensor_id, door))
            oldest = now - REDELIVERED_WITHIN if aging else 0
            while len(messages) > REDELIVERABLE or next(iter(messages.values())) < oldest:
                messages.popitem(last=False)
