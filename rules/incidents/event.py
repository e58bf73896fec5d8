"""What can happen to an incident, and how any of them ends."""

from enum import StrEnum
from typing import NamedTuple, TypeAlias

from rules.grid import Grid
from rules.home import Home, Incident, Phase
from rules.model import (
    Acknowledged,
    Answer,
    Channel,
    Kind,
    NotReached,
    Outcome,
    Reason,
    Resolved,
    Severity,
)
from rules.moment import NEVER, Duration, Moment
from rules.said import Note, Noted, Out

Owner: TypeAlias = Home | Grid


class Event(StrEnum):
    BREACH = "breach"  # an opening, or its deadline, that somebody must look at
    TIME = "time"  # its own timer ran out: a step, the way there, the quiet after it
    WORSE = "worse"  # it has lasted for long
    ACKNOWLEDGED = "acknowledged"
    OUTCOME = "outcome"  # somebody says how it ended, or the isolation did
    CLEARED = "cleared"  # what was wrong is so no more
    TAKEN_OVER = "taken_over"  # an incident of many homes speaks for it
    NOT_REACHED = "not_reached"  # somebody who was alerted


class Details(NamedTuple):
    """An event with what an action may need of it."""

    event: Event
    at: Moment  # when it is dealt with
    kind: Kind = Kind.UNAUTHORISED_OPENING
    severity: Severity = Severity.HIGH
    reason: Reason = Reason.UNCOVERED
    occurred_at: Moment = 0
    opened_at: Moment = 0  # when the door was opened
    since: Moment | None = None
    late_by: Duration = 0
    person_id: str = ""
    channel: Channel = Channel.SMS
    outcome: Outcome | None = None


def answer(given: Answer, at: Moment) -> Details:
    """The event that an answer is."""
    match given:
        case NotReached(_, person, channel):
            return Details(Event.NOT_REACHED, at, person_id=person, channel=channel)
        case Acknowledged(_, person):
            return Details(Event.ACKNOWLEDGED, at, person_id=person)
        case Resolved(_, person, outcome):
            return Details(Event.OUTCOME, at, person_id=person, outcome=outcome)


def end(before: Incident, owner: Owner, e: Details, out: Out) -> Incident:
    out.append(Noted(e.at, before.number, Note.RESOLVED, e.outcome or ""))
    return before._replace(
        phase=Phase.OVER, outcome=e.outcome, resolved_by=e.person_id, resolved_at=e.at, due=NEVER
    )
