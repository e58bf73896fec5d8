"""The store: what a transaction promises, which queries read little, and the snapshot's form."""

import asyncio
import json
import sqlite3
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import aiosqlite
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.batch import Batch
from gateway.store import alerts as table
from gateway.store import snapshot
from gateway.store.database import Database
from gateway.store.journal import Row
from tests.support.outbox import START, Clock, Store


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    database = await Database.open(tmp_path / "doorwatch.db")
    yield database
    await database.close()


async def journaled(database: Database) -> int:
    return int((await database.rows("SELECT COUNT(*) FROM journal"))[0][0])


async def test_a_batch_of_which_one_part_fails_leaves_nothing(database: Database) -> None:
    nobody = table.new_row(
        incident_id=1, person_id="P", phone="+1", kind="sms", step=0, text="x", created_at=1
    )
    broken = (*nobody[:2], None, *nobody[3:])  # a person has to be named
    batch = Batch([Row(1, 1, 1), Row(2, 1, 1)], alerts=[nobody, broken])  # type: ignore[list-item]
    with pytest.raises(sqlite3.IntegrityError):
        await database.transaction(batch.write)
    assert await journaled(database) == 0
    batch.alerts = [nobody]
    await database.transaction(batch.write)
    assert await journaled(database) == 2
    assert len(await database.rows("SELECT * FROM alerts")) == 1


@pytest.mark.parametrize("turns", range(12))
async def test_a_transaction_cancelled_anywhere_lets_the_next_one_through(
    database: Database, turns: int
) -> None:
    given_up = asyncio.create_task(database.transaction(Batch([Row(1, 1, 1)]).write))
    for _ in range(turns):
        await asyncio.sleep(0)
    given_up.cancel()
    await asyncio.gather(given_up, return_exceptions=True)
    await database.transaction(Batch([Row(2, 1, 1)]).write)
    assert await database.rows("SELECT id FROM journal WHERE id = 2")


async def test_only_what_changes_something_takes_the_write_lock(
    database: Database, tmp_path: Path
) -> None:
    other = await Database.open(tmp_path / "doorwatch.db")
    try:

        async def work(connection: aiosqlite.Connection) -> int:
            await table.backlog(connection)
            await other.transaction(Batch([Row(1, 1, 1)]).write)  # nobody stands in its way
            return 1

        assert await database.transaction(work) == 1
    finally:
        await other.close()


READS: list[Callable[[aiosqlite.Connection], Awaitable[Any]]] = [
    lambda c: anext(aiter(table.waiting(c)), None),
    lambda c: table.in_status(c, "sending"),
    lambda c: table.in_status(c, "accepted", "sent", since=1),
    table.backlog,
]


@pytest.mark.parametrize("read", READS)
async def test_what_is_over_is_not_read_again(
    tmp_path: Path, read: Callable[[aiosqlite.Connection], Awaitable[Any]]
) -> None:
    """These run all the time, or at every start; alerts that are over pile up for weeks."""
    asked: list[str] = []
    async with aiosqlite.connect(tmp_path / "doorwatch.db") as connection:
        await (await Database.open(tmp_path / "doorwatch.db")).close()
        await connection.set_trace_callback(asked.append)
        await read(connection)
        await connection.set_trace_callback(None)  # type: ignore[arg-type]
        plan = await connection.execute_fetchall(f"EXPLAIN QUERY PLAN {asked[-1]}")
    said = " ".join(str(row[3]) for row in plan)
    assert "USING INDEX alerts_under_way" in said, said
    assert "SCAN" not in said, said


async def test_what_waits_is_told_to_the_last_and_in_order(tmp_path: Path) -> None:
    store = await Store.open(tmp_path / "doorwatch.db", Clock())
    try:
        for number in range(3 * table.CHUNK + 1):
            await store.add(START - number)

        async def work(connection: aiosqlite.Connection) -> list[int]:
            return [row.next_at async for row in table.waiting(connection)]

        found = await store.database.transaction(work)
        assert found == sorted(START - number for number in range(3 * table.CHUNK + 1))
    finally:
        await store.close()


LEAF = st.none() | st.integers() | st.text(max_size=5)
ENTRIES = st.dictionaries(st.text(max_size=5), st.lists(LEAF, max_size=3), max_size=7)


@given(st.dictionaries(st.text(max_size=5), LEAF | ENTRIES, min_size=1, max_size=5))
def test_a_snapshot_written_in_pieces_is_the_document(document: dict[str, Any]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(snapshot, "PIECE", 2)
        assert json.loads(zlib.decompress(snapshot.packed(document))) == document
