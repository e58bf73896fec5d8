"""The journal: every input of the rules in the order in which it was applied.

Owns the rows, and what each means as an input; decides nothing.
"""

import json
from collections.abc import AsyncIterator
from enum import IntEnum
from typing import Any, NamedTuple

from gateway.store.database import Database
from rules.model import (
    Acknowledged,
    Commissioned,
    Door,
    DoorSeen,
    Outcome,
    PassGranted,
    PassRevoked,
    Resolved,
    Resumed,
    Tick,
)
from rules.step import Input

INSERT = (
    "INSERT INTO journal (id, received_at, kind, subject, at, since, door, counter,"
    " replay_counter, message_id, body) VALUES (?,?,?,?,?,?,?,?,?,?,?)"
)
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


class Row(NamedTuple):
    """One row. ``subject`` is the sensor of a reading, else the household (None: all)."""

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


def row_of(number: int, given: Input, household_id: str | None, now: int) -> Row:
    """The row of an input that is not a reading."""
    if isinstance(given, Tick):
        return Row(number, now, Entry.TICK)
    if isinstance(given, Resumed):
        return Row(number, now, Entry.RESUMED)
    if isinstance(given, Acknowledged):
        kind = Entry.ACKNOWLEDGED
    elif isinstance(given, Resolved):
        kind = Entry.RESOLVED
    elif isinstance(given, PassGranted):
        kind = Entry.PASS_GRANTED
    elif isinstance(given, PassRevoked):
        kind = Entry.PASS_REVOKED
    elif isinstance(given, Commissioned):
        kind = Entry.COMMISSIONED
    else:
        raise TypeError(f"{type(given).__name__} has a row of its own")
    body = json.dumps(given, ensure_ascii=False, separators=(",", ":"))
    return Row(number, now, kind, household_id, body=body)


def ledger_row(number: int, version: int, rules: str, now: int) -> Row:
    """From here on this ledger and these rules (the text of rules.toml) hold."""
    body = json.dumps({"version": version, "rules": rules}, ensure_ascii=False)
    return Row(number, now, Entry.LEDGER, body=body)


def ledger_of(row: Row) -> tuple[int, str]:
    """The version of the ledger and the text of the rules that hold from a row on."""
    values = json.loads(row.body or "{}")
    return values["version"], values["rules"]


def input_of(row: Row) -> Input | None:
    """What a row was to the rules; None: nothing (a reading without a door, a ledger)."""
    match row.kind:
        case Entry.READING:
            if row.door is None or row.subject is None:
                return None
            door = Door.OPEN if row.door else Door.CLOSED
            at = row.received_at if row.at is None else row.at
            return DoorSeen(row.subject, door, at, row.since)
        case Entry.TICK:
            return Tick()
        case Entry.RESUMED:
            return Resumed()
    values: list[Any] = json.loads(row.body or "[]") if row.kind is not Entry.LEDGER else []
    match row.kind:
        case Entry.ACKNOWLEDGED:
            return Acknowledged(*values)
        case Entry.RESOLVED:
            return Resolved(values[0], values[1], Outcome(values[2]))
        case Entry.PASS_GRANTED:
            return PassGranted(*values)
        case Entry.PASS_REVOKED:
            return PassRevoked(*values)
        case Entry.COMMISSIONED:
            return Commissioned(*values)
    return None


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
