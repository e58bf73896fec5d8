"""What is remembered of one household between two steps."""

from enum import StrEnum
from typing import NamedTuple

from rules.model import Channel, Door, Kind, Outcome, PassGranted, Reason, Severity
from rules.moment import NEVER, Duration, Moment, by_position
from rules.policy import Policy
from rules.windows.calendar import NO_PLAN, Plan
from rules.windows.cover import Cover, Used, use


class KnownDoor(NamedTuple):
    sensor_id: str
    door: Door
    at: Moment  # since when it stands so
    said_at: Moment  # the last moment of which it said so


class Opening(NamedTuple):
    """The household's opening: from the first sensor that opened until all are closed."""

    started_at: Moment
    closed_at: Moment | None  # None: still open
    deadline: Moment  # when an open door becomes (or worsens) an incident; NEVER: it is told
    becomes: Kind | None  # what it then is; None: it was uncovered, so it worsens
    windows: tuple[str, ...] = ()  # whose cover it has used (or the pass), the present one last


class Phase(StrEnum):
    """Where an incident stands; ``rules.tables`` says what may happen in each."""

    NONE = "none"
    UNANSWERED = "unanswered"  # the chain runs
    ON_MY_WAY = "on_my_way"  # acknowledged, and the time to get there has not passed
    ANSWERED = "answered"  # acknowledged, that time has passed, the door is closed
    SETTLED = "settled"  # resolved by itself; a new opening soon takes it up again
    SHARED = "shared"  # an incident of many homes speaks for it
    WAITING = "waiting"  # for the digest
    OVER = "over"


class Incident(NamedTuple):
    number: int  # the household's or grid's own count, from 1
    phase: Phase
    kind: Kind
    severity: Severity
    reason: Reason
    occurred_at: Moment
    raised_at: Moment
    # the opening that people are told of: the last one that was a breach
    opened_at: Moment = 0
    since: Moment | None = None  # inferred: not before this moment
    late_by: Duration = 0  # how long after it happened we heard of it
    # the chain
    chain: Severity = Severity.LOW  # whose steps are taken
    begun_at: Moment = 0
    next_step: int = 0
    due: Moment = NEVER  # the next thing that time alone does in this phase
    alerted_at: Moment = 0
    alerted: tuple[tuple[str, Channel, Moment], ...] = ()  # whom so far, how, when last
    unreached: tuple[tuple[str, Channel], ...] = ()  # of those who were told last
    # the answer
    acknowledged_by: tuple[str, ...] = ()
    acknowledged_at: Moment = 0
    on_my_way_until: Moment = 0
    resolved_by: str = ""
    resolved_at: Moment = 0
    outcome: Outcome | None = None
    # of other incidents
    about: str = ""  # a sensor, a window, a part of the gateway
    homes: tuple[str, ...] = ()
    untold: bool = False  # it opened when nobody was left to be told: the chain starts again soon


class Condition(NamedTuple):
    """What a sensor said of itself and has not taken back: ``tamper``, ``battery_low``."""

    sensor_id: str
    kind: Kind
    at: Moment
    raised: bool = False  # there is an incident of it


class Faulty(NamedTuple):
    """A sensor that flapped: its openings are not told one by one."""

    sensor_id: str
    flapped_at: Moment  # these three: when last
    started_at: Moment
    alerted_at: Moment


class Doubt(NamedTuple):
    """An opening that was judged while nobody knew the time."""

    at: Moment
    since: Moment | None = None
    alerted: bool = True  # False: by that clock it lay outside the order


class Rest(NamedTuple):
    """What a reading of a door rarely changes."""

    due: Moment = NEVER
    numbered: int = 0  # incidents so far, of every kind
    incidents: tuple[Incident, ...] = ()  # the other kinds
    past: tuple[Incident, ...] = ()  # of the door, before the present one
    conditions: tuple[Condition, ...] = ()
    starts: tuple[tuple[str, Moment], ...] = ()  # within ``flap`` of the last
    faulty: tuple[Faulty, ...] = ()
    watched: bool = True  # every door is observed
    unwatched_at: Moment = 0  # the last moment at which one was not
    asked_after: Moment = 0  # windows that ended before are dealt with
    verified: bool = True  # the clock
    doubtful_since: Moment = NEVER  # when it was not, last
    doubts: tuple[Doubt, ...] = ()  # openings since then, to be judged again
    own_passes: tuple[int, int] = (0, 0)  # local day, passes that the resident took on it
    perhaps: Used = ()  # windows and passes (day 0) that openings may have been under


class Home(NamedTuple):
    policy: Policy
    due: Moment = NEVER  # the earliest moment at which time alone changes something
    doors: tuple[KnownDoor, ...] = ()
    opening: Opening | None = None
    incident: Incident | None = None
    used: Used = ()  # openings of windows that count them
    passes: tuple[PassGranted, ...] = ()
    uncovered: tuple[Moment, ...] = ()  # starts that count towards repeated_opening
    plan: Plan = NO_PLAN  # today's windows; not part of what is stored
    commissioning: tuple[tuple[str, Moment], ...] = ()  # sensors that are tried, and until when
    rest: Rest = Rest()


UNRESOLVED = (Phase.UNANSWERED, Phase.ON_MY_WAY, Phase.ANSWERED, Phase.SHARED, Phase.WAITING)


def still_open(home: Home) -> Opening | None:
    """The household's opening, if it has not ended."""
    opening = home.opening
    return opening if opening is not None and opening.closed_at is None else None


def ends_with_order(incident: Incident, end: Moment) -> bool:
    """Unresolved until then. Late news, raised after the end of the order, does not end with it;
    nor a call for help."""
    if incident.phase not in UNRESOLVED or incident.kind is Kind.EMERGENCY:
        return False
    return not incident.occurred_at < end <= incident.raised_at


def due_of(
    opening: Opening | None, incident: Incident | None, policy: Policy, rest: Rest
) -> Moment:
    """When time alone next changes a home."""
    due = rest.due
    if opening is not None and opening.closed_at is None and opening.deadline < due:
        due = opening.deadline
    if incident is not None:
        due = min(due, incident.due)
        if ends_with_order(incident, policy.isolation_end):
            due = min(due, policy.isolation_end)
    return due


def moved(
    home: Home,
    doors: tuple[KnownDoor, ...],
    opening: Opening | None,
    cover: Cover | None = None,
) -> Home:
    """The home with its doors and opening as they now are; ``cover`` is one opening poorer."""
    policy, _, _, _, incident, used, passes, uncovered, plan, tried, rest = home
    if cover is not None:
        if cover.day:
            used = use(used, cover)
        elif cover.by_pass:
            passes = tuple(granted for granted in passes if granted.pass_id != cover.name)
    due = due_of(opening, incident, policy, rest)
    fields = policy, due, doors, opening, incident, used, passes, uncovered, plan, tried, rest
    return by_position(Home, fields)


def with_cover(home: Home, cover: Cover) -> Home:
    """The home with a window or pass one opening poorer."""
    return moved(home, home.doors, home.opening, cover)
