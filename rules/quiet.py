"""When an acknowledged door incident has been quiet for long enough to resolve itself."""

from rules.home import Home, Incident, Phase
from rules.moment import NEVER, Moment


def door_closed_since(home: Home) -> Moment | None:
    """Since when the household's doors are all closed; None: one is open."""
    return home.opening.closed_at if home.opening else 0


def quiet_at(home: Home, incident: Incident) -> Moment:
    """When an acknowledged incident resolves itself if the doors stay closed."""
    closed = door_closed_since(home)
    if closed is None:
        return NEVER
    return max(incident.acknowledged_at, closed) + home.policy.rules.merge


def watch_door(home: Home) -> Home:
    """A door moved: an acknowledged incident waits for quiet anew."""
    incident = home.incident
    if incident is None or incident.phase not in (Phase.ON_MY_WAY, Phase.ANSWERED):
        return home
    due = quiet_at(home, incident)
    if incident.phase is Phase.ON_MY_WAY:
        due = min(due, incident.grace_until)
    return home._replace(incident=incident._replace(due=due))
