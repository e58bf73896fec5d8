"""What one commit holds: rows for the disk, gathered while inputs are applied. Decides nothing."""

import asyncio
from dataclasses import dataclass, field

import aiosqlite

from gateway import incidents, passes
from gateway.households import Said
from gateway.incidents import Card
from gateway.passes import Pass
from gateway.store import journal
from gateway.store.alerts import INSERT as INSERT_ALERT
from gateway.store.alerts import NewRow
from gateway.store.journal import Row
from rules.grid import Grid
from rules.grid.digest import is_late_for
from rules.moment import Moment
from rules.said import DigestDue


@dataclass(slots=True)
class Batch:
    """Everything one commit holds."""

    journal: list[Row] = field(default_factory=list)
    cards: list[Card] = field(default_factory=list)
    passes: list[Pass] = field(default_factory=list)
    alerts: list[NewRow] = field(default_factory=list)
    answers: list[tuple[str, int]] = field(default_factory=list)  # (answer, request id)
    # Reached; since the reading; when (None: once it is durable).
    stages: list[tuple[str, Moment, Moment | None]] = field(default_factory=list)
    digests: list[tuple[str, DigestDue]] = field(default_factory=list)  # of which grid

    def note_digests(self, said: Said, now: Moment) -> None:
        """The digest that a step said is due, if it is not too late for it."""
        state, out = said
        if isinstance(state, Grid):
            for one in out:
                if isinstance(one, DigestDue) and not is_late_for(one, state.policy, now):
                    self.digests.append((state.policy.grid_id, one))

    def __bool__(self) -> bool:
        return bool(self.journal or self.cards or self.alerts or self.answers)

    async def write(self, connection: aiosqlite.Connection) -> None:
        """All of it handed to the writer's thread together; if one fails, all is undone."""
        tables = (
            (journal.INSERT, self.journal),
            (incidents.UPSERT, [card.row() for card in self.cards]),
            (passes.UPSERT, [one.row() for one in self.passes]),
            (INSERT_ALERT, self.alerts),
            ("UPDATE requests SET answer=? WHERE id=?", self.answers),
        )
        await asyncio.gather(*(connection.executemany(sql, rows) for sql, rows in tables if rows))
