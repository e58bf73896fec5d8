"""A copy of the store beside the running gateway, and whether a gateway could start from one."""

import asyncio
import sqlite3
from pathlib import Path
from typing import Any
from urllib.parse import quote

from gateway import loading
from gateway.backup.errors import BackupError, Reason
from gateway.config import Config
from gateway.store import journal
from gateway.store.database import Database


def copy(store: Path, to: Path) -> None:
    """The store as of one moment; its gateway goes on writing. Raises ``BackupError``."""
    try:
        source = sqlite3.connect(f"file:{quote(str(store))}?mode=rw", uri=True)
        target = sqlite3.connect(to)
        try:
            source.backup(target)  # in one go: one moment, and no writer waits for a reader
        finally:
            target.close()
            source.close()
    except sqlite3.Error as error:
        raise BackupError(Reason.STORE, f"{store} cannot be copied: {error}") from None


def examine(path: Path, config: Config) -> dict[str, Any]:
    """What a store holds, once it has proved whole: SQLite's own check, then everything that a
    start reads (snapshot, journal, ledgers, incidents). Leaves one file. Raises ``BackupError``."""
    try:
        connection = sqlite3.connect(path)
        try:
            found = [row[0] for row in connection.execute("PRAGMA integrity_check(5)")]
        finally:
            connection.close()
        if found != ["ok"]:
            raise BackupError(Reason.STORE, f"the database is damaged: {found[0]}")
        about = asyncio.run(_started(path, config))
        connection = sqlite3.connect(path)
        try:
            connection.execute("PRAGMA journal_mode=DELETE")  # all of it in the one file
        finally:
            connection.close()
    except (sqlite3.Error, LookupError, ValueError) as error:
        raise BackupError(Reason.STORE, f"no gateway could start from it: {error}") from None
    return about


async def _started(path: Path, config: Config) -> dict[str, Any]:
    database = await Database.open(path)
    try:
        memory = await loading.load(database, config)
        (schema,) = await database.rows("PRAGMA user_version")
        return {
            "schema": schema[0],
            "journal_id": await journal.last_id(database),
            "newest_at": await loading.newest_moment(database),
            "households": len(memory.homes),
        }
    finally:
        await database.close()
