"""The words the rules speak, and what may be said to a home. Types only."""

from enum import IntEnum, StrEnum
from typing import NamedTuple, TypeAlias

from rules.moment import MINUTE, Duration, Moment


class Door(StrEnum):
    OPEN = "open"
    CLOSED = "closed"


class Severity(IntEnum):
    """Compares in this order. The outside says the lower-case name."""

    LOW = 1
    MEDIUM = 2
    HIGH = 3
    CRITICAL = 4

    @property
    def word(self) -> str:
        return self.name.lower()


class Kind(StrEnum):
    """What an incident is. The door kinds come first, least grave to gravest."""

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
    WINDOW = "window"  # a window with openings left covers the start
    PASS = "pass"
    NOT_ISOLATING = "not_isolating"
    COMMISSIONING = "commissioning"  # an installer is trying this sensor
    WINDOW_USED_UP = "window_used_up"
    UNCOVERED = "uncovered"
    CURFEW = "uncovered_in_curfew"
    TOO_LONG = "open_too_long"  # past what the window or pass allows one opening
    PAST_END = "open_past_end"  # of the window or pass, and the grace
    STILL_OPEN = "still_open"  # uncovered, and open for held_open_minutes
    STANDING_OPEN = "standing_open"  # found open, nobody knows since when; or isolation began
    REPEATED = "repeated"
    BETWEEN = "between"  # at an unknown moment, and the verdict depends on which
    TIME_UNVERIFIED = "time_unverified"  # so no window can excuse it
    FLAPPING = "flapping"  # so many starts of one sensor that it tells nothing
    MANY_HOMES = "many_homes"
    TAMPERED = "tampered"
    BATTERY = "battery"
    SILENT = "silent"
    STILL_SILENT = "still_silent"
    COMMON_CAUSE = "common_cause"  # several households, at about the same moment
    NOT_OPENED = "not_opened"  # nobody took in the meal
    FAULT = "fault"  # a part of the gateway
    DECLARED = "declared"


class Outcome(StrEnum):
    """How an incident ended: people say the first seven, the rules the rest."""

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
    MEMBER = "member"
    LEADER = "leader"
    COMMUNITY = "community"
    COMMAND = "command"
    OPS = "ops"
    INSTALLER = "installer"


class Channel(StrEnum):
    SMS = "sms"
    VOICE = "voice"
    CHAT = "chat"


# -- what may be said to a home ------------------------------------------------------------


class DoorSeen(NamedTuple):
    """A sensor's door state. With ``since`` it may have changed at any moment since then."""

    sensor_id: str
    door: Door
    at: Moment  # when it happened, never after ``now`` of the step
    since: Moment | None = None  # the last sure moment, if we were not watching until ``at``
    missed: bool = False  # by its counter the door moved unheard between ``since`` and ``at``


class Sensed(NamedTuple):
    """What a sensor says of itself; None: nothing."""

    sensor_id: str
    tamper: bool | None = None  # True: it was removed or opened
    battery: int | None = None  # per cent
    battery_low: bool | None = None  # its own flag


class Tick(NamedTuple):
    """Time has passed."""


class Acknowledged(NamedTuple):
    incident: int
    person_id: str


class HandedOver(NamedTuple):
    """``by`` takes the incident and asks ``person_id`` to go, who has it once they say so."""

    incident: int
    by: str
    person_id: str


class Resolved(NamedTuple):
    incident: int
    person_id: str
    outcome: Outcome


class NotReached(NamedTuple):
    """An alert reached nobody: refused, undelivered, busy, no answer, voicemail."""

    incident: int
    person_id: str
    channel: Channel


class Resumed(NamedTuple):
    since: Moment | None = None  # the last moment at which it is known to have watched


class ClockChanged(NamedTuple):
    """The clock can be trusted from now on, or no longer; it moved by ``offset`` ms."""

    verified: bool
    offset: Duration = 0


class Commissioned(NamedTuple):
    """An installer tries a sensor: its openings are theirs."""

    sensor_id: str
    until: Moment
    by: str = ""


class PassGranted(NamedTuple):
    """A permission for one opening that starts in [start, end)."""

    pass_id: str
    start: Moment
    end: Moment
    max_open: Duration = 10 * MINUTE
    incident: int | None = None  # granted from it: an open door is covered, the incident over
    own: bool = False  # taken by the resident: so many a day
    by: str = ""
    kind: str = "other"  # what it is for; decides nothing


class PassRevoked(NamedTuple):
    pass_id: str
    by: str = ""


class EmergencyDeclared(NamedTuple):
    """The household calls for help. Never a pass."""


class Watched(NamedTuple):
    yes: bool  # every door of the home is observed from now on


class TakenOver(NamedTuple):
    """Many homes opened at once: an incident of the grid speaks for the home's ``incident``."""

    incident: int


Answer: TypeAlias = Acknowledged | Resolved | NotReached
ByPeople: TypeAlias = Answer | HandedOver | PassGranted | PassRevoked | EmergencyDeclared
BySensors: TypeAlias = DoorSeen | Sensed | Commissioned
ByGateway: TypeAlias = Tick | Resumed | ClockChanged | Watched | TakenOver
