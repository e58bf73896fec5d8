"""A household's openings: how doors make them, what they are judged, and their deadlines."""

from rules.home import Doubt, Home, KnownDoor, Opening, Phase, moved, still_open
from rules.incidents import of_home
from rules.incidents.event import Details, Event
from rules.judge import Judged, judge, judge_between, plan_at
from rules.model import Door, DoorSeen, Kind, Reason, Severity, Verdict
from rules.moment import NEVER, SECOND, Duration, Moment, by_position
from rules.openings import flapping, unseen
from rules.openings.uncovered import breached, doubted
from rules.said import Decision, Note, Noted, Out
from rules.windows.calendar import plan
from rules.windows.cover import cover

SETTLE: Duration = 10 * SECOND
"""A deadline that passed before we heard of the opening waits so long for a closing behind it: a
backlog comes in order but not at once."""

OPEN, CLOSED = Door.OPEN, Door.CLOSED
PERMITTED, NOT_ISOLATING = Verdict.PERMITTED, Verdict.NOT_ISOLATING
_DEALT_WITH = (Phase.ANSWERED, Phase.SETTLED, Phase.OVER)


def door_seen(home: Home, seen: DoorSeen, now: Moment, out: Out) -> Home:
    """A sensor's door state: a change, the first word, a repeat, or news of the past."""
    sensor_id, door, at, since, missed = seen
    doors = home.doors
    others: tuple[KnownDoor, ...] = ()
    if len(doors) == 1 and doors[0].sensor_id == sensor_id:  # nearly every home
        known: KnownDoor | None = doors[0]
    else:
        known = next((one for one in doors if one.sensor_id == sensor_id), None)
        others = tuple(one for one in doors if one is not known)
    if known is not None:
        if at < known.said_at:
            return unseen.past(home, seen, now, out)
        if missed:
            home, since = unseen.missed(home, seen, now, out), None
        if known.door is door:
            again = by_position(KnownDoor, (sensor_id, door, known.at, at))
            return home if at == known.said_at else moved(home, (*others, again), home.opening)
    doors = (*others, by_position(KnownDoor, (sensor_id, door, at, at)))
    opening = home.opening
    was_open = opening is not None and opening.closed_at is None
    if door is CLOSED:
        if was_open and (not others or all(one.door is CLOSED for one in others)):
            return _closed(home, doors, at, out)
        return moved(home, doors, opening)
    if home.commissioning and (until := unseen.tried_until(home, sensor_id, at)):
        return _tried(home, doors, at, until, out)
    if known is not None and since is None:
        return _opened(home, doors, sensor_id, at, now, out)
    if was_open and (since is None or not _another_stands_open(home, at)):
        home = unseen.before_it(home, since, now, out)
        return moved(home, doors, home.opening)
    if known is None:  # its first word is no opening, but an open door does not stay unwatched
        return moved(home, doors, _watched(at, when_isolated(home, at), now))
    assert since is not None
    home, muted = flapping.started(home, sensor_id, at, now, out)
    judged = judge_between(home, since, at)
    return _start(home, doors, judged, at, now, out, since=since, muted=muted)


def deadline_passed(home: Home, opening: Opening, out: Out) -> Home:
    """An open door at its deadline: another window takes it, or it is an incident."""
    at, policy = opening.deadline, home.policy
    alerted = moved(home, home.doors, opening._replace(deadline=NEVER))
    if at >= policy.isolation_end:
        return alerted
    if at < policy.isolation_start:
        return moved(home, home.doors, opening._replace(deadline=when_isolated(home, at)))
    if opening.becomes is None:
        return _still_open(alerted, at, out)
    used = home.used + home.rest.perhaps
    found, _ = cover(plan_at(home, at), used, at, opening.windows)
    if found is not None:
        windows = (*opening.windows, found.name)
        again = Opening(opening.started_at, None, found.deadline, found.becomes, windows)
        return moved(home, home.doors, again, found)
    reason = Reason.PAST_END if opening.becomes is Kind.WINDOW_OVERRUN else Reason.TOO_LONG
    if not opening.windows:
        reason = Reason.STANDING_OPEN
    started_at, high = opening.started_at, Severity.HIGH
    e = Details(Event.BREACH, at, opening.becomes, high, reason, at, started_at)
    return of_home.at_door(alerted, e, out)


def _opened(
    home: Home, doors: tuple[KnownDoor, ...], sensor_id: str, at: Moment, now: Moment, out: Out
) -> Home:
    """An opening starts, or the one of another door or of a moment ago goes on."""
    home, muted = flapping.started(home, sensor_id, at, now, out)
    opening, before = home.opening, None
    if opening is not None:
        if opening.closed_at is None:
            earlier = at < opening.started_at - home.policy.rules.late
            if not earlier and not _another_stands_open(home, at):
                return moved(home, doors, opening)  # the inner door after the outer one
            before = opening
        elif 0 <= at - opening.closed_at <= home.policy.rules.rejoin and not (
            _is_dealt_with(home) or unseen.tried_until(home, sensor_id, opening.closed_at)
        ):
            again = opening._replace(closed_at=None, deadline=max(opening.deadline, at))
            return moved(home, doors, again)
    if not home.plan.begins <= at < home.plan.ends:
        home = home._replace(plan=plan(home.policy, at))
    return _start(home, doors, judge(home, at), at, now, out, before=before, muted=muted)


