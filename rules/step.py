"""One step: a home, something that happened, the time; out come the home afterwards and decisions.

    step(home, input, now) -> (home, decisions)

Whatever time alone has changed before ``now`` is decided first, each at its own moment, so any
schedule of ticks gives the same decisions. A timer that is due at ``now`` itself still waits:
what happens at that very moment (the door closes, somebody answers) counts.
"""

from typing import TypeAlias

from rules import chain, incidents, openings
from rules.home import UNRESOLVED, Home, due_of
from rules.incidents import Event, Happening
from rules.model import (
    Acknowledged,
    Commissioned,
    Door,
    DoorSeen,
    Kind,
    Outcome,
    Output,
    PassGranted,
    PassRevoked,
    Resolved,
    Resumed,
    Tick,
    Told,
)
from rules.moment import NEVER, Moment
from rules.policy import PolicyChanged
from rules.windows import NO_PLAN

Input: TypeAlias = (
    DoorSeen
    | Tick
    | Acknowledged
    | Resolved
    | Commissioned
    | PassGranted
    | PassRevoked
    | PolicyChanged
    | Resumed
)

# Outcomes after which nobody expects a door to stand open for long: it is watched again.
_SHUT_BY_THEN = (Outcome.RETURNED, Outcome.FALSE_ALARM, Outcome.AT_HOME)


def step(home: Home, given: Input, now: Moment) -> tuple[Home, list[Output]]:
    """What ``given`` does to the home at ``now``, and what is decided by it.

    ``now`` never goes back; inputs are applied in the order in which they arrived.
    """
    out: list[Output] = []
    if home.due < now:
        if isinstance(given, Resumed):
            home = _resume(home, now, out)
        else:
            home = _run_timers(home, now, out)
    if isinstance(given, DoorSeen):
        home = openings.door_seen(home, given, now, out)
    elif isinstance(given, Acknowledged | Resolved):
        home = _answer(home, given, now, out)
    elif isinstance(given, PassGranted):
        home = home._replace(passes=(*home.passes, given))
    elif isinstance(given, Commissioned):
        others = tuple(one for one in home.commissioning if one[0] != given.sensor_id)
        home = home._replace(commissioning=(*others, (given.sensor_id, given.until)))
    elif isinstance(given, PassRevoked):
        kept = tuple(p for p in home.passes if p.pass_id != given.pass_id)
        home = home._replace(passes=kept)
    elif isinstance(given, PolicyChanged):
        home = _under(home, given, now)
    if home.incident is not None or not isinstance(given, DoorSeen):  # else it is right already
        due = due_of(home.opening, home.incident, home.policy)
        home = home if due == home.due else home._replace(due=due)
    return home, out


def _run_timers(home: Home, now: Moment, out: list[Output]) -> Home:
    while (due := due_of(home.opening, home.incident, home.policy)) < now:
        opening, incident = home.opening, home.incident
        if opening is not None and opening.closed_at is None and opening.deadline == due:
            home = openings.deadline_passed(home, opening, out)
        elif incident is not None and incident.due == due:
            home = incidents.happen(home, Happening(Event.TIME, due), out)
        else:
            over = Happening(Event.ISOLATION_OVER, due, outcome=Outcome.ISOLATION_ENDED)
            home = incidents.happen(home, over, out)
    return home


def _answer(home: Home, given: Acknowledged | Resolved, now: Moment, out: list[Output]) -> Home:
    incident = home.incident
    if incident is None or incident.number != given.incident:
        return home  # an older one; whoever asked is told so by the gateway
    if isinstance(given, Acknowledged):
        happening = Happening(Event.ACKNOWLEDGED, now, person_id=given.person_id)
        return incidents.happen(home, happening, out)
    said = Happening(Event.OUTCOME, now, person_id=given.person_id, outcome=given.outcome)
    home = incidents.happen(home, said, out)._replace(uncovered=())
    opening = home.opening
    if opening and opening.closed_at is None and given.outcome in _SHUT_BY_THEN:
        watched = opening._replace(deadline=now + home.policy.rules.merge, late=Kind.HELD_OPEN)
        home = home._replace(opening=watched)
    return home


def _resume(home: Home, now: Moment, out: list[Output]) -> Home:
    """After a time in which nobody watched: steps that are overdue become one alert a person.

    A door's deadline that passed meanwhile waits a little: what a broker kept for us may say
    that it was closed.
    """
    opening = home.opening
    if opening is not None and opening.closed_at is None and opening.deadline < now:
        home = home._replace(opening=opening._replace(deadline=now + openings.SETTLE))
    said: list[Output] = []
    home = _run_timers(home, now, said)
    out.extend(o for o in said if not isinstance(o, Told))
    told = [o for o in said if isinstance(o, Told)]
    if told and home.incident is not None:
        incident, one = chain.merged(told, home.incident, home.policy, now)
        home = home._replace(incident=incident)
        out.append(one)
    return home


def _under(home: Home, changed: PolicyChanged, now: Moment) -> Home:
    """Another ledger or other rules; what is decided stays, what comes is judged by them."""
    policy, doors, opening = changed.policy, home.doors, home.opening
    if policy.sensor_ids is not None:  # a sensor that hangs elsewhere now says nothing of here
        doors = tuple(leaf for leaf in doors if leaf.sensor_id in policy.sensor_ids)
        is_open = opening is not None and opening.closed_at is None
        if opening and is_open and all(leaf.door is Door.CLOSED for leaf in doors):
            opening = opening._replace(closed_at=now)
    home = home._replace(policy=policy, plan=NO_PLAN, doors=doors, opening=opening)
    if opening is None or opening.closed_at is not None or opening.windows:
        return home
    told = home.incident is not None and home.incident.phase in UNRESOLVED
    if (
        opening.late is not None and not told
    ):  # it stands open and nobody was told: the order counts
        begins = max(opening.started_at, policy.isolation_start)
        deadline = max(now, begins + policy.rules.held_open)
        if now >= policy.isolation_end:
            deadline = NEVER
        home = home._replace(opening=opening._replace(deadline=deadline))
    return home
