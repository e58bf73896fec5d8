"""A household's incidents: that of its doors (``at_door``), and the others.

Owns ``Home.incident``, and of ``Home.rest`` the incidents, those of the past, and ``due``.
"""

from rules import chain, tables
from rules.home import Condition, Home, Incident, Phase, ends_with_order
from rules.household import welfare
from rules.incidents import other
from rules.incidents.door import resolves_at
from rules.incidents.event import Details, Event
from rules.incidents.other import Finding
from rules.model import Kind, Outcome, Reason, Severity
from rules.moment import NEVER, Moment
from rules.said import Out

PAST = 5  # door incidents that are remembered besides the present one
NO_INCIDENT = Incident(0, Phase.NONE, Kind.INFERRED_OPENING, Severity.LOW, Reason.UNCOVERED, 0, 0)
_ANEW = (Kind.EMERGENCY, Kind.TAMPER)  # news when said again, once nobody is called any more


def at_door(home: Home, e: Details, out: Out) -> Home:
    """One event of the incident of its doors; a breach may begin another."""
    before, rest = home.incident or NO_INCIDENT, home.rest
    after = tables.follow(tables.DOOR, before, home, e, out)
    if after is before:
        return home
    if after.number > rest.numbered:
        past = rest.past
        if before.number:  # people may still say what it was
            past = (*past[1 - PAST :], before._replace(phase=Phase.OVER, due=NEVER))
        rest = rest._replace(numbered=after.number, past=past)
    return home._replace(incident=after, rest=rest)


def door_moved(home: Home) -> Home:
    """An acknowledged incident waits anew until the doors have been closed for long."""
    incident = home.incident
    if incident is None or incident.phase not in (Phase.ON_MY_WAY, Phase.ANSWERED):
        return home
    due = resolves_at(home, incident)
    if incident.phase is Phase.ON_MY_WAY:
        due = min(due, incident.on_my_way_until)
    return home._replace(incident=incident._replace(due=due))


def raise_(home: Home, found: Finding, at: Moment, out: Out) -> Home:
    """A new incident, unless the same one is unresolved already."""
    rest, policy = home.rest, home.policy
    for same in _same(home, found.kind, found.about):
        rests = same.phase is Phase.ANSWERED or chain.nobody_left(same, policy, at)
        if found.kind not in _ANEW or not rests:
            return home
    number, kept = rest.numbered + 1, (i for i in rest.incidents if i.phase is not Phase.OVER)
    incidents = (*kept, other.raised(number, found, policy, at, out))
    return home._replace(rest=rest._replace(numbered=number, incidents=incidents))


def clear(home: Home, kind: Kind, about: str, at: Moment, out: Out) -> Home:
    """What was wrong is so no more."""
    for incident in _same(home, kind, about):
        home = happen(home, incident, Details(Event.CLEARED, at), out)
    return home


def end_all(home: Home, at: Moment, out: Out) -> Home:
    """The isolation ends."""
    ended = Details(Event.OUTCOME, at, outcome=Outcome.ISOLATION_ENDED)
    for incident in home.rest.incidents:
        if ends_with_order(incident, home.policy.isolation_end):
            home = happen(home, incident, ended, out)
    return home


def find(home: Home, number: int) -> Incident | None:
    """The one with this number, of the door too."""
    door = (home.incident,) if home.incident else ()
    known = (*door, *home.rest.incidents, *home.rest.past)
    return next((one for one in known if one.number == number), None)


def happen(home: Home, incident: Incident, e: Details, out: Out) -> Home:
    """One event of one of them."""
    return put(home, tables.follow(tables.OTHER, incident, home, e, out))


def put(home: Home, incident: Incident) -> Home:
    """The home with this incident as it now is."""
    rest, number = home.rest, incident.number
    if home.incident and home.incident.number == number:
        return home._replace(incident=incident)
    incidents = tuple(incident if one.number == number else one for one in rest.incidents)
    past = tuple(incident if one.number == number else one for one in rest.past)
    return home._replace(rest=rest._replace(incidents=incidents, past=past))


def timed(home: Home) -> Home:
    """With ``rest.due`` as it now is."""
    rest, policy = home.rest, home.policy
    dues = [one.due for one in rest.incidents]
    dues += [one.flapped_at + policy.rules.flap_reset for one in rest.faulty]
    dues += [raisable_at(home, one) for one in rest.conditions if not one.raised]
    if any(ends_with_order(one, policy.isolation_end) for one in rest.incidents):
        dues.append(policy.isolation_end)
    due = min(*dues, welfare.next_due(home), NEVER)
    return home if due == rest.due else home._replace(rest=rest._replace(due=due))


def raisable_at(home: Home, condition: Condition) -> Moment:
    """When it matters what a sensor said of itself: within the order, the installer gone."""
    policy, until = home.policy, dict(home.commissioning).get(condition.sensor_id, 0)
    at = max(condition.at, policy.isolation_start, until)
    return at if at < policy.isolation_end else NEVER


def _same(home: Home, kind: Kind, about: str) -> list[Incident]:
    found = [one for one in home.rest.incidents if one.kind is kind and one.about == about]
    return [one for one in found if one.phase is not Phase.OVER]
