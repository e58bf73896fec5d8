"""The journal: every input of the rules in the order in which it was applied.

Owns the rows, and what each means as an input; decides nothing.
"""

import json
from collections.abc import AsyncIterator, Callable, Mapping
from enum import IntEnum
from typing import Any, NamedTuple, TypeAlias

from gateway.maintenance import Maintenance
from gateway.store.database import Database
from rules.grid import FaultChanged, GridInput, HeardFrom, Lost, ReceiverChanged
from rules.model import (
    Acknowledged,
    Channel,
    ClockChanged,
    Commissioned,
    Door,
    DoorSeen,
    EmergencyDeclared,
    HandedOver,
    NotReached,
    Outcome,
    PassGranted,
    PassRevoked,
    Resolved,
    Resumed,
    Sensed,
    Tick,
)
from rules.step import Input

INSERT = (
    "INSERT INTO journal (id, received_at, kind, subject, at, since, door, counter,"
    " replay_counter, message_id, body) VALUES (?,?,?,?,?,?,?,?,?,?,?)"
)
CONDITIONS = ("tamper", "battery", "battery_low")  # in a reading's body; in the order of Sensed
CHUNK = 2_000  # rows read at a time, so that a long journal needs little memory


class Entry(IntEnum):
    """What a row is. Numbers are stored: never reuse one."""

    READING = 1
    TICK = 2
    ACKNOWLEDGED = 3
    RESOLVED = 4
    LEDGER = 5  # body: the ledger's version and the rules in force
    RESUMED = 6
    PASS_GRANTED = 7
    PASS_REVOKED = 8
    COMMISSIONED = 9
    HEARD = 10  # body: sensors that lived without news, each with its ``HeardAgain``
    CLOCK = 11
    LOST = 12  # a sensor, as its relay says
    RECEIVER = 13
    FAULT = 14
    MAINTENANCE = 15  # ``subject``: the grid; none: the gateway
    DRILL = 16
    EMERGENCY = 17
    NOT_REACHED = 18
    BATTERY_CHANGED = 20  # a person says so of ``subject``: its new count holds; body: who
    HANDED_OVER = 22
    BATTERY_ASKED = 21  # ``subject`` counts anew, as after a change: ``replay_counter`` is refused


class DrillChanged(NamedTuple):
    """A drill of a grid begins, or it is over."""

    grid_id: str
    begins: bool
    by: str  # a person, "cli" or "drill": the schedule, or the drill itself


Given: TypeAlias = Input | GridInput | DrillChanged | Maintenance

ENTRIES: Mapping[type, Entry] = {
    Tick: Entry.TICK,
    Acknowledged: Entry.ACKNOWLEDGED,
    HandedOver: Entry.HANDED_OVER,
    Resolved: Entry.RESOLVED,
    Resumed: Entry.RESUMED,
    NotReached: Entry.NOT_REACHED,
    PassGranted: Entry.PASS_GRANTED,
    PassRevoked: Entry.PASS_REVOKED,
    Commissioned: Entry.COMMISSIONED,
    EmergencyDeclared: Entry.EMERGENCY,
    ClockChanged: Entry.CLOCK,
    Lost: Entry.LOST,
    ReceiverChanged: Entry.RECEIVER,
    FaultChanged: Entry.FAULT,
    Maintenance: Entry.MAINTENANCE,
    DrillChanged: Entry.DRILL,
}
"""Inputs whose body is their fields, as a list."""
INPUTS: Mapping[int, Callable[..., Given]] = {entry: kind for kind, entry in ENTRIES.items()}


class Row(NamedTuple):
    """One row. ``subject``: the sensor of a reading, else a household or grid (None: all)."""

    id: int
    received_at: int
    kind: int
    subject: str | None = None
    at: int | None = None
    since: int | None = None
    door: int | None = None
    counter: int | None = None
    replay_counter: int | None = None
    message_id: int | None = None
    body: str | None = None


