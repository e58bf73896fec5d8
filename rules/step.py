"""One step: a home, something that happened, the time; out come the home afterwards and decisions.

    step(home, input, now) -> (home, decisions)

Whatever time alone has changed before ``now`` is decided first, each at its own moment, so any
schedule of ticks gives the same decisions. A timer that is due at ``now`` itself still waits:
what happens at that very moment (the door closes, somebody answers) counts.
"""

from typing import TypeAlias

from rules import (
    chain,
    doubt,
    flapping,
    home_matters,
    incidents,
    matters,
    openings,
    passes,
    sensing,
    timers,
)
from rules.happening import Event, Happening
from rules.home import UNRESOLVED, Home, Opening, due_of
from rules.model import (
    Acknowledged,
    ClockChanged,
    Commissioned,
    Door,
    DoorSeen,
    EmergencyDeclared,
    Kind,
    NotReached,
    Outcome,
    PassGranted,
    PassRevoked,
    Reason,
    Resolved,
    Resumed,
    Sensed,
    Severity,
    TakenOver,
    Tick,
    Watched,
)
from rules.moment import NEVER, Moment
from rules.policy import PolicyChanged
from rules.said import Output
from rules.windows import NO_PLAN, plan

Input: TypeAlias = (
    DoorSeen
    | Sensed
    | Tick
    | Acknowledged
    | Resolved
    | NotReached
    | Commissioned
    | PassGranted
    | PassRevoked
    | PolicyChanged
    | Resumed
    | ClockChanged
    | Watched
    | TakenOver
    | EmergencyDeclared
)

SHUT = (Outcome.RETURNED, Outcome.FALSE_ALARM, Outcome.AT_HOME)
"""Outcomes that say that the doors are shut: whoever said so was there, and a closing that the
radio lost is not waited for. A door that is heard to be open after that was opened."""


def step(home: Home, given: Input, now: Moment) -> tuple[Home, list[Output]]:
    """What ``given`` does to the home at ``now``, and what is decided by it.

    ``now`` never goes back; inputs are applied in the order in which they arrived.
    """
    out: list[Output] = []
    if isinstance(given, ClockChanged):
        home = doubt.clock_changed(home, given, now)
        home = home._replace(due=due_of(home.opening, home.incident, home.policy, home.matters))
    if home.due < now:
        if isinstance(given, Resumed | ClockChanged):
            home = _resume(home, now, out)
        else:
            home = timers.run(home, now, out)
    if isinstance(given, DoorSeen):
        home = openings.door_seen(home, given, now, out)
        if home.incident is None:
            return home, out  # its ``due`` is right already: nearly every reading
    else:
        home = _other(home, given, now, out)
    due = due_of(home.opening, home.incident, home.policy, home.matters)
    return (home if due == home.due else home._replace(due=due)), out


def _other(home: Home, given: Input, now: Moment, out: list[Output]) -> Home:
    """All that is rarer than a reading of a door."""
    match given:
        case Acknowledged() | Resolved() | NotReached():
            return _answer(home, given, now, out)
        case Sensed():
            return sensing.sensed(home, given, now, out)
        case PassGranted():
            return passes.grant(home, given, now, out)
        case PassRevoked():
            kept = tuple(one for one in home.passes if one.pass_id != given.pass_id)
            return home._replace(passes=kept)
        case EmergencyDeclared():
            kind, grave = Kind.EMERGENCY, Severity.CRITICAL
            return home_matters.raise_(home, kind, grave, Reason.DECLARED, now, now, out, about="")
        case Commissioned():
            return _commission(home, given, now, out)
        case PolicyChanged():
            return _under(home, given, now)
        case ClockChanged():
            return doubt.judged_again(home, now, out)
        case Watched():
            known = home.matters._replace(watched=given.yes, unwatched_at=now)
            return home._replace(matters=known)
        case Resumed():
            return home._replace(matters=home.matters._replace(unwatched_at=now))
        case TakenOver() if home.incident and home.incident.number == given.incident:
            return incidents.happen(home, Happening(Event.TAKEN_OVER, now), out)
    return home


def _answer(
    home: Home, given: Acknowledged | Resolved | NotReached, now: Moment, out: list[Output]
) -> Home:
    incident = home.incident
    if incident is None or incident.number != given.incident:
        other = home_matters.find(home, given.incident)
        if other is None:
            return home  # an older one; whoever asked is told so by the gateway
        return home_matters.timed(home_matters.happen(home, other, matters.answer(given, now), out))
    if isinstance(given, NotReached):
        happening = Happening(
            Event.NOT_REACHED, now, person_id=given.person_id, channel=given.channel
        )
        return incidents.happen(home, happening, out)
    if isinstance(given, Acknowledged):
        happening = Happening(Event.ACKNOWLEDGED, now, person_id=given.person_id)
        return incidents.happen(home, happening, out)
    said = Happening(Event.OUTCOME, now, person_id=given.person_id, outcome=given.outcome)
    its_own = incident.phase in UNRESOLVED and not _is_another(home, incident.opened_at)
    home = incidents.happen(home, said, out)._replace(uncovered=())
    if given.outcome in SHUT and its_own:
        doors = tuple(leaf._replace(door=Door.CLOSED) for leaf in home.doors)
        opening = home.opening
        if opening is not None and opening.closed_at is None:
            opening = opening._replace(closed_at=now)
        home = home._replace(doors=doors, opening=opening)
    return home


