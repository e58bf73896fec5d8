"""What can happen to an incident, and what follows in both tables alike.

An action is given the incident, the home or grid that has it, and the event; it returns the
incident as it stands afterwards, and appends what is to be said to ``out``.
"""

from collections.abc import Callable
from enum import StrEnum
from typing import NamedTuple, Protocol, TypeAlias, TypeVar

from rules import chain
from rules.home import Incident, Phase
from rules.model import Channel, Kind, Outcome, Reason, Severity
from rules.moment import NEVER, Duration, Moment
from rules.policy import Duty
from rules.said import Note, Noted, Out


class Event(StrEnum):
    """What can happen to an incident."""

    BREACH = "breach"  # an opening, or its deadline, that somebody must look at
    TIME = "time"  # its own timer ran out: a step, the way there, the quiet after it
    WORSE = "worse"  # it has lasted for long, or it is graver than it was
    ACKNOWLEDGED = "acknowledged"
    OUTCOME = "outcome"  # a person, or the end of the isolation, says how it ended
    ISOLATION_OVER = "isolation_over"
    CLEARED = "cleared"  # what was wrong is so no more
    TAKEN_OVER = "taken_over"  # an incident of many homes speaks for it
    NOT_REACHED = "not_reached"  # somebody who was alerted was not reached


class Details(NamedTuple):
    """An event with all that an action may need of it."""

    event: Event
    at: Moment  # when it is dealt with
    kind: Kind = Kind.UNAUTHORISED_OPENING
    severity: Severity = Severity.HIGH
    reason: Reason = Reason.UNCOVERED
    occurred_at: Moment = 0
    opened_at: Moment = 0  # when the door was opened
    since: Moment | None = None
    late_by: Duration = 0  # how long after it happened we heard of it
    person_id: str = ""
    channel: Channel = Channel.SMS
    outcome: Outcome | None = None


class Owner(Protocol):
    """A home or a grid."""

    @property
    def policy(self) -> Duty: ...


Action = TypeVar("Action", bound=Callable[..., Incident])
Cells: TypeAlias = dict[tuple[Phase, Event], Action]


def table(rows: dict[Phase, dict[Event, Action]], otherwise: Action) -> Cells[Action]:
    """Every cell of a table: what follows of each event in each phase."""
    return {
        (phase, event): row.get(event, otherwise) for phase, row in rows.items() for event in Event
    }


def ignore(before: Incident, owner: Owner, e: Details, out: Out) -> Incident:
    return before


def next_step(before: Incident, owner: Owner, e: Details, out: Out) -> Incident:
    return chain.take_step(before, owner.policy, e.at, out)


def not_reached(before: Incident, owner: Owner, e: Details, out: Out) -> Incident:
    return chain.not_reached(before, owner.policy, e.person_id, e.channel, e.at, out)


def end(before: Incident, owner: Owner, e: Details, out: Out) -> Incident:
    out.append(Noted(e.at, before.number, Note.RESOLVED, e.outcome or ""))
    return before._replace(
        phase=Phase.OVER, outcome=e.outcome, resolved_by=e.person_id, resolved_at=e.at, due=NEVER
    )
