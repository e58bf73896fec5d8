"""What is right: every opening of every home judged from the whole day, in the plainest way.

Owns the reference against which a gateway is held. It shares no code with ``rules`` and does
not reckon the way they do: it sees all days at once, in the time on the wall, and asks for
each opening by itself. It knows of no gaps and no clocks that are wrong: it was there.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from simulators.neighbourhood.events import Event, What
from simulators.neighbourhood.town import Household, Pass, Town, Window

GRACE = timedelta(minutes=5)  # before a window's start and after its end
REJOIN = timedelta(seconds=10)  # a door that opens again so soon never closed
HELD_OPEN = timedelta(minutes=3)  # an uncovered door that stands open longer is graver
REPEAT, REPEAT_OPENINGS = timedelta(minutes=60), 3  # so many uncovered openings in that time
FLAP = timedelta(minutes=2)  # starts within it count once among those
CURFEW_FROM, CURFEW_TO = time(22), time(6)
SEVERITIES = ("low", "medium", "high", "critical")


class Verdict(StrEnum):
    """What an opening was."""

    PERMITTED = "permitted"
    NOT_ISOLATING = "not_isolating"
    BREACH = "breach"


@dataclass(frozen=True, slots=True)
class Expected:
    """A breach: from ``at`` on, there has to be an incident at least this grave."""

    household_id: str
    kind: str  # unauthorised_opening, window_overrun, held_open
    at: datetime
    severity: str
    opening_at: datetime


@dataclass(frozen=True, slots=True)
class Rise:
    """A breach that becomes graver while nobody answers."""

    household_id: str
    at: datetime
    severity: str
    why: str  # held_open, repeated_opening


@dataclass(slots=True)
class Opening:
    """A home stands open: from the first of its doors to open until all are closed."""

    household_id: str
    start: datetime
    end: datetime | None  # None: still open when the story ends
    sensor_ids: list[str]
    verdict: Verdict = Verdict.PERMITTED
    window_ids: list[tuple[str, date]] = field(default_factory=list)  # which it used up one of
    pass_id: str = ""  # which it used up
    deadline: datetime | None = None  # by when it had to be closed
    breach: Expected | None = None

    def open_at(self, moment: datetime) -> bool:
        return self.start <= moment and (self.end is None or moment < self.end)


@dataclass(frozen=True, slots=True)
class Truth:
    """The day, judged until ``until``."""

    town: Town
    until: datetime
    openings: tuple[Opening, ...]
    rises: tuple[Rise, ...]

    def of(self, verdict: Verdict) -> tuple[Opening, ...]:
        return tuple(o for o in self.openings if o.verdict is verdict)

    @property
    def permitted(self) -> tuple[Opening, ...]:
        return self.of(Verdict.PERMITTED)

    @property
    def breaches(self) -> tuple[Opening, ...]:
        return self.of(Verdict.BREACH)

    @property
    def expected(self) -> tuple[Expected, ...]:
        found = [o.breach for o in self.openings if o.breach]
        return tuple(sorted(found, key=lambda e: (e.at, e.household_id)))


def truth(town: Town, events: Iterable[Event], until: datetime | None = None) -> Truth:
    """Judge the events. What would become a breach after ``until`` (default: the midnight
    that ends the last day) is none yet. Raises ValueError where a door opens that stands open."""
    until = until or town.at(time(0), days=town.days)
    homes = {s.sensor_id: s.household_id for s in town.sensors}
    told: dict[str, list[Event]] = defaultdict(list)
    for event in sorted((e for e in events if e.moves and e.at < until), key=lambda e: e.at):
        told[homes[event.sensor_id]].append(event)
    openings: list[Opening] = []
    rises: list[Rise] = []
    for home in town.households:
        mine = openings_of(home.household_id, told[home.household_id])
        for index, opening in enumerate(mine):
            _judge(town, home, opening, mine[:index], until)
        openings += mine
        rises += _rises(mine, until)
    openings.sort(key=lambda o: (o.start, o.household_id))
    return Truth(town, until, tuple(openings), tuple(rises))


def openings_of(household_id: str, told: Sequence[Event]) -> list[Opening]:
    """The openings of one home, from the moves of its doors in order of time."""
    openings: list[Opening] = []
    since: dict[str, datetime] = {}  # the doors that stand open
    for event in told:
        sensor_id = event.sensor_id
        if (event.what is What.OPENED) == (sensor_id in since):
            raise ValueError(f"{sensor_id} {event.what} at {event.at}, but it already is")
        if event.what is What.CLOSED:
            del since[sensor_id]
            for opening in openings:
                if not since and opening.end is None:
                    opening.end = event.at
            continue
        last = openings[-1] if openings else None
        if since:  # another door of the home stands open already
            anew = event.at - min(since.values()) > HELD_OPEN
        else:
            anew = last is None or last.end is None or event.at - last.end > REJOIN
        since[sensor_id] = event.at
        if anew or last is None:
            openings.append(Opening(household_id, event.at, None, [sensor_id]))
        else:
            last.end = None
            last.sensor_ids.append(sensor_id)
    return openings


def _judge(
    town: Town, home: Household, opening: Opening, before: Sequence[Opening], until: datetime
) -> None:
    start = opening.start
    begun, released = isolation(town, home)
    if not begun <= start < released:
        opening.verdict = Verdict.NOT_ISOLATING
        if start < begun and opening.open_at(begun + HELD_OPEN) and begun + HELD_OPEN < until:
            _breach(opening, "held_open", begun + HELD_OPEN, "high")
        return
    chosen = choose(town, home, start, before)
    granted = None if chosen else _pass(town, home, start, before)
    if chosen is None and granted is None:
        if covering(town, home, start):  # used up
            _breach(opening, "window_overrun", start, "medium")
        else:
            _breach(opening, "unauthorised_opening", start, "critical" if curfew(start) else "high")
        return
    while True:  # as long as another window takes an open door over
        if chosen:
            opening.window_ids.append((chosen[0].window_id, chosen[1]))
            longest, latest = limits(town, *chosen, start)
        elif granted:
            opening.pass_id = granted.pass_id
            longest, latest = _limits_of_pass(granted, start)
        opening.deadline = deadline = min(longest, latest)
        if not opening.open_at(deadline) or deadline >= until or deadline >= released:
            return
        chosen = choose(town, home, deadline, before, opening.window_ids)
        if chosen is None:
            kind = "held_open" if longest <= latest else "window_overrun"
            _breach(opening, kind, deadline, "high")
            return
        start = deadline


def _breach(opening: Opening, kind: str, at: datetime, severity: str) -> None:
    opening.verdict = Verdict.BREACH
    opening.breach = Expected(opening.household_id, kind, at, severity, opening.start)


def isolation(town: Town, home: Household) -> tuple[datetime, datetime]:
    """From the first moment to the first after the last; a date is the whole day."""
    first, last = home.isolation_start, home.isolation_end
    if not isinstance(first, datetime):
        first = datetime.combine(first, time(0), town.zone)
    if not isinstance(last, datetime):
        return first, datetime.combine(last + timedelta(days=1), time(0), town.zone)
    return first, last + timedelta(milliseconds=1)  # the shortest time there is


def curfew(moment: datetime) -> bool:
    return moment.time() >= CURFEW_FROM or moment.time() < CURFEW_TO


def covering(town: Town, home: Household, moment: datetime) -> list[tuple[Window, date]]:
    """Every window, with the day of its start, that covers a start at that moment."""
    found: list[tuple[Window, date]] = []
    for window in town.windows_of(home):
        for day in (moment.date() + timedelta(days=d) for d in (-1, 0, 1)):
            if day.weekday() not in window.weekdays:
                continue
            if window.first_day and day < window.first_day:
                continue
            if window.last_day and day > window.last_day:
                continue
            begin, end = bounds(town, window, day)
            if begin - GRACE <= moment < end:
                found.append((window, day))
    return found


def bounds(town: Town, window: Window, day: date) -> tuple[datetime, datetime]:
    begin = datetime.combine(day, window.start, town.zone)
    end = datetime.combine(day, window.end, town.zone)
    return begin, end if end > begin else end + timedelta(days=1)


def limits(town: Town, window: Window, day: date, start: datetime) -> tuple[datetime, datetime]:
    """When an opening covered from ``start`` is open too long, and when it is too late."""
    latest = bounds(town, window, day)[1] + GRACE
    if window.max_open_minutes is None:
        return datetime.max.replace(tzinfo=town.zone), latest
    return start + timedelta(minutes=window.max_open_minutes), latest


def choose(
    town: Town,
    home: Household,
    moment: datetime,
    before: Sequence[Opening],
    had: Sequence[tuple[str, date]] = (),
) -> tuple[Window, date] | None:
    """Of the windows with openings left, the one with the latest deadline, then the first id.

    ``had``: those that the door was open under already; it moves to another one.
    """
    used = [use for opening in before for use in opening.window_ids]
    left = [
        (window, day)
        for window, day in covering(town, home, moment)
        if (window.window_id, day) not in had
        and (
            window.max_openings is None or used.count((window.window_id, day)) < window.max_openings
        )
    ]
    left.sort(key=lambda found: found[0].window_id)
    return max(left, key=lambda found: min(limits(town, found[0], found[1], moment)), default=None)


def _pass(town: Town, home: Household, moment: datetime, before: Sequence[Opening]) -> Pass | None:
    """Of the passes that nobody used yet, the one that covers a start at that moment longest."""
    used = {opening.pass_id for opening in before}
    valid = [
        each
        for each in town.passes_of(home.household_id)
        if each.start <= moment < each.end and each.pass_id not in used
    ]
    return max(valid, key=lambda each: min(_limits_of_pass(each, moment)), default=None)


def _limits_of_pass(granted: Pass, start: datetime) -> tuple[datetime, datetime]:
    return start + timedelta(minutes=granted.max_open_minutes), granted.end + GRACE


def _rises(openings: Sequence[Opening], until: datetime) -> list[Rise]:
    """What makes the uncovered openings of one home critical."""
    rises: list[Rise] = []
    uncovered = [o for o in openings if o.breach and o.breach.at == o.start]
    counted: list[datetime] = []
    for opening in uncovered:
        held = opening.start + HELD_OPEN
        graver = opening.breach is not None and opening.breach.severity == "high"
        if graver and opening.open_at(held) and held < until:
            rises.append(Rise(opening.household_id, held, "critical", "held_open"))
        if not counted or opening.start - counted[-1] > FLAP:
            counted.append(opening.start)
        recent = [at for at in counted if opening.start - at <= REPEAT]
        if len(recent) >= REPEAT_OPENINGS and opening.start in recent:
            rises.append(Rise(opening.household_id, opening.start, "critical", "repeated_opening"))
    return rises
