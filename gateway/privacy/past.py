"""What earlier ledgers say: which household had which sensor while which journal rows were written.

Reads every version, one at a time and in a thread: a large one takes a moment.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Collection, Iterator
from typing import Any, NamedTuple

from gateway.coverage.table import EVENTS
from gateway.store.database import Database
from gateway.store.journal import Entry, Row, ledger_of
from rules.moment import NEVER, Moment

Document = dict[str, list[dict[str, Any]]]
"""A version of the ledger as it is stored: rows by table."""


class Version(NamedTuple):
    """One stored version."""

    number: int
    at: Moment
    document: Document


class Span(NamedTuple):
    """Journal rows after ``after`` up to ``until`` were written under one ledger."""

    after: int
    until: int
    sensors: dict[str, str]  # household by sensor, of the households asked about


async def versions(database: Database) -> AsyncIterator[Version]:
    """All of them, oldest first."""
    numbers = await database.rows("SELECT version FROM ledger ORDER BY version")
    for (number,) in numbers:
        rows = await database.rows("SELECT at, body FROM ledger WHERE version = ?", (number,))
        if rows:
            at, body = rows[0]
            yield Version(number, at, await asyncio.to_thread(json.loads, body))


async def spans(database: Database, households: Collection[str], last_id: int) -> list[Span]:
    """Up to ``last_id``, in order and without a hole."""
    sensors = {
        version.number: dict(_sensors(version.document, households))
        async for version in versions(database)
    }
    rows = await database.rows(
        f"SELECT * FROM journal WHERE {EVENTS} AND kind = ? AND id <= ? ORDER BY id",  # noqa: S608  our own text
        (Entry.LEDGER, last_id),
    )
    found, after, held = [], 0, dict[str, str]()
    for row in rows:
        number, _ = ledger_of(Row(*row))
        found.append(Span(after, row["id"], held))
        after, held = row["id"], sensors.get(number, {})
    return [*found, Span(after, last_id, held)]


class Known(NamedTuple):
    """What the ledgers tell of one household."""

    newest: dict[str, Any]  # its row, as the last ledger with it has it
    left_at: Moment  # when a ledger came without it; NEVER: it is in the newest
    addresses: frozenset[str]


async def households(database: Database) -> dict[str, Known]:
    """Everyone who is in any stored version."""
    found: dict[str, Known] = {}
    async for version in versions(database):
        rows = {row["household_id"]: row for row in version.document.get("households", ())}
        for key, known in found.items():
            if key not in rows and known.left_at == NEVER:
                found[key] = known._replace(left_at=version.at)
        for key, row in rows.items():
            before = found[key].addresses if key in found else frozenset()
            found[key] = Known(row, NEVER, before | {row["address"]})
    return found


def _sensors(document: Document, households: Collection[str]) -> Iterator[tuple[str, str]]:
    for row in document.get("sensors", ()):
        if row["household_id"] in households:
            yield row["sensor_id"], row["household_id"]


async def staff(database: Database, since: Moment) -> set[str]:
    """Everybody who was on the roster at ``since`` or later."""
    found: set[str] = set()
    before: set[str] = set()
    async for version in versions(database):
        if version.at > since:
            found |= before  # its predecessor held until then
        before = {row["person_id"] for row in version.document.get("people", ())}
    return found | before


async def purged_until(database: Database) -> Moment:
    """The newest moment of which something was purged or erased; 0: nothing ever was."""
    rows = await database.rows("SELECT COALESCE(MAX(until), 0) FROM purges")
    return int(rows[0][0])
