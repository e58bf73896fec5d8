"""What can happen to a household's door incident."""

from enum import StrEnum
from typing import NamedTuple

from rules.model import Channel, Kind, Outcome, Reason, Severity
from rules.moment import Duration, Moment


class Event(StrEnum):
    """What can happen to an incident."""

    BREACH = "breach"  # an opening, or its deadline, that somebody must look at
    TIME = "time"  # its own timer ran out: a step, the way there, the quiet after it
    ACKNOWLEDGED = "acknowledged"
    OUTCOME = "outcome"  # a person says what it was
    ISOLATION_OVER = "isolation_over"
    TAKEN_OVER = "taken_over"  # an incident of many homes speaks for it
    NOT_REACHED = "not_reached"  # somebody who was told of it was not reached


class Happening(NamedTuple):
    """An event with all that an action may need of it."""

    event: Event
    at: Moment  # when it is dealt with
    kind: Kind = Kind.UNAUTHORISED_OPENING
    severity: Severity = Severity.HIGH
    reason: Reason = Reason.UNCOVERED
    occurred_at: Moment = 0
    opened_at: Moment = 0  # when the door was opened
    since: Moment | None = None
    late: Duration = 0  # how long after it happened we heard of it
    person_id: str = ""
    channel: Channel = Channel.SMS
    outcome: Outcome | None = None
