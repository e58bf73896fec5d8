"""Incidents that are no opening of one door (tamper, silence, a fault, many homes), as a table.

``TABLE`` is the specification. Such an incident has its own chain; it stays until a person says
what it was, or what was wrong is so no more. Low ones, and medium ones that arise in the quiet
hours, wait for the digest.
"""

from collections.abc import Callable
from enum import StrEnum
from typing import NamedTuple

from rules import chain
from rules.home import Incident, Phase
from rules.local import within
from rules.model import Acknowledged, Channel, Kind, NotReached, Outcome, Reason, Resolved, Severity
from rules.moment import NEVER, Moment
from rules.policy import Duty
from rules.said import Decision, Note, Noted, Output


class Event(StrEnum):
    """What can happen to it."""

    TIME = "time"  # a step of its chain is due
    WORSE = "worse"  # it has lasted for long, or it is graver than it was
    ACKNOWLEDGED = "acknowledged"
    OUTCOME = "outcome"  # a person, or the end of the isolation, ends it
    CLEARED = "cleared"  # what was wrong is so no more
    NOT_REACHED = "not_reached"  # somebody who was told of it was not reached


class Turn(NamedTuple):
    """An event with all that an action may need of it."""

    event: Event
    at: Moment
    severity: Severity = Severity.HIGH
    reason: Reason = Reason.STILL_SILENT
    person_id: str = ""
    channel: Channel = Channel.SMS
    outcome: Outcome | None = None


Action = Callable[[Incident, Duty, Turn, list[Output]], Incident]


def raised(
    number: int,
    kind: Kind,
    severity: Severity,
    reason: Reason,
    duty: Duty,
    at: Moment,
    out: list[Output],
    *,
    occurred_at: Moment,
    about: str = "",
    homes: tuple[str, ...] = (),
) -> Incident:
    """A new one, and who is told of it first. ``about``: a sensor, window or part by id."""
    incident = Incident(
        number=number,
        phase=Phase.UNANSWERED,
        kind=kind,
        severity=severity,
        reason=reason,
        occurred_at=occurred_at,
        raised_at=at,
        opened_at=occurred_at,
        about=about,
        homes=homes,
    )
    out.append(Decision(occurred_at, kind, reason, number, severity, detail=about))
    if severity <= Severity.LOW or (severity is Severity.MEDIUM and _is_quiet(duty, at)):
        return incident._replace(phase=Phase.WAITING)
    return _told(chain.begin(incident, duty, at), out)


def turn(incident: Incident, duty: Duty, event: Turn, out: list[Output]) -> Incident:
    """Looks the action up and carries it out."""
    return TABLE[incident.phase, event.event](incident, duty, event, out)


def answer(given: Acknowledged | Resolved | NotReached, at: Moment) -> Turn:
    """What a person says of it, or that one was not reached."""
    if isinstance(given, NotReached):
        return Turn(Event.NOT_REACHED, at, person_id=given.person_id, channel=given.channel)
    if isinstance(given, Acknowledged):
        return Turn(Event.ACKNOWLEDGED, at, person_id=given.person_id)
    return Turn(Event.OUTCOME, at, person_id=given.person_id, outcome=given.outcome)


# -- actions -------------------------------------------------------------------------------


def _nothing(before: Incident, duty: Duty, t: Turn, out: list[Output]) -> Incident:
    return before


def _next_step(before: Incident, duty: Duty, t: Turn, out: list[Output]) -> Incident:
    return _told(chain.take_step(before, duty, t.at), out)


def _worsen(before: Incident, duty: Duty, t: Turn, out: list[Output]) -> Incident:
    """The new severity's chain replaces the old one."""
    graver = _heavier(before, duty, t, out)
    if graver is before:
        return before
    return _told(chain.begin(graver._replace(phase=Phase.UNANSWERED), duty, t.at), out)


def _heavier(before: Incident, duty: Duty, t: Turn, out: list[Output]) -> Incident:
    """Somebody has it already: it is shown as grave as it is."""
    if t.severity <= before.severity:
        return before
    out.append(Decision(t.at, before.kind, t.reason, before.number, t.severity))
    return before._replace(severity=t.severity, reason=t.reason)


def _acknowledge(before: Incident, duty: Duty, t: Turn, out: list[Output]) -> Incident:
    out.append(Noted(t.at, before.number, Note.ACKNOWLEDGED, t.person_id))
    return before._replace(
        phase=Phase.ANSWERED,
        due=NEVER,
        acknowledged_by=(*before.acknowledged_by, t.person_id),
        acknowledged_at=t.at,
    )


def _not_reached(before: Incident, duty: Duty, t: Turn, out: list[Output]) -> Incident:
    incident, told = chain.not_reached(before, duty, t.person_id, t.channel, t.at)
    if told is not None:
        out.append(told)
    return incident


def _end(before: Incident, duty: Duty, t: Turn, out: list[Output]) -> Incident:
    out.append(Noted(t.at, before.number, Note.RESOLVED, t.outcome or ""))
    return before._replace(
        phase=Phase.OVER,
        due=NEVER,
        outcome=t.outcome,
        resolved_by=t.person_id,
        resolved_at=t.at,
    )


def _clear(before: Incident, duty: Duty, t: Turn, out: list[Output]) -> Incident:
    """Over by itself, and who was told is told so; but somebody has to look at a tamper."""
    if before.kind is Kind.TAMPER:
        out.append(Noted(t.at, before.number, Note.CLEARED, before.about))
        return before
    if before.told:
        out.append(chain.recovered(before, duty, t.at))
    return _end(before, duty, t._replace(outcome=Outcome.CLEARED), out)


_ACTIONS: dict[Phase, dict[Event, Action]] = {
    Phase.WAITING: {
        Event.WORSE: _worsen,
        Event.ACKNOWLEDGED: _acknowledge,
        Event.OUTCOME: _end,
        Event.CLEARED: _clear,
    },
    Phase.UNANSWERED: {
        Event.TIME: _next_step,
        Event.NOT_REACHED: _not_reached,
        Event.WORSE: _worsen,
        Event.ACKNOWLEDGED: _acknowledge,
        Event.OUTCOME: _end,
        Event.CLEARED: _clear,
    },
    Phase.ANSWERED: {
        Event.WORSE: _heavier,
        Event.ACKNOWLEDGED: _acknowledge,
        Event.OUTCOME: _end,
        Event.CLEARED: _clear,
    },
    Phase.OVER: {
        Event.OUTCOME: _end,
    },
}
TABLE: dict[tuple[Phase, Event], Action] = {
    (phase, event): actions.get(event, _nothing)
    for phase, actions in _ACTIONS.items()
    for event in Event
}
LEADS_TO: dict[Action, tuple[Phase, ...]] = {
    _worsen: (Phase.UNANSWERED,),
    _acknowledge: (Phase.ANSWERED,),
    _end: (Phase.OVER,),
    _clear: (Phase.OVER,),
}
"""Where an action may lead, if it does not leave the phase as it is."""


def _is_quiet(duty: Duty, at: Moment) -> bool:
    return within(duty.rules.quiet_hours, at, duty.zone)


def _told(said: tuple[Incident, Output], out: list[Output]) -> Incident:
    incident, told = said
    out.append(told)
    return incident
