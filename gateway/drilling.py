"""When a drill begins, opens its door and ends; and the drills of each month.

The door's readings go to the core as a driver's do, and from there by the way of every other: the
same rules, commit, outbox and provider. What a drill has come to is read off its home, so that a
restart changes nothing. Owns no decision of the rules and no text.
"""

import asyncio
import logging
import sqlite3
from functools import partial

from drivers.reading import Decoded, Delivery, Reading, nothing
from gateway import drill
from gateway.config.tables import Drill
from gateway.core import Core
from gateway.store.database import Database
from gateway.store.journal import DrillChanged
from rules.home import Home
from rules.local import instant, local
from rules.model import Door
from rules.moment import HOUR, MINUTE, NEVER, Duration, Moment

log = logging.getLogger("doorwatch.drill")
LOOK_S = 0.25  # how soon a drill that was asked for opens its door, and an answer ends it
MONTHLY_LOOK: Duration = MINUTE
MADE_UP: Duration = 4 * HOUR
"""A month's drill that could not begin at its hour (the gateway was down, somebody was needed for
a real door) begins within so long after it, on that day or a later one of the month."""


class Drilling:
    """One a gateway, while it runs."""

    def __init__(self, core: Core, database: Database, monthly: Drill) -> None:
        self._core = core
        self._database = database
        self._monthly = monthly
        self._opened: dict[str, Moment] = {}  # doors that this process has opened
        self._begun: set[tuple[str, Moment]] = set()  # grids and the month of their drill
        self._look_at: Moment = 0 if monthly.day else NEVER

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            try:
                await self.look()
            except sqlite3.Error as error:
                log.error("the drills wait: %s", error)
            await asyncio.sleep(LOOK_S)

    async def look(self) -> None:
        """What there is to do now."""
        now = self._core.clock.now()
        for key, home in list(self._core.memory.drills.items()):
            await self._go_on(key, home, now)
        if now >= self._look_at:
            self._look_at = now + MONTHLY_LOOK
            grid_id = await self._due(now)
            if grid_id is not None:
                await self._core.ask(None, DrillChanged(grid_id, True, drill.SOURCE))

    async def _go_on(self, key: str, home: Home, now: Moment) -> None:
        incident, opening = home.incident, home.opening
        if incident is None:
            if key not in self._opened:
                self._opened[key] = now
                self._open(key)
            over = now - self._opened[key] >= drill.LIMIT  # it was never raised
        else:
            over = _is_over(home, now)
            if opening and opening.closed_at is None and key not in self._opened:
                self._opened[key] = now
                self._say(key, Door.CLOSED)  # the run before this one did not come to it
        if over:
            self._opened.pop(key, None)
            grid_id = drill.grid_of(key)
            await self._core.ask(None, DrillChanged(grid_id, False, drill.SOURCE))

    def _open(self, key: str) -> None:
        """It opens, and once that is durable it closes. A sensor's first word is no opening."""
        self._say(key, Door.CLOSED)
        reading = self._reading(key, Door.OPEN)
        self._core.submit(Delivery(reading, partial(self._say, key, Door.CLOSED)))

    def _say(self, key: str, door: Door) -> None:
        self._core.submit(Delivery(self._reading(key, door), nothing))

    def _reading(self, key: str, door: Door) -> Reading:
        now = self._core.clock.now()
        return Reading(drill.SOURCE, drill.SOURCE, key, Decoded(door=door), now)

    # -- each month --------------------------------------------------------------------------

    async def _due(self, now: Moment) -> str | None:
        """The grid whose drill of this month is to begin; None: none, or not now."""
        memory, monthly = self._core.memory, self._monthly
        today = local(now, memory.zone).date()
        at = instant(today, monthly.at, memory.zone)
        if today.day < monthly.day or not at <= now < at + MADE_UP or memory.drills:
            return None  # one after the other: an answer without a code stays clear
        month = instant(today.replace(day=1), 0, memory.zone)
        rows = await self._database.rows(
            "SELECT DISTINCT household_id FROM incidents WHERE household_id >= ?"
            " AND household_id < ? AND raised_at >= ?",
            (*drill.KEYS, month),
        )
        done = {drill.grid_of(row["household_id"]) for row in rows}
        busy = {card.body["grid_id"] for card in memory.cards.unresolved() if card.state == "open"}
        for grid_id in memory.ledger.grids:
            if grid_id not in done | busy and (grid_id, month) not in self._begun:
                self._begun.add((grid_id, month))
                return grid_id
        return None


def _is_over(home: Home, now: Moment) -> bool:
    """Somebody has answered, or nobody will."""
    incident = home.incident
    assert incident is not None
    answered = bool(incident.acknowledged_by or incident.resolved_by)
    return answered or now - incident.raised_at >= drill.LIMIT
