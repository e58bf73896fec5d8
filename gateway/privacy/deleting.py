"""What is taken out of the store: rows by rows, in small transactions, and overwritten on the disk.

Decides nothing: it is told whose. Alerts that are still on their way are left to the next purge.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import aiosqlite

from gateway.alerts.status import ENDS
from gateway.incident_json import without
from gateway.privacy.past import Known, Span, versions
from gateway.privacy.released import document_without
from gateway.store.database import Database
from gateway.store.journal import Entry
from rules.moment import DAY, Duration, Moment

IDS = 2_000  # journal rows looked at in one transaction: a few ms in which no reading is committed
PAUSE_S = 0.02  # between two of them: readings come first

_OVER = ", ".join(f"'{status}'" for status in sorted(ENDS | {"merged"}))
_ENDED = f"(status IN ({_OVER}) OR created_at < ?)"
ON_ITS_WAY: Duration = 2 * DAY  # after that no alert goes anywhere, whatever its status says
_AMONG = "IN (SELECT value FROM json_each(?))"  # however many: SQLite binds 32,766 values at most
Work = Callable[[aiosqlite.Connection], Awaitable[int]]


@dataclass(slots=True)
class Counts:
    """What was there and is no more. ``newest_…``: ids that are never given again."""

    households: int = 0
    journal: int = 0
    incidents: int = 0
    alerts: int = 0
    passes: int = 0
    gaps: int = 0
    newest_incident: int = 0
    newest_pass: int = 0

    def as_json(self) -> dict[str, int]:
        return {key: value for key, value in asdict(self).items() if key[:6] != "newest"}


class Deleting:
    """One purge or erasure of ``gone``; ``counts`` grows with it."""

    def __init__(self, database: Database, gone: Mapping[str, Known], now: Moment) -> None:
        self._database = database
        self._over = now - ON_ITS_WAY  # for ``_ENDED``
        self._gone = gone
        self._ids = _compact([*gone])  # for ``_AMONG``
        self.counts = Counts(households=len(gone))

    async def run(self, spans: Iterable[Span], staff: set[str]) -> None:
        """All of it but the noting. ``staff``: whose names older ledgers may keep."""
        if self._gone:
            await self._once(self._newest)
            for span in spans:
                await self._journal(span)
            await self._once(self._incidents)
            await self._once(self._shared)
            self.counts.passes = await self._once(self._of("passes", "household_id"))
            self.counts.gaps = await self._once(self._of("gaps", "subject"))
            await self._once(self._elsewhere)
        async for version in versions(self._database):
            rest = document_without(version.document, self._gone, staff)
            if rest != version.document:
                text = await asyncio.to_thread(_compact, rest)
                await self._once(_rewriting(version.number, text))

    async def _once(self, work: Work) -> int:
        async def overwriting(connection: aiosqlite.Connection) -> int:
            await connection.execute("PRAGMA secure_delete=ON")  # what is deleted becomes zeros
            return await work(connection)

        found = await self._database.transaction(overwriting)
        await asyncio.sleep(PAUSE_S)
        return found

    async def _newest(self, connection: aiosqlite.Connection) -> int:
        for table, name in (("incidents", "newest_incident"), ("passes", "newest_pass")):
            query = f"SELECT COALESCE(MAX(id), 0) FROM {table}"  # noqa: S608  our own names
            [(newest,)] = await connection.execute_fetchall(query)
            setattr(self.counts, name, newest)
        return 0

    # -- the journal -------------------------------------------------------------------------

    async def _journal(self, span: Span) -> None:
        """Rows of one ledger's time: a sensor belonged to the household that had it then."""
        subjects, sensors = _compact([*self._gone, *span.sensors]), _compact([*span.sensors])
        for after in range(span.after, span.until, IDS):
            piece = after, min(after + IDS, span.until)

            async def work(connection: aiosqlite.Connection, piece: tuple[int, int] = piece) -> int:
                gone = await connection.execute(
                    f"DELETE FROM journal WHERE id > ? AND id <= ? AND (subject {_AMONG}"  # noqa: S608  our own text
                    f" OR kind = ? AND json_extract(body, '$[0]') {_AMONG})",
                    (*piece, subjects, Entry.LOST, sensors),
                )
                if span.sensors:
                    await self._unhear(connection, piece, span.sensors)
                return gone.rowcount

            self.counts.journal += await self._once(work)

    @staticmethod
    async def _unhear(
        connection: aiosqlite.Connection, piece: tuple[int, int], sensors: Collection[str]
    ) -> None:
        """Rows that say which sensors lived: these did not."""
        rows = await connection.execute_fetchall(
            "SELECT id, body FROM journal WHERE id > ? AND id <= ? AND kind = ?",
            (*piece, Entry.HEARD),
        )
        changed = []
        for number, body in rows:
            heard = json.loads(body or "{}")
            if not heard.keys().isdisjoint(sensors):
                left = {key: value for key, value in heard.items() if key not in sensors}
                changed.append((_compact(left), number))
        await connection.executemany("UPDATE journal SET body = ? WHERE id = ?", changed)

    # -- what people see ---------------------------------------------------------------------

    async def _incidents(self, connection: aiosqlite.Connection) -> int:
        """Their own."""
        rows = await connection.execute_fetchall(
            f"SELECT id FROM incidents WHERE household_id {_AMONG}",  # noqa: S608  our own text
            (self._ids,),
        )
        return await self._drop(connection, [row[0] for row in rows])

    async def _drop(self, connection: aiosqlite.Connection, numbers: list[int]) -> int:
        """Incidents, and what was sent about them."""
        ids = _compact(numbers)
        alerts = await connection.execute(
            f"DELETE FROM alerts WHERE incident_id {_AMONG} AND {_ENDED}",  # noqa: S608  our own
            (ids, self._over),
        )
        await connection.execute(f"DELETE FROM incidents WHERE id {_AMONG}", (ids,))  # noqa: S608
        self.counts.alerts += alerts.rowcount
        self.counts.incidents += len(numbers)
        return len(numbers)

    async def _shared(self, connection: aiosqlite.Connection) -> int:
        """A grid's incident stays if it is about others too, and names these no longer; nor does
        any text."""
        rows = await connection.execute_fetchall(
            "SELECT id, body FROM incidents WHERE household_id LIKE 'grid:%'"
        )
        changed, dropped = [], []
        for number, body in rows:
            before = json.loads(body)
            if self._gone.keys().isdisjoint(before.get("household_ids", ())):
                continue
            after = without(before, self._gone)
            if after["household_ids"]:
                changed.append((_compact(after), number))
            else:
                dropped.append(number)
        await self._drop(connection, dropped)
        await connection.executemany("UPDATE incidents SET body = ? WHERE id = ?", changed)
        blank = f"UPDATE alerts SET text = '' WHERE {_ENDED} AND "  # noqa: S608  our own text
        shared = [(self._over, number) for _, number in changed]
        await connection.executemany(f"{blank} incident_id = ?", shared)
        addresses = {address for known in self._gone.values() for address in known.addresses}
        told = [(self._over, address) for address in addresses]
        await connection.executemany(f"{blank} instr(text, ?)", told)
        return len(changed)

    def _of(self, table: str, column: str) -> Work:
        async def work(connection: aiosqlite.Connection) -> int:
            sql = f"DELETE FROM {table} WHERE {column} {_AMONG}"  # noqa: S608  our own names
            return int((await connection.execute(sql, (self._ids,))).rowcount)

        return work

    async def _elsewhere(self, connection: aiosqlite.Connection) -> int:
        """What was asked about them, their own page's key, the trials of their sensors; who looked
        at their record is nobody's business any more."""
        for sql in (
            f"DELETE FROM requests WHERE answer IS NOT NULL"  # noqa: S608  our own text
            f" AND json_extract(body, '$.household') {_AMONG}",
            f"DELETE FROM resident_tokens WHERE household_id {_AMONG}",  # noqa: S608
            f"DELETE FROM installations WHERE household_id {_AMONG}",  # noqa: S608
            f"UPDATE audit SET subject = NULL, detail = '' WHERE subject {_AMONG}",  # noqa: S608
        ):
            await connection.execute(sql, (self._ids,))
        return 0


