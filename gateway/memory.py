"""What the running gateway knows: homes, sensors, incidents, under one ledger and its rules.

Owns applying one input, and rebuilding itself from snapshot and journal. Writes nothing: what
an input brings for the disk is gathered in a ``Batch`` that ``gateway.core`` commits.
"""

import asyncio
import heapq
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any
from zoneinfo import ZoneInfo

import aiosqlite

from gateway import incidents
from gateway.alerts import compose
from gateway.incidents import Card, Cards
from gateway.intake import Intake
from gateway.ledger.model import Language, Ledger
from gateway.policies import policies
from gateway.rulesfile import RulesFile
from gateway.store import journal, snapshot
from gateway.store.alerts import INSERT as INSERT_ALERT
from gateway.store.alerts import NewRow
from gateway.store.journal import Row
from rules.home import Home
from rules.model import Note, Noted, Output, Resumed, Tick, Told
from rules.moment import NEVER, Moment
from rules.policy import Policy, PolicyChanged
from rules.step import Input, step


@dataclass(slots=True)
class Batch:
    """Everything one commit holds."""

    journal: list[Row] = field(default_factory=list)
    cards: list[Card] = field(default_factory=list)
    alerts: list[NewRow] = field(default_factory=list)
    answers: list[tuple[str, int]] = field(default_factory=list)  # (answer, request id)
    stages: list[tuple[str, Moment]] = field(default_factory=list)  # reached; since the reading

    def __bool__(self) -> bool:
        return bool(self.journal or self.cards or self.alerts or self.answers)

    async def write(self, connection: aiosqlite.Connection) -> None:
        """All of it handed to the writer's thread together; if one fails, all is undone."""
        tables = (
            (journal.INSERT, self.journal),
            (incidents.UPSERT, [card.row() for card in self.cards]),
            (INSERT_ALERT, self.alerts),
            ("UPDATE requests SET answer=? WHERE id=?", self.answers),
        )
        await asyncio.gather(*(connection.executemany(sql, rows) for sql, rows in tables if rows))


