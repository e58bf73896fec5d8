"""A household's openings: how doors make them, what they are judged, and their deadlines."""

from rules.home import Home, Leaf, Opening, Phase
from rules.incidents import Event, Happening, happen, watch_door
from rules.judge import BETWEEN, Judged, judge, judge_between, plan_at
from rules.model import (
    Decision,
    Door,
    DoorSeen,
    Kind,
    Note,
    Noted,
    Output,
    Reason,
    Severity,
    Verdict,
)
from rules.moment import NEVER, SECOND, Duration, Moment
from rules.windows import Cover, cover, use

SETTLE: Duration = 10 * SECOND
"""A backlog comes in order but not at once: a deadline that passed before we heard of the opening
waits so long for the closing behind it."""

OPEN, CLOSED = Door.OPEN, Door.CLOSED


def door_seen(home: Home, seen: DoorSeen, now: Moment, out: list[Output]) -> Home:
    """A sensor's door state: a change, the first word, a repeat, or news of the past."""
    doors = home.doors
    known = None
    if len(doors) == 1 and doors[0].sensor_id == seen.sensor_id:  # nearly every home
        known = doors[0]
        doors = ()
    else:
        for leaf in doors:
            if leaf.sensor_id == seen.sensor_id:
                known = leaf
        doors = tuple(leaf for leaf in doors if leaf is not known)
    if known is not None:
        if seen.at < known.at:
            return _past(home, seen, now, out)
        if known.door is seen.door:
            return home
    was_open = home.opening is not None and home.opening.closed_at is None
    home = Home(
        home.policy,
        home.due,
        (*doors, Leaf(seen.sensor_id, seen.door, seen.at)),
        home.opening,
        home.incident,
        home.used,
        home.passes,
        home.uncovered,
        plan_at(home, seen.at),
    )
    if seen.door is CLOSED:
        if was_open and all(leaf.door is CLOSED for leaf in doors):
            return _closed(home, seen.at, out)
        return home
    if known is None:
        return home if was_open else _standing_open(home, seen.at, now)
    if seen.since is not None:
        return home if was_open else _inferred(home, seen.since, seen.at, now, out)
    return _opened(home, seen.at, now, out)


def deadline_passed(home: Home, opening: Opening, out: list[Output]) -> Home:
    """An open door at its deadline: another window takes it, or it is an incident."""
    at = opening.deadline
    policy = home.policy
    if not policy.isolation_start <= at < policy.isolation_end:
        return home._replace(opening=opening._replace(deadline=NEVER))
    if opening.late is None:
        home = home._replace(opening=opening._replace(deadline=NEVER))
        return _still_open(home, at, out)
    other, _ = cover(plan_at(home, at), home.used, at, opening.windows)
    if other is not None:
        windows = (*opening.windows, other.name)
        return _take(
            home, other, Opening(opening.started_at, None, other.deadline, other.late, windows)
        )
    home = home._replace(opening=opening._replace(deadline=NEVER))
    reason = Reason.PAST_END if opening.late is Kind.WINDOW_OVERRUN else Reason.TOO_LONG
    if not opening.windows:
        reason = Reason.STANDING_OPEN
    breach = Happening(Event.BREACH, at, opening.late, Severity.HIGH, reason, occurred_at=at)
    return happen(home, breach, out)


def _opened(home: Home, at: Moment, now: Moment, out: list[Output]) -> Home:
    opening = home.opening
    rules = home.policy.rules
    earlier = NEVER
    if opening is not None:
        if opening.closed_at is None:
            if not _another_stands_open(home, at):
                return home  # the inner door after the outer one
            earlier = opening.deadline
        elif at - opening.closed_at <= rules.rejoin:
            deadline = max(opening.deadline, at)
            again = opening._replace(closed_at=None, deadline=deadline)
            return watch_door(home._replace(opening=again))
    judged = judge(home, at, home.plan)
    return _start(home, judged, at, now, out, earlier=earlier)


def _another_stands_open(home: Home, at: Moment) -> bool:
    """Whether a door has stood open for longer than ``held_open`` as another one opens."""
    long_ago = at - home.policy.rules.held_open
    return any(leaf.door is OPEN and leaf.at < long_ago for leaf in home.doors)


