"""What happens at the doors, as a list in time: the story's words.

Owns the types that the story writes, the truth reads and a player plays. No behaviour.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class What(StrEnum):
    """What a sensor does. Only ``OPENED`` and ``CLOSED`` are changes of its door."""

    FIRST = "first"  # its first word of the day: the state, closed
    OPENED = "opened"
    CLOSED = "closed"
    BATTERY = "battery"  # a report (a new packet) that carries no door state
    CACHED = "cached"  # zigbee2mqtt: a battery report that repeats the contact it remembers
    REPEATED = "repeated"  # the very same message once more: same payload, same counter
    BEACON = "beacon"  # BLE: the last advertisement heard again, only the RSSI differs


class Why(StrEnum):
    """What the people behind the door are doing."""

    PARCEL = "parcel"
    SWAB = "swab"
    RUBBISH = "rubbish"
    DOCTOR = "doctor"
    NURSE = "nurse"
    CARE = "care"
    EARLY = "early"  # the courier comes within the grace before the window
    BOUNCE = "bounce"  # the door does not catch at once
    FREE = "free"  # this home does not isolate (any more, or yet)
    MEAL = "meal"  # brought to those who live alone
    SMOKER = "smoker"  # airs the room, with a pass
    FLAPPING = "flapping"  # a contact that does not hold: nobody moves the door
    LATE_COURIER = "late_courier"
    SECOND_PARCEL = "second_parcel"
    FORGOTTEN = "forgotten"  # the parcel is in, the door stays open
    OVERSTAYED = "overstayed"  # still open after the window's end and grace
    DAY_WALK = "day_walk"
    EVENING_WALK = "evening_walk"
    CURFEW_WALK = "curfew_walk"
    NIGHT_WALK = "night_walk"
    LEFT_OPEN = "left_open"
    COMES_AND_GOES = "comes_and_goes"
    BOUNCE_OUT = "bounce_out"
    TWO_DOORS = "two_doors"
    WRONG_DAY = "wrong_day"  # their visitor's window is another weekday's
    WINDOW_PAST = "window_past"  # their window's last day was yesterday
    # and what only weeks bring
    TOO_EARLY = "too_early"  # the courier comes before the grace before the window
    SWAB_AGAIN = "swab_again"  # the team comes back: the tube was mislabelled
    TEN_TIMES = "ten_times"  # somebody who leaves ten times in an evening
    GONE_FOR_HOURS = "gone_for_hours"
    FIRE = "fire"  # half a staircase at once

    @property
    def wrong(self) -> bool:
        """The author means it as a breach (for pace and colour; what is true says ``truth``)."""
        return self in _WRONG


_WRONG = frozenset(list(Why)[list(Why).index(Why.LATE_COURIER) :])


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that one sensor does at one moment (in the town's zone)."""

    at: datetime
    sensor_id: str
    what: What
    open: bool  # how its door stands from now on
    battery: int  # per cent
    rssi: int  # dBm
    why: Why | None = None  # of OPENED and CLOSED

    @property
    def moves(self) -> bool:
        """The door itself moved."""
        return self.what in (What.OPENED, What.CLOSED)
