"""Passes: granted beforehand, from an incident, or taken by the resident."""

from rules.home import UNRESOLVED, Home, Opening, still_open
from rules.incidents import of_home
from rules.incidents.event import Details, Event
from rules.local import local
from rules.model import Outcome, PassGranted
from rules.moment import DAY, Moment
from rules.said import Out
from rules.windows.cover import deadline


def left(home: Home, now: Moment) -> int:
    """How many passes of their own the resident may still take today."""
    return max(0, home.policy.rules.self_passes_per_day - _taken(home, now)[1])


def _taken(home: Home, now: Moment) -> tuple[int, int]:
    """Today, and how many passes of their own the resident has taken on it."""
    today = local(now, home.policy.zone).toordinal()
    day, count = home.rest.own_passes
    return today, count if day == today else 0


def grant(home: Home, given: PassGranted, now: Moment, out: Out) -> Home:
    """Adds a pass, of the resident's own if one is ``left``. Granted from the incident of a door
    that stands open, it covers that opening."""
    if given.own:
        if not left(home, now):
            return home
        today, count = _taken(home, now)
        home = home._replace(rest=home.rest._replace(own_passes=(today, count + 1)))
    opening, incident, valid = still_open(home), home.incident, given.start <= now < given.end
    of_it = incident and incident.number == given.incident and incident.phase in UNRESOLVED
    if opening and of_it and valid:
        return _excuse(home, opening, given, now, out)
    kept = tuple(one for one in home.passes if now - one.end < 2 * DAY)  # a gap may reach back
    return home._replace(passes=(*kept, given))


def _excuse(home: Home, opening: Opening, given: PassGranted, now: Moment, out: Out) -> Home:
    """The open door has its pass from now on, and the incident is over."""
    limit = given.end + home.policy.rules.window_grace
    until, becomes = deadline(now, given.max_open, limit)
    outcome = Outcome.PERMITTED_AFTER_ALL
    said = Details(Event.OUTCOME, now, person_id=given.by, outcome=outcome)
    covered = opening._replace(deadline=until, becomes=becomes, windows=(given.pass_id,))
    return of_home.at_door(home, said, out)._replace(opening=covered, uncovered=())
