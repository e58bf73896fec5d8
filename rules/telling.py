"""What the actions of a door incident share: it becomes graver, it is decided, somebody is told."""

from rules import chain
from rules.happening import Happening
from rules.home import Home, Incident, Phase
from rules.model import Kind, Reason
from rules.said import Decision, Output

GRAVITY = {kind: rank for rank, kind in enumerate(Kind)}  # the door kinds, least grave first


def graver(incident: Incident, h: Happening) -> Incident:
    kind = max(incident.kind, h.kind, key=GRAVITY.__getitem__)
    known = kind is incident.kind and incident.reason is not Reason.TIME_UNVERIFIED
    return incident._replace(
        kind=kind,
        severity=max(incident.severity, h.severity),
        reason=incident.reason if known else h.reason,
        opened_at=h.opened_at,
        since=h.since,
        late=h.late,
    )


def decide(incident: Incident, h: Happening, out: list[Output]) -> None:
    out.append(
        Decision(
            h.occurred_at, incident.kind, h.reason, incident.number, incident.severity, h.since
        )
    )


def begin(incident: Incident, home: Home, h: Happening, out: list[Output]) -> Incident:
    incident, told = chain.begin(incident, home.policy, h.at)
    out.append(told)
    return incident


def go_on(incident: Incident, home: Home, h: Happening, out: list[Output]) -> Incident:
    unanswered = incident._replace(phase=Phase.UNANSWERED)
    unanswered, told = chain.resume(unanswered, home.policy, h.at)
    out.append(told)
    return unanswered
