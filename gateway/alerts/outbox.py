"""The life of an alert: which status may follow which, and how a step of it becomes durable.

Every step is one UPDATE guarded by the status that was expected, committed before anything
else is done. Knows no provider and no clock. Steps that wait for the disk together are
committed together: a card wears by commits.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import aclosing
from typing import NamedTuple, Protocol, TypeVar

import aiosqlite

from gateway.alerts.overtaken import is_overtaken
from gateway.alerts.provider import Progress
from gateway.alerts.status import FOLLOWERS, NEVER_SENT, AlertStatus
from gateway.maintenance import WORD
from gateway.store import alerts as table
from gateway.store.alerts import AlertRow, NewRow, Step
from rules.moment import MINUTE, Duration, Moment

T = TypeVar("T")


OTHER_WAY = "other_way"
MAINTENANCE = WORD
# Between two alerts of one step to one person, and what RULES calls the same channel twice.
SAME_STEP: Duration = 2 * MINUTE


def advanced(row: AlertRow, progress: Progress, now: Moment) -> AlertRow | None:
    """``row`` with what the provider says of it; None when that is nothing new or older."""
    status = AlertStatus(progress.status.value)
    if status not in FOLLOWERS[AlertStatus(row.status)]:
        return None
    arrived = row.delivered_at
    if status in (AlertStatus.DELIVERED, AlertStatus.ANSWERED):
        # Their clock says when, ours bounds it: we only hear of it at the next question.
        earliest = row.accepted_at or row.handed_at or 0
        arrived = min(now, max(progress.updated_at or now, earliest))
    return row._replace(
        status=status.value,
        provider_id=progress.provider_id,
        accepted_at=row.accepted_at or arrived or now,  # found after a crash: it was before that
        delivered_at=arrived,
        error=progress.error,
    )


class Write(Protocol):
    """Runs work in one transaction of the store's single writer, durable when it returns."""

    async def __call__(self, work: Callable[[aiosqlite.Connection], Awaitable[T]], /) -> T: ...


class _Move(NamedTuple):
    step: Step
    done: asyncio.Future[bool]


class Change(NamedTuple):
    """What becomes of a row that wants to leave.

    ``ways``: rather than becoming ``new`` it is said by the first of these that may still reach
    the person; ``new`` is for when none may.
    """

    row: AlertRow
    new: AlertRow
    ways: Sequence[NewRow] = ()


class Claimed(NamedTuple):
    changed: list[AlertRow]  # as they are now
    left: bool  # something is due that has to wait for another
    next_at: Moment | None  # when the next row falls due, if every one that is due was seen
    unheard: Sequence[AlertRow] = ()  # they wait, and nobody else is told of their incident


