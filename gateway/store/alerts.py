"""SQL on ``alerts`` and ``replies``: rows in, rows out. Decides nothing, commits nothing.

The caller owns the connection and its transaction. Moments are ms since 1970 UTC.
"""

from collections.abc import AsyncGenerator, Iterable, Sequence
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
    handed: int = 0  # how often a provider got it, or may have got it
    handed_at: Moment | None = None  # when one may have got it last
    merged_into: int | None = None  # the alert that says it, of one that is merged
    committed_at: Moment | None = None
    first_handed_at: Moment | None = None


class Step(NamedTuple):
    """A row as it shall be, and the status in which it has to be until then."""

    expected: str
    row: AlertRow


NewRow = tuple[int | None, int | None, str, str, str, int, str, str, int, int | None, int]

INSERT = """
    INSERT INTO alerts (id, incident_id, person_id, phone, kind, step, text, status,
                        created_at, reading_at, next_at)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
RECOVERY = -1  # the step of an alert which says that it is over: no step of a chain
DIGEST = -3  # the same of a digest
CHUNK = 32  # rows read at a time: twice what is sent at a time
_COLUMNS = ", ".join(AlertRow._fields)
# The condition of the index ``alerts_under_way``, word for word, or SQLite reads the whole table.
_UNDER_WAY = "status IN ('pending', 'held', 'sending', 'accepted', 'sent')"
_WAITING = f"""
    SELECT {_COLUMNS} FROM alerts WHERE {_UNDER_WAY} AND status = 'pending'
    ORDER BY next_at, id LIMIT ? OFFSET ?
"""  # noqa: S608  our own column names
_UPDATE = """
    UPDATE alerts SET text = ?, status = ?, provider = ?, provider_id = ?, attempts = ?,
        next_at = ?, sending_at = ?, accepted_at = ?, delivered_at = ?, error = ?,
        handed = ?, handed_at = ?, merged_into = ?, committed_at = ?, first_handed_at = ?
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


def cause_of(row: NewRow) -> tuple[int | None, Moment]:
    """The incident of a row that is not written yet, and when it was decided."""
    return row[1], row[8]


def kind_of(row: NewRow) -> str:
    """The kind of a row that is not written yet."""
    return row[4]


def said_to(row: NewRow) -> tuple[str, str]:
    """The phone of a row that is not written yet, and its words."""
    return row[3], row[6]


async def _rows(
    connection: aiosqlite.Connection, query: str, values: Iterable[object]
) -> list[AlertRow]:
    # In one go: every call is a way to the writer's thread and back, dearer than its statement.
    return [AlertRow(*row) for row in await connection.execute_fetchall(query, tuple(values))]


async def waiting(connection: aiosqlite.Connection) -> AsyncGenerator[AlertRow, None]:
    """What waits to be sent, now (``next_at``) or later, the first to be due first.

    Read as far as it is asked for; change no row meanwhile.
    """
    seen = 0
    while rows := await _rows(connection, _WAITING, (CHUNK, seen)):
        for row in rows:
            yield row
        seen += len(rows)
        if len(rows) < CHUNK:
            return


async def in_status(
    connection: aiosqlite.Connection, *statuses: str, since: Moment = 0
) -> list[AlertRow]:
    """Every row in one of ``statuses``, none of them an end, that was created at ``since`` or
    later; oldest first."""
    marks = ", ".join("?" * len(statuses))
    query = f"""SELECT {_COLUMNS} FROM alerts
        WHERE {_UNDER_WAY} AND status IN ({marks}) AND created_at >= ? ORDER BY id"""  # noqa: S608
    return await _rows(connection, query, (*statuses, since))


async def of_incident(connection: aiosqlite.Connection, incident_id: int) -> list[AlertRow]:
    """Everything that was ever to be sent about an incident, oldest first."""
    query = f"SELECT {_COLUMNS} FROM alerts WHERE incident_id = ? ORDER BY id"  # noqa: S608
    return await _rows(connection, query, (incident_id,))


async def overtaken(connection: aiosqlite.Connection, row: AlertRow) -> bool:
    """Whether the same phone has a newer alert of the same kind about the same incident, one
    that is not held: this one may leave before it."""
    query = """SELECT 1 FROM alerts WHERE incident_id = ? AND id > ? AND phone = ?
        AND kind = ? AND status NOT IN ('held', 'failed', 'stale', 'cancelled', 'merged')
        LIMIT 1"""
    values = (row.incident_id, row.id, row.phone, row.kind)
    return bool(await connection.execute_fetchall(query, values))


async def handed_since(connection: aiosqlite.Connection, since: Moment) -> list[AlertRow]:
    """What a provider got, or may have got, at ``since`` or later; reads the whole table, so at
    start only."""
    query = f"SELECT {_COLUMNS} FROM alerts WHERE handed > 0 AND handed_at >= ? ORDER BY id"  # noqa: S608
    return await _rows(connection, query, (since,))


