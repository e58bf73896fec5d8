"""Windows in which a home that needs care should have opened: the meal was not taken in."""

from datetime import timedelta

from rules.home import Home, still_open
from rules.local import local
from rules.moment import DAY, NEVER, Moment
from rules.windows.calendar import Occurrence, occurrences

_DAYS = 10  # looked at, from yesterday on: windows recur weekly at least


def next_due(home: Home) -> Moment:
    """When the next such window ends, or whether there is one must be looked at again."""
    policy, after = home.policy, home.rest.asked_after
    if not (policy.care and after and any(window.expected for window in policy.windows)):
        return NEVER
    after = max(after, policy.isolation_start)
    due = min((o.ends for o in _expected(home, after) if o.ends > after), default=after + 7 * DAY)
    return due if due <= policy.isolation_end else NEVER


def not_opened(home: Home, at: Moment) -> list[str]:
    """The windows that end at ``at``, were observed, and saw no opening."""
    rest = home.rest
    if not (rest.watched and rest.verified) or rest.faulty or not home.doors:
        return []
    if still_open(home):
        return []
    opened_at = home.opening.started_at if home.opening else 0
    return [
        o.window_id
        for o in _expected(home, at)
        if o.ends == at
        and opened_at < o.opens
        and rest.unwatched_at < o.opens
        and home.policy.isolation_start <= o.opens
    ]


def _expected(home: Home, after: Moment) -> list[Occurrence]:
    policy = home.policy
    yesterday = local(after, policy.zone).date() - timedelta(days=1)
    windows = tuple(window for window in policy.windows if window.expected)
    return [
        occurrence
        for ahead in range(_DAYS)
        for occurrence in occurrences(
            windows, policy.zone, policy.rules.window_grace, yesterday + timedelta(days=ahead)
        )
    ]
