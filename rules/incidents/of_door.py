"""A household's one incident of its doors. Owns ``Home.incident`` and ``Home.rest.past``."""

from rules import tables
from rules.home import Home, Incident, Phase
from rules.incidents.door import resolves_at
from rules.incidents.event import Details
from rules.model import Kind, Reason, Severity
from rules.moment import NEVER
from rules.said import Out

PAST = 5  # door incidents that are remembered besides the present one
NO_INCIDENT = Incident(0, Phase.NONE, Kind.INFERRED_OPENING, Severity.LOW, Reason.UNCOVERED, 0, 0)


def happen(home: Home, e: Details, out: Out) -> Home:
    """The home after an event of its incident, or with a new one."""
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
