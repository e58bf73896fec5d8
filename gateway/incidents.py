"""Incidents as people see them: the public JSON, kept from what the rules say.

Owns ids, codes and timelines. Decides nothing: an incident's standing is the rules', its alerts
are the outbox's.
"""

import json
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from gateway.alerts.code import next_code
from gateway.drill import is_drill
from gateway.households import key_of
from gateway.incident_json import lines_of, rfc3339, without
from gateway.latency import answers
from rules.grid import Grid
from rules.home import Home, Incident, Phase
from rules.incidents import of_grid, of_home
from rules.local import moment
from rules.model import Kind
from rules.moment import DAY, HOUR, Duration, Moment
from rules.said import Output

CODE_RESTS = 7 * DAY  # a code is given again no sooner
UPSERT = (
    "INSERT INTO incidents (id, household_id, number, code, state, raised_at, updated_at, body)"
    " VALUES (?,?,?,?,?,?,?,?) ON CONFLICT (id) DO UPDATE SET state=excluded.state,"
    " raised_at=excluded.raised_at, updated_at=excluded.updated_at, body=excluded.body"
)
STATES = {
    Phase.UNANSWERED: "open",
    Phase.WAITING: "open",
    Phase.SHARED: "open",
    Phase.ON_MY_WAY: "acknowledged",
    Phase.ANSWERED: "acknowledged",
    Phase.SETTLED: "resolved",
    Phase.OVER: "resolved",
}


_MOVED = ("raised_at", "occurred_at", "since", "acknowledged_at", "resolved_at")
OF_SENSORS = (Kind.TAMPER, Kind.BATTERY_LOW, Kind.SENSOR_FAULT, Kind.SENSOR_SILENT)


_iso = lru_cache(maxsize=64)(rfc3339)  # one change tells the same two or three moments often


def incident_of(state: Home | Grid, number: int) -> Incident | None:
    """The incident with this number; None: it is older than what the rules remember."""
    if isinstance(state, Grid):
        return of_grid.find(state, number)
    if state.incident is not None and state.incident.number == number:
        return state.incident
    return of_home.find(state, number)


def _open(state: Home | Grid) -> bool | None:
    """Whether a door stands open; None: there is no one door."""
    if isinstance(state, Grid):
        return None
    return state.opening is not None and state.opening.closed_at is None


class Card:
    """One incident: its public body, without the alerts."""

    __slots__ = (
        "body", "code", "fresh", "id", "number", "owner", "raised_at", "reading_at", "updated_at",
    )  # fmt: skip

    def __init__(self, number: int, owner: str, body: dict[str, Any], at: Moment) -> None:
        self.id: int = body["id"]
        self.code: str = body["code"]
        self.owner = owner
        self.number = number  # the owner's own count
        self.body = body
        self.raised_at = at
        self.updated_at = at
        self.fresh = True  # raised by the step that is being told
        # Arrival of the reading that raised it, if known; until somebody answers.
        self.reading_at: Moment | None = None

    @property
    def state(self) -> str:
        return str(self.body["state"])

    @property
    def about(self) -> str:
        """The sensor, window or part of the gateway that it is about; "": a door, or many."""
        return str(self.body.get("about", ""))

    @property
    def household_id(self) -> str | None:
        """The one that it is about; None: it is about several, or none."""
        found: str | None = self.body["household_id"]
        return found

    def row(self) -> tuple[Any, ...]:
        text = json.dumps(self.body, ensure_ascii=False, separators=(",", ":"))
        who = self.id, self.owner, self.number, self.code
        return (*who, self.state, self.raised_at, self.updated_at, text)


