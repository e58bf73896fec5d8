"""What the running gateway knows: homes, sensors, incidents, under one ledger and its rules.

Owns applying one input, and rebuilding itself from snapshot and journal. Writes nothing: what
an input brings for the disk is gathered in a ``Batch`` that ``gateway.core`` commits.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, cast
from zoneinfo import ZoneInfo

import aiosqlite

from gateway import incidents, passes
from gateway.alerts import compose
from gateway.alerts.wording import About
from gateway.households import Households, Said
from gateway.incidents import Card, Cards, incident_of
from gateway.intake import Intake
from gateway.ledger.model import Language, Ledger
from gateway.passes import Pass, Passes
from gateway.policies import grid_policies, policies
from gateway.rulesfile import RulesFile
from gateway.store import journal, snapshot
from gateway.store.alerts import INSERT as INSERT_ALERT
from gateway.store.alerts import NewRow
from gateway.store.journal import Given, Row
from rules.grid import Grid, GridInput, HeardFrom, Lost, ReceiverChanged
from rules.home import Home
from rules.model import (
    ClockChanged,
    DoorSeen,
    Note,
    Noted,
    PassGranted,
    PassRevoked,
    Resumed,
    Sensed,
    Tick,
    Told,
)
from rules.moment import Duration, Moment
from rules.step import Input


@dataclass(slots=True)
class Batch:
    """Everything one commit holds."""

    journal: list[Row] = field(default_factory=list)
    cards: list[Card] = field(default_factory=list)
    passes: list[Pass] = field(default_factory=list)
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
            (passes.UPSERT, [one.row() for one in self.passes]),
            (INSERT_ALERT, self.alerts),
            ("UPDATE requests SET answer=? WHERE id=?", self.answers),
        )
        await asyncio.gather(*(connection.executemany(sql, rows) for sql, rows in tables if rows))


class Memory(Households):
    """All homes and grids with the ledger they live by, and what is known of their sensors."""

    def __init__(
        self,
        zone: ZoneInfo,
        language: Language,
        intake: Intake,
        cards: Cards,
        *,
        supervises: bool = True,
    ) -> None:
        """``supervises``: whether a sensor's silence means anything (in a mere log it does not)."""
        super().__init__()
        self.zone = zone
        self.language = language
        self.intake = intake
        self.cards = cards
        self.passes = Passes()
        self.ledger = Ledger.empty()
        self.ledger_version = 0
        self.rules = RulesFile.default()
        self.ways = compose.NO_WAYS  # in which people can answer; told by who serves them
        self.on_move: Callable[[Moment, Duration], None] = lambda since, by: None  # clock put right
        self._supervises = supervises

    def use(self, ledger: Ledger, version: int, rules: RulesFile, now: Moment) -> None:
        """From here on this ledger and these rules hold."""
        self.ledger, self.ledger_version, self.rules = ledger, version, rules
        replaced = self.intake.use(ledger, rules)
        homes = policies(ledger, rules, self.zone)
        grids = grid_policies(ledger, rules, homes, self.zone, supervises=self._supervises)
        grid_of = {key: row.grid_id for key, row in ledger.households.items()}
        self.live_by(homes, grids, grid_of, replaced, now)

    def keep(
        self,
        batch: Batch,
        said: Said,
        now: Moment,
        *,
        clock_verified: bool,
        reading_at: Moment | None = None,
    ) -> list[Card]:
        """What a step said, as rows for the disk; and the incidents that it is about."""
        state, out = said
        self.passes.hear(said)
        cards = self.cards.update(
            state, self._grid_id(state), out, now, clock_verified=clock_verified
        )
        for card in cards:
            arrived = reading_at if card.fresh else None
            if arrived is not None:
                card.reading_at = arrived
                batch.stages.append(("decided", arrived))
            for one in out:
                if one.incident != card.number:
                    continue
                if isinstance(one, Noted) and one.what is Note.ACKNOWLEDGED and card.reading_at:
                    batch.stages.append(("acknowledged", card.reading_at))
                if isinstance(one, Told) and one.alerts:
                    what = self._about(state, card, now, recovery=one.recovery)
                    assert what is not None  # it has just been told of
                    batch.alerts += compose.rows(
                        one, what, card.id, self.ledger, self.language, arrived, self.ways
                    )
        return cards

    def text_again(
        self,
        incident_id: int | None,
        person_id: str,
        kind: str,
        now: Moment,
        *,
        can_reply: bool | None = None,
    ) -> str | None:
        """The text of an alert as it would be said now, with its delay; None: it cannot be said.

        ``can_reply``: whether the provider that it goes by brings answers, if one is chosen.
        """
        card = self.cards.get(incident_id) if incident_id is not None else None
        person = self.ledger.people.get(person_id)
        state = self.state(card.owner) if card is not None else None
        if card is None or person is None or state is None:
            return None
        what = self.about(card, now)
        if what is None:
            return None
        incident = incident_of(state, card.number)
        late = (now - incident.opened_at) // 1000 if incident else 0
        return compose.again(
            replace(what, late_seconds=late),
            person,
            kind,
            self.language,
            card.id,
            now,
            self.ways if can_reply is None else self.ways.where(can_reply),
        )

    def granted(self, key: str, given: PassGranted | PassRevoked, now: Moment) -> None:
        """A household's pass was given or taken back: what becomes of it is kept from now on."""
        if (home := self.homes.get(key)) is not None:
            number = given.incident if isinstance(given, PassGranted) else None
            card = None if number is None else self.cards.of_home(key, number)
            self.passes.given(given, home, card.id if card else None, now)

    def place(self, card: Card) -> str:
        """Where an incident is, for people: its home's address, or the first of several."""
        known, homes = self.ledger.households, card.body["household_ids"]
        return compose.place([known[key].address for key in homes if key in known], len(homes))

    def about(self, card: Card, now: Moment) -> About | None:
        """What there is to say of an incident; None: the rules remember it no more."""
        state = self.state(card.owner)
        return None if state is None else self._about(state, card, now)

    def _about(
        self, state: Home | Grid, card: Card, now: Moment, *, recovery: bool = False
    ) -> About | None:
        incident = incident_of(state, card.number)
        if incident is None:
            return None
        opening = None
        if isinstance(state, Home) and incident is state.incident:
            opening = state.opening
        return compose.about(
            incident, opening, card.body, self.place(card), self.zone, now, recovery=recovery
        )

    def _grid_id(self, state: Home | Grid) -> str | None:
        if isinstance(state, Grid):
            return state.policy.grid_id or None
        return self.ledger.households[state.policy.household_id].grid_id

    # -- from and to the disk ----------------------------------------------------------------

    def recall(self, document: dict[str, Any], ledger: Ledger) -> None:
        """From a snapshot."""
        rules = RulesFile.parse(document["rules"])
        self.use(ledger, document["ledger"], rules, 0)
        for key, values in document["homes"].items():
            if key in self.homes:
                self.homes[key] = snapshot.read(values, self.homes[key].policy)
        for key, values in document["grids"].items():
            if key in self.grids:
                self.grids[key] = snapshot.read_grid(values, self.grids[key].policy)
        self.doubtful_since = document["doubtful_since"]
        for sensor_id, at in document["heard"].items():
            self.heard(sensor_id, at)
        self.sort()
        self.intake.recall(document["sensors"])

    def document(self) -> dict[str, Any]:
        """For a snapshot."""
        return {
            "ledger": self.ledger_version,
            "rules": self.rules.text,
            "shape": snapshot.SHAPE,
            "doubtful_since": self.doubtful_since,
            "heard": self.untold(),
            "homes": {key: snapshot.written(home) for key, home in self.homes.items()},
            "grids": {key: snapshot.written(grid) for key, grid in self.grids.items()},
            "sensors": self.intake.memory(),
        }

    def replay(self, row: Row) -> list[Said]:
        """One journal row again; what it says was said before."""
        self.intake.restore(row)
        said: list[Said] = []
        for given in journal.inputs_of(row):
            said += self.take(row.subject, given, row.received_at)
        return said

    def take(self, subject: str | None, given: Given, now: Moment) -> list[Said]:
        """One input, to whomever it concerns. ``subject``: a household, or the key of a grid.

        Nobody, if the ledger no longer has them.
        """
        match given:
            case ClockChanged():
                if given.offset and self.doubtful_since is not None:
                    self.intake.move(self.doubtful_since, given.offset)
                    self.on_move(self.doubtful_since, given.offset)
                return self.apply_everywhere(given, now)
            case Tick() | Resumed():
                return self.apply_everywhere(given, now)
            case ReceiverChanged():
                return self.receiver(given, now)
            case HeardFrom():
                for sensor_id, at in given.heard:
                    self.heard(sensor_id, at)
                return []
            case Lost():
                return self.lost(given.sensor_id, now)
            case DoorSeen() | Sensed():
                self.heard(given.sensor_id, now)
                sensor = self.intake.sensors.get(given.sensor_id)
                subject = sensor.household_id if sensor else None
        if subject in self.homes:
            return self.apply(subject, cast(Input, given), now)
        if subject in self.grids:
            return self.apply_to_grid(subject, cast(GridInput, given), now)
        return []
