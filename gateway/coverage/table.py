"""SQL on ``gaps``, and the outages that the journal tells of. Rows in, rows out; decides nothing.

An open row has no ``until``; there is at most one of a cause and subject.
"""

import json
from collections.abc import Iterable
from typing import NamedTuple, TypeAlias

import aiosqlite

from gateway.coverage.gaps import Gap, State
from gateway.store.database import Database
from gateway.store.journal import Entry
from rules.moment import NEVER, Moment

Key: TypeAlias = tuple[State, str | None]
"""Cause and subject."""

Change: TypeAlias = tuple[str, tuple[object, ...]]

_ROWS = "SELECT cause, subject, since, until FROM gaps"
# The condition of the index ``journal_events``, word for word, or SQLite reads the whole journal.
EVENTS = "kind NOT IN (1, 2, 10)"


def opened(gap: Gap) -> Change:
    """A new row."""
    until = None if gap.until == NEVER else gap.until
    values = (gap.cause.value, gap.subject, gap.since, until)
    return "INSERT INTO gaps (cause, subject, since, until) VALUES (?, ?, ?, ?)", values


def closed(key: Key, until: Moment) -> Change:
    """The open row ends; never before it began."""
    sql = "UPDATE gaps SET until = MAX(since, ?) WHERE cause = ? AND subject IS ? AND until IS NULL"
    return sql, (until, *key)


def reaches_back(key: Key, since: Moment) -> Change:
    """The open row began earlier than was known."""
    sql = "UPDATE gaps SET since = ? WHERE cause = ? AND subject IS ? AND until IS NULL"
    return sql, (since, *key)


def moved(since: Moment, by: int) -> list[Change]:
    """The clock was put right: moments from ``since`` on lie ``by`` ms later."""
    return [
        (f"UPDATE gaps SET {column} = {column} + ? WHERE {column} >= ?", (by, since))  # noqa: S608  our own names
        for column in ("since", "until")
    ]


async def write(database: Database, changes: Iterable[Change]) -> None:
    """All of them in one transaction, in any order."""
    by_statement: dict[str, list[tuple[object, ...]]] = {}
    for sql, values in changes:
        by_statement.setdefault(sql, []).append(values)

    async def work(connection: aiosqlite.Connection) -> None:
        for sql, rows in by_statement.items():
            await connection.executemany(sql, rows)

    await database.transaction(work)


async def between(database: Database, since: Moment, until: Moment) -> list[Gap]:
    """Every gap of that time, open ones too."""
    rows = await database.rows(
        f"{_ROWS} WHERE since < ? AND (until IS NULL OR until > ?)",
        (until, since),
    )
    return [_gap(*row) for row in rows]


async def subjects(database: Database) -> set[str]:
    """Every household that was ever looked at."""
    rows = await database.rows("SELECT DISTINCT subject FROM gaps WHERE subject IS NOT NULL")
    return {row[0] for row in rows}


class Outage(NamedTuple):
    """The gateway did not run."""

    gap: Gap
    journal_id: int  # of the start after it

    def row(self) -> Change:
        cause, _, since, until = self.gap
        sql = "INSERT INTO gaps (cause, since, until, journal_id) VALUES (?, ?, ?, ?)"
        return sql, (cause.value, since, until, self.journal_id)


async def outages(database: Database) -> list[Outage]:
    """Those that have no row yet. Each start says since when nobody is known to have watched; the
    open row of an orderly end knows it better.

    By the journal's numbers: a clock that was put right may have moved the times.
    """
    rows = await database.rows(
        "SELECT MAX(journal_id), MAX(CASE WHEN until IS NULL THEN since END) FROM gaps"
        " WHERE cause = 'power'"
    )
    told, ended = rows[0][0] or 0, rows[0][1] or 0
    starts = await database.rows(
        f"SELECT id, received_at, body FROM journal WHERE {EVENTS} AND kind = ? AND id > ?"  # noqa: S608  our own text
        " ORDER BY id",
        (Entry.RESUMED, told),
    )
    found = []
    for number, back, body in starts:
        since = (json.loads(body) if body else [None])[0]
        if since is not None:
            found.append(Outage(Gap(State.POWER, None, min(max(since, ended), back), back), number))
    return found


def ends_here(now: Moment) -> Change:
    """The gateway is about to end in good order."""
    return opened(Gap(State.POWER, None, now))


RUNS_AGAIN: Change = ("DELETE FROM gaps WHERE cause = 'power' AND until IS NULL", ())
"""What an orderly end left; its outage has a row of its own by now."""


def _gap(cause: str, subject: str | None, since: Moment, until: Moment | None) -> Gap:
    return Gap(State(cause), subject, since, NEVER if until is None else until)
