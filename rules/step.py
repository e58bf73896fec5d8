"""One step: a home, something that happened, the time; out come the home afterwards and decisions.

What time alone has changed before ``now`` is decided first, each at its own moment, so any schedule
of ticks gives the same decisions. A timer that is due at ``now`` itself still waits: what happens
at that very moment (the door closes, somebody answers) counts.
"""

from typing import TypeAlias

from rules import chain, model
from rules.home import UNRESOLVED, Home, Incident, Phase, due_of, ends_with_order, still_open
from rules.household import clock, ledger, sensing, welfare
from rules.incidents import door, of_home, other
from rules.incidents.event import Details, Event
from rules.incidents.other import finding
from rules.local import local
from rules.model import ClockChanged, Door, DoorSeen, Kind, Outcome, Resumed
from rules.moment import NEVER, Moment
from rules.openings import doors, flapping
from rules.policy import PolicyChanged
from rules.said import Out, Output
from rules.windows import passes

Input: TypeAlias = model.BySensors | model.ByPeople | model.ByGateway | PolicyChanged

SHUT = (Outcome.RETURNED, Outcome.FALSE_ALARM, Outcome.AT_HOME)
"""Whoever says so was there and saw the doors shut: a closing that the radio lost is not waited
for, and a door that is heard to be open after that was opened."""


def step(home: Home, given: Input, now: Moment) -> tuple[Home, list[Output]]:
    """The home after ``given``, and what is decided by it. ``now`` never goes back."""
    out: list[Output] = []
    if isinstance(given, DoorSeen):
        if home.due < now:
            home = _run(home, now, out)
        home = doors.door_seen(home, given, now, out)  # of nearly all, ``due`` is right already
        return home if home.incident is None else _timed(home), out
    if isinstance(given, ClockChanged):
        home = _timed(clock.clock_changed(home, given, now))
    if home.due < now:
        waited = isinstance(given, Resumed | ClockChanged)
        home = _catch_up(home, now, out) if waited else _run(home, now, out)
    return _timed(_apply(home, given, now, out)), out


def _timed(home: Home) -> Home:
    due = due_of(home.opening, home.incident, home.policy, home.rest)
    return home if due == home.due else home._replace(due=due)


def _apply(home: Home, given: Input, now: Moment, out: list[Output]) -> Home:
    """All that is rarer than a reading of a door."""
    rest = home.rest
    match given:
        case model.Acknowledged() | model.Resolved() | model.NotReached():
            return _answered(home, given, now, out)
        case model.HandedOver():
            return _handed_over(home, given, now, out)
        case model.Sensed():
            return sensing.sensed(home, given, now, out)
        case model.PassGranted():
            return passes.grant(home, given, now, out)
        case model.PassRevoked(pass_id):
            return home._replace(passes=tuple(p for p in home.passes if p.pass_id != pass_id))
        case model.EmergencyDeclared():
            return of_home.raise_(home, finding(Kind.EMERGENCY, now), now, out)
        case model.Commissioned():
            return ledger.commissioned(home, given, now, out)
        case PolicyChanged(policy):
            return ledger.policy_changed(home, policy, now)
        case ClockChanged():
            return clock.judged_again(home, now, out)
        case model.Watched(yes):
            return home._replace(rest=rest._replace(watched=yes, unwatched_at=now))
        case Resumed():
            return home._replace(rest=rest._replace(unwatched_at=now))
        case model.TakenOver(number) if home.incident and home.incident.number == number:
            return door.happen(home, Details(Event.TAKEN_OVER, now), out)
    return home


