"""What another ledger, other rules or an installer change of a home as it stands."""

from rules.home import UNRESOLVED, Home, Opening, still_open
from rules.model import Commissioned, Door, Kind
from rules.moment import NEVER, Moment
from rules.openings import flapping
from rules.openings.doors import watched_from
from rules.policy import Policy
from rules.said import Out
from rules.windows.calendar import NO_PLAN, plan
from rules.windows.cover import deadline


def commissioned(home: Home, given: Commissioned, now: Moment, out: Out) -> Home:
    """An installer is there: whatever the sensor did before is dealt with."""
    before, opening = dict(home.commissioning).get(given.sensor_id, 0), home.opening
    tried = tuple(one for one in home.commissioning if one[0] != given.sensor_id)
    home = home._replace(commissioning=(*tried, (given.sensor_id, given.until)))
    if before > now and opening is not None and opening.deadline == watched_from(home, before):
        home = home._replace(opening=opening._replace(deadline=watched_from(home, given.until)))
    return flapping.over(home, given.sensor_id, now, out)


def policy_changed(home: Home, policy: Policy, now: Moment) -> Home:
    """What is decided stays, what comes is judged by the new policy."""
    old, doors, opening, rest = home.policy, home.doors, home.opening, home.rest
    if policy.sensor_ids is not None:  # a sensor that hangs elsewhere now says nothing of here
        doors = tuple(one for one in doors if one.sensor_id in policy.sensor_ids)
        if still_open(home) and opening and all(one.door is Door.CLOSED for one in doors):
            opening = opening._replace(closed_at=now)
    if policy.care and not rest.asked_after:
        rest = rest._replace(asked_after=now)
    home = home._replace(policy=policy, plan=NO_PLAN, doors=doors, opening=opening, rest=rest)
    if (opening := still_open(home)) is not None:
        home = home._replace(opening=_open_anew(home, opening, old, now))
    return home


def _open_anew(home: Home, opening: Opening, old: Policy, now: Moment) -> Opening:
    policy = home.policy
    alerted = home.incident is not None and home.incident.phase in UNRESOLVED
    isolated = old.isolation_start <= now < old.isolation_end
    if not isolated and now < policy.isolation_end and opening.deadline == NEVER and not alerted:
        until = max(now, policy.isolation_start) + policy.rules.held_open  # isolated anew
        return Opening(opening.started_at, None, until, Kind.HELD_OPEN)
    if opening.windows:
        return opening if old.windows == policy.windows else _covered_anew(policy, opening, now)
    if opening.becomes is None or alerted or _order(old) == _order(policy):
        return opening
    begins = max(opening.started_at, policy.isolation_start)  # nobody was alerted: the order counts
    until = max(now, begins + policy.rules.held_open)
    return opening._replace(deadline=until if now < policy.isolation_end else NEVER)


def _order(policy: Policy) -> tuple[Moment, ...]:
    return policy.isolation_start, policy.isolation_end, policy.rules.held_open


def _covered_anew(policy: Policy, opening: Opening, now: Moment) -> Opening:
    """Its window may be longer or shorter now."""
    started_at = opening.started_at
    for o in plan(policy, started_at).occurrences:
        covers = o.window_id == opening.windows[-1] and o.opens <= started_at < o.ends
        if covers and opening.deadline < NEVER:
            until, becomes = deadline(started_at, o.max_open, o.limit)
            opening = opening._replace(deadline=max(until, now), becomes=becomes)
    return opening
