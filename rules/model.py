"""The words the rules speak: doors, verdicts, incidents, and what may be said to a home.

Everything here is frozen. Types only; what they mean is decided in ``rules.step``.
"""

from enum import IntEnum, StrEnum
from typing import NamedTuple, TypeAlias

from rules.moment import MINUTE, Duration, Moment


class Door(StrEnum):
    """What a contact sensor says of its door."""

    OPEN = "open"
    CLOSED = "closed"


class Severity(IntEnum):
    """How much it matters; compares in that order. The outside says the lower-case name."""

    LOW = 1
    MEDIUM = 2
    HIGH = 3
    CRITICAL = 4

    @property
    def word(self) -> str:
        return self.name.lower()


class Kind(StrEnum):
    """What an incident is. The door kinds stand first, from the least grave to the gravest."""

    INFERRED_OPENING = "inferred_opening"
    WINDOW_OVERRUN = "window_overrun"
    HELD_OPEN = "held_open"
    UNAUTHORISED_OPENING = "unauthorised_opening"
    REPEATED_OPENING = "repeated_opening"
    MASS_OPENING = "mass_opening"
    TAMPER = "tamper"
    SENSOR_SILENT = "sensor_silent"
    SENSOR_FAULT = "sensor_fault"
    BATTERY_LOW = "battery_low"
    WELFARE = "welfare"
    GATEWAY_FAULT = "gateway_fault"
    EMERGENCY = "emergency"


class Verdict(StrEnum):
    """What a decision says when it is not an incident's kind."""

    PERMITTED = "permitted"
    NOT_ISOLATING = "not_isolating"
    COMMISSIONING = "commissioning"


class Reason(StrEnum):
    """Why a decision was made: one word for each line of the policy."""

    WINDOW = "window"  # a window with openings left covers the start
    PASS = "pass"
    NOT_ISOLATING = "not_isolating"
    COMMISSIONING = "commissioning"  # an installer is trying this sensor
    WINDOW_USED_UP = "window_used_up"  # a window covers it, but its openings are used
    UNCOVERED = "uncovered"
    CURFEW = "uncovered_in_curfew"
    TOO_LONG = "open_too_long"  # past what the window or pass allows one opening
    PAST_END = "open_past_end"  # past the end of the window or pass and the grace
    STILL_OPEN = "still_open"  # uncovered, and open for held_open_minutes
    STANDING_OPEN = "standing_open"  # found open, nobody knows since when; or isolation began
    REPEATED = "repeated"  # that many uncovered openings within the hour
    BETWEEN = "between"  # at an unknown moment, and the verdict depends on which
    TIME_UNVERIFIED = "time_unverified"  # nobody knows the time, so no window can excuse it
    FLAPPING = "flapping"  # so many starts of one sensor that it tells nothing
    MANY_HOMES = "many_homes"  # of one grid, within minutes
    TAMPERED = "tampered"
    BATTERY = "battery"
    SILENT = "silent"  # nothing for the supervision interval, or its relay is gone
    STILL_SILENT = "still_silent"
    COMMON_CAUSE = "common_cause"  # several households lost at about the same moment
    NOT_OPENED = "not_opened"  # a window in which the door should have been opened
    FAULT = "fault"  # a part of the gateway
    DECLARED = "declared"  # by somebody in the household


class Outcome(StrEnum):
    """How an incident ended: the first seven are said by a person, the rest by the rules."""

    RETURNED = "returned"
    PERMITTED_AFTER_ALL = "permitted_after_all"
    FALSE_ALARM = "false_alarm"
    EMERGENCY_EXIT = "emergency_exit"
    MOVED = "moved"
    SENSOR_FAULT = "sensor_fault"
    AT_HOME = "at_home"
    UNVERIFIED = "unverified"
    ISOLATION_ENDED = "isolation_ended"
    CLEARED = "cleared"  # the sensor is heard again, the battery is full


class Role(StrEnum):
    """Whom the escalation can address."""

    MEMBER = "member"
    LEADER = "leader"
    COMMUNITY = "community"
    COMMAND = "command"
    OPS = "ops"
    INSTALLER = "installer"


class Channel(StrEnum):
    """The kinds of way to a person; which provider serves a kind is configuration."""

    SMS = "sms"
    VOICE = "voice"
    CHAT = "chat"


# -- what may be said to a home ------------------------------------------------------------


class DoorSeen(NamedTuple):
    """A sensor's door state.

    ``at`` is when it happened, never after ``now`` of the step. ``since`` is set when we
    were not watching before it (first word after a gap, retained, cached, a counter that
    jumped): the last sure moment. A state with ``since`` that differs from the remembered
    one is evidence of a change at an unknown moment in between, not a change now.
    ``missed``: the sensor's counter says that its door moved unheard between ``since`` and ``at``.
    """

    sensor_id: str
    door: Door
    at: Moment
    since: Moment | None = None
    missed: bool = False


class Sensed(NamedTuple):
    """What a sensor says of itself; None: it says nothing of that."""

    sensor_id: str
    tamper: bool | None = None  # True: it was removed or opened
    battery: int | None = None  # per cent
    battery_low: bool | None = None  # its own flag


class Tick(NamedTuple):
    """Time has passed. Any schedule of ticks yields the same decisions at the same moments."""


class Acknowledged(NamedTuple):
    """Somebody on the roster takes the incident."""

    incident: int
    person_id: str


class HandedOver(NamedTuple):
    """``by`` takes the incident and asks ``person_id`` to go: who is told at once, and has it as
    soon as they say so themselves."""

    incident: int
    by: str
    person_id: str


class Resolved(NamedTuple):
    """Somebody says what it was."""

    incident: int
    person_id: str
    outcome: Outcome


class NotReached(NamedTuple):
    """An alert ended without reaching anybody: refused, undelivered, busy, no answer, voicemail."""

    incident: int
    person_id: str
    channel: Channel


Answer: TypeAlias = Acknowledged | Resolved | NotReached


class Resumed(NamedTuple):
    """The gateway is back after it was down; what fell due meanwhile merges."""

    since: Moment | None = None  # the last moment at which it is known to have watched


class ClockChanged(NamedTuple):
    """The clock can be trusted from now on, or no longer; it moved by ``offset`` at that."""

    verified: bool
    offset: Duration = 0


class Commissioned(NamedTuple):
    """An installer tries a sensor until then: its openings are theirs."""

    sensor_id: str
    until: Moment
    by: str = ""  # who; "": nobody said


class PassGranted(NamedTuple):
    """A one-off permission for an opening that starts in [start, end)."""

    pass_id: str
    start: Moment
    end: Moment
    max_open: Duration = 10 * MINUTE
    incident: int | None = None  # granted from it: an open door is covered, the incident over
    own: bool = False  # taken by the resident: so many a day
    by: str = ""  # who granted it
    kind: str = "other"  # what it is for; decides nothing


class PassRevoked(NamedTuple):
    """A pass is taken back before it was used."""

    pass_id: str
    by: str = ""


class EmergencyDeclared(NamedTuple):
    """Somebody in the household calls for help. It is never a pass."""


class Watched(NamedTuple):
    """Whether every door of the home is observed from now on."""

    yes: bool


class TakenOver(NamedTuple):
    """Many homes opened at once: one incident of the grid speaks for the home's own."""

    incident: int  # the home's own
