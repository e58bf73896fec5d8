"""When the memory is written down beside the journal, so that a start replays only the rest."""

import asyncio
import sqlite3
from collections.abc import Callable, Mapping
from typing import Any

from gateway.memory import Memory
from gateway.memory_document import document
from gateway.store import snapshot
from gateway.store.database import Database
from gateway.watch import Watch
from rules.moment import Moment

SNAPSHOT_EVERY = 20_000  # journal rows at least; a start replays them: 10-20 µs each on a PC


class Saving:
    """One snapshot at a time. ``rows``: journal rows since the last."""

    def __init__(self, database: Database, memory: Memory, watch: Watch) -> None:
        self._database = database
        self._memory = memory
        self._watch = watch
        self._task: asyncio.Task[None] | None = None
        self.rows = 0
        self._soon = False
        self.descriptions: Callable[[], Mapping[str, str]] = dict  # kept with each snapshot

    def soon(self) -> None:
        """Another one at the next occasion, however little there is to save."""
        self._soon = True

    def if_due(self, last_id: int, at: Moment) -> None:
        """Begins one if there is enough to save. ``last_id``: the newest committed row."""
        # A home costs half as much to write down as a reading does: some of them each come first.
        enough = self.rows >= max(SNAPSHOT_EVERY, 4 * len(self._memory.homes))
        if self._task is None and (enough or self._soon):
            self._soon = False
            saving = self._beside(last_id, at, self._document(None))
            self._task = asyncio.create_task(saving, name="snapshot")

    async def now(self, last_id: int, at: Moment, last_contact: int | None = None) -> None:
        """One that is durable when this returns; no commit may be under way."""
        if self._task is not None:
            await self._task
        await self._save(last_id, at, self._document(last_contact))

    def _document(self, last_contact: int | None) -> dict[str, Any]:
        found = document(self._memory)
        found["last_contact"] = last_contact
        found["descriptions"] = dict(self.descriptions())
        self.rows = 0
        return found

    async def _save(self, last_id: int, at: Moment, document: dict[str, Any]) -> None:
        body = await asyncio.to_thread(snapshot.packed, document)  # readings go on meanwhile
        await self._database.transaction(lambda c: snapshot.save(c, last_id, at, body))

    async def _beside(self, last_id: int, at: Moment, document: dict[str, Any]) -> None:
        try:
            await self._save(last_id, at, document)
        except sqlite3.Error as error:  # the next start replays more, no worse
            self._watch.store_failed(error)
        finally:
            self._task = None
