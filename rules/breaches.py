"""An opening that nothing covers: how it counts towards a repetition, and what it then is."""

from rules.happening import Event, Happening
from rules.home import Doubt, Home
from rules.incidents import happen
from rules.judge import BETWEEN, NO_TIME, Judged
from rules.model import Kind, Reason, Severity
from rules.moment import Moment
from rules.said import Output


def breached(
    home: Home,
    judged: Judged,
    at: Moment,
    now: Moment,
    since: Moment | None,
    out: list[Output],
) -> Home:
    """An opening that nothing covers, now or late: it counts, and somebody must look."""
    assert isinstance(judged.verdict, Kind) and judged.severity is not None
    kind, severity, reason = judged.verdict, judged.severity, judged.reason
    if judged is NO_TIME:
        home = doubted(home, Doubt(at, since))
    elif judged is not BETWEEN:
        home = counted(home, at)
    if repeated(home, at):
        kind, severity, reason = Kind.REPEATED_OPENING, Severity.CRITICAL, Reason.REPEATED
    late = max(0, now - at)
    return happen(
        home, Happening(Event.BREACH, now, kind, severity, reason, at, at, since, late), out
    )


def doubted(home: Home, doubt: Doubt) -> Home:
    """One opening more that is judged again when the time is known."""
    return home._replace(matters=home.matters._replace(doubts=(*home.matters.doubts, doubt)))


def counted(home: Home, at: Moment) -> Home:
    """One uncovered opening more; starts shortly after each other count once."""
    rules, starts = home.policy.rules, home.uncovered
    newest = max(at, starts[-1]) if starts else at
    kept = tuple(t for t in starts if newest - t < 2 * rules.repeat)  # late news may still come
    if all(abs(at - t) >= rules.flap for t in kept):
        kept = tuple(sorted((*kept, at)))
    return home if kept == starts else home._replace(uncovered=kept)


def repeated(home: Home, at: Moment) -> bool:
    """Whether so many uncovered openings lie within one ``repeat``, about ``at``."""
    rules, starts = home.policy.rules, home.uncovered
    return any(
        sum(first <= t < first + rules.repeat for t in starts) >= rules.repeat_openings
        for first in starts
        if first <= at < first + rules.repeat
    )