class Cards:
    """The incidents of the last days in memory; rows that changed are taken with ``changed``."""

    def __init__(self, zone: ZoneInfo) -> None:
        self._zone = zone
        self._by_home: dict[tuple[str, int], Card] = {}
        self._by_id: dict[int, Card] = {}
        self._by_code: dict[str, Card] = {}
        self._next_id = 1
        self._forgot_at: Moment = 0
        self._dirty: dict[int, Card] = {}

    def load(
        self, rows: Iterable[Any], newest_id: int, readings: Mapping[int, Moment] | None = None
    ) -> None:
        """From the store: what is unresolved or younger than a code rests. ``readings``: when
        those arrived that raised them."""
        self._next_id, readings = newest_id + 1, readings or {}
        for row in rows:
            card = Card(row["number"], row["household_id"], json.loads(row["body"]), 0)
            card.raised_at, card.updated_at = row["raised_at"], row["updated_at"]
            if not answers(card.body):
                card.reading_at = readings.get(card.id)
            self._keep(card)

    def get(self, incident_id: int) -> Card | None:
        return self._by_id.get(incident_id)

    def of_home(self, household_id: str, number: int) -> Card | None:
        return self._by_home.get((household_id, number))

    def unresolved(self) -> list[Card]:
        """Newest first."""
        found = [card for card in self._by_id.values() if card.state != "resolved"]
        return sorted(found, key=lambda card: -card.id)

    def newest_change(self) -> Moment:
        """When any of them changed last; 0: there is none."""
        return max((card.updated_at for card in self._by_id.values()), default=0)

    def by_code(self, code: str) -> Card | None:
        """The incident of a code of the last days."""
        return self._by_code.get(code)

    def of_grid(self, grid_id: str | None) -> list[Card]:
        """All of a grid (None: of the gateway itself), oldest first."""
        found = [card for card in self._by_id.values() if card.body["grid_id"] == grid_id]
        return sorted(found, key=lambda card: card.id)

    def changed(self) -> list[Card]:
        """Those to be written, and forgets that they were."""
        dirty = list(self._dirty.values())
        self._dirty.clear()
        return dirty

    def update(
        self,
        state: Home | Grid,
        grid_id: str | None,
        out: list[Output],
        now: Moment,
        *,
        clock_verified: bool,
    ) -> list[Card]:
        """What one step said of the incidents of a home or grid; those that it changed."""
        owner, changed = key_of(state), []
        numbers = dict.fromkeys(said.incident for said in out)
        door = state.incident if isinstance(state, Home) else None
        if door is not None and door.number not in numbers:
            card = self._by_home.get((owner, door.number))
            if card and card.state != "resolved" and card.body["door_open"] is not _open(state):
                numbers[door.number] = None
        for number in numbers:
            incident = None if number is None else incident_of(state, number)
            if incident is None:
                continue
            card = self._by_home.get((owner, incident.number))
            if card is None:
                card = self._new(owner, incident, grid_id, now, clock_verified)
            else:
                card.fresh = False
            for said in out:
                if said.incident == incident.number:
                    card.body["timeline"] += lines_of(said, self.iso)
            self._standing(card, state, incident, now)
            self._dirty[card.id] = card
            changed.append(card)
        return changed

    def move(self, since: Moment, by: Duration) -> None:
        """The clock was wrong ``since`` then, by so much. The timeline keeps what was thought."""
        for card in self._by_id.values():
            if card.raised_at < since:
                continue
            card.raised_at += by
            for name in _MOVED:
                at = card.body[name] and moment(datetime.fromisoformat(card.body[name]))
                if at and at >= since:
                    card.body[name] = self.iso(at + by)
            self._dirty[card.id] = card

    def iso(self, at: Moment | None) -> str | None:
        """RFC 3339 with the gateway's offset."""
        return _iso(at, self._zone)

    def _keep(self, card: Card) -> None:
        self._by_home[card.owner, card.number] = card
        self._by_id[card.id] = card
        self._by_code[card.code] = card

    def _new(
        self, owner: str, incident: Incident, grid_id: str | None, now: Moment, verified: bool
    ) -> Card:
        self._forget(now)
        number = self._next_id
        self._next_id += 1
        body: dict[str, Any] = {
            "id": number,
            "code": next_code(self._by_code, number),
            "kind": "",
            "severity": "",
            "reason": "",
            "household_id": None,
            "household_ids": [],
            "grid_id": grid_id,
            "sensor_ids": [],
            "raised_at": self.iso(incident.raised_at),
            "occurred_at": self.iso(incident.occurred_at),
            "since": self.iso(incident.since),
            "updated_at": None,
            "late_seconds": incident.late_by // 1000,
            "clock_verified": verified,
            "drill": is_drill(owner),
            "timeline": [],
        }
        card = Card(incident.number, owner, body, incident.raised_at)
        self._keep(card)
        return card

    def _forget(self, now: Moment) -> None:
        """Resolved ones whose code may be given again; looked for once an hour."""
        if now - self._forgot_at < HOUR:
            return
        self._forgot_at = now
        for card in list(self._by_id.values()):
            if card.state == "resolved" and card.updated_at < now - CODE_RESTS:
                self._drop(card)

    def forget(self, gone: Collection[str]) -> None:
        """These households are erased: nothing of them is to be written again."""
        for card in list(self._by_id.values()):
            homes = card.body["household_ids"]
            if card.owner in gone or (homes and all(key in gone for key in homes)):
                self._drop(card)
            elif any(key in gone for key in homes):
                card.body = without(card.body, gone)

    def _drop(self, card: Card) -> None:
        self._dirty.pop(card.id, None)
        del self._by_id[card.id]
        del self._by_home[card.owner, card.number]
        if self._by_code.get(card.code) is card:
            del self._by_code[card.code]

    def _standing(self, card: Card, state: Home | Grid, incident: Incident, now: Moment) -> None:
        card.updated_at = now
        homes = incident.homes
        answered = incident.acknowledged_by  # by nobody, once it is reopened
        sensors = [incident.about] if incident.about and incident.kind in OF_SENSORS else []
        if isinstance(state, Home):
            homes = (state.policy.household_id,)
            if incident is state.incident:
                sensors = sorted(leaf.sensor_id for leaf in state.doors)
        card.body |= {
            "kind": incident.kind.value,
            "severity": incident.severity.word,
            "reason": incident.reason.value,
            "household_id": homes[0] if len(homes) == 1 else None,
            "household_ids": list(homes),
            "sensor_ids": sensors,
            "updated_at": self.iso(now),
            "about": incident.about,
            "door_open": _open(state),
            "state": STATES[incident.phase],
            "acknowledged_by": answered[-1] if answered else None,
            "acknowledged_at": self.iso(incident.acknowledged_at if answered else None),
            "resolved_by": incident.resolved_by or None,
            "resolved_at": self.iso(incident.resolved_at),
            "outcome": incident.outcome.value if incident.outcome else None,
            "next_step_at": self.iso(incident.due) if incident.phase is Phase.UNANSWERED else None,
        }