def _start(
    home: Home,
    judged: Judged,
    at: Moment,
    now: Moment,
    out: list[Output],
    *,
    since: Moment | None = None,
    earlier: Moment = NEVER,
) -> Home:
    """A new opening with its verdict. ``earlier``: a deadline that another door still has."""
    rules, found = home.policy.rules, judged.cover
    if found is not None:
        out.append(Decision(at, Verdict.PERMITTED, judged.reason, None, None, since, found.name))
        deadline = _fair(min(found.deadline, earlier), now)
        return _take(home, found, Opening(at, None, deadline, found.late, (found.name,)))
    if judged.verdict is Verdict.NOT_ISOLATING:
        out.append(Decision(at, Verdict.NOT_ISOLATING, judged.reason, since=since))
        return home._replace(opening=Opening(at, None, _when_isolated(home, at), Kind.HELD_OPEN))
    late = Kind.HELD_OPEN if judged is BETWEEN else None
    opening = Opening(at, None, _fair(at + rules.held_open, now), late)
    uncovered = home.uncovered
    if judged is not BETWEEN:
        uncovered = tuple(t for t in uncovered if at - t < rules.repeat)
        if not uncovered or at - uncovered[-1] >= rules.flap:
            uncovered += (at,)
    home = home._replace(opening=opening, uncovered=uncovered)
    return happen(home, _breach(home, judged, at, now, since), out)


def _breach(home: Home, judged: Judged, at: Moment, now: Moment, since: Moment | None) -> Happening:
    assert isinstance(judged.verdict, Kind) and judged.severity is not None
    kind, severity, reason = judged.verdict, judged.severity, judged.reason
    incident = home.incident
    unresolved = incident is not None and incident.phase not in (Phase.OVER, Phase.SETTLED)
    if unresolved and len(home.uncovered) >= home.policy.rules.repeat_openings:
        kind, severity, reason = Kind.REPEATED_OPENING, Severity.CRITICAL, Reason.REPEATED
    return Happening(Event.BREACH, now, kind, severity, reason, occurred_at=at, since=since)


def _inferred(home: Home, since: Moment, at: Moment, now: Moment, out: list[Output]) -> Home:
    """Stored closed, found open: it opened at some moment in between."""
    judged = judge_between(home, since, at)
    return _start(home, judged, at, now, out, since=since)


def _standing_open(home: Home, at: Moment, now: Moment) -> Home:
    """The first word of a sensor is no opening, but an open door does not stay unwatched."""
    deadline = _fair(_when_isolated(home, at), now)
    return home._replace(opening=Opening(at, None, deadline, Kind.HELD_OPEN))


def _past(home: Home, seen: DoorSeen, now: Moment, out: list[Output]) -> Home:
    """News of an opening before what is already known: judged then, and it ended since."""
    if seen.door is CLOSED:
        return home
    judged = judge(home, seen.at, plan_at(home, seen.at))
    if judged.cover is not None:
        name = judged.cover.name
        out.append(Decision(seen.at, Verdict.PERMITTED, judged.reason, detail=name))
        return _take(home, judged.cover, home.opening)
    if judged.verdict is Verdict.NOT_ISOLATING:
        out.append(Decision(seen.at, Verdict.NOT_ISOLATING, judged.reason))
        return home
    return happen(home, _breach(home, judged, seen.at, now, None), out)


def _closed(home: Home, at: Moment, out: list[Output]) -> Home:
    opening, incident = home.opening, home.incident
    assert opening is not None
    home = Home(
        home.policy,
        home.due,
        home.doors,
        Opening(opening.started_at, at, opening.deadline, opening.late, opening.windows),
        incident,
        home.used,
        home.passes,
        home.uncovered,
        home.plan,
    )
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
            Event.BREACH, at, incident.kind, Severity.CRITICAL, Reason.STILL_OPEN, occurred_at=at
        )
        return happen(home, breach, out)
    out.append(Noted(at, incident.number, Note.STILL_OPEN))
    return home


def _take(home: Home, found: Cover, opening: Opening | None) -> Home:
    """The opening under this window or pass, which is one opening poorer."""
    used, passes = home.used, home.passes
    if found.day:
        used = use(used, found)
    elif found.by_pass:
        passes = tuple(granted for granted in passes if granted.pass_id != found.name)
    return Home(
        home.policy,
        home.due,
        home.doors,
        opening,
        home.incident,
        used,
        passes,
        home.uncovered,
        home.plan,
    )


def _when_isolated(home: Home, at: Moment) -> Moment:
    """When a door that stands open for no known reason has done so long enough to tell."""
    policy = home.policy
    if at >= policy.isolation_end:
        return NEVER
    return max(at, policy.isolation_start) + policy.rules.held_open


def _fair(deadline: Moment, now: Moment) -> Moment:
    """A deadline that lies in the past when we first hear of it waits for the backlog."""
    return deadline if deadline > now else now + SETTLE
