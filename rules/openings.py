"""A household's openings: how doors make them, what they are judged, and their deadlines."""

from rules import flapping, unseen
from rules.breaches import breached, doubted
from rules.changed import covered, moved
from rules.happening import Event, Happening
from rules.home import Doubt, Home, Leaf, Opening, Phase
from rules.incidents import happen
from rules.judge import BETWEEN, Judged, judge, judge_between, plan_at
from rules.model import Door, DoorSeen, Kind, Reason, Severity, Verdict
from rules.moment import NEVER, SECOND, Duration, Moment, make
from rules.quiet import watch_door
from rules.said import Decision, Note, Noted, Output
from rules.windows import Plan, cover

SETTLE: Duration = 10 * SECOND
"""A backlog comes in order but not at once: a deadline that passed before we heard of the opening
waits so long for the closing behind it."""

OPEN, CLOSED = Door.OPEN, Door.CLOSED
PERMITTED, NOT_ISOLATING = Verdict.PERMITTED, Verdict.NOT_ISOLATING
_NO_OTHERS: tuple[Leaf, ...] = ()
_DEALT_WITH = (Phase.ANSWERED, Phase.SETTLED, Phase.OVER)


def door_seen(home: Home, seen: DoorSeen, now: Moment, out: list[Output]) -> Home:
    """A sensor's door state: a change, the first word, a repeat, or news of the past."""
    sensor_id, door, at, since, missed = seen
    doors = home.doors
    if len(doors) == 1 and doors[0].sensor_id == sensor_id:  # nearly every home
        known: Leaf | None = doors[0]
        others = _NO_OTHERS
    else:
        known = next((leaf for leaf in doors if leaf.sensor_id == sensor_id), None)
        others = tuple(leaf for leaf in doors if leaf is not known)
    if known is not None:
        if at < known.said_at:
            return unseen.past(home, seen, now, out)
        if missed:
            home, since = unseen.missed(home, seen, now, out), None
        if known.door is door:
            again = make(Leaf, (sensor_id, door, known.at, at))
            return home if at == known.said_at else moved(home, (*others, again), home.opening)
    doors = (*others, make(Leaf, (sensor_id, door, at, at)))
    opening = home.opening
    was_open = opening is not None and opening.closed_at is None
    if door is CLOSED:
        if was_open and (not others or all(leaf.door is CLOSED for leaf in others)):
            return _closed(home, doors, at, out)
        return moved(home, doors, opening)
    if home.commissioning and (until := unseen.tried_until(home, sensor_id, at)):
        return _tried(home, doors, at, until, out)
    if known is not None and since is None:
        return _opened(home, doors, sensor_id, at, now, out)
    if was_open and (since is None or not _another_stands_open(home, at)):
        home = unseen.before_it(home, since, now, out)
        return moved(home, doors, home.opening)
    if known is None:
        return moved(home, doors, _standing_open(home, at, now))
    assert since is not None
    return _found(home, doors, DoorSeen(sensor_id, door, at, since), now, out)


def _found(
    home: Home, doors: tuple[Leaf, ...], seen: DoorSeen, now: Moment, out: list[Output]
) -> Home:
    """A door that stands open after a gap: it was opened at some moment of it."""
    sensor_id, _, at, since, _ = seen
    assert since is not None
    home, muted = flapping.started(home, sensor_id, at, now, out)
    judged = judge_between(home, since, at)
    if muted and judged.severity is not None:
        return _muted(home, doors, at, now)
    return _start(home, doors, plan_at(home, at), judged, at, now, out, since=since)


def deadline_passed(home: Home, opening: Opening, out: list[Output]) -> Home:
    """An open door at its deadline: another window takes it, or it is an incident."""
    at, policy = opening.deadline, home.policy
    told = moved(home, home.doors, opening._replace(deadline=NEVER))
    if not policy.isolation_start <= at < policy.isolation_end:
        if at >= policy.isolation_end:
            return told
        return moved(home, home.doors, opening._replace(deadline=_when_isolated(home, at)))
    if opening.late is None:
        return _still_open(told, at, out)
    other, _ = cover(plan_at(home, at), home.used, at, opening.windows)
    if other is not None:
        windows = (*opening.windows, other.name)
        another = Opening(opening.started_at, None, other.deadline, other.late, windows)
        return covered(home, home.doors, home.plan, other, another)
    reason = Reason.PAST_END if opening.late is Kind.WINDOW_OVERRUN else Reason.TOO_LONG
    if not opening.windows:
        reason = Reason.STANDING_OPEN
    breach = Happening(
        Event.BREACH,
        at,
        opening.late,
        Severity.HIGH,
        reason,
        occurred_at=at,
        opened_at=opening.started_at,
    )
    return happen(told, breach, out)


def _opened(
    home: Home,
    doors: tuple[Leaf, ...],
    sensor_id: str,
    at: Moment,
    now: Moment,
    out: list[Output],
) -> Home:
    home, muted = flapping.started(home, sensor_id, at, now, out)
    opening, before = home.opening, None
    if opening is not None:
        if opening.closed_at is None:
            earlier = at < opening.started_at - home.policy.rules.late
            if not earlier and not _another_stands_open(home, at):
                return moved(home, doors, opening)  # the inner door after the outer one
            before = opening
        elif 0 <= at - opening.closed_at <= home.policy.rules.rejoin and not (
            _is_over(home) or unseen.tried_until(home, sensor_id, opening.closed_at)
        ):
            deadline = max(opening.deadline, at)
            again = opening._replace(closed_at=None, deadline=deadline)
            return watch_door(moved(home, doors, again))
    policy, today = home.policy, home.plan
    if policy.isolation_start <= at < policy.isolation_end and not today.begins <= at < today.ends:
        today = plan_at(home, at)
    judged = judge(home, at, today)
    if muted and judged.severity is not None:
        return moved(home, doors, before) if before else _muted(home, doors, at, now)
    return _start(home, doors, today, judged, at, now, out, before=before)


