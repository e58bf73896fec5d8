"""One step: a home, something that happened, the time; out come the home afterwards and decisions.

    step(home, input, now) -> (home, decisions)

Whatever time alone has changed before ``now`` is decided first, each at its own moment, so any
schedule of ticks gives the same decisions. A timer that is due at ``now`` itself still waits:
what happens at that very moment (the door closes, somebody answers) counts.
"""

from typing import TypeAlias

from rules import chain
from rules.home import UNRESOLVED, Home, Incident, Phase, due_of, ends_with_order, still_open
from rules.household import clock, ledger, sensing, welfare
from rules.incidents import door, of_home, other
from rules.incidents.event import Details, Event
from rules.incidents.other import Finding
from rules.local import local
from rules.model import (
    Acknowledged,
    Answer,
    ClockChanged,
    Commissioned,
    Door,
    DoorSeen,
    EmergencyDeclared,
    HandedOver,
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
from rules.openings import doors, flapping
from rules.policy import PolicyChanged
from rules.said import Out, Output
from rules.windows import passes

Input: TypeAlias = (
    DoorSeen
    | Sensed
    | Tick
    | Answer
    | HandedOver
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
        home = _timed(clock.clock_changed(home, given, now))
    if home.due < now:
        if isinstance(given, Resumed | ClockChanged):
            home = _catch_up(home, now, out)
        else:
            home = _run(home, now, out)
    if isinstance(given, DoorSeen):
        home = doors.door_seen(home, given, now, out)
        if home.incident is None:
            return home, out  # its ``due`` is right already: nearly every reading
    else:
        home = _apply(home, given, now, out)
    return _timed(home), out


def _timed(home: Home) -> Home:
    due = due_of(home.opening, home.incident, home.policy, home.rest)
    return home if due == home.due else home._replace(due=due)


def _apply(home: Home, given: Input, now: Moment, out: list[Output]) -> Home:
    """All that is rarer than a reading of a door."""
    match given:
        case Acknowledged() | Resolved() | NotReached():
            return _answered(home, given, now, out)
        case HandedOver():
            return _handed_over(home, given, now, out)
        case Sensed():
            return sensing.sensed(home, given, now, out)
        case PassGranted():
            return passes.grant(home, given, now, out)
        case PassRevoked():
            kept = tuple(one for one in home.passes if one.pass_id != given.pass_id)
            return home._replace(passes=kept)
        case EmergencyDeclared():
            found = Finding(Kind.EMERGENCY, Severity.CRITICAL, Reason.DECLARED, now)
            return of_home.raise_(home, found, now, out)
        case Commissioned():
            return ledger.commissioned(home, given, now, out)
        case PolicyChanged():
            return ledger.policy_changed(home, given.policy, now)
        case ClockChanged():
            return clock.judged_again(home, now, out)
        case Watched():
            return home._replace(rest=home.rest._replace(watched=given.yes, unwatched_at=now))
        case Resumed():
            return home._replace(rest=home.rest._replace(unwatched_at=now))
        case TakenOver() if home.incident and home.incident.number == given.incident:
            return door.happen(home, Details(Event.TAKEN_OVER, now), out)
    return home


def _answered(home: Home, given: Answer, now: Moment, out: list[Output]) -> Home:
    """An answer to the door's incident or to another; one long ago is the gateway's to refuse."""
    incident, said = home.incident, other.answer(given, now)
    if incident is None or incident.number != given.incident:
        found = of_home.find(home, given.incident)
        return home if found is None else of_home.timed(of_home.happen(home, found, said, out))
    after = door.happen(home, said, out)
    if not isinstance(given, Resolved):
        return after
    after = after._replace(uncovered=())
    if given.outcome in SHUT and incident.phase in UNRESOLVED and not _is_another(home):
        if (opening := still_open(home)) is not None:
            after = after._replace(opening=opening._replace(closed_at=now))
        shut = tuple(one._replace(door=Door.CLOSED) for one in home.doors)
        after = after._replace(doors=shut)
    return after


def _handed_over(home: Home, given: HandedOver, now: Moment, out: list[Output]) -> Home:
    """Whoever hands it over has answered; the other is told."""
    number, by, person_id = given
    home = _answered(home, Acknowledged(number, by), now, out)
    if home.incident is not None and home.incident.number == number:
        incident: Incident | None = home.incident
    else:
        incident = of_home.find(home, number)
    if incident is None or incident.phase not in UNRESOLVED:
        return home
    asked = chain.hand_over(incident, home.policy, person_id, now, out)
    return home._replace(incident=asked) if incident is home.incident else of_home.put(home, asked)


def _is_another(home: Home) -> bool:
    """Whether the door stands open for a reason of its own: a window, a pass, no order."""
    opening, incident = still_open(home), home.incident
    if opening is None or incident is None:
        return False
    of_incident = opening.started_at == incident.opened_at
    return opening.becomes is not None and opening.deadline < NEVER and not of_incident


# -- time ----------------------------------------------------------------------------------


def _catch_up(home: Home, now: Moment, out: list[Output]) -> Home:
    """After a time in which nobody watched: steps that are overdue become one alert a person.

    A door's deadline that passed meanwhile waits a little: what a broker kept for us may say
    that it was closed.
    """
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


def _incidents(home: Home) -> chain.Incidents:
    known = (home.incident, *home.rest.incidents)
    return {one.number: one for one in known if one is not None}


def _run(home: Home, now: Moment, out: Out) -> Home:
    """Everything that was due before ``now``."""
    while (due := due_of(home.opening, home.incident, home.policy, home.rest)) < now:
        opening, incident, end = still_open(home), home.incident, home.policy.isolation_end
        if (
            incident is not None
            and due == end
            and incident.phase in UNRESOLVED
            and ends_with_order(incident, end)
        ):
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
    policy = home.policy
    if due >= policy.isolation_end and any(
        ends_with_order(one, policy.isolation_end) for one in of_home.unresolved(home)
    ):
        return of_home.end_all(home, due, Outcome.ISOLATION_ENDED, out)
    for incident in home.rest.incidents:
        if incident.due == due and incident.phase is not Phase.OVER:
            home = of_home.happen(home, incident, Details(Event.TIME, due), out)
    for faulty in home.rest.faulty:
        if faulty.flapped_at + policy.rules.flap_reset <= due:
            home = flapping.over(home, faulty.sensor_id, due, out)
    home = sensing.review(home, due, out)
    for window_id in welfare.not_opened(home, due):
        about = f"{window_id} {local(due, policy.zone).date()}"  # each day is another meal
        found = Finding(Kind.WELFARE, Severity.MEDIUM, Reason.NOT_OPENED, due, about)
        home = of_home.raise_(home, found, due, out)
    if home.rest.asked_after:
        home = home._replace(rest=home.rest._replace(asked_after=due))
    return of_home.timed(home)
