"""The ledger's rows as the gateway uses them: whole, typed, already checked. Reads no files.

Minutes of the day count from local midnight: 0 to 1439. Dates and times are local to the
gateway's zone and carry none.
"""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from rules.model import Role
from rules.policy import Shift


class Language(StrEnum):
    """What a person is written to in."""

    ZH = "zh"
    EN = "en"


class Care(StrEnum):
    """Why somebody should look after a household that stays silent."""

    ALONE = "alone"
    ELDERLY = "elderly"
    INFANT = "infant"
    PREGNANT = "pregnant"
    DISABLED = "disabled"
    CHRONIC = "chronic"


class Protocol(StrEnum):
    """The format a sensor speaks; the first four are radio (BLE), the rest come by MQTT."""

    BTHOME = "bthome"
    XIAOMI = "xiaomi"
    SWITCHBOT = "switchbot"
    QINGPING = "qingping"
    ZIGBEE2MQTT = "zigbee2mqtt"
    TASMOTA = "tasmota"
    ESPHOME = "esphome"
    SHELLY = "shelly"
    THEENGS = "theengs"
    HOMEASSISTANT = "homeassistant"
    CHIRPSTACK = "chirpstack"
    JSON = "json"


BLE = frozenset({Protocol.BTHOME, Protocol.XIAOMI, Protocol.SWITCHBOT, Protocol.QINGPING})


class WindowKind(StrEnum):
    """What a permitted time range is for."""

    DELIVERY = "delivery"
    GARBAGE = "garbage"
    TEST = "test"
    MEDICAL = "medical"
    GAS = "gas"
    CARE = "care"
    VISIT = "visit"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Grid:
    """A block of households with its roster."""

    grid_id: str
    community: str = ""
    subdistrict: str = ""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody on the roster."""

    person_id: str
    name: str
    phone: str  # E.164
    role: Role
    grid_id: str | None = None  # None: all grids
    language: Language | None = None  # None: the gateway's
    duty: tuple[Shift, ...] = ()  # empty: always
    chat: str | None = None  # the name of a chat group


@dataclass(frozen=True, slots=True)
class Household:
    """A home behind a watched door."""

    household_id: str
    grid_id: str
    address: str  # short, for texts
    isolation_start: date | datetime  # a date alone: its first moment
    isolation_end: date | datetime | None = None  # a date alone: its last; None: no end known
    building: str | None = None
    unit: str | None = None
    room: str | None = None
    care: tuple[Care, ...] = ()
    phone: str | None = None  # E.164


@dataclass(frozen=True, slots=True)
class Sensor:
    """A contact sensor on a household's door."""

    sensor_id: str
    household_id: str
    protocol: Protocol
    address: str  # BLE: MAC, upper case with colons; MQTT: device name or topic, as written
    key: str | None = None  # lower-case hex
    place: str = ""
    supervision_minutes: int | None = None  # None: the protocol's


@dataclass(frozen=True, slots=True)
class Window:
    """A permitted time range that recurs. With ``end <= start`` it crosses midnight."""

    window_id: str
    applies_to: str  # "household:H1", "grid:G1" or "all"
    kind: WindowKind
    weekdays: tuple[int, ...]  # 0 = Monday; ascending; the day it starts
    start: int  # minutes of the day
    end: int  # minutes of the day, not included
    first_day: date | None = None
    last_day: date | None = None  # included
    max_openings: int | None = None  # None: unlimited
    max_open_minutes: int | None = None  # None: no limit of its own
    expected: bool = False  # no opening by its end is a welfare matter for homes with care

    @property
    def scope(self) -> str:
        """``household``, ``grid`` or ``all``."""
        return self.applies_to.partition(":")[0]

    @property
    def subject(self) -> str:
        """The household's or the grid's id; empty for ``all``."""
        return self.applies_to.partition(":")[2]
