"""What the running gateway knows: homes, sensors, incidents, under one ledger and its rules.

Owns applying one input, new or of the journal. Writes nothing: what
an input brings for the disk is gathered in a ``gateway.batch.Batch`` that ``gateway.core`` commits.
"""

from collections.abc import Callable, Collection, Iterable
from typing import cast
from zoneinfo import ZoneInfo

from gateway import drill
from gateway.alerts import compose
from gateway.alerts.wording import About
from gateway.batch import Batch
from gateway.drill import course
from gateway.households import GATEWAY, Households, Said, grid_key
from gateway.incidents import Card, Cards, incident_of
from gateway.intake import Intake
from gateway.ledger.model import Language, Ledger
from gateway.maintenance import Maintained, Maintenance
from gateway.passes import Passes
from gateway.policies import grid_policies, policies
from gateway.privacy import remembered
from gateway.rulesfile import RulesFile
from gateway.store import journal
from gateway.store.alerts import AlertRow
from gateway.store.journal import DrillChanged, Given, Row
from gateway.today import Today
from rules.grid import Grid, GridInput, HeardFrom, Lost, ReceiverChanged
from rules.home import Home
from rules.model import (
    ClockChanged,
    DoorSeen,
    PassGranted,
    PassRevoked,
    Resolved,
    Resumed,
    Sensed,
    Tick,
)  # fmt: skip
from rules.moment import Duration, Moment
from rules.policy import SHUT, PolicyChanged
from rules.said import Alerted, Note, Noted
from rules.step import Input, step


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
        self.held: Callable[[], Iterable[AlertRow]] = tuple  # texts that wait for their number
        self.on_move: Callable[[Moment, Duration], None] = lambda since, by: None  # clock put right
        self.name = ""  # the gateway's id, for people
        self.maintained = Maintained()
        self.today = Today(zone)
        self._supervises = supervises

    def use(self, ledger: Ledger, version: int, rules: RulesFile, now: Moment) -> None:
        """From here on this ledger and these rules hold."""
        self.ledger, self.ledger_version, self.rules = ledger, version, rules
        replaced = self.intake.use(ledger, rules)
        homes = policies(ledger, rules, self.zone)
        grids = grid_policies(ledger, rules, homes, self.zone, supervises=self._supervises)
        grid_of = {key: row.grid_id for key, row in ledger.households.items()}
        for key, home in self.drills.items():
            policy = drill.policy(key, ledger, rules, self.zone)
            self.drills[key] = step(home, PolicyChanged(policy), now)[0]
        self.live_by(homes, grids, grid_of, replaced, now)

    def keep(
        self,
        batch: Batch,
        said: Said,
        now: Moment,
        *,
        reading_at: Moment | None = None,
    ) -> list[Card]:
        """What a step said, as rows for the disk; and the incidents that it is about."""
        state, out = said
        self.passes.hear(said)
        batch.note_digests(said, now)
        cards = self.cards.update(
            state, self._grid_id(state), out, now, clock_verified=self.verified
        )
        for card in cards:
            arrived = reading_at if card.fresh else None
            if arrived is not None:
                card.reading_at = arrived
                batch.stages += [("decided", arrived, now), ("committed", arrived, None)]
            for one in out:
                if one.incident != card.number:
                    continue
                if isinstance(one, Noted) and one.what is Note.ACKNOWLEDGED and card.reading_at:
                    batch.stages.append(("acknowledged", card.reading_at, None))
                    card.reading_at = None  # another answer is none to the first alert
                if isinstance(one, Alerted) and one.alerts:
                    late = bool(one.in_place_of)
                    what = self._about(state, card, now, recovery=one.recovery, late=late)
                    assert what is not None  # it has just been told of
                    batch.alerts += compose.rows(
                        one, what, card.id, self.ledger, self.language, arrived, self.ways
                    )
                    self.maintained.note(card.body, now, self.cards.iso)
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
        what = self._about(state, card, now, late=True)
        if what is None:
            return None
        return compose.again(
            what,
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

    def forget(self, gone: Collection[str]) -> None:
        """These households, which left the ledger, are erased."""
        self.cards.forget(gone)
        self.passes.forget(gone)
        self.grids = {key: remembered.without(grid, gone) for key, grid in self.grids.items()}

    def place(self, card: Card) -> str:
        """Where an incident is, for people: its home's address, or the first of several."""
        if card.body["drill"]:
            return str(card.body["grid_id"])
        known, homes = self.ledger.households, card.body["household_ids"]
        if card.owner == grid_key(GATEWAY):
            return f"{self.name} {card.about}".strip()
        return compose.place([known[key].address for key in homes if key in known], len(homes))

    def about(self, card: Card, now: Moment) -> About | None:
        """What there is to say of an incident; None: the rules remember it no more."""
        state = self.state(card.owner)
        return None if state is None else self._about(state, card, now)

    def _about(
        self,
        state: Home | Grid,
        card: Card,
        now: Moment,
        *,
        recovery: bool = False,
        late: bool = False,
    ) -> About | None:
        incident = incident_of(state, card.number)
        if incident is None:
            return None
        opening = None
        if isinstance(state, Home) and incident is state.incident:
            opening = state.opening
        known = {**card.body, "clock_verified": card.body["clock_verified"] or self.verified}
        return compose.about(
            incident, opening, known, self.place(card), self.zone, now, recovery=recovery, late=late
        )

    def _grid_id(self, state: Home | Grid) -> str | None:
        if isinstance(state, Grid):
            return state.policy.grid_id or None
        if drill.is_drill(state.policy.household_id):
            return drill.grid_of(state.policy.household_id)
        return self.ledger.households[state.policy.household_id].grid_id

    # -- what comes in ------------------------------------------------------------------------

    def is_back(self) -> bool:
        """Whether a sensor was heard that its grid takes for silent."""
        keys = [one.sensor_id for key in self.with_silent for one in self.grids[key].silent]
        known = (self.intake.sensors[key] for key in keys if key in self.intake.sensors)
        return any(one.sensor_id in self._heard or one.heard_at > one.saved_at for one in known)

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
        said = self._take(subject, given, now)
        self.today.hear(said, self._grid_of.get)
        return said

    def _take(self, subject: str | None, given: Given, now: Moment) -> list[Said]:
        match given:
            case Tick() | Resumed() | ClockChanged():
                moved = isinstance(given, ClockChanged) and given.offset
                if moved and self.doubtful_since is not None:
                    self.intake.move(self.doubtful_since, moved)
                    self.cards.move(self.doubtful_since, moved)
                    self.on_move(self.doubtful_since, moved)
                return self.apply_everywhere(given, now)
            case ReceiverChanged():
                return self.receiver(given, now)
            case HeardFrom():
                for sensor_id, at in given.heard:
                    self.heard(sensor_id, at)
                return self.tell_heard()
            case Lost():
                return self.lost(given.sensor_id, now)
            case Maintenance():
                self.maintained.take(given, now)
                return []
            case DrillChanged():
                return course.take(self, given, now)
        subject = self._whom(subject, given, now)
        if subject in self.homes or subject in self.drills:
            said = self.apply(subject, cast(Input, given), now)
            if isinstance(given, Resolved) and given.outcome in SHUT:
                opening = self.homes[subject].opening if subject in self.homes else None
                if opening is not None and opening.closed_at == now:  # by that word
                    self.intake.shut(subject)
            return said
        if subject in self.grids:
            return self.apply_to_grid(subject, cast(GridInput, given), now)
        return []

    def _whom(self, subject: str | None, given: Given, now: Moment) -> str | None:
        """Whose input it is; what it tells of sensors is kept."""
        if isinstance(given, DoorSeen | Sensed):
            self.heard(given.sensor_id, now)
            sensor = self.intake.find(given.sensor_id)
            return sensor.household_id if sensor else None
        return subject
