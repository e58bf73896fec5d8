"""What is remembered of one sensor between two readings, and how a snapshot holds it."""

import json
from collections import deque
from dataclasses import dataclass, field
from typing import Any

from drivers.reading import Decoded, Reading
from gateway.intake.evidence import NONE, Evidence, of_counter
from gateway.store.journal import CONDITIONS, Entry, HeardAgain, Row
from rules.model import Door, DoorSeen, Sensed

TOLD_BEFORE = 64
"""Numbers and times remembered of a sensor: one LoRaWAN uplink can hold 24 records of the past,
and all of them come again when it is repeated."""

Told = tuple[int | None, int | None, Door | None]  # number, own time, door


@dataclass(slots=True)
class Heard:
    """One sensor as last heard."""

    sensor_id: str
    household_id: str
    protocol: str
    address: str
    key: str | None = None
    by_door: bool = False  # nothing but the door moves its counter
    beacons: bool = False  # it speaks between openings too
    counter_below: int | None = None  # where its counter begins at 0 again
    door: Door | None = None
    door_at: int = 0  # when it came to stand so, ms
    heard_at: int = 0  # any sign of life, ms
    sure_at: int = 0  # when it last said how the door stands
    saved_at: int = 0  # ``heard_at`` as the journal has it
    lost: bool = False  # what comes next was missed: its relay gave it up, or we refused it
    tamper: bool | None = None
    battery: int | None = None  # per cent
    battery_low: bool | None = None  # its own flag
    counter: int | None = None  # as it said ``door``
    replay_counter: int | None = None  # authenticated, of the last accepted packet
    counts_anew: int | None = None  # the newest of a lower count, refused: battery changed?
    used_up_to: int | None = None  # where the count before a change of battery ended
    rssi: int | None = None
    trial: deque[Reading] | None = None  # all that it says, while an installer tries it
    told: dict[Told, int] = field(default_factory=dict)  # when heard; the newest last

    def hear(self, reading: Reading, now: int) -> None:
        """A sign of life: a reading, a repeat of one too."""
        self.heard_at = now
        self.rssi = reading.rssi
        if self.trial is not None:
            self.trial.append(reading)

    # -- its key and its count ---------------------------------------------------------------

    def under(self, key: str | None) -> None:
        """Its key from now on; another one begins another count."""
        if self.key != key:
            self.key, self.counter, self.replay_counter = key, None, None
            self.counts_anew, self.used_up_to = None, None

    def accept_new_count(self) -> None:
        """A person says that it has a new battery: what it counts from now on holds."""
        if self.counts_anew is not None:
            self.used_up_to = max(self.used_up_to or 0, self.replay_counter or 0)
            self.replay_counter, self.counts_anew = self.counts_anew, None
            self.lost = True

    # -- what a reading would change ---------------------------------------------------------

    def changed(self, decoded: Decoded) -> Sensed | None:
        """What it says of itself and did not say before."""
        tamper, battery, low = decoded.tamper, decoded.battery, decoded.battery_low
        if tamper is self.tamper:
            tamper = None
        if battery == self.battery:
            battery = None
        if low is self.battery_low:
            low = None
        if tamper is None and battery is None and low is None:
            return None
        return Sensed(self.sensor_id, tamper, battery, low)

    def evidence(self, decoded: Decoded) -> Evidence:
        """What its counter says of the time since it last said how the door stands."""
        last, counter, last_door, door = self.counter, decoded.counter, self.door, decoded.door
        if last is None or counter is None or last_door is None or door is None:
            return NONE
        return of_counter(last_door, last, door, counter, self.counter_below, self.by_door)

    def follows(self, decoded: Decoded) -> bool:
        """Whether its number is the very next: then nothing was missed, whoever was deaf."""
        if self.counter is None or decoded.counter is None:
            return False
        step = decoded.counter - self.counter
        return step == 1 or (self.counter_below is not None and step % self.counter_below == 1)

    def was_told(self, decoded: Decoded, since: int) -> bool:
        """Whether it said the same by the same number and time, not before ``since``."""
        heard_at = self.told.get((decoded.counter, decoded.at, decoded.door))
        return heard_at is not None and heard_at >= since

    def tell(self, counter: int | None, at: int | None, door: Door | None, heard_at: int) -> None:
        """Remembers what it said; what it said longest ago is forgotten."""
        said = counter, at, door
        self.told.pop(said, None)  # to the end
        self.told[said] = heard_at
        if len(self.told) > TOLD_BEFORE:
            del self.told[next(iter(self.told))]

    # -- what the journal's rows say ---------------------------------------------------------

    def remember(self, row: Row) -> Door | None:
        """A reading's row; gives its door state."""
        door = None if row.door is None else Door.OPEN if row.door else Door.CLOSED
        door_at = row.received_at if row.at is None else row.at
        if door is not None and door_at >= self.door_at:  # news of the past changes no state
            if row.counter is not None or door is not self.door:
                self.counter = row.counter
            self.door, self.door_at = door, door_at
        if row.replay_counter is not None:
            newest = max(row.replay_counter, self.replay_counter or 0)  # beacons may be ahead
            self.replay_counter, self.counts_anew = newest, None
            if self.used_up_to is not None and row.replay_counter > self.used_up_to:
                self.used_up_to = None
        if row.body is not None:
            said = json.loads(row.body)
            self.tamper = said.get("tamper", self.tamper)
            self.battery = said.get("battery", self.battery)
            self.battery_low = said.get("battery_low", self.battery_low)
        if row.counter is not None or row.at is not None:
            self.tell(row.counter, row.at, door, row.received_at)
        return door

    def restored(self, row: Row) -> None:
        """When a reading's row was heard."""
        self.heard_at = self.saved_at = row.received_at
        self.lost = False
        if row.door is not None and not (row.body and json.loads(row.body).get("queued")):
            at = row.received_at if row.at is None else row.at
            self.sure_at = max(self.sure_at, at)

    def move(self, since: int, by: int) -> None:
        """Its moments from ``since`` on lie ``by`` later, in ms: the clock was put right."""
        for name in ("door_at", "heard_at", "sure_at", "saved_at"):
            if (at := getattr(self, name)) >= since:
                setattr(self, name, at + by)
        self.told = {said: at + by if at >= since else at for said, at in self.told.items()}

    def saved(self) -> HeardAgain:
        """What the journal is told of its life since its last row."""
        self.saved_at = self.heard_at
        return HeardAgain(self.heard_at, self.sure_at, self.replay_counter)

    def heard_again(self, told: HeardAgain) -> None:
        """It lived since, and may have said how its door stands."""
        self.lost = self.lost and told.sure_at <= self.sure_at
        self.heard_at, self.sure_at, self.replay_counter = told
        self.saved_at = told.heard_at

    # -- a snapshot --------------------------------------------------------------------------

    def written(self) -> list[Any]:
        """For a snapshot. New fields go to the end: snapshots of older releases lack them."""
        told = [(*said, at) for said, at in self.told.items()]
        return [
            self.door, self.door_at, self.heard_at, self.sure_at, self.battery, self.counter,
            self.replay_counter, told, self.battery_low, self.tamper, self.lost,
            self.counts_anew, self.used_up_to,
        ]  # fmt: skip

    def recall(self, values: list[Any]) -> None:
        """Takes back what ``written`` gave."""
        door, *numbers, told = values[:8]
        self.door = None if door is None else Door(door)
        self.door_at, self.heard_at, self.sure_at, *rest = numbers
        self.battery, self.counter, self.replay_counter = rest
        self.saved_at = self.heard_at
        for counter, at, known, heard_at in told:
            self.tell(counter, at, None if known is None else Door(known), heard_at)
        if added := values[8:]:
            self.battery_low, self.tamper, self.lost, self.counts_anew, self.used_up_to = added


def row_of(
    heard: Heard, reading: Reading, now: int, seen: DoorSeen | None, sensed: Sensed | None
) -> Row:
    """The row of a reading, without its id: all that a start has to know of it."""
    decoded = reading.decoded
    body: dict[str, Any] = {}
    if sensed is not None:
        body = {key: value for key in CONDITIONS if (value := getattr(sensed, key)) is not None}
    if seen is not None and seen.missed:
        body["missed"] = True
    if reading.queued_since is not None and decoded.at is None and decoded.door is not None:
        body["queued"] = True  # it does not say how the door stands when we receive it
    return Row(
        0,
        now,
        Entry.READING,
        heard.sensor_id,
        None if decoded.at is None else min(decoded.at, now),
        None if seen is None else seen.since,
        None if decoded.door is None else int(decoded.door is Door.OPEN),
        decoded.counter,
        decoded.replay_counter,
        reading.message_id or None,
        json.dumps(body, separators=(",", ":")) if body else None,
    )
