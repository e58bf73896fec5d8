"""Versions of the ledger, whole. An import makes a new one; none is ever changed."""

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


async def add(database: Database, ledger: Ledger, at: int) -> int:
    """Stores a new version; returns its number."""

    async def work(connection: aiosqlite.Connection) -> int:
        cursor = await connection.execute(
            "INSERT INTO ledger (version, at, body)"
            " SELECT COALESCE(MAX(version), 0) + 1, ?, ? FROM ledger RETURNING version",
            (at, ledger.to_json()),
        )
        row = await cursor.fetchone()
        assert row is not None
        return int(row[0])

    return await database.transaction(work)