def _muted(home: Home, doors: tuple[Leaf, ...], at: Moment, now: Moment) -> Home:
    """An opening of a sensor that flaps: not told, but a door that then stands open is."""
    deadline = _fair(at + home.policy.rules.held_open, now)
    return moved(home, doors, Opening(at, None, deadline, Kind.HELD_OPEN))


def _tried(
    home: Home, doors: tuple[Leaf, ...], at: Moment, until: Moment, out: list[Output]
) -> Home:
    """The installer's opening; a door that he leaves open is watched once he has gone."""
    out.append(Decision(at, Verdict.COMMISSIONING, Reason.COMMISSIONING))
    opening = home.opening
    if opening is None or opening.closed_at is not None:
        watched_from = max(until, home.policy.isolation_start)
        deadline = watched_from + home.policy.rules.held_open
        opening = Opening(at, None, deadline, Kind.HELD_OPEN)
    return moved(home, doors, opening)


def _is_over(home: Home) -> bool:
    """Whether somebody dealt with the opening's incident: then the next is not the same matter."""
    opening, incident = home.opening, home.incident
    told = opening is not None and (opening.late is None or opening.deadline == NEVER)
    return told and incident is not None and incident.phase in _DEALT_WITH


def _another_stands_open(home: Home, at: Moment) -> bool:
    """Whether a door has stood open for longer than ``held_open`` as another one opens."""
    long_ago = at - home.policy.rules.held_open
    return any(leaf.door is OPEN and leaf.at < long_ago for leaf in home.doors)


def _start(
    home: Home,
    doors: tuple[Leaf, ...],
    today: Plan,
    judged: Judged,
    at: Moment,
    now: Moment,
    out: list[Output],
    *,
    since: Moment | None = None,
    before: Opening | None = None,
) -> Home:
    """A new opening with its verdict. ``before``: that of another door, which stands open."""
    verdict, _, reason, found = judged
    if found is not None:
        name = found.name
        out.append(make(Decision, (at, PERMITTED, reason, None, None, since, name)))
        opening = make(Opening, (at, None, _fair(found.deadline, now), found.late, (name,)))
        if before is not None and before.deadline < opening.deadline:  # its own windows may take it
            opening = before._replace(started_at=at, deadline=_fair(before.deadline, now))
        return covered(home, doors, today, found, opening)
    if verdict is NOT_ISOLATING:
        out.append(make(Decision, (at, NOT_ISOLATING, reason, None, None, since, "")))
        if not home.matters.verified:
            home = doubted(home, Doubt(at, since, told=False))
        deadline = _when_isolated(home, at)
        return moved(home, doors, make(Opening, (at, None, deadline, Kind.HELD_OPEN, ())))
    rules = home.policy.rules
    late = Kind.HELD_OPEN if judged is BETWEEN else None
    opening = Opening(at, None, _fair(at + rules.held_open, now), late)
    if before is not None and before.late is not None and judged.severity is Severity.MEDIUM:
        opening = before  # whose deadline is the graver matter
    home = home._replace(doors=doors, opening=opening, plan=today)
    return breached(home, judged, at, now, since, out)


def _standing_open(home: Home, at: Moment, now: Moment) -> Opening:
    """The first word of a sensor is no opening, but an open door does not stay unwatched."""
    return Opening(at, None, _fair(_when_isolated(home, at), now), Kind.HELD_OPEN)


def _closed(home: Home, doors: tuple[Leaf, ...], at: Moment, out: list[Output]) -> Home:
    opening, incident = home.opening, home.incident
    assert opening is not None
    started_at, _, deadline, late, windows = opening
    home = moved(home, doors, make(Opening, (started_at, at, deadline, late, windows)))
    if incident is None or incident.phase is Phase.OVER:
        return home
    out.append(Noted(at, incident.number, Note.DOOR_CLOSED))
    return watch_door(home)


def _still_open(home: Home, at: Moment, out: list[Output]) -> Home:
    """Uncovered and still open: no second incident, but high becomes critical."""
    incident = home.incident
    if incident is None or incident.phase is Phase.OVER:
        return home
    if incident.phase is Phase.UNANSWERED and incident.severity is Severity.HIGH:
        breach = Happening(
            Event.BREACH,
            at,
            incident.kind,
            Severity.CRITICAL,
            Reason.STILL_OPEN,
            occurred_at=at,
            opened_at=incident.opened_at,
            since=incident.since,
            late=incident.late,
        )
        return happen(home, breach, out)
    out.append(Noted(at, incident.number, Note.STILL_OPEN))
    return home


def _when_isolated(home: Home, at: Moment) -> Moment:
    """When a door that stands open for no known reason has done so long enough to tell."""
    policy = home.policy
    if at >= policy.isolation_end:
        return NEVER
    return max(at, policy.isolation_start) + policy.rules.held_open


def _fair(deadline: Moment, now: Moment) -> Moment:
    """A deadline that lies in the past when we first hear of it waits for the backlog."""
    return deadline if deadline > now else now + SETTLE