async def merged_since(connection: aiosqlite.Connection, since: Moment) -> list[AlertRow]:
    """What is said by another alert that has not arrived yet, or never will; at start only."""
    columns = ", ".join(f"one.{name}" for name in AlertRow._fields)
    query = f"""SELECT {columns} FROM alerts one JOIN alerts whole ON whole.id = one.merged_into
        WHERE one.status = 'merged' AND one.created_at >= ? AND whole.status IN ('pending', 'held',
            'sending', 'accepted', 'sent', 'failed', 'stale', 'cancelled') ORDER BY one.id"""  # noqa: S608
    return await _rows(connection, query, (since,))


async def by_id(connection: aiosqlite.Connection, ids: Sequence[int]) -> list[AlertRow]:
    """These rows, oldest first."""
    marks = ", ".join("?" * len(ids))
    query = f"SELECT {_COLUMNS} FROM alerts WHERE id IN ({marks}) ORDER BY id"  # noqa: S608
    return await _rows(connection, query, ids)


async def said_by(
    connection: aiosqlite.Connection, row: AlertRow, kind: str, since: Moment
) -> list[AlertRow]:
    """What the same person was, or is to be, told of the same incident by ``kind``, newest first.
    ``since``: created then or later."""
    query = f"""SELECT {_COLUMNS} FROM alerts WHERE incident_id = ? AND person_id = ? AND kind = ?
        AND created_at >= ? ORDER BY id DESC"""  # noqa: S608
    return await _rows(connection, query, (row.incident_id, row.person_id, kind, since))


async def told_otherwise(connection: aiosqlite.Connection, row: AlertRow) -> bool:
    """Whether another alert about the same incident is on its way to anybody, or arrived."""
    query = """SELECT 1 FROM alerts WHERE incident_id = ? AND id <> ?
        AND status NOT IN ('held', 'failed', 'stale', 'cancelled') LIMIT 1"""
    return bool(await connection.execute_fetchall(query, (row.incident_id, row.id)))


async def known_ids(connection: aiosqlite.Connection, phone: str, provider: str) -> frozenset[str]:
    """The provider's ids of what is already known to have gone to ``phone``."""
    query = """SELECT provider_id FROM alerts
        WHERE phone = ? AND provider = ? AND provider_id IS NOT NULL"""
    rows = await connection.execute_fetchall(query, (phone, provider))
    return frozenset([row[0] for row in rows])


async def update(connection: aiosqlite.Connection, steps: Sequence[Step]) -> list[bool]:
    """Write each row that still is in the status expected; says which were."""
    marks = ", ".join("?" * len(steps))
    query = f"SELECT id, status FROM alerts WHERE id IN ({marks})"  # noqa: S608
    found = await connection.execute_fetchall(query, [row.id for _, row in steps])
    status = {row[0]: row[1] for row in found}
    made = []
    for expected, row in steps:  # one may follow another of the same row
        made.append(status.get(row.id) == expected)
        if made[-1]:
            status[row.id] = row.status
    await write(connection, [step for step, is_made in zip(steps, made, strict=True) if is_made])
    return made


async def write(connection: aiosqlite.Connection, steps: Sequence[Step]) -> None:
    """Write what may change of rows that this transaction has read as expected."""
    values = [
        (
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
            row.handed,
            row.handed_at,
            row.merged_into,
            row.committed_at,
            row.first_handed_at,
            row.id,
            expected,
        )
        for expected, row in steps
    ]
    if values:
        await connection.executemany(_UPDATE, values)


async def backlog(connection: aiosqlite.Connection) -> tuple[int, Moment | None]:
    """How many alerts wait to be sent, and when the oldest was created that nothing holds."""
    query = f"""SELECT count(*), min(CASE WHEN status <> 'held' THEN created_at END) FROM alerts
        WHERE {_UNDER_WAY} AND status IN ('pending', 'held', 'sending')"""  # noqa: S608
    [(count, oldest)] = await connection.execute_fetchall(query)
    return count, oldest


# -- replies -------------------------------------------------------------------------------


async def unseen(connection: aiosqlite.Connection, provider_ids: list[str]) -> set[str]:
    """Which of these replies were not acted on yet."""
    marks = ", ".join("?" * len(provider_ids))
    query = f"SELECT provider_id FROM replies WHERE provider_id IN ({marks})"  # noqa: S608
    known = {row[0] for row in await connection.execute_fetchall(query, provider_ids)}
    return set(provider_ids) - known


async def answers(
    connection: aiosqlite.Connection, phone: str, text: str, since: Moment
) -> tuple[int, int]:
    """How often replies from ``phone`` were answered at ``since`` or later: with ``text``, and
    at all."""
    query = """SELECT count(nullif(text = ?, 0)), count(*) FROM alerts
        WHERE incident_id IS NULL AND phone = ? AND created_at >= ?"""
    [(alike, all_)] = await connection.execute_fetchall(query, (text, phone, since))
    return alike, all_


async def remember_reply(connection: aiosqlite.Connection, provider_id: str, at: Moment) -> bool:
    """Note a reply as acted on; False when it already was."""
    query = "INSERT OR IGNORE INTO replies (provider_id, at) VALUES (?, ?)"
    async with connection.execute(query, (provider_id, at)) as cursor:
        return cursor.rowcount == 1


async def newest_reply(connection: aiosqlite.Connection) -> Moment | None:
    """When the last reply that was acted on had come."""
    newest: Moment | None
    [(newest,)] = await connection.execute_fetchall("SELECT max(at) FROM replies")
    return newest
