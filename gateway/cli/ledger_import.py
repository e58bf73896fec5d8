"""Ledger files into the store, and whether the running gateway has taken them."""

import asyncio
import time
from pathlib import Path
from typing import Any

from gateway.cli import data
from gateway.cli.app import Failed
from gateway.cli.incidents import BY
from gateway.clock import SystemClock
from gateway.config import Config
from gateway.ledger.importing import read_tables
from gateway.ledger.model import Ledger
from gateway.lock import Lock
from gateway.store import audit, journal, ledgers
from gateway.store.audit import Did
from gateway.store.database import Database
from gateway.store.journal import Entry, Row, ledger_of

TAKEN_S = 5.0  # a running gateway looks every quarter of a second
LOOK_S = 0.05


async def import_files(config: Config, files: list[Path]) -> dict[str, Any]:
    """What came of it: the version, whether it was stored and is in force, rows by table.

    Raises ``Mistakes``: then nothing was changed.
    """
    async with data.store(config, create=True) as database:
        version, before = await ledgers.latest(database)
        after = read_tables(files, before, config.gateway.country)
        report = await put(config, database, version, before, after)
    return {**report, "tables": _counts(before, after)}


async def put(
    config: Config,
    database: Database,
    version: int,
    before: Ledger,
    after: Ledger,
    *,
    subject: str | None = None,
    detail: str = "imported",
) -> dict[str, Any]:
    """``after`` as the version that follows, if it is another: what came of that.

    ``subject`` (a sensor) and ``detail`` say in the audit what was done.
    """
    changed = after != before
    running = Lock(config.store.path).is_taken()
    newest = await journal.last_id(database)
    if changed:
        now = SystemClock().now()
        try:
            version = await ledgers.add(
                database,
                after,
                now,
                after=version,
                also=lambda c: audit.note(c, now, BY, Did.LEDGER, subject, detail),
            )
        except ledgers.Overtaken:
            raise Failed("another import was quicker; nothing was changed, try again") from None
    in_force = running
    if changed and running:
        in_force = await _taken(database, version, newest)
    return {"version": version, "stored": changed, "running": running, "in_force": in_force}


async def _taken(database: Database, version: int, newest: int) -> bool:
    """Waits until the running gateway has journaled the version."""
    deadline = time.monotonic() + TAKEN_S
    while time.monotonic() < deadline:
        rows = await database.rows(
            "SELECT * FROM journal WHERE id > ? AND kind = ?", (newest, Entry.LEDGER)
        )
        if any(ledger_of(Row(*row))[0] >= version for row in rows):
            return True
        await asyncio.sleep(LOOK_S)
    return False


def _counts(before: Ledger, after: Ledger) -> dict[str, dict[str, int]]:
    counts = {}
    for name in after.__slots__:
        old, new = getattr(before, name), getattr(after, name)
        counts[name] = {
            "rows": len(new),
            "new": len(new.keys() - old.keys()),
            "changed": sum(old[key] != new[key] for key in old.keys() & new.keys()),
        }
    return counts