def _tried(home: Home, doors: tuple[KnownDoor, ...], at: Moment, until: Moment, out: Out) -> Home:
    """The installer's opening; a door left open is watched once they have gone."""
    out.append(Decision(at, Verdict.COMMISSIONING, Reason.COMMISSIONING))
    left_open = Opening(at, None, watched_from(home, until), Kind.HELD_OPEN)
    return moved(home, doors, still_open(home) or left_open)


def watched_from(home: Home, until: Moment) -> Moment:
    """When a door that an installer, there ``until`` then, leaves open has stood so too long."""
    return max(until, home.policy.isolation_start) + home.policy.rules.held_open


def _is_dealt_with(home: Home) -> bool:
    """Whether somebody dealt with the opening's incident: the next is another matter."""
    opening, incident = home.opening, home.incident
    alerted = opening is not None and (opening.becomes is None or opening.deadline == NEVER)
    return alerted and incident is not None and incident.phase in _DEALT_WITH


def _another_stands_open(home: Home, at: Moment) -> bool:
    """Whether a door has stood open for longer than ``held_open``."""
    long_ago = at - home.policy.rules.held_open
    return any(one.door is OPEN and one.at < long_ago for one in home.doors)


def _start(
    home: Home,
    doors: tuple[KnownDoor, ...],
    judged: Judged,
    at: Moment,
    now: Moment,
    out: Out,
    *,
    since: Moment | None = None,
    before: Opening | None = None,
    muted: bool = False,
) -> Home:
    """A new opening with its verdict. ``before``: that of another door, which stands open.
    ``muted``: its sensor flaps, so only a door that then stands open is told."""
    verdict, severity, reason, found, _ = judged
    rules = home.policy.rules
    if muted and severity is not None:
        return moved(home, doors, before or _watched(at, at + rules.held_open, now))
    if verdict is PERMITTED and found is not None:
        name = found.name
        out.append(by_position(Decision, (at, PERMITTED, reason, None, None, since, name)))
        until = _fair(found.deadline, now)
        opening = by_position(Opening, (at, None, until, found.becomes, (name,)))
        if before is not None and before.deadline < until:  # its own windows may take it
            opening = before._replace(started_at=at, deadline=_fair(before.deadline, now))
        return moved(home, doors, opening, found)
    if verdict is NOT_ISOLATING:
        out.append(by_position(Decision, (at, NOT_ISOLATING, reason, None, None, since, "")))
        if not home.rest.verified:
            home = doubted(home, Doubt(at, since, alerted=False))
        until = when_isolated(home, at)
        return moved(home, doors, by_position(Opening, (at, None, until, Kind.HELD_OPEN, ())))
    becomes = Kind.HELD_OPEN if reason is Reason.BETWEEN else None
    opening = Opening(at, None, _fair(at + rules.held_open, now), becomes)
    if before is not None and before.becomes is not None and severity is Severity.MEDIUM:
        opening = before  # whose deadline is the graver matter
    home = home._replace(doors=doors, opening=opening)
    return breached(home, judged, at, now, since, out)


def _closed(home: Home, doors: tuple[KnownDoor, ...], at: Moment, out: Out) -> Home:
    opening, incident = home.opening, home.incident
    assert opening is not None
    started_at, _, deadline, becomes, windows = opening
    home = moved(home, doors, by_position(Opening, (started_at, at, deadline, becomes, windows)))
    if incident is None or incident.phase is Phase.OVER:
        return home
    out.append(Noted(at, incident.number, Note.DOOR_CLOSED))
    return of_home.door_moved(home)


def _still_open(home: Home, at: Moment, out: Out) -> Home:
    """Uncovered and still open: no second incident, but high becomes critical."""
    i = home.incident
    if i is None or i.phase is Phase.OVER:
        return home
    if i.phase is not Phase.UNANSWERED or i.severity is not Severity.HIGH:
        out.append(Noted(at, i.number, Note.STILL_OPEN))
        return home
    grave, reason = Severity.CRITICAL, Reason.STILL_OPEN
    e = Details(Event.BREACH, at, i.kind, grave, reason, at, i.opened_at, i.since, i.late_by)
    return of_home.at_door(home, e, out)


def _watched(at: Moment, deadline: Moment, now: Moment) -> Opening:
    return Opening(at, None, _fair(deadline, now), Kind.HELD_OPEN)


def when_isolated(home: Home, at: Moment) -> Moment:
    """When a door that stands open for no known reason has done so too long."""
    policy = home.policy
    if at >= policy.isolation_end:
        return NEVER
    return max(at, policy.isolation_start) + policy.rules.held_open


def _fair(deadline: Moment, now: Moment) -> Moment:
    """A deadline that lies in the past when we first hear of it waits for the backlog."""
    return deadline if deadline > now else now + SETTLE
