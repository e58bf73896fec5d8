"""One step: a home, something that happened, the time; out come the home afterwards and decisions.

What time alone has changed before ``now`` is decided first, each at its own moment, so any schedule
of ticks gives the same decisions. A timer that is due at ``now`` itself still waits: what happens
at that very moment (the door closes, somebody answers) counts.
"""

from typing import TypeAlias

from rules import model
from rules.home import Home, due_of
from rules.household import answers, clock, ledger, sensing, timers
from rules.incidents import of_home
from rules.incidents.event import Details, Event
from rules.incidents.other import Finding
from rules.model import ClockChanged, DoorSeen, Kind, Resumed
from rules.moment import Moment
from rules.openings import doors
from rules.policy import PolicyChanged
from rules.said import Out, Output
from rules.windows import passes

Input: TypeAlias = model.BySensors | model.ByPeople | model.ByGateway | PolicyChanged


def step(home: Home, given: Input, now: Moment) -> tuple[Home, list[Output]]:
    """The home after ``given``, and what is decided by it. ``now`` never goes back."""
    out: list[Output] = []
    if isinstance(given, DoorSeen):
        if home.due < now:
            home = timers.run(home, now, out)
        home = doors.door_seen(home, given, now, out)  # of nearly all, ``due`` is right already
        return home if home.incident is None else _timed(home), out
    if isinstance(given, ClockChanged):
        home = _timed(of_home.timed(clock.clock_changed(home, given, now)))
    if home.due < now:
        waited = isinstance(given, Resumed | ClockChanged)
        home = timers.catch_up(home, now, out) if waited else timers.run(home, now, out)
    return _timed(of_home.timed(_apply(home, given, now, out))), out


def _timed(home: Home) -> Home:
    due = due_of(home.opening, home.incident, home.policy, home.rest)
    return home if due == home.due else home._replace(due=due)


def _apply(home: Home, given: Input, now: Moment, out: Out) -> Home:
    """All that is rarer than a reading of a door."""
    rest = home.rest
    match given:
        case model.Acknowledged() | model.Resolved() | model.NotReached():
            return answers.answered(home, given, now, out)
        case model.HandedOver():
            return answers.handed_over(home, given, now, out)
        case model.Sensed():
            return sensing.sensed(home, given, now, out)
        case model.PassGranted():
            return passes.grant(home, given, now, out)
        case model.PassRevoked(pass_id):
            return home._replace(passes=tuple(p for p in home.passes if p.pass_id != pass_id))
        case model.EmergencyDeclared():
            return of_home.raise_(home, Finding(Kind.EMERGENCY, now), now, out)
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
            return of_home.at_door(home, Details(Event.TAKEN_OVER, now), out)
    return home
