"""What people say of an incident: the door's, or another. The gateway refuses one of long ago."""

from rules import chain
from rules.home import UNRESOLVED, Home, still_open
from rules.incidents import of_home
from rules.incidents.event import answer
from rules.model import Acknowledged, Answer, Door, HandedOver, Resolved
from rules.moment import NEVER, Moment
from rules.policy import SHUT
from rules.said import Out


def answered(home: Home, given: Answer, now: Moment, out: Out) -> Home:
    incident, said = home.incident, answer(given, now)
    if incident is None or incident.number != given.incident:
        found = of_home.find(home, given.incident)
        return home if found is None else of_home.happen(home, found, said, out)
    after = of_home.at_door(home, said, out)
    if not isinstance(given, Resolved):
        return after
    after = after._replace(uncovered=())
    if given.outcome in SHUT and incident.phase in UNRESOLVED and not _is_another(home):
        if (opening := still_open(home)) is not None:
            after = after._replace(opening=opening._replace(closed_at=now))
        after = after._replace(doors=tuple(d._replace(door=Door.CLOSED) for d in home.doors))
    return after


def handed_over(home: Home, given: HandedOver, now: Moment, out: Out) -> Home:
    """Whoever hands it over has answered."""
    home = answered(home, Acknowledged(given.incident, given.by), now, out)
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