class Memory:
    """All homes, and how inputs change them."""

    def __init__(self, zone: ZoneInfo, language: Language, intake: Intake, cards: Cards) -> None:
        self.zone = zone
        self.language = language
        self.intake = intake
        self.cards = cards
        self.ledger = Ledger.empty()
        self.ledger_version = 0
        self.rules = RulesFile.default()
        self.homes: dict[str, Home] = {}
        self._due: list[tuple[Moment, str]] = []  # a heap; entries overtaken since are skipped

    def use(self, ledger: Ledger, version: int, rules: RulesFile, now: Moment) -> None:
        """From here on this ledger and these rules hold."""
        self.ledger, self.ledger_version, self.rules = ledger, version, rules
        replaced = self.intake.use(ledger)
        found = policies(ledger, rules, self.zone)
        self.homes = {
            household_id: self._under(household_id, policy, replaced, now)
            for household_id, policy in found.items()
        }
        self._due = [(home.due, key) for key, home in self.homes.items() if home.due < NEVER]
        heapq.heapify(self._due)

    def _under(
        self, household_id: str, policy: Policy, replaced: frozenset[str], now: Moment
    ) -> Home:
        home = self.homes.get(household_id)
        if home is None:
            return Home(policy)
        if policy.sensor_ids is not None and policy.sensor_ids & replaced:
            without = policy._replace(sensor_ids=policy.sensor_ids - replaced)
            home, _ = step(home, PolicyChanged(without), now)  # forgets the old device's door
        return step(home, PolicyChanged(policy), now)[0]

    def next_due(self) -> Moment:
        """When time alone changes something next."""
        while self._due:
            due, key = self._due[0]
            home = self.homes.get(key)
            if home is not None and home.due == due:
                return due
            heapq.heappop(self._due)
        return NEVER

    def due_before(self, now: Moment) -> list[str]:
        """The households whose timers ran out before ``now``."""
        found = []
        while self.next_due() < now:
            found.append(heapq.heappop(self._due)[1])
        return found

    def apply(self, household_id: str, given: Input, now: Moment) -> tuple[Home, list[Output]]:
        """One step of one home."""
        before = self.homes[household_id]
        after, out = step(before, given, now)
        self.homes[household_id] = after
        if after.due != before.due and after.due < NEVER:
            heapq.heappush(self._due, (after.due, household_id))
        return after, out

    def apply_to_all(self, given: Tick | Resumed, now: Moment) -> list[tuple[Home, list[Output]]]:
        """Time has passed, or we are back: for the homes that it concerns.

        A tick goes from timer to timer, so that a home is seen as it stood at each of them.
        """
        keys, found = self.due_before(now), []
        for key in keys:
            home = self.homes[key]
            if isinstance(given, Resumed):
                home, out = self.apply(key, given, now)
                found.append((home, out))
            while home.due < now:
                home, out = self.apply(key, Tick(), home.due + 1)
                found.append((home, out))
            if home.due < NEVER:  # taken off the heap above; a second entry does no harm
                heapq.heappush(self._due, (home.due, key))
        return found

    def keep(
        self,
        batch: Batch,
        home: Home,
        out: list[Output],
        now: Moment,
        *,
        clock_verified: Callable[[], bool],
        reading_at: Moment | None = None,
    ) -> Card | None:
        """What a step said, as rows for the disk."""
        household = self.ledger.households[home.policy.household_id]
        card = self.cards.update(home, household.grid_id, out, now, clock_verified=clock_verified)
        if card is None:
            return None
        if card.fresh and reading_at is not None:
            card.reading_at = reading_at
            batch.stages.append(("decided", reading_at))
        for said in out:
            if isinstance(said, Noted) and said.what is Note.ACKNOWLEDGED and card.reading_at:
                batch.stages.append(("acknowledged", card.reading_at))
            if isinstance(said, Told) and said.alerts:
                what = compose.about(home, card.body, household.address, now)
                batch.alerts += compose.rows(
                    said,
                    what,
                    card.id,
                    self.ledger,
                    self.language,
                    reading_at if card.fresh else None,
                )
        return card

    def text_again(
        self, incident_id: int | None, person_id: str, kind: str, now: Moment
    ) -> str | None:
        """The text of an alert as it would be said now, with its delay; None: it cannot be said."""
        card = self.cards.get(incident_id) if incident_id is not None else None
        person = self.ledger.people.get(person_id)
        home = self.homes.get(card.household_id) if card is not None else None
        if card is None or person is None or home is None or home.incident is None:
            return None
        if home.incident.number != card.number:
            return None
        address = self.ledger.households[card.household_id].address
        what = compose.about(home, card.body, address, now)
        late = (now - home.incident.opened_at) // 1000
        return compose.again(replace(what, late_seconds=late), person, kind, self.language)

    # -- from and to the disk ----------------------------------------------------------------

    def recall(self, document: dict[str, Any], ledger: Ledger) -> None:
        """From a snapshot."""
        rules = RulesFile.parse(document["rules"])
        self.use(ledger, document["ledger"], rules, 0)
        for key, values in document["homes"].items():
            if key in self.homes:
                self.homes[key] = snapshot.read(values, self.homes[key].policy)
        self._due = [(home.due, key) for key, home in self.homes.items() if home.due < NEVER]
        heapq.heapify(self._due)
        self.intake.recall(document["sensors"])

    def document(self) -> dict[str, Any]:
        """For a snapshot."""
        return {
            "ledger": self.ledger_version,
            "rules": self.rules.text,
            "homes": {key: snapshot.written(home) for key, home in self.homes.items()},
            "sensors": self.intake.memory(),
        }

    def replay(self, row: Row) -> list[tuple[Home, list[Output]]]:
        """One journal row again; what it says was said before."""
        self.intake.restore(row)
        given = journal.input_of(row)
        if given is None:
            return []
        if isinstance(given, Tick | Resumed):
            return self.apply_to_all(given, row.received_at)
        key = row.subject
        if row.kind == journal.Entry.READING:
            sensor = self.intake.sensors.get(row.subject or "")
            key = sensor.household_id if sensor else None
        if key is None or key not in self.homes:
            return []  # a household or sensor that a later ledger no longer has
        return [self.apply(key, given, row.received_at)]
