"""What there is to say of an incident: where, what, who was told, what comes next, what to do.

Reads the rules' state and the rows of its alerts; the words are the templates'.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from gateway.alerts.phrases import DOOR_KINDS
from gateway.granting import can_excuse
from gateway.incidents import Card, incident_of
from gateway.ledger.model import Ledger
from rules import chain
from rules.grid import Grid
from rules.home import Home, Incident, Phase
from rules.incidents.door import stands_open
from rules.local import moment
from rules.moment import NEVER, Moment
from rules.said import Alerted, Output

if TYPE_CHECKING:
    from gateway.memory import Memory
    from gateway.web.site import Site

_ALERTS = (
    "SELECT incident_id, person_id, kind, step, status, text, created_at, accepted_at,"
    " delivered_at, reading_at, handed, error FROM alerts WHERE incident_id IN ({}) ORDER BY id"
)
_URGENCY = {
    Phase.UNANSWERED: 0,
    Phase.ON_MY_WAY: 1,
    Phase.ANSWERED: 2,
    Phase.SHARED: 3,
    Phase.WAITING: 4,
}


@dataclass(frozen=True, slots=True)
class Told:
    """What came of the last message to one person by one way."""

    person: str
    way: str  # sms, voice, chat
    at: Moment  # as far as it has got
    status: str
    asked: bool  # to take it over from somebody
    text: str


@dataclass(frozen=True, slots=True)
class Next:
    """What time alone will do. ``what``: step, way (the time to get there ends), quiet (it
    resolves itself), digest, shared (another incident speaks for it), none."""

    what: str
    since: Moment = 0
    at: Moment = 0
    people: tuple[tuple[str, str], ...] = ()  # way, name

    def used(self, now: Moment) -> float:
        """How much of the time until then is over: 0 to 1."""
        whole = max(1, self.at - self.since)
        return round(min(1.0, max(0.0, (now - self.since) / whole)), 3)


@dataclass(frozen=True, slots=True)
class Matter:
    """One incident as the desk sees it."""

    card: Card
    place: str
    homes: tuple[tuple[str, str], ...]  # household id, address
    at: Moment  # when it happened, or the door was opened last
    phase: Phase
    is_door: bool
    can_excuse: bool
    open_since: Moment | None
    opened_for: Moment | None  # ms, of a door that is closed again
    taken_by: str  # a name, or ""
    told: tuple[Told, ...]
    next: Next

    @property
    def urgency(self) -> tuple[int, int, Moment, int]:
        """Unanswered first, then the gravest, then what has waited longest."""
        ranks = ("critical", "high", "medium", "low")
        grave = ranks.index(self.card.body["severity"])
        return _URGENCY.get(self.phase, 5), grave, self.at, self.card.id


async def matters(site: "Site", cards: Sequence[Card], now: Moment) -> list[Matter]:
    """The most urgent first."""
    rows = await alerts_of(site, cards)
    found = [matter(site, card, rows.get(card.id, ()), now) for card in cards]
    return sorted(found, key=lambda one: one.urgency)


async def alerts_of(site: "Site", cards: Iterable[Card]) -> dict[int, list[Any]]:
    """Rows of alerts, by incident."""
    ids = [card.id for card in cards]
    found: dict[int, list[Any]] = {}
    if ids:
        query = _ALERTS.format(",".join("?" * len(ids)))
        for row in await site.database.rows(query, ids):
            found.setdefault(row["incident_id"], []).append(row)
    return found


def matter(site: "Site", card: Card, rows: Iterable[Any], now: Moment) -> Matter:
    """``rows``: of its alerts."""
    memory = site.memory
    state = memory.state(card.owner)
    incident = incident_of(state, card.number) if state is not None else None
    phase = incident.phase if incident is not None else Phase.OVER
    body, known = card.body, memory.ledger.households
    opening = None
    if isinstance(state, Home) and incident is not None and incident is state.incident:
        opening = state.opening
    by = body["acknowledged_by"]
    return Matter(
        card=card,
        place=memory.place(card),
        homes=tuple((key, known[key].address) for key in body["household_ids"] if key in known),
        at=(incident.opened_at if incident else 0) or _moment(body["occurred_at"]) or now,
        phase=phase,
        is_door=body["kind"] in DOOR_KINDS,
        can_excuse=can_excuse(site.core, card),
        open_since=opening.started_at if opening and opening.closed_at is None else None,
        opened_for=opening.closed_at - opening.started_at
        if opening and opening.closed_at is not None
        else None,
        taken_by=name_of(memory.ledger, by) if by else "",
        told=_told(memory.ledger, rows),
        next=_next(memory, state, incident),
    )


def name_of(ledger: Ledger, person_id: str | None) -> str:
    """A person's name; whoever is on no roster is called as they log in."""
    person = ledger.people.get(person_id or "")
    return person.name if person is not None else person_id or ""


def _told(ledger: Ledger, rows: Iterable[Any]) -> tuple[Told, ...]:
    newest: dict[tuple[str, str], Told] = {}
    for row in rows:
        key = row["person_id"], row["kind"]
        newest.pop(key, None)  # the last word stands last
        newest[key] = Told(
            person=name_of(ledger, row["person_id"]),
            way=row["kind"],
            at=row["delivered_at"] or row["accepted_at"] or row["created_at"],
            status=row["status"],
            asked=row["step"] == chain.HANDED_OVER,
            text=row["text"],
        )
    return tuple(newest.values())


def _next(memory: "Memory", state: Home | Grid | None, incident: Incident | None) -> Next:
    if state is None or incident is None:
        return Next("none")
    out: list[Output] = []  # what the next step would say: states are frozen, nothing is done
    if incident.phase is Phase.UNANSWERED and incident.due < NEVER:
        chain.take_step(incident, state.policy, incident.due, out)
        since = incident.alerted_at or incident.begun_at
        return Next("step", since, incident.due, _people(memory, out))
    if incident.phase is Phase.ON_MY_WAY:
        until, people = incident.on_my_way_until, ()  # type: Moment, tuple[tuple[str, str], ...]
        if isinstance(state, Home) and stands_open(state):
            chain.go_on(incident, state.policy, until, out)
            people = _people(memory, out)
        elif incident.due < until:
            return Next("quiet", incident.acknowledged_at, incident.due)
        return Next("way", incident.acknowledged_at, until, people)
    if incident.phase is Phase.ANSWERED and incident.due < NEVER:
        return Next("quiet", incident.acknowledged_at, incident.due)
    names = {Phase.WAITING: "digest", Phase.SHARED: "shared"}
    return Next(names.get(incident.phase, "none"))


def _people(memory: "Memory", out: Iterable[Output]) -> tuple[tuple[str, str], ...]:
    return tuple(
        (alert.channel.value, name_of(memory.ledger, person_id))
        for said in out
        if isinstance(said, Alerted)
        for alert in said.alerts
        for person_id in alert.person_ids
    )


def _moment(text: str | None) -> Moment:
    return moment(datetime.fromisoformat(text)) if text else 0