class BatteryChanged(NamedTuple):
    """Somebody says that a sensor counts anew because it got a new battery."""

    sensor_id: str
    person_id: str


class HeardAgain(NamedTuple):
    """A sensor since its last row of its own: it lives, and has said nothing new."""

    heard_at: int  # any sign of life, ms
    sure_at: int  # when it last said how its door stands, ms; 0: never
    replay_counter: int | None  # of the last packet accepted from it


def row_of(number: int, given: Given | BatteryChanged, subject: str | None, now: int) -> Row:
    """The row of an input that is not a reading. ``subject``: the household, or a grid's key."""
    if isinstance(given, BatteryChanged):
        body = json.dumps({"by": given.person_id}, ensure_ascii=False)
        return Row(number, now, Entry.BATTERY_CHANGED, given.sensor_id, body=body)
    values = json.dumps(given, ensure_ascii=False, separators=(",", ":"))
    return Row(number, now, ENTRIES[type(given)], subject, body=values if len(given) else None)


def heard_row(number: int, heard: Mapping[str, HeardAgain], now: int) -> Row:
    """Sensors that were heard and had nothing new to say, by id."""
    body = json.dumps(heard, ensure_ascii=False, separators=(",", ":"))
    return Row(number, now, Entry.HEARD, body=body)


def heard_of(row: Row) -> dict[str, HeardAgain]:
    """What ``heard_row`` wrote down."""
    return {key: HeardAgain(*values) for key, values in json.loads(row.body or "{}").items()}


def ledger_row(number: int, version: int, rules: str, now: int) -> Row:
    """From here on this ledger and these rules (the text of rules.toml) hold."""
    body = json.dumps({"version": version, "rules": rules}, ensure_ascii=False)
    return Row(number, now, Entry.LEDGER, body=body)


def ledger_of(row: Row) -> tuple[int, str]:
    """The version of the ledger and the text of the rules that hold from a row on."""
    values = json.loads(row.body or "{}")
    return values["version"], values["rules"]


def inputs_of(row: Row) -> list[Given]:
    """What a row was to the rules, in their order; none for what only the gateway keeps."""
    if row.kind == Entry.READING:
        return _reading(row)
    if row.kind == Entry.HEARD:
        return [HeardFrom(tuple((key, one.heard_at) for key, one in heard_of(row).items()))]
    values = json.loads(row.body) if row.body else []
    if row.kind == Entry.RESOLVED:
        values[2] = Outcome(values[2])
    if row.kind == Entry.NOT_REACHED:
        values[2] = Channel(values[2])
    kind = INPUTS.get(row.kind)
    return [] if kind is None else [kind(*values)]


def _reading(row: Row) -> list[Given]:
    """How the door stands, then what the sensor says of itself."""
    found: list[Given] = []
    sensor_id = row.subject or ""
    said: dict[str, Any] = json.loads(row.body) if row.body else {}
    if row.door is not None:
        door = Door.OPEN if row.door else Door.CLOSED
        at = row.received_at if row.at is None else row.at
        found.append(DoorSeen(sensor_id, door, at, row.since, said.get("missed", False)))
    if any(key in said for key in CONDITIONS):
        found.append(Sensed(sensor_id, *(said.get(key) for key in CONDITIONS)))
    return found


async def rows_after(database: Database, journal_id: int) -> AsyncIterator[Row]:
    """Every row after ``journal_id``, in order."""
    while True:
        found = await database.rows(
            "SELECT * FROM journal WHERE id > ? ORDER BY id LIMIT ?", (journal_id, CHUNK)
        )
        for row in found:
            yield Row(*row)
        if len(found) < CHUNK:
            return
        journal_id = found[-1]["id"]


async def last_id(database: Database) -> int:
    """The newest row's id; 0: the journal is empty."""
    return int((await database.rows("SELECT COALESCE(MAX(id), 0) FROM journal"))[0][0])
