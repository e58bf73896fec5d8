"""Passes: one-off permissions, granted beforehand, from an incident, or taken by the resident."""

from rules.home import UNRESOLVED, Home, still_open
from rules.incidents import door
from rules.incidents.event import Details, Event
from rules.local import local
from rules.model import Outcome, PassGranted
from rules.moment import DAY, Moment
from rules.said import Out
from rules.windows.cover import deadline


def left(home: Home, now: Moment) -> int:
    """How many passes of their own the resident may still take today."""
    return max(0, home.policy.rules.self_passes_per_day - _taken(home, now)[1])


def may_take(home: Home, now: Moment) -> bool:
    """Whether the resident has a pass of their own left today."""
    return left(home, now) > 0


def _taken(home: Home, now: Moment) -> tuple[int, int]:
    """The local day, and how many passes of their own the resident has taken on it."""
    today = local(now, home.policy.zone).toordinal()
    day, count = home.rest.own_passes
    return today, count if day == today else 0


def grant(home: Home, given: PassGranted, now: Moment, out: Out) -> Home:
    """Adds a pass. Granted from an incident whose door stands open, it covers that opening.

    One that the resident has none left of is not granted: ask ``may_take`` beforehand.
    """
    if given.own:
        if not may_take(home, now):
            return home
        today, count = _taken(home, now)
        home = home._replace(rest=home.rest._replace(own_passes=(today, count + 1)))
    if given.start <= now < given.end and _is_of(given, home):
        return _excuse(home, given, now, out)
    kept = tuple(one for one in home.passes if now - one.end < 2 * DAY)  # a gap may reach back
    return home._replace(passes=(*kept, given))


def _is_of(given: PassGranted, home: Home) -> bool:
    """Whether it is granted from the incident of the door that stands open."""
    incident = home.incident
    if incident is None or still_open(home) is None:
        return False
    return incident.number == given.incident and incident.phase in UNRESOLVED


def _excuse(home: Home, given: PassGranted, now: Moment, out: Out) -> Home:
    """The open door has its pass from now on, and the incident is over."""
    limit = given.end + home.policy.rules.window_grace
    until, becomes = deadline(now, given.max_open, limit)
    outcome = Outcome.PERMITTED_AFTER_ALL
    said = Details(Event.OUTCOME, now, person_id=given.by, outcome=outcome)
    home = door.happen(home, said, out)
    assert home.opening is not None
    covered = home.opening._replace(deadline=until, becomes=becomes, windows=(given.pass_id,))
    return home._replace(opening=covered, uncovered=())
