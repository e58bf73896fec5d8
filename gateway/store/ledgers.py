"""Versions of the ledger, whole. An import makes a new one; none is ever changed."""

from collections.abc import Awaitable, Callable
from typing import TypeAlias

import aiosqlite

from gateway.ledger.model import Ledger
from gateway.store.database import Database


async def latest(database: Database) -> tuple[int, Ledger]:
    """The newest version and its ledger; 0 and an empty one when nothing was imported yet."""
    rows = await database.rows("SELECT version, body FROM ledger ORDER BY version DESC LIMIT 1")
    if not rows:
        return 0, Ledger.empty()
    return int(rows[0]["version"]), Ledger.from_json(rows[0]["body"])


async def version(database: Database, number: int) -> Ledger:
    """One version. Raises ``LookupError`` when there is none (0 is the empty one)."""
    if number == 0:
        return Ledger.empty()
    rows = await database.rows("SELECT body FROM ledger WHERE version = ?", (number,))
    if not rows:
        raise LookupError(f"the store has no ledger version {number}")
    return Ledger.from_json(rows[0]["body"])


class Overtaken(Exception):
    """Somebody stored another version since this one was begun."""


Also: TypeAlias = Callable[[aiosqlite.Connection], Awaitable[None]]


async def add(
    database: Database, ledger: Ledger, at: int, *, after: int, also: Also | None = None
) -> int:
    """Stores the version that follows ``after``; returns its number. Raises ``Overtaken``.

    ``also``: what belongs into the same transaction, such as a note of who did it.
    """

    async def work(connection: aiosqlite.Connection) -> int:
        await connection.execute("BEGIN IMMEDIATE")  # others import, too
        cursor = await connection.execute("SELECT COALESCE(MAX(version), 0) FROM ledger")
        row = await cursor.fetchone()
        if row is None or row[0] != after:
            raise Overtaken
        await connection.execute(
            "INSERT INTO ledger (version, at, body) VALUES (?, ?, ?)",
            (after + 1, at, ledger.to_json()),
        )
        if also is not None:
            await also(connection)
        return after + 1

    return await database.transaction(work)
