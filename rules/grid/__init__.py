"""What may be said to a grid (``rules.grid_step``) and is remembered of it. Types only.

The gateway itself is a grid without a name, with its faults.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple, TypeAlias

from rules.home import Incident
from rules.model import (
    Answer,
    ClockChanged,
    HandedOver,
    Resolved,
    Resumed,
    TakenOver,
    Tick,
    Watched,
)  # fmt: skip
from rules.moment import NEVER, Moment
from rules.policy import GridPolicy, GridPolicyChanged
from rules.said import Output


class HeardFrom(NamedTuple):
    """When sensors were last heard, repeats too."""

    heard: tuple[tuple[str, Moment], ...]


class Lost(NamedTuple):
    """Its relay says that a sensor is gone; its next word ends that."""

    sensor_id: str


class ReceiverChanged(NamedTuple):
    """What hears some of the sensors: ``radio``, ``broker``."""

    receiver: str
    up: bool


class FaultChanged(NamedTuple):
    part: str
    failed: bool


class Breached(NamedTuple):
    household_id: str
    number: int  # of its own incident
    at: Moment
    opening: bool = True  # uncovered, and just now
    tamper: bool = False


GridInput: TypeAlias = (
    HeardFrom | Lost | ReceiverChanged | FaultChanged | Breached | GridPolicyChanged
    | Answer | HandedOver | Tick | Resumed | ClockChanged
)  # fmt: skip


class ToHome(NamedTuple):
    """An input of ``rules.step`` for one of its homes."""

    household_id: str
    given: Watched | TakenOver | Resolved


GridOutput: TypeAlias = Output | ToHome


class Silent(NamedTuple):
    sensor_id: str
    household_id: str
    since: Moment  # its last reading: unobserved from there on
    at: Moment  # when that was too long ago
    incident: int | None = None  # None: told in a moment, of it or of many


class Fault(NamedTuple):
    part: str
    since: Moment
    incident: int | None = None


class Shared(NamedTuple):
    """A home's incident that an incident of the grid speaks for."""

    incident: int
    household_id: str
    number: int


class Grid(NamedTuple):
    """The state of ``rules.grid_step``. Its mappings are replaced, never changed."""

    policy: GridPolicy
    due: Moment = NEVER
    policy_since: Moment = 0
    numbered: int = 0  # incidents so far
    incidents: tuple[Incident, ...] = ()
    counts_from: Mapping[str, Moment] = MappingProxyType({})  # by sensor: silence counts from here
    lost: Mapping[str, Moment] = MappingProxyType({})  # given up by their relay, until heard
    silent: tuple[Silent, ...] = ()
    deaf: tuple[tuple[str, Moment], ...] = ()  # receivers that are down, and since when
    faults: tuple[Fault, ...] = ()
    suspected: Mapping[str, Moment] = MappingProxyType({})  # by household: last breach
    tampered: Mapping[str, Moment] = MappingProxyType({})  # by household: last tamper
    openings: tuple[Breached, ...] = ()  # within the last minutes
    shared: tuple[Shared, ...] = ()
    digest_at: Moment = NEVER  # the next digest
    digested: Moment = 0  # the last one
