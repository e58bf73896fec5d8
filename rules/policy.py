"""What holds for a household or grid, from rules.toml and the ledger. Types and defaults only."""

from datetime import date
from typing import NamedTuple, TypeAlias
from zoneinfo import ZoneInfo

from rules.model import Channel, Kind, Outcome, Reason, Role, Severity
from rules.moment import HOUR, MINUTE, NEVER, SECOND, Duration, Moment

EVERY_DAY = (0, 1, 2, 3, 4, 5, 6)  # Monday is 0


class Shift(NamedTuple):
    """Recurring local hours, in minutes of the day. ``end`` <= ``start``: of the next day."""

    days: tuple[int, ...]
    start: int
    end: int  # not included


class Window(NamedTuple):
    """When openings are permitted. Belongs to the day on which it starts."""

    window_id: str
    hours: Shift
    first_day: date | None = None
    last_day: date | None = None
    max_openings: int | None = None  # a day
    max_open: Duration | None = None  # for each
    kind: str = "other"
    expected: bool = False  # a home that needs care opens in it, or somebody asks after them


class Person(NamedTuple):
    """Somebody on the roster; without shifts always on duty."""

    person_id: str
    role: Role
    shifts: tuple[Shift, ...] = ()


class Step(NamedTuple):
    after: Duration
    targets: tuple[tuple[Role, Channel], ...]


def _chain(text: str) -> tuple[Step, ...]:
    """Parses ``5 member voice, leader sms; 10 ...``: minutes, then whom by which channels."""
    steps = []
    for line in text.split(";"):
        minutes, whom = line.split(maxsplit=1)
        pairs = (part.split() for part in whom.split(","))
        targets = tuple((Role(r), Channel(way)) for r, ways in pairs for way in ways.split("+"))
        steps.append(Step(int(minutes) * MINUTE, targets))
    return tuple(steps)


CHAINS: dict[Severity, tuple[Step, ...]] = {
    Severity.CRITICAL: _chain(
        "0 member sms+voice, leader sms; 5 leader voice;"
        "10 community sms+voice; 30 command sms+voice"
    ),
    Severity.HIGH: _chain(
        "0 member sms; 5 member voice, leader sms; 10 leader voice;"
        "20 community sms; 30 command sms+voice"
    ),
    Severity.MEDIUM: _chain("0 member sms; 15 leader sms"),
    Severity.LOW: (),
}
MASS_CHAIN = _chain(  # perhaps a fire
    "0 member sms+voice, leader sms+voice, command sms+voice; 10 community sms+voice"
)
OPS_CHAIN = _chain("0 ops sms; 10 ops voice; 30 command sms")


GRAVITY = {  # of an opening ``judge`` says it; of a silence it depends
    Kind.EMERGENCY: (Severity.CRITICAL, Reason.DECLARED),
    Kind.MASS_OPENING: (Severity.CRITICAL, Reason.MANY_HOMES),
    Kind.TAMPER: (Severity.HIGH, Reason.TAMPERED),
    Kind.SENSOR_FAULT: (Severity.HIGH, Reason.FLAPPING),
    Kind.GATEWAY_FAULT: (Severity.HIGH, Reason.FAULT),
    Kind.WELFARE: (Severity.MEDIUM, Reason.NOT_OPENED),
    Kind.BATTERY_LOW: (Severity.LOW, Reason.BATTERY),
}
SHUT = (Outcome.RETURNED, Outcome.FALSE_ALARM, Outcome.AT_HOME)
"""Whoever says so was there and saw the doors shut: a closing that the radio lost is not waited
for, and a door that is heard to be open after that was opened."""


class Rules(NamedTuple):
    """The numbers of rules.toml; its keys without the unit."""

    window_grace: Duration = 5 * MINUTE
    rejoin: Duration = 10 * SECOND
    held_open: Duration = 3 * MINUTE
    curfew: tuple[int, int] = (22 * 60, 6 * 60)  # minutes of the local day
    merge: Duration = 10 * MINUTE  # answered and closed so long: resolved; opened so soon: reopened
    on_my_way: Duration = 10 * MINUTE
    repeat_openings: int = 3
    repeat: Duration = 60 * MINUTE
    repeat_alert: Duration = 60 * MINUTE
    remind: Duration = 4 * HOUR
    flap_openings: int = 6
    flap: Duration = 2 * MINUTE
    flap_reset: Duration = 8 * HOUR
    late: Duration = 60 * SECOND  # heard of so long after it happened
    self_passes_per_day: int = 2
    silent_escalate: Duration = 120 * MINUTE
    common_cause_households: int = 3
    mass_openings: int = 5
    quiet_hours: tuple[int, int] = (22 * 60, 7 * 60)  # minutes of the local day
    digest: int = 8 * 60 + 30  # minute of the local day
    chains: dict[Severity, tuple[Step, ...]] = CHAINS


class Policy(NamedTuple):
    """What ``rules.step`` must know of a household besides what happened there."""

    household_id: str
    zone: ZoneInfo
    rules: Rules = Rules()
    windows: tuple[Window, ...] = ()
    isolation_start: Moment = 0
    isolation_end: Moment = NEVER  # not included
    roster: tuple[Person, ...] = ()
    sensor_ids: frozenset[str] | None = None  # those on its doors; None: whichever speak
    care: bool = False  # somebody lives there who is asked after


class PolicyChanged(NamedTuple):
    policy: Policy


class Supervised(NamedTuple):
    sensor_id: str
    household_id: str
    receiver: str  # what hears it: radio, broker
    every: Duration | None  # silent for longer: gone. None: unsupervised
    isolation_start: Moment = 0
    isolation_end: Moment = NEVER


class GridPolicy(NamedTuple):
    """What ``rules.grid_step`` must know of a grid. ``grid_id`` blank: the gateway itself."""

    grid_id: str
    zone: ZoneInfo
    rules: Rules = Rules()
    roster: tuple[Person, ...] = ()
    sensors: tuple[Supervised, ...] = ()


class GridPolicyChanged(NamedTuple):
    policy: GridPolicy


Duty: TypeAlias = Policy | GridPolicy  # who answers, by which rules
