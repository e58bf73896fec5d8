"""What a step decides: decisions with their reasons, notes for a timeline, and who is told."""

from enum import StrEnum
from typing import NamedTuple, Protocol, TypeAlias

from rules.model import Channel, Kind, Reason, Role, Severity, Verdict
from rules.moment import Moment


class Alert(NamedTuple):
    """To be sent now: step ``step`` of the chain, to these people, by this channel."""

    step: int
    role: Role
    channel: Channel
    person_ids: tuple[str, ...]


class Decision(NamedTuple):
    """One decision about an opening, when it starts or when its verdict changes.

    ``verdict`` is a ``Verdict`` or the incident's ``Kind`` as it stands after it;
    ``incident`` the home's own count of incidents (None: no incident); ``at`` the moment
    that was judged, ``since`` the earliest it may have been when that is not known.
    """

    at: Moment
    verdict: Verdict | Kind
    reason: Reason
    incident: int | None = None
    severity: Severity | None = None
    since: Moment | None = None
    detail: str = ""  # the window or pass


class Note(StrEnum):
    """What else a timeline tells."""

    DOOR_CLOSED = "door_closed"
    STILL_OPEN = "still_open"
    ACKNOWLEDGED = "acknowledged"
    ON_MY_WAY_OVER = "on_my_way_over"
    HANDED_OVER = "handed_over"  # somebody is asked to go by whoever has it
    REOPENED = "reopened"
    RESOLVED = "resolved"
    TAKEN_OVER = "taken_over"  # by an incident of many homes
    CLEARED = "cleared"  # what was wrong is so no more
    JOINED = "joined"  # another home
    RECOVERED = "recovered"  # one home of several


class Noted(NamedTuple):
    """A line for an incident's timeline; nothing is decided by it."""

    at: Moment
    incident: int
    what: Note
    detail: str = ""


class Alerted(NamedTuple):
    """Alerts that leave now for an incident; they belong to the chain begun at ``begun_at``."""

    at: Moment
    incident: int
    severity: Severity
    alerts: tuple[Alert, ...]
    begun_at: Moment
    recovery: bool = False  # that it is over, to those who were told of it
    in_place_of: str = ""  # somebody whose duty was over before the alert could leave


class DigestDue(NamedTuple):
    """It is time for a grid's digest: what waits is told to those on duty."""

    at: Moment
    since: Moment = 0  # of the one before; 0: there was none
    incident: None = None  # it is about none


Output: TypeAlias = Decision | Noted | Alerted | DigestDue


class Out(Protocol):
    """Where a step says what it decides, in order: a list that holds at least these."""

    def append(self, said: Output, /) -> None: ...