class Outbox:
    """The rows of ``alerts``, changed only along ``FOLLOWERS``."""

    def __init__(self, write: Write) -> None:
        self._write = write
        self._moves: list[_Move] = []
        self._flushing: asyncio.Task[None] | None = None

    async def move(self, old: AlertRow, new: AlertRow) -> bool:
        """Make ``new`` durable in place of ``old``; False when the row is no longer as ``old``.

        Whatever the store raises is raised here, and the row is as it was.
        """
        check_step(old, new)
        done: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._moves.append(_Move(Step(old.status, new), done))
        if self._flushing is None or self._flushing.done():
            self._flushing = asyncio.create_task(self._flush(), name="outbox")
        return await done

    async def flushed(self) -> None:
        """Wait until nothing is being committed: call it before the store is closed."""
        if self._flushing is not None:
            await asyncio.wait([self._flushing])

    async def claim(
        self,
        now: Moment,
        decide: Callable[[AlertRow, bool], AlertRow | None],
        more: Callable[[], bool],
        allot: Callable[[], Sequence[Change]],
        *,
        overdue_before: Moment,
    ) -> Claimed:
        """Let ``decide`` say what becomes of the rows that are due, in one commit.

        It gets a row and whether a newer alert overtook it (asked only of rows created before
        ``overdue_before``), and gives the row's next state, None to leave it, or the row itself:
        of those ``allot`` says what becomes of them together. Goes on while ``more`` says so.
        """

        async def work(connection: aiosqlite.Connection) -> Claimed:
            steps: list[Step] = []

            async def claimed(*, left: bool, next_at: Moment | None) -> Claimed:
                unheard = await _take_changes(connection, allot(), steps)
                await table.write(connection, steps)
                return Claimed([step.row for step in steps], left, next_at, unheard)

            left = False
            async with aclosing(table.waiting(connection)) as waiting:
                async for row in waiting:
                    if row.next_at > now:
                        return await claimed(left=left, next_at=row.next_at)
                    if not more():
                        left = True
                        break
                    old = row.created_at < overdue_before
                    new = decide(row, await is_overtaken(connection, row, old=old))
                    if new is None:
                        left = True
                    elif new is not row:
                        check_step(row, new)
                        steps.append(Step(row.status, new))
            return await claimed(left=left, next_at=None)

        return await self._write(work)

    async def in_status(self, statuses: Iterable[AlertStatus], since: Moment = 0) -> list[AlertRow]:
        words = [status.value for status in statuses]
        return await self._write(lambda c: table.in_status(c, *words, since=since))

    async def handed_since(self, since: Moment) -> list[AlertRow]:
        """What a provider got, or may have got, at ``since`` or later."""
        return await self._write(lambda c: table.handed_since(c, since))

    async def carried_since(self, since: Moment) -> list[AlertRow]:
        """What was created at ``since`` or later and is said by an alert that is not known to
        have arrived; then those alerts."""

        async def work(connection: aiosqlite.Connection) -> list[AlertRow]:
            riders = await table.merged_since(connection, since)
            carriers = {row.merged_into for row in riders if row.merged_into is not None}
            return riders + await table.by_id(connection, sorted(carriers))

        return await self._write(work)

    async def again(self, ids: Sequence[int], now: Moment) -> list[AlertRow]:
        """Let those of ``ids`` that are held or merged want to leave now; gives them back."""

        async def work(connection: aiosqlite.Connection) -> list[AlertRow]:
            waited = (AlertStatus.HELD, AlertStatus.MERGED)
            found = await table.by_id(connection, ids)
            steps = [
                Step(
                    row.status,
                    row._replace(
                        status=AlertStatus.PENDING.value,
                        next_at=now,
                        error=row.error if row.error == MAINTENANCE else None,  # to say it is late
                        merged_into=None,
                    ),
                )
                for row in found
                if row.status in waited
            ]
            await table.write(connection, steps)
            return [step.row for step in steps]

        return await self._write(work)

    async def known_ids(self, phone: str, provider: str) -> frozenset[str]:
        return await self._write(lambda c: table.known_ids(c, phone, provider))

    async def _flush(self) -> None:
        """Commit all that waits; what comes meanwhile waits for the next commit."""
        while self._moves:
            moves, self._moves = self._moves, []

            async def work(
                connection: aiosqlite.Connection, moves: list[_Move] = moves
            ) -> list[bool]:
                return await table.update(connection, [move.step for move in moves])

            try:
                results = await self._write(work)
            except BaseException as error:
                for move in moves:
                    if not move.done.done():
                        move.done.set_exception(
                            error if isinstance(error, Exception) else RuntimeError("store closed")
                        )
                if not isinstance(error, Exception):
                    raise
            else:
                for move, result in zip(moves, results, strict=True):
                    if not move.done.done():
                        move.done.set_result(result)


async def _take_changes(
    connection: aiosqlite.Connection, changes: Iterable[Change], steps: list[Step]
) -> list[AlertRow]:
    """Add the steps of ``changes``; gives back those that wait while nobody hears of them."""
    unheard = []
    for row, new, ways in changes:
        step = new
        for way in ways:
            teller = await _teller(connection, row, way)
            if teller is not None:
                step = merged(row, teller, OTHER_WAY)
                break
        check_step(row, step)
        steps.append(Step(row.status, step))
        waits = step.status == AlertStatus.HELD and step.error != MAINTENANCE
        waits = waits and row.incident_id is not None
        if waits and not await table.told_otherwise(connection, row):
            unheard.append(step)
    return unheard


async def _teller(connection: aiosqlite.Connection, row: AlertRow, way: NewRow) -> int | None:
    """The alert that says ``row`` in another way: one that is there, or ``way``, added now.

    None: that way has failed already.
    """
    kind = table.kind_of(way)
    for other in await table.said_by(connection, row, kind, row.created_at - SAME_STEP):
        if other.status == AlertStatus.FAILED:
            return None
        if AlertStatus(other.status) not in NEVER_SENT:
            return other.id
    cursor = await connection.execute(table.INSERT, way)
    return cursor.lastrowid


def merged(row: AlertRow, teller: int, why: str) -> AlertRow:
    """``row``, said by the alert ``teller``."""
    said = f"{why}: by alert {teller}"
    return row._replace(status=AlertStatus.MERGED.value, merged_into=teller, error=said)


def check_step(old: AlertRow, new: AlertRow) -> None:
    """Raise ``ValueError`` if ``new`` may not follow ``old``. The same status may: a note."""
    same = old.status == new.status
    if not same and AlertStatus(new.status) not in FOLLOWERS[AlertStatus(old.status)]:
        raise ValueError(f"an alert cannot become {new.status} after {old.status}")
