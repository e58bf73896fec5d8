"""A rehearsal's decisions in order, and whom each would have told.

Owns which alert belongs to which decision, and how incidents are counted over all homes and
grids. Where the inputs come from (a file, the journal) is not its business.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from gateway.alerts.phrases import DOOR_KINDS
from gateway.drill import is_drill
from gateway.households import Said, key_of
from gateway.incident_json import rfc3339
from gateway.incidents import incident_of
from gateway.memory import Memory
from rules.grid import Grid
from rules.home import Home
from rules.model import Channel, Kind, Severity, Tick
from rules.moment import Duration, Moment
from rules.said import Alerted, Decision, Note, Noted


def pass_time(memory: Memory, before: Moment) -> Iterator[Said]:
    """All that time alone changes before a moment, each at its own: homes take turns as they
    would have, however rarely anybody looked at a clock."""
    while (due := memory.next_due()) < before:
        yield from memory.apply_everywhere(Tick(), due + 1)


class Notice(NamedTuple):
    """A role would have been told."""

    at: Moment
    role: str
    channel: Channel
    people: int  # so many messages


@dataclass(slots=True)
class Verdict:
    """One decision, with everybody whom its chain would have told."""

    owner: str  # the household, or the key of a grid
    decision: Decision
    incident: int | None  # counted over the whole rehearsal
    notices: list[Notice] = field(default_factory=list)

    @property
    def household_id(self) -> str | None:
        """None: it is about several homes of a grid, or none."""
        return None if self.owner.startswith("grid:") else self.owner

    def as_json(self, zone: ZoneInfo) -> dict[str, Any]:
        said = self.decision
        return {
            "at": rfc3339(said.at, zone),
            "household_id": self.household_id,
            "verdict": said.verdict.value,
            "incident": self.incident,
            "severity": said.severity.word if said.severity else None,
            "reason": said.reason.value,
            "since": rfc3339(said.since, zone),
            "detail": said.detail,
            "alerts": [
                {"at": rfc3339(notice.at, zone), "role": notice.role, "channel": notice.channel}
                for notice in self.notices
            ],
        }


@dataclass(slots=True)
class Incident:
    """One incident of the rehearsal."""

    owner: str
    own_number: int  # the owner's count
    kind: Kind
    raised_at: Moment
    severity: Severity | None = None  # as the last decision that raised it or made it graver said
    number: int | None = None  # over the rehearsal; None: no decision that counts is about it
    over_at: Moment | None = None
    begun_at: Moment = 0  # its running chain
    by: Verdict | None = None  # the decision that began it
    notices: list[Notice] = field(default_factory=list)


def family(kind: str) -> str:
    """What an owner has at most one unresolved incident of: the door's kinds are one matter."""
    return "door" if kind in DOOR_KINDS else kind


class Verdicts:
    """Listens to homes and grids. ``decided`` grows in the order of deciding, once ``counting``.

    ``keep``: without it, only incidents are remembered: a year has millions of decisions.
    """

    def __init__(self, *, counting: bool = True, keep: bool = True) -> None:
        self.counting = counting
        self._keep = keep
        self.decided: list[Verdict] = []
        self.incidents: dict[tuple[str, int], Incident] = {}  # by owner and its own count
        self.newest: dict[tuple[str, str], Incident] = {}  # by owner and family
        self._numbered = 0

    def hear(self, said: Said) -> None:
        """What one step of a home or grid said."""
        state, out = said
        if is_drill(key_of(state)):
            return  # it is no decision of the rules
        verdict = None
        for one in out:
            if isinstance(one, Decision):
                verdict = self._decided(state, one)
                continue
            if isinstance(one, Alerted):
                self._told(key_of(state), one, verdict)
            elif isinstance(one, Noted):
                self._noted(key_of(state), one)
            verdict = None  # only what follows at once is begun by it

    def move(self, since: Moment, by: Duration) -> None:
        """The clock was wrong ``since`` then, by so much: what was raised meanwhile moves."""
        for incident in self.incidents.values():
            if incident.raised_at >= since:
                incident.raised_at += by

    def _decided(self, state: Home | Grid, said: Decision) -> Verdict:
        number = None
        if said.incident is not None:
            number = self._incident(state, said, said.incident).number
        verdict = Verdict(key_of(state), said, number)
        if self.counting and self._keep:
            self.decided.append(verdict)
        return verdict

    def _incident(self, state: Home | Grid, said: Decision, own_number: int) -> Incident:
        owner = key_of(state)
        found = self.incidents.get((owner, own_number))
        if found is None:
            assert isinstance(said.verdict, Kind)  # it is raised as one
            now = incident_of(state, own_number)  # None: the same step raised another after it
            raised_at = now.raised_at if now else said.at
            found = Incident(owner, own_number, said.verdict, raised_at)
            self.incidents[owner, own_number] = found
            self.newest[owner, family(said.verdict)] = found
        if self.counting and found.number is None:
            self._numbered += 1
            found.number = self._numbered
        if isinstance(said.verdict, Kind):
            found.kind, found.severity = said.verdict, said.severity
        return found

    def _noted(self, owner: str, noted: Noted) -> None:
        found = self.incidents.get((owner, noted.incident))
        if found is None:
            return
        if noted.what is Note.REOPENED:
            found.over_at = None
        elif noted.what is Note.RESOLVED and found.over_at is None:
            found.over_at = noted.at

    def _told(self, owner: str, told: Alerted, verdict: Verdict | None) -> None:
        """To the decision that began the chain; a chain that only goes on keeps its own."""
        incident = self.incidents[owner, told.incident]
        begins = told.begun_at != incident.begun_at or told.at == told.begun_at
        if verdict is not None and (incident.by is None or begins):
            incident.by = verdict
        incident.begun_at = told.begun_at
        assert incident.by is not None  # an incident is decided before anybody is told of it
        notices = [
            Notice(told.at, alert.role.value, alert.channel, len(alert.person_ids))
            for alert in told.alerts
        ]
        incident.by.notices += notices
        incident.notices += notices