def _is_another(home: Home, opened_at: Moment) -> bool:
    """Whether the door stands open for a reason of its own: a window, a pass, no order."""
    opening = home.opening
    if opening is None or opening.closed_at is not None:
        return False
    return opening.late is not None and opening.deadline < NEVER and opening.started_at != opened_at


def _resume(home: Home, now: Moment, out: list[Output]) -> Home:
    """After a time in which nobody watched: steps that are overdue become one alert a person.

    A door's deadline that passed meanwhile waits a little: what a broker kept for us may say
    that it was closed.
    """
    opening = home.opening
    if opening is not None and opening.closed_at is None and opening.deadline < now:
        home = home._replace(opening=opening._replace(deadline=now + openings.SETTLE))
    said: list[Output] = []
    before = _incidents(home)
    home = timers.run(home, now, said)
    after, said = chain.merged(said, before, _incidents(home), home.policy, now)
    out += said
    incident = home.incident and after[home.incident.number]
    found = tuple(after[one.number] for one in home.matters.incidents)
    return home._replace(incident=incident, matters=home.matters._replace(incidents=found))


def _incidents(home: Home) -> chain.Incidents:
    door = (home.incident,) if home.incident else ()
    return {one.number: one for one in (*door, *home.matters.incidents)}


def _commission(home: Home, given: Commissioned, now: Moment, out: list[Output]) -> Home:
    """An installer is there: whatever the sensor did before is dealt with."""
    before = dict(home.commissioning).get(given.sensor_id, 0)
    tried = tuple(one for one in home.commissioning if one[0] != given.sensor_id)
    home = home._replace(commissioning=(*tried, (given.sensor_id, given.until)))
    opening = home.opening
    if before > now and opening is not None and opening.deadline == _watched_from(home, before):
        home = home._replace(opening=opening._replace(deadline=_watched_from(home, given.until)))
    return home_matters.timed(flapping.over(home, given.sensor_id, now, out))


def _watched_from(home: Home, until: Moment) -> Moment:
    """When a door that an installer leaves open, who is there until then, has stood so too long."""
    return max(until, home.policy.isolation_start) + home.policy.rules.held_open


def _under(home: Home, changed: PolicyChanged, now: Moment) -> Home:
    """Another ledger or other rules; what is decided stays, what comes is judged by them."""
    policy, doors, opening, old = changed.policy, home.doors, home.opening, home.policy
    before = (old.isolation_start, old.isolation_end, old.rules.held_open)
    if policy.sensor_ids is not None:  # a sensor that hangs elsewhere now says nothing of here
        doors = tuple(leaf for leaf in doors if leaf.sensor_id in policy.sensor_ids)
        is_open = opening is not None and opening.closed_at is None
        if opening and is_open and all(leaf.door is Door.CLOSED for leaf in doors):
            opening = opening._replace(closed_at=now)
    known = home.matters
    if policy.care and not known.asked_after:
        known = known._replace(asked_after=now)
    home = home._replace(policy=policy, plan=NO_PLAN, doors=doors, opening=opening, matters=known)
    home = home_matters.timed(home)
    if opening is None or opening.closed_at is not None:
        return home
    told = home.incident is not None and home.incident.phase in UNRESOLVED
    isolated = old.isolation_start <= now < old.isolation_end
    if not isolated and now < policy.isolation_end and opening.deadline == NEVER and not told:
        deadline = max(now, policy.isolation_start) + policy.rules.held_open  # isolated anew
        again = Opening(opening.started_at, None, deadline, Kind.HELD_OPEN)
        return home._replace(opening=again)
    if opening.windows and old.windows == policy.windows:
        return home
    if opening.windows:
        return _covered_anew(home, opening, now)
    if before == (policy.isolation_start, policy.isolation_end, policy.rules.held_open):
        return home
    if (
        opening.late is not None and not told
    ):  # it stands open and nobody was told: the order counts
        begins = max(opening.started_at, policy.isolation_start)
        deadline = max(now, begins + policy.rules.held_open)
        if now >= policy.isolation_end:
            deadline = NEVER
        home = home._replace(opening=opening._replace(deadline=deadline))
    return home


def _covered_anew(home: Home, opening: Opening, now: Moment) -> Home:
    """A window that is longer or shorter now lets the open door stand so long."""
    started_at = opening.started_at
    for o in plan(home.policy, started_at).occurrences:
        if o.window_id == opening.windows[-1] and o.opens <= started_at < o.ends:
            deadline, late = o.limit, Kind.WINDOW_OVERRUN
            if o.max_open is not None and started_at + o.max_open <= deadline:
                deadline, late = started_at + o.max_open, Kind.HELD_OPEN
            if opening.deadline < NEVER:
                opening = opening._replace(deadline=max(deadline, now), late=late)
    return home._replace(opening=opening)
