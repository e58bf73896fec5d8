"""When personal data goes: every day what is over, and at once what somebody has erased.

First the household leaves the ledger and the memory, then a snapshot is durable that knows nothing
of it, and only then are its rows deleted: whenever a start comes in between, it needs none of them.
Owns that order; what is deleted is ``deleting``'s, whose is ``released``'s.
"""

import asyncio
import logging
import sqlite3
from collections.abc import Mapping
from typing import Any

from gateway.config import Config
from gateway.core import Core
from gateway.granting import Refused
from gateway.policies import isolation
from gateway.privacy import deleting, past, released
from gateway.privacy.past import Known
from gateway.store import journal, ledgers, snapshot
from gateway.store.database import Database
from rules.moment import DAY, HOUR, Moment

log = logging.getLogger("doorwatch.privacy")
EVERY_S = DAY / 1000
AFTER_START_S = 600.0  # what waits at a start comes first
AGAIN_S = HOUR / 1000  # the clock was not verified, or the disk refused
LOOK_S = 0.05
ASK_EVERY = 100  # looks: a disk that refused the snapshot is asked again


class Purging:
    """The daily one of a gateway."""

    def __init__(self, core: Core, database: Database, config: Config) -> None:
        self._core, self._database, self._config = core, database, config

    async def run(self, after_start_s: float = AFTER_START_S) -> None:
        """Until cancelled. Never raises for what a disk does."""
        await asyncio.sleep(after_start_s)
        while True:
            done = False
            try:
                done = await self.purge()
            except (sqlite3.Error, Refused) as error:
                log.error("purged=no why=%r", str(error))
            await asyncio.sleep(EVERY_S if done else AGAIN_S)

    async def purge(self) -> bool:
        """Whether it could be done: by a clock that nobody vouches for, nothing is erased."""
        core, config = self._core, self._config
        if not core.clock.verified():
            return False
        now, days = core.clock.now(), config.privacy.purge_days
        known = await past.households(self._database)
        over = released.over(known, config.gateway.timezone, days, now)
        before = now - days * DAY
        counts = await _remove(core, self._database, over, before)
        orders = (isolation(r, core.memory.zone) for r in core.memory.ledger.households.values())
        oldest = min((begins for begins, _ in orders), default=now)
        counts.alerts += await deleting.sweep(self._database, before, oldest)
        if over:
            until = max(released.released_at(one, core.memory.zone) for one in over.values())
            await deleting.note(self._database, now, until, counts)
            log.info("purged=yes %s", _said(counts))
        return True


async def erase(
    core: Core, database: Database, household_id: str, *, force: bool = False
) -> dict[str, int]:
    """Everything about one household, now; gives what there was. Raises ``Refused``."""
    known = (await past.households(database)).get(household_id)
    now = core.clock.now()
    if known is None:
        raise Refused(f"there is no household {household_id}, and there was none")
    if released.isolates(known, core.memory.zone, now) and not force:
        raise Refused(
            f"household {household_id} isolates: its door would be watched no longer;"
            " --force erases it all the same"
        )
    counts = await _remove(core, database, {household_id: known}, since=0)
    await deleting.note(database, now, now, counts)
    log.info("erased=yes %s", _said(counts))
    return counts.as_json()


async def _remove(
    core: Core, database: Database, gone: Mapping[str, Known], since: Moment
) -> deleting.Counts:
    """``since``: who was on the roster then or later keeps the name in older ledgers."""
    spans = []
    if gone:
        await _leave_ledger(core, database, gone)
        core.memory.forget(gone)  # time passed for them once more while they left
        last_id = await _without_in_snapshot(core, database)
        spans = await past.spans(database, gone, last_id)
    removing = deleting.Deleting(database, gone, core.clock.now())
    await removing.run(spans, await past.staff(database, since))
    return removing.counts


async def _leave_ledger(core: Core, database: Database, gone: Mapping[str, Any]) -> None:
    version, ledger = await ledgers.latest(database)
    without = released.ledger_without(ledger, gone)
    if without == ledger:
        return
    try:
        version = await ledgers.add(database, without, core.clock.now(), after=version)
    except ledgers.Overtaken:
        raise Refused("somebody imported a ledger just now; nothing was erased, again") from None
    core.memory.forget(gone)
    await core.use(without, version, core.memory.rules)


async def _without_in_snapshot(core: Core, database: Database) -> int:
    """Waits for a snapshot of the memory as it is now; gives the journal's newest row then."""
    last_id, looks = await journal.last_id(database), 0
    while await snapshot.journal_id(database) < last_id:
        if looks % ASK_EVERY == 0:
            core.saving.soon()
            core.wake()
        looks += 1
        await asyncio.sleep(LOOK_S)
    return last_id


def _said(counts: deleting.Counts) -> str:
    return " ".join(f"{key}={value}" for key, value in counts.as_json().items())
