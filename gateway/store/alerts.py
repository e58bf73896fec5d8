"""SQL on ``alerts`` and ``replies``: rows in, rows out. Decides nothing, commits nothing.

The caller owns the connection and its transaction. Moments are ms since 1970 UTC.
"""

from collections.abc import Iterable
from typing import NamedTuple

import aiosqlite

from rules.moment import Moment


class AlertRow(NamedTuple):
    """One row of ``alerts``, in the order of its columns."""

    id: int
    incident_id: int | None
    person_id: str
    phone: str
    kind: str
    step: int
    text: str
    status: str
    provider: str | None
    provider_id: str | None
    attempts: int
    created_at: Moment
    reading_at: Moment | None
    next_at: Moment
    sending_at: Moment | None
    accepted_at: Moment | None
    delivered_at: Moment | None
    error: str | None


NewRow = tuple[int | None, int | None, str, str, str, int, str, str, int, int | None, int]

INSERT = """
    INSERT INTO alerts (id, incident_id, person_id, phone, kind, step, text, status,
                        created_at, reading_at, next_at)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
_COLUMNS = ", ".join(AlertRow._fields)
_DUE = f"""
    SELECT {_COLUMNS} FROM alerts WHERE status = 'pending' AND next_at <= ?
    ORDER BY next_at, id LIMIT ? OFFSET ?
"""  # noqa: S608  our own column names
_UPDATE = """
    UPDATE alerts SET text = ?, status = ?, provider = ?, provider_id = ?, attempts = ?,
        next_at = ?, sending_at = ?, accepted_at = ?, delivered_at = ?, error = ?
    WHERE id = ? AND status = ?
"""


def new_row(
    *,
    incident_id: int | None,
    person_id: str,
    phone: str,
    kind: str,
    step: int,
    text: str,
    created_at: Moment,
    reading_at: Moment | None = None,
    status: str = "pending",
    alert_id: int | None = None,
) -> NewRow:
    """The values of ``INSERT``. ``reading_at``: only for an alert whose latency counts."""
    return (
        alert_id,
        incident_id,
        person_id,
        phone,
        kind,
        step,
        text,
        status,
        created_at,
        reading_at,
        created_at,
    )


async def _rows(
    connection: aiosqlite.Connection, query: str, values: Iterable[object]
) -> list[AlertRow]:
    async with connection.execute(query, tuple(values)) as cursor:
        return [AlertRow(*row) for row in await cursor.fetchall()]


async def due(
    connection: aiosqlite.Connection, now: Moment, limit: int, offset: int = 0
) -> list[AlertRow]:
    """What waits to be sent and may be by now, the longest waiting first."""
    return await _rows(connection, _DUE, (now, limit, offset))


async def next_due(connection: aiosqlite.Connection, now: Moment) -> Moment | None:
    """When the next row that is not due yet will be."""
    query = "SELECT min(next_at) FROM alerts WHERE status = 'pending' AND next_at > ?"
    async with connection.execute(query, (now,)) as cursor:
        row = await cursor.fetchone()
    return row[0] if row else None


async def in_status(
    connection: aiosqlite.Connection, *statuses: str, since: Moment = 0
) -> list[AlertRow]:
    """Every row in one of ``statuses`` that was created at ``since`` or later, oldest first."""
    marks = ", ".join("?" * len(statuses))
    query = f"""SELECT {_COLUMNS} FROM alerts
        WHERE status IN ({marks}) AND created_at >= ? ORDER BY id"""  # noqa: S608
    return await _rows(connection, query, (*statuses, since))


async def of_incident(connection: aiosqlite.Connection, incident_id: int) -> list[AlertRow]:
    """Everything that was ever to be sent about an incident, oldest first."""
    query = f"SELECT {_COLUMNS} FROM alerts WHERE incident_id = ? ORDER BY id"  # noqa: S608
    return await _rows(connection, query, (incident_id,))


async def overtaken(connection: aiosqlite.Connection, row: AlertRow) -> bool:
    """Whether the same person has a newer alert of the same kind about the same incident."""
    query = """SELECT 1 FROM alerts WHERE incident_id = ? AND id > ? AND person_id = ?
        AND kind = ? AND status NOT IN ('failed', 'stale', 'cancelled', 'merged') LIMIT 1"""
    values = (row.incident_id, row.id, row.person_id, row.kind)
    async with connection.execute(query, values) as cursor:
        return await cursor.fetchone() is not None


async def accepted_since(connection: aiosqlite.Connection, since: Moment) -> list[AlertRow]:
    """What a provider accepted at ``since`` or later; reads the whole table, so at start only."""
    query = f"SELECT {_COLUMNS} FROM alerts WHERE accepted_at >= ? ORDER BY id"  # noqa: S608
    return await _rows(connection, query, (since,))


async def known_ids(connection: aiosqlite.Connection, phone: str, provider: str) -> frozenset[str]:
    """The provider's ids of what is already known to have gone to ``phone``."""
    query = """SELECT provider_id FROM alerts
        WHERE phone = ? AND provider = ? AND provider_id IS NOT NULL"""
    async with connection.execute(query, (phone, provider)) as cursor:
        return frozenset([row[0] for row in await cursor.fetchall()])


async def update(connection: aiosqlite.Connection, expected: str, row: AlertRow) -> bool:
    """Write what may change of ``row``, if it still is in status ``expected``."""
    values = (
        row.text,
        row.status,
        row.provider,
        row.provider_id,
        row.attempts,
        row.next_at,
        row.sending_at,
        row.accepted_at,
        row.delivered_at,
        row.error,
        row.id,
        expected,
    )
    async with connection.execute(_UPDATE, values) as cursor:
        return cursor.rowcount == 1


async def backlog(connection: aiosqlite.Connection) -> tuple[int, Moment | None]:
    """How many alerts wait to be sent, and when the oldest of them was created."""
    query = """SELECT count(*), min(created_at) FROM alerts
        WHERE status IN ('pending', 'held', 'sending')"""
    async with connection.execute(query) as cursor:
        row = await cursor.fetchone()
    return (row[0], row[1]) if row else (0, None)


# -- replies -------------------------------------------------------------------------------


async def unseen(connection: aiosqlite.Connection, provider_ids: list[str]) -> set[str]:
    """Which of these replies were not acted on yet."""
    marks = ", ".join("?" * len(provider_ids))
    query = f"SELECT provider_id FROM replies WHERE provider_id IN ({marks})"  # noqa: S608
    async with connection.execute(query, provider_ids) as cursor:
        known = {row[0] for row in await cursor.fetchall()}
    return set(provider_ids) - known


async def remember_reply(connection: aiosqlite.Connection, provider_id: str, at: Moment) -> bool:
    """Note a reply as acted on; False when it already was."""
    query = "INSERT OR IGNORE INTO replies (provider_id, at) VALUES (?, ?)"
    async with connection.execute(query, (provider_id, at)) as cursor:
        return cursor.rowcount == 1


async def newest_reply(connection: aiosqlite.Connection) -> Moment | None:
    """When the last reply that was acted on had come."""
    async with connection.execute("SELECT max(at) FROM replies") as cursor:
        row = await cursor.fetchone()
    return row[0] if row else None
