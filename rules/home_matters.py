"""A household's incidents besides that of its doors, and the timers that they bring.

Owns ``Home.matters.incidents`` and ``Home.matters.due``. What such an incident goes through is
``rules.matters``.
"""

from rules import chain, matters, welfare
from rules.home import Condition, Home, Incident, Phase, ends_with_order
from rules.matters import Event, Turn
from rules.model import Kind, Outcome, Reason, Severity
from rules.moment import NEVER, Moment
from rules.said import Output

_ANEW = (Kind.EMERGENCY, Kind.TAMPER)  # said again: news, once nobody is called any more


def _rests(incident: Incident, home: Home, at: Moment) -> bool:
    return incident.phase is Phase.ANSWERED or chain.nobody_left(incident, home.policy, at)


def raise_(
    home: Home,
    kind: Kind,
    severity: Severity,
    reason: Reason,
    occurred_at: Moment,
    at: Moment,
    out: list[Output],
    *,
    about: str,
) -> Home:
    """A new incident, unless the same one is unresolved already."""
    known = home.matters
    same = [one for one in known.incidents if _is(one, kind, about)]
    if any(not (kind in _ANEW and _rests(one, home, at)) for one in same):
        return home
    number = known.numbered + 1
    incident = matters.raised(
        number, kind, severity, reason, home.policy, at, out, occurred_at=occurred_at, about=about
    )
    kept = tuple(one for one in known.incidents if one.phase is not Phase.OVER)
    return timed(
        home._replace(matters=known._replace(numbered=number, incidents=(*kept, incident)))
    )


def clear(home: Home, kind: Kind, about: str, at: Moment, out: list[Output]) -> Home:
    """What was wrong is so no more."""
    for incident in home.matters.incidents:
        if _is(incident, kind, about):
            home = happen(home, incident, Turn(Event.CLEARED, at), out)
    return timed(home)


def end_all(home: Home, at: Moment, outcome: Outcome, out: list[Output]) -> Home:
    """All of them, as the isolation ends."""
    for incident in unresolved(home):
        if not ends_with_order(incident, home.policy.isolation_end):
            continue
        home = happen(home, incident, Turn(Event.OUTCOME, at, outcome=outcome), out)
    return timed(home)


def find(home: Home, number: int) -> Incident | None:
    """The one with this number; also a door incident of before the present one."""
    known = home.matters
    return next((one for one in (*known.incidents, *known.past) if one.number == number), None)


def happen(home: Home, incident: Incident, turn: Turn, out: list[Output]) -> Home:
    """One event of one of them."""
    known, after = home.matters, matters.turn(incident, home.policy, turn, out)
    found = tuple(after if one is incident else one for one in known.incidents)
    past = tuple(after if one is incident else one for one in known.past)
    return home._replace(matters=known._replace(incidents=found, past=past))


def timed(home: Home) -> Home:
    """With ``matters.due`` as it now is."""
    known, policy = home.matters, home.policy
    dues = [one.due for one in known.incidents]
    dues += [one.flapped_at + policy.rules.flap_reset for one in known.faulty]
    dues += [raisable_at(home, one) for one in known.conditions if not one.raised]
    if any(ends_with_order(one, policy.isolation_end) for one in unresolved(home)):
        dues.append(policy.isolation_end)
    due = min(dues, default=NEVER)
    due = min(due, welfare.next_due(home))
    return home if due == known.due else home._replace(matters=known._replace(due=due))


def raisable_at(home: Home, condition: Condition) -> Moment:
    """When what a sensor said of itself matters: within the order, and the installer gone."""
    policy, until = home.policy, dict(home.commissioning).get(condition.sensor_id, 0)
    at = max(condition.at, policy.isolation_start, until)
    return at if at < policy.isolation_end else NEVER


def unresolved(home: Home) -> tuple[Incident, ...]:
    """Those that are not over."""
    return tuple(one for one in home.matters.incidents if one.phase is not Phase.OVER)


def _is(incident: Incident, kind: Kind, about: str) -> bool:
    return incident.kind is kind and incident.about == about and incident.phase is not Phase.OVER