def _answered(home: Home, given: model.Answer, now: Moment, out: list[Output]) -> Home:
    """An answer to the door's incident or to another; one long ago is the gateway's to refuse."""
    incident, said = home.incident, other.answer(given, now)
    if incident is None or incident.number != given.incident:
        found = of_home.find(home, given.incident)
        return home if found is None else of_home.timed(of_home.happen(home, found, said, out))
    after = door.happen(home, said, out)
    if not isinstance(given, model.Resolved):
        return after
    after = after._replace(uncovered=())
    if given.outcome in SHUT and incident.phase in UNRESOLVED and not _is_another(home):
        if (opening := still_open(home)) is not None:
            after = after._replace(opening=opening._replace(closed_at=now))
        after = after._replace(doors=tuple(d._replace(door=Door.CLOSED) for d in home.doors))
    return after


def _handed_over(home: Home, given: model.HandedOver, now: Moment, out: list[Output]) -> Home:
    home = _answered(home, model.Acknowledged(given.incident, given.by), now, out)
    incident = of_home.find(home, given.incident)
    if incident is None or incident.phase not in UNRESOLVED:
        return home
    return of_home.put(home, chain.hand_over(incident, home.policy, given.person_id, now, out))


def _is_another(home: Home) -> bool:
    """Whether the door stands open for a reason of its own: a window, a pass, no order."""
    opening, incident = still_open(home), home.incident
    if opening is None or incident is None:
        return False
    of_incident = opening.started_at == incident.opened_at
    return opening.becomes is not None and opening.deadline < NEVER and not of_incident


def _catch_up(home: Home, now: Moment, out: list[Output]) -> Home:
    """After a time in which nobody watched overdue steps become one alert a person. A deadline that
    passed waits a little: what a broker kept for us may say that the door was closed."""
    opening = still_open(home)
    if opening is not None and opening.deadline < now:
        home = home._replace(opening=opening._replace(deadline=now + doors.SETTLE))
    said: list[Output] = []
    before = _incidents(home)
    home = _run(home, now, said)
    after, said = chain.caught_up(said, before, _incidents(home), home.policy, now)
    out += said
    incident = home.incident and after[home.incident.number]
    found = tuple(after[one.number] for one in home.rest.incidents)
    return home._replace(incident=incident, rest=home.rest._replace(incidents=found))


def _incidents(home: Home) -> tuple[Incident, ...]:
    return (*([home.incident] if home.incident else []), *home.rest.incidents)


def _run(home: Home, now: Moment, out: Out) -> Home:
    while (due := due_of(home.opening, home.incident, home.policy, home.rest)) < now:
        opening, incident, end = still_open(home), home.incident, home.policy.isolation_end
        if incident is not None and due == end and ends_with_order(incident, end):
            at = max(due, incident.raised_at)  # the ledger may say so afterwards
            over = Details(Event.ISOLATION_OVER, at, outcome=Outcome.ISOLATION_ENDED)
            home = door.happen(home, over, out)
        elif opening is not None and opening.deadline == due:
            home = doors.deadline_passed(home, opening, out)
        elif incident is not None and incident.due == due:
            home = door.happen(home, Details(Event.TIME, due), out)
        else:
            home = _rest(home, due, out)
    return home


def _rest(home: Home, due: Moment, out: Out) -> Home:
    """The timers of the rest: other incidents, a sensor that flapped, a meal."""
    policy, end = home.policy, home.policy.isolation_end
    if due >= end and any(ends_with_order(one, end) for one in home.rest.incidents):
        return of_home.end_all(home, due, out)
    for incident in home.rest.incidents:
        if incident.due == due and incident.phase is not Phase.OVER:
            home = of_home.happen(home, incident, Details(Event.TIME, due), out)
    for faulty in home.rest.faulty:
        if faulty.flapped_at + policy.rules.flap_reset <= due:
            home = flapping.over(home, faulty.sensor_id, due, out)
    home = sensing.review(home, due, out)
    for window_id in welfare.not_opened(home, due):
        about = f"{window_id} {local(due, policy.zone).date()}"  # each day is another meal
        home = of_home.raise_(home, finding(Kind.WELFARE, due, about), due, out)
    if home.rest.asked_after:
        home = home._replace(rest=home.rest._replace(asked_after=due))
    return of_home.timed(home)
