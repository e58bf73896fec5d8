"""Passes: one-off permissions, granted beforehand, from an incident, or taken by the resident."""

from rules import incidents
from rules.happening import Event, Happening
from rules.home import UNRESOLVED, Home, Opening
from rules.local import local
from rules.model import Kind, Outcome, PassGranted
from rules.moment import DAY, Moment
from rules.said import Output


def left(home: Home, now: Moment) -> int:
    """How many passes of their own the resident may still take today."""
    day, taken = home.matters.own_passes
    today = local(now, home.policy.zone).toordinal()
    return max(0, home.policy.rules.self_passes_per_day - (taken if day == today else 0))


def may_take(home: Home, now: Moment) -> bool:
    """Whether the resident has a pass of their own left today."""
    return left(home, now) > 0


def grant(home: Home, given: PassGranted, now: Moment, out: list[Output]) -> Home:
    """Adds a pass. Granted from an incident whose door stands open, it covers that opening.

    One that the resident has none left of is not granted: ask ``may_take`` beforehand.
    """
    if given.own:
        if not may_take(home, now):
            return home
        day, taken = home.matters.own_passes
        today = local(now, home.policy.zone).toordinal()
        count = taken + 1 if day == today else 1
        home = home._replace(matters=home.matters._replace(own_passes=(today, count)))
    opening, incident = home.opening, home.incident
    if (
        given.incident is not None
        and incident is not None
        and incident.number == given.incident
        and incident.phase in UNRESOLVED
        and opening is not None
        and opening.closed_at is None
        and given.start <= now < given.end
    ):
        return _excuse(home, opening, given, now, out)
    kept = tuple(one for one in home.passes if now - one.end < 2 * DAY)  # a gap may reach back
    return home._replace(passes=(*kept, given))


def _excuse(
    home: Home, opening: Opening, given: PassGranted, now: Moment, out: list[Output]
) -> Home:
    """The open door has its pass from now on, and the incident is over."""
    limit = given.end + home.policy.rules.window_grace
    deadline, late = limit, Kind.WINDOW_OVERRUN
    if now + given.max_open <= limit:
        deadline, late = now + given.max_open, Kind.HELD_OPEN
    covered = opening._replace(deadline=deadline, late=late, windows=(given.pass_id,))
    outcome = Outcome.PERMITTED_AFTER_ALL
    said = Happening(Event.OUTCOME, now, person_id=given.by, outcome=outcome)
    return incidents.happen(home, said, out)._replace(opening=covered, uncovered=())
