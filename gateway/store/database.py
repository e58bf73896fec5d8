"""The one SQLite file: how it is opened, and its single writer.

WAL with ``synchronous=FULL``: with NORMAL a power cut may take the last commits. Errors of SQLite
pass through; whoever writes decides whether to try again.
"""

import asyncio
import contextlib
import sqlite3
from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path
from typing import Any, TypeVar

import aiosqlite

from gateway.store.schema import MIGRATIONS, PAGE_SIZE

T = TypeVar("T")

BUSY_MS = 5_000  # a command line writes for milliseconds; this long only if a disk stalls


class Database:
    """An open store. ``transaction`` is the only way to write."""

    def __init__(self, connection: aiosqlite.Connection) -> None:
        self._connection = connection
        self._turn = asyncio.Lock()

    @classmethod
    async def open(cls, path: Path) -> "Database":
        """Opens the store and brings its shape up to date.

        Raises ``sqlite3.Error`` when the file is no database or cannot be written.
        """
        # The first change of a transaction begins it, IMMEDIATE: sqlite3 says so in one go with it.
        connection = await aiosqlite.connect(path, isolation_level="IMMEDIATE")
        try:
            connection.row_factory = sqlite3.Row
            await connection.execute(f"PRAGMA page_size={PAGE_SIZE}")
            await connection.execute(f"PRAGMA busy_timeout={BUSY_MS}")
            await connection.execute("PRAGMA journal_mode=WAL")
            await connection.execute("PRAGMA synchronous=FULL")
            database = cls(connection)
            await database._migrate()
        except BaseException:
            await connection.close()
            raise
        return database

    async def _migrate(self) -> None:
        async def work(connection: aiosqlite.Connection) -> None:
            await connection.execute("BEGIN IMMEDIATE")  # changes of the schema do not begin one
            cursor = await connection.execute("PRAGMA user_version")
            row = await cursor.fetchone()
            for number in range(row[0] if row else 0, len(MIGRATIONS)):
                for statement in _statements(MIGRATIONS[number]):
                    await connection.execute(statement)
                await connection.execute(f"PRAGMA user_version={number + 1}")

        await self.transaction(work)

    async def transaction(self, work: Callable[[aiosqlite.Connection], Awaitable[T]]) -> T:
        """Runs ``work`` in one transaction; durable when this returns, undone when it raises.

        Cancelled while it commits, it may be either. Its first change begins it: what it reads
        before that holds for all that only this process changes; for anything else it says
        ``BEGIN IMMEDIATE`` first. Each call on the connection is a way to the writer's thread and
        back, dearer than most statements.
        """
        async with self._turn:
            try:
                result = await work(self._connection)
                if self._connection.in_transaction:
                    await self._connection.commit()
            except BaseException:
                # A cancelled caller must not leave the writer inside a transaction.
                await asyncio.shield(self._roll_back())
                raise
            return result

    async def _roll_back(self) -> None:
        # What a cancelled caller asked for last still runs, and this after it: only then is it
        # known whether there is a transaction, and none is no error that may hide the first one.
        with contextlib.suppress(sqlite3.OperationalError):
            await self._connection.execute("ROLLBACK")

    async def rows(self, sql: str, values: Iterable[Any] = ()) -> list[sqlite3.Row]:
        """All rows of a query, outside any transaction of ours that is under way."""
        async with self._turn:
            return list(await self._connection.execute_fetchall(sql, values))

    async def data_version(self) -> int:
        """Changes whenever another process has committed something."""
        return int((await self.rows("PRAGMA data_version"))[0][0])

    async def close(self) -> None:
        async with self._turn:
            await self._connection.close()


def _statements(script: str) -> Iterable[str]:
    """A script's statements one by one, so that a migration is one transaction."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""
