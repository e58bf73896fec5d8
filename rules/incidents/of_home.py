"""A household's incidents besides that of its doors, and the timers that they bring.

Owns ``Home.rest.incidents`` and ``Home.rest.due``.
"""

from rules import chain
from rules.home import Condition, Home, Incident, Phase, ends_with_order
from rules.household import welfare
from rules.incidents import other
from rules.incidents.event import Details, Event
from rules.incidents.other import Finding
from rules.model import Kind, Outcome
from rules.moment import NEVER, Moment
from rules.said import Out

_ANEW = (Kind.EMERGENCY, Kind.TAMPER)  # said again: news, once nobody is called any more


def raise_(home: Home, found: Finding, at: Moment, out: Out) -> Home:
    """A new incident, unless the same one is unresolved already."""
    rest, policy = home.rest, home.policy
    for same in _same(home, found.kind, found.about):
        rests = same.phase is Phase.ANSWERED or chain.nobody_left(same, policy, at)
        if found.kind not in _ANEW or not rests:
            return home
    number = rest.numbered + 1
    incidents = (*unresolved(home), other.raised(number, found, policy, at, out))
    return timed(home._replace(rest=rest._replace(numbered=number, incidents=incidents)))


def clear(home: Home, kind: Kind, about: str, at: Moment, out: Out) -> Home:
    """What was wrong is so no more."""
    for incident in _same(home, kind, about):
        home = happen(home, incident, Details(Event.CLEARED, at), out)
    return timed(home)


def end_all(home: Home, at: Moment, outcome: Outcome, out: Out) -> Home:
    """All of them, as the isolation ends."""
    for incident in unresolved(home):
        if ends_with_order(incident, home.policy.isolation_end):
            home = happen(home, incident, Details(Event.OUTCOME, at, outcome=outcome), out)
    return timed(home)


def find(home: Home, number: int) -> Incident | None:
    """The one with this number; also a door incident of before the present one."""
    known = (*home.rest.incidents, *home.rest.past)
    return next((one for one in known if one.number == number), None)


def happen(home: Home, incident: Incident, e: Details, out: Out) -> Home:
    """One event of one of them."""
    return put(home, other.happen(incident, home, e, out))


def put(home: Home, incident: Incident) -> Home:
    """The home with this incident as it now is."""
    rest, number = home.rest, incident.number
    incidents = tuple(incident if one.number == number else one for one in rest.incidents)
    past = tuple(incident if one.number == number else one for one in rest.past)
    return home._replace(rest=rest._replace(incidents=incidents, past=past))


def timed(home: Home) -> Home:
    """With ``rest.due`` as it now is."""
    rest, policy = home.rest, home.policy
    dues = [one.due for one in rest.incidents]
    dues += [one.flapped_at + policy.rules.flap_reset for one in rest.faulty]
    dues += [raisable_at(home, one) for one in rest.conditions if not one.raised]
    if any(ends_with_order(one, policy.isolation_end) for one in unresolved(home)):
        dues.append(policy.isolation_end)
    due = min(*dues, welfare.next_due(home), NEVER)
    return home if due == rest.due else home._replace(rest=rest._replace(due=due))


def raisable_at(home: Home, condition: Condition) -> Moment:
    """When what a sensor said of itself matters: within the order, and the installer gone."""
    policy, until = home.policy, dict(home.commissioning).get(condition.sensor_id, 0)
    at = max(condition.at, policy.isolation_start, until)
    return at if at < policy.isolation_end else NEVER


def unresolved(home: Home) -> tuple[Incident, ...]:
    """Those that are not over."""
    return tuple(one for one in home.rest.incidents if one.phase is not Phase.OVER)


def _same(home: Home, kind: Kind, about: str) -> list[Incident]:
    return [one for one in unresolved(home) if one.kind is kind and one.about == about]
