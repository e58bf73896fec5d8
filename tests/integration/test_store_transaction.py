"""A caller that is cancelled in the middle of a transaction leaves the store fit for the next."""

import asyncio
from pathlib import Path

import aiosqlite

from gateway.store.database import Database


async def test_wherever_it_is_cancelled(tmp_path: Path) -> None:
    database = await Database.open(tmp_path / "doorwatch.db")

    async def note(connection: aiosqlite.Connection) -> None:
        await connection.execute("INSERT INTO replies VALUES (lower(hex(randomblob(8))), 1)")

    ended: list[BaseException | None] = []
    for turns in range(60):  # the loop goes round about so often in one transaction
        for _ in range(3):
            task = asyncio.create_task(database.transaction(note))
            for _ in range(turns):
                await asyncio.sleep(0)
            task.cancel()
            ended += await asyncio.gather(task, return_exceptions=True)
    before = len(await database.rows("SELECT 1 FROM replies"))
    await database.transaction(note)
    after = len(await database.rows("SELECT 1 FROM replies"))
    await database.close()
    cancelled = [end for end in ended if isinstance(end, asyncio.CancelledError)]
    assert cancelled
    assert len(cancelled) + ended.count(None) == len(ended)  # and nothing else is ever raised
    assert after == before + 1