def _rewriting(number: int, text: str) -> Work:
    async def work(connection: aiosqlite.Connection) -> int:
        await connection.execute("UPDATE ledger SET body = ? WHERE version = ?", (text, number))
        return 1

    return work


async def sweep(database: Database, before: Moment, oldest_order: Moment) -> int:
    """What is of nobody in particular and older than ``before``: alerts about nothing any more,
    replies, requests, gaps of before ``oldest_order`` (all but the newest of each cause)."""

    async def work(connection: aiosqlite.Connection) -> int:
        await connection.execute("PRAGMA secure_delete=ON")
        alerts = await connection.execute(
            f"DELETE FROM alerts WHERE created_at < ? AND {_ENDED} AND (incident_id IS NULL OR"  # noqa: S608
            " incident_id NOT IN (SELECT id FROM incidents))",
            (before, before),
        )
        await connection.execute(
            "DELETE FROM replies WHERE at < ? AND at < (SELECT MAX(at) FROM replies)", (before,)
        )
        await connection.execute(
            "DELETE FROM requests WHERE at < ? AND answer IS NOT NULL"
            " AND json_extract(body, '$.do') <> 'trust_clock'",
            (before,),
        )
        await connection.execute(
            "DELETE FROM gaps WHERE subject IS NULL AND until < ? AND id NOT IN"
            " (SELECT MAX(id) FROM gaps GROUP BY cause, subject)",
            (min(before, oldest_order),),
        )
        return int(alerts.rowcount)

    return await database.transaction(work)


async def note(database: Database, at: Moment, until: Moment, counts: Counts) -> None:
    """That it was done; then what was overwritten leaves the write-ahead log, too."""
    values = at, until, json.dumps(asdict(counts))
    await database.transaction(
        lambda c: c.execute("INSERT INTO purges (at, until, body) VALUES (?, ?, ?)", values)
    )
    await database.rows("PRAGMA wal_checkpoint(TRUNCATE)")


def _compact(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
