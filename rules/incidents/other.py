"""Incidents that are no opening of one door (tamper, silence, a fault, many homes), as a table.

Such an incident has its own chain; it stays until a person says what it was, or what was wrong
is so no more. Low ones, and medium ones that arise in the quiet hours, wait for the digest.
"""

from collections.abc import Callable
from typing import NamedTuple

from rules import chain
from rules.home import Incident, Phase
from rules.incidents.event import (
    Details,
    Event,
    Owner,
    end,
    ignore,
    next_step,
    not_reached,
    table,
)
from rules.local import within
from rules.model import Acknowledged, Answer, Kind, NotReached, Outcome, Reason, Resolved, Severity
from rules.moment import NEVER, Moment
from rules.policy import Duty
from rules.said import Decision, Note, Noted, Out


class Finding(NamedTuple):
    """Something that somebody must look at."""

    kind: Kind
    severity: Severity
    reason: Reason
    occurred_at: Moment
    about: str = ""  # a sensor, window or part of the gateway by id
    homes: tuple[str, ...] = ()


def raised(number: int, found: Finding, duty: Duty, at: Moment, out: Out) -> Incident:
    """A new incident of it, and who is alerted first."""
    kind, severity, reason, since, about, homes = found
    out.append(Decision(since, kind, reason, number, severity, detail=about))
    incident = Incident(number, Phase.UNANSWERED, kind, severity, reason, since, at, since)
    incident = incident._replace(about=about, homes=homes)
    quiet = severity is Severity.MEDIUM and within(duty.rules.quiet_hours, at, duty.zone)
    if quiet or severity is Severity.LOW:
        return incident._replace(phase=Phase.WAITING)
    return chain.begin(incident, duty, at, out)


def answer(given: Answer, at: Moment) -> Details:
    """What a person says of an incident of any kind, or that one was not reached."""
    match given:
        case NotReached(_, person, channel):
            return Details(Event.NOT_REACHED, at, person_id=person, channel=channel)
        case Acknowledged(_, person):
            return Details(Event.ACKNOWLEDGED, at, person_id=person)
        case Resolved(_, person, outcome):
            return Details(Event.OUTCOME, at, person_id=person, outcome=outcome)


def happen(before: Incident, owner: Owner, e: Details, out: Out) -> Incident:
    """Looks the action up and carries it out."""
    return TABLE[before.phase, e.event](before, owner, e, out)


def _worsen(before: Incident, owner: Owner, e: Details, out: Out) -> Incident:
    """The new severity's chain replaces the old one."""
    graver = _only_graver(before, owner, e, out)
    if graver is before:
        return before
    return chain.begin(graver._replace(phase=Phase.UNANSWERED), owner.policy, e.at, out)


def _only_graver(before: Incident, owner: Owner, e: Details, out: Out) -> Incident:
    """Somebody has it already: it is shown as grave as it is."""
    if e.severity <= before.severity:
        return before
    out.append(Decision(e.at, before.kind, e.reason, before.number, e.severity))
    return before._replace(severity=e.severity, reason=e.reason)


def _acknowledge(before: Incident, owner: Owner, e: Details, out: Out) -> Incident:
    out.append(Noted(e.at, before.number, Note.ACKNOWLEDGED, e.person_id))
    return before._replace(
        phase=Phase.ANSWERED,
        due=NEVER,
        acknowledged_by=(*before.acknowledged_by, e.person_id),
        acknowledged_at=e.at,
    )


def _clear(before: Incident, owner: Owner, e: Details, out: Out) -> Incident:
    """Over by itself, and who was told is told so; but somebody has to look at a tamper."""
    if before.kind is Kind.TAMPER:
        out.append(Noted(e.at, before.number, Note.CLEARED, before.about))
        return before
    if before.alerted:
        out.append(chain.recovered(before, owner.policy, e.at))
    return end(before, owner, e._replace(outcome=Outcome.CLEARED), out)


Action = Callable[[Incident, Owner, Details, Out], Incident]
_OPEN: dict[Event, Action] = {
    Event.WORSE: _worsen,
    Event.ACKNOWLEDGED: _acknowledge,
    Event.OUTCOME: end,
    Event.CLEARED: _clear,
}
_ROWS: dict[Phase, dict[Event, Action]] = {
    Phase.WAITING: _OPEN,
    Phase.UNANSWERED: {**_OPEN, Event.TIME: next_step, Event.NOT_REACHED: not_reached},
    Phase.ANSWERED: {**_OPEN, Event.WORSE: _only_graver},
    Phase.OVER: {Event.OUTCOME: end},
}
TABLE = table(_ROWS, ignore)
LEADS_TO: dict[Action, tuple[Phase, ...]] = {
    _worsen: (Phase.UNANSWERED,),
    _acknowledge: (Phase.ANSWERED,),
    _clear: (Phase.OVER,),
    end: (Phase.OVER,),
}
"""Where an action may lead, if it does not leave the phase as it is."""
