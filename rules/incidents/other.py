"""Actions of the incidents that are no opening of one door: tamper, silence, a fault, many homes.

They stay until a person says what it was, or what was wrong is so no more.
"""

from typing import NamedTuple

from rules import chain
from rules.home import Incident, Phase
from rules.incidents.event import Details, Owner, end
from rules.local import within
from rules.model import Kind, Outcome, Reason, Severity
from rules.moment import NEVER, Moment
from rules.policy import GRAVITY, Duty
from rules.said import Decision, Note, Noted, Out


class Finding(NamedTuple):
    """Something that somebody must look at."""

    kind: Kind
    occurred_at: Moment
    about: str = ""  # a sensor, window or part of the gateway by id
    homes: tuple[str, ...] = ()
    gravity: tuple[Severity, Reason] | None = None  # None: that of its kind


def raised(number: int, found: Finding, duty: Duty, at: Moment, out: Out) -> Incident:
    """A new incident; low ones, and medium ones of the quiet hours, wait for the digest."""
    kind, since, about, homes, gravity = found
    severity, reason = gravity or GRAVITY[kind]
    out.append(Decision(since, kind, reason, number, severity, detail=about))
    incident = Incident(number, Phase.UNANSWERED, kind, severity, reason, since, at, since)
    incident = incident._replace(about=about, homes=homes)
    quiet = severity is Severity.MEDIUM and within(duty.rules.quiet_hours, at, duty.zone)
    if quiet or severity is Severity.LOW:
        return incident._replace(phase=Phase.WAITING)
    return chain.begin(incident, duty, at, out)


def next_step(before: Incident, owner: Owner, e: Details, out: Out) -> Incident:
    return chain.take_step(before, owner.policy, e.at, out)


def worsen(before: Incident, owner: Owner, e: Details, out: Out) -> Incident:
    graver = only_graver(before, owner, e, out)
    if graver is before:
        return before
    return chain.begin(graver, owner.policy, e.at, out)


def only_graver(before: Incident, owner: Owner, e: Details, out: Out) -> Incident:
    if e.severity <= before.severity:
        return before
    out.append(Decision(e.at, before.kind, e.reason, before.number, e.severity))
    return before._replace(severity=e.severity, reason=e.reason)


def acknowledge(before: Incident, owner: Owner, e: Details, out: Out) -> Incident:
    out.append(Noted(e.at, before.number, Note.ACKNOWLEDGED, e.person_id))
    people = (*before.acknowledged_by, e.person_id)
    return before._replace(
        phase=Phase.ANSWERED, due=NEVER, acknowledged_by=people, acknowledged_at=e.at
    )


def clear(before: Incident, owner: Owner, e: Details, out: Out) -> Incident:
    """Whoever was told is told that it is over; but somebody has to look at a tamper."""
    if before.kind is Kind.TAMPER:
        out.append(Noted(e.at, before.number, Note.CLEARED, before.about))
        return before
    if before.alerted:
        out.append(chain.recovered(before, owner.policy, e.at))
    return end(before, owner, e._replace(outcome=Outcome.CLEARED), out)
