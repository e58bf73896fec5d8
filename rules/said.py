"""What a step answers: decisions with their reasons, lines for a timeline, and who is told."""

from enum import StrEnum
from typing import NamedTuple, Protocol, TypeAlias

from rules.model import Channel, Kind, Reason, Role, Severity, Verdict
from rules.moment import Moment


class Alert(NamedTuple):
    """To be sent now: step ``step`` of the chain."""

    step: int
    role: Role
    channel: Channel
    person_ids: tuple[str, ...]


class Decision(NamedTuple):
    """A verdict on an opening, when it starts or when the verdict changes; or another incident."""

    at: Moment  # the moment that was judged
    verdict: Verdict | Kind  # the incident's kind as it stands after this
    reason: Reason
    incident: int | None = None  # its number
    severity: Severity | None = None
    since: Moment | None = None  # the earliest it may have been, if nobody knows
    detail: str = ""  # the window or pass


class Note(StrEnum):
    DOOR_CLOSED = "door_closed"
    STILL_OPEN = "still_open"
    ACKNOWLEDGED = "acknowledged"
    ON_MY_WAY_OVER = "on_my_way_over"
    HANDED_OVER = "handed_over"
    REOPENED = "reopened"
    RESOLVED = "resolved"
    TAKEN_OVER = "taken_over"  # by an incident of many homes
    CLEARED = "cleared"  # the tamper, not the incident
    JOINED = "joined"  # another home
    RECOVERED = "recovered"  # one home of several


class Noted(NamedTuple):
    """A line for an incident's timeline; it decides nothing."""

    at: Moment
    incident: int
    what: Note
    detail: str = ""


class Alerted(NamedTuple):
    """Alerts that leave now."""

    at: Moment
    incident: int
    severity: Severity
    alerts: tuple[Alert, ...]
    begun_at: Moment  # of the chain to which they belong
    recovery: bool = False  # that it is over
    in_place_of: str = ""  # somebody whose duty was over before the alert could leave


class DigestDue(NamedTuple):
    """Time for a grid's digest: what waits is told to those on duty."""

    at: Moment
    since: Moment = 0  # of the one before; 0: there was none
    incident: None = None


Output: TypeAlias = Decision | Noted | Alerted | DigestDue


class Out(Protocol):
    """Where a step puts what it says: a list that holds at least these."""

    def append(self, said: Output, /) -> None: ...
