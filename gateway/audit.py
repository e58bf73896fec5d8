"""The self-audit: once a minute, is there an incident that is owed an alert and does not have one?

Compares what the rules say (somebody has to answer) with what the outbox has, by ways of its own.
It mends nothing: it says so in the log, in the metrics, and to ops as a fault of the gateway.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from enum import StrEnum
from typing import Protocol

import aiosqlite

from gateway.alerts.outbox import MAINTENANCE
from gateway.alerts.status import AlertStatus
from gateway.alerts.waiting import Sleep
from gateway.core import Core
from gateway.households import GATEWAY, grid_key
from gateway.incidents import incident_of
from gateway.store import alerts as table
from gateway.store.alerts import AlertRow
from gateway.store.database import Database
from rules import chain
from rules.grid import FaultChanged
from rules.home import Incident, Phase
from rules.local import on_shift
from rules.model import Channel, Kind
from rules.moment import MINUTE, Duration, Moment
from rules.policy import Duty, Step

log = logging.getLogger("doorwatch.audit")
EVERY_S = 60.0
GRACE: Duration = 2 * MINUTE  # from a decision to its row; a busy disk's worst
LONG: Duration = 10 * MINUTE  # a text that its number's budget holds for longer tells nobody
PART = "alerts"  # of the gateway: it fails while there is such an incident

_NEVER_LEFT = frozenset({AlertStatus.FAILED, AlertStatus.STALE, AlertStatus.CANCELLED})
Route = Callable[[Channel, str], Sequence[object]]


class Unsent(StrEnum):
    """What is wrong with an incident."""

    NO_ALERT = "no_alert"  # people are on duty, and there is no alert at all
    NOBODY = "nobody"  # no step of its chain has anybody on duty
    NOT_SENT = "not_sent"  # every alert ended or waits unsent, and there is nobody else to try
    OVERDUE = "overdue"  # the next step is late


class Counts(Protocol):
    """Who counts what is found: ``gateway.metrics``."""

    def unsent(self, now: int, new: int) -> None:
        """So many there are; so many of them were not there a minute ago."""


class Audit:
    """One a gateway."""

    def __init__(
        self,
        database: Database,
        core: Core,
        route: Route,
        counts: Counts,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self._database = database
        self._core = core
        self._route = route
        self._counts = counts
        self._sleep = sleep
        self._suspected: dict[int, Unsent] = {}
        self.found: dict[int, Unsent] = {}  # by incident

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            await self._sleep(EVERY_S)
            try:
                await self.look()
            except Exception:
                log.exception("the self-audit could not look; it looks again in a minute")

    async def look(self) -> None:
        """One round. What is found twice running is believed: no commit takes that long."""
        suspected, self._suspected = self._suspected, await self._suspects()
        before = self.found
        self.found = {key: why for key, why in self._suspected.items() if key in suspected}
        for number in self.found.keys() - before.keys():
            log.error("incident %d is owed an alert: %s", number, self.found[number])
        self._counts.unsent(len(self.found), len(self.found.keys() - before.keys()))
        gateway = self._core.memory.grids.get(grid_key(GATEWAY))
        failed = gateway is not None and any(one.part == PART for one in gateway.faults)
        # That nobody can be told of this very fault is logged; it must not keep itself alive.
        others = any(not self._is_own(number) for number in self.found)
        if others is not failed:
            self._core.note(FaultChanged(PART, others), grid_key(GATEWAY))

    def _is_own(self, incident_id: int) -> bool:
        card = self._core.memory.cards.get(incident_id)
        return card is not None and card.body["kind"] == Kind.GATEWAY_FAULT and card.about == PART

    async def _suspects(self) -> dict[int, Unsent]:
        memory, now = self._core.memory, self._core.clock.now()
        waiting: dict[int, tuple[Incident, Duty]] = {}
        for card in memory.cards.unresolved():
            state = memory.state(card.owner)
            incident = incident_of(state, card.number) if state is not None else None
            if state is not None and incident and incident.phase is Phase.UNANSWERED:
                waiting[card.id] = incident, state.policy

        async def work(connection: aiosqlite.Connection) -> dict[int, list[AlertRow]]:
            return {number: await table.of_incident(connection, number) for number in waiting}

        rows = await self._database.transaction(work)
        found = {
            number: self._why(incident, duty, rows[number], now)
            for number, (incident, duty) in waiting.items()
        }
        return {number: why for number, why in found.items() if why is not None}

    def _why(
        self, incident: Incident, duty: Duty, rows: Sequence[AlertRow], now: Moment
    ) -> Unsent | None:
        if incident.due < now - GRACE:
            return Unsent.OVERDUE
        steps = chain.steps_of(incident, duty)
        begun = incident.next_step > 0 and incident.begun_at <= now - GRACE
        if not begun or not steps:  # it has just begun, or its first step is still to come
            return None
        # Whoever was just told is not told again when a graver chain begins.
        since = incident.begun_at - chain.SAME_CHANNEL
        said = [row for row in rows if row.created_at >= since and row.step != table.RECOVERY]
        if not said:
            served = any(self._people(step, duty, now) for step in steps)
            return Unsent.NO_ALERT if served else Unsent.NOBODY
        if any(self._is_alive(row, now) for row in said):
            return None
        return None if self._others(steps[incident.next_step :], duty, now) else Unsent.NOT_SENT

    def _is_alive(self, row: AlertRow, now: Moment) -> bool:
        """Whether it reached somebody, or is on its way, or waits for what somebody ordered."""
        if row.status == AlertStatus.HELD:
            return row.error == MAINTENANCE or row.next_at <= now + LONG
        return AlertStatus(row.status) not in _NEVER_LEFT

    def _others(self, steps: Sequence[Step], duty: Duty, now: Moment) -> bool:
        """Whether a later step may still reach somebody."""
        people = self._core.memory.ledger.people
        return any(
            person_id in people and self._route(channel, people[person_id].phone)
            for step in steps
            for channel, person_id in self._people(step, duty, now)
        )

    def _people(self, step: Step, duty: Duty, now: Moment) -> list[tuple[Channel, str]]:
        return [
            (channel, person.person_id)
            for role, channel in step.targets
            for person in duty.roster
            if person.role is role and on_shift(person.shifts, now, duty.zone)
        ]
