"""When an acknowledged door incident has been quiet for long enough to resolve itself."""

from rules.home import Home, Incident, Phase
from rules.model import Door
from rules.moment import NEVER, Moment


def door_closed_since(home: Home) -> Moment | None:
    """Since when the household's doors are all closed; None: one is open."""
    return home.opening.closed_at if home.opening else 0


def stands_open(home: Home) -> bool:
    """Whether a door is open that no window or pass lets stand so."""
    opening = home.opening
    if opening is None or opening.closed_at is not None:
        return False
    covered = bool(opening.windows) and opening.deadline < NEVER
    since_before = any(d.door is Door.OPEN and d.at < opening.started_at for d in home.doors)
    return since_before or not covered


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
