"""Windows in which a home that needs care should have opened: the meal was not taken in."""

from datetime import timedelta

from rules.home import Home
from rules.local import local
from rules.moment import DAY, NEVER, Moment
from rules.windows import Occurrence, occurrences

_AHEAD = 8  # days looked at: windows recur weekly at least


def next_due(home: Home) -> Moment:
    """When the next such window ends, or whether there is one must be looked at again."""
    policy, after = home.policy, home.matters.asked_after
    if not (policy.care and after and any(window.expected for window in policy.windows)):
        return NEVER
    after = max(after, policy.isolation_start)
    due = min((o.ends for o in _expected(home, after) if o.ends > after), default=after + 7 * DAY)
    return due if due <= policy.isolation_end else NEVER


def not_opened(home: Home, at: Moment) -> list[str]:
    """The windows that end at ``at``, were observed, and saw no opening."""
    matters, opening = home.matters, home.opening
    if not (matters.watched and matters.verified) or matters.faulty or not home.doors:
        return []
    seen = NEVER if opening and opening.closed_at is None else opening.started_at if opening else 0
    return [
        o.window_id
        for o in _expected(home, at)
        if o.ends == at
        and seen < o.opens
        and matters.unwatched_at < o.opens
        and home.policy.isolation_start <= o.opens
    ]


def _expected(home: Home, after: Moment) -> list[Occurrence]:
    policy = home.policy
    first = local(after, policy.zone).date() - timedelta(days=1)
    windows = tuple(window for window in policy.windows if window.expected)
    days = (first + timedelta(days=ahead) for ahead in range(_AHEAD + 2))
    grace = policy.rules.window_grace
    return [o for day in days for o in occurrences(windows, policy.zone, grace, day)]
