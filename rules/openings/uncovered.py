"""An opening that nothing covers, now or late: it counts, and somebody must look."""

from rules.home import Doubt, Home, with_cover
from rules.incidents import of_home
from rules.incidents.event import Details, Event
from rules.judge import NO_TIME, Judged
from rules.model import Kind, Reason, Severity
from rules.moment import Moment
from rules.said import Out
from rules.windows.cover import Used


def breached(
    home: Home, judged: Judged, at: Moment, now: Moment, since: Moment | None, out: Out
) -> Home:
    """Its incident, or a repetition's. ``since``: it may have been at any moment from then on."""
    kind, severity, reason, cover, perhaps = judged
    assert isinstance(kind, Kind) and severity is not None
    if cover is not None:
        home = with_cover(home, cover)
    if perhaps:
        home = _perhaps_used(home, perhaps)
    if judged is NO_TIME:
        home = doubted(home, Doubt(at, since))
    elif reason is not Reason.BETWEEN:
        home = counted(home, at)
    if _repeated(home, at):
        kind, severity, reason = Kind.REPEATED_OPENING, Severity.CRITICAL, Reason.REPEATED
    late_by = max(0, now - at)
    e = Details(Event.BREACH, now, kind, severity, reason, at, at, since, late_by)
    return of_home.at_door(home, e, out)


def _perhaps_used(home: Home, perhaps: Used) -> Home:
    """One opening more that may have been under these; what is long past is dropped."""
    known, passes = home.rest.perhaps, {granted.pass_id for granted in home.passes}
    newest = max(day for _, day, _ in (*known, *perhaps))
    kept = (one for one in known if (one[1] >= newest - 2 if one[1] else one[0] in passes))
    return home._replace(rest=home.rest._replace(perhaps=(*kept, *perhaps)))


def doubted(home: Home, doubt: Doubt) -> Home:
    """One opening more that is judged again when the time is known."""
    return home._replace(rest=home.rest._replace(doubts=(*home.rest.doubts, doubt)))


def counted(home: Home, at: Moment) -> Home:
    """One uncovered opening more; starts shortly after each other count once."""
    rules, starts = home.policy.rules, home.uncovered
    newest = max((at, *starts[-1:]))
    kept = tuple(t for t in starts if newest - t < 2 * rules.repeat)  # late news may still come
    if all(abs(at - t) >= rules.flap for t in kept):
        kept = tuple(sorted((*kept, at)))
    return home if kept == starts else home._replace(uncovered=kept)


def _repeated(home: Home, at: Moment) -> bool:
    rules, starts = home.policy.rules, home.uncovered
    return any(
        sum(first <= t < first + rules.repeat for t in starts) >= rules.repeat_openings
        for first in starts
        if first <= at < first + rules.repeat
    )
