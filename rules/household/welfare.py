"""Windows in which a home that needs care should have opened, to take in a meal."""

from datetime import timedelta

from rules.home import Home, still_open
from rules.local import local
from rules.moment import DAY, NEVER, Moment
from rules.windows.calendar import Occurrence, occurrences

_DAYS = 10  # looked at, from yesterday on: windows recur weekly at least


def next_due(home: Home) -> Moment:
    """When the next one ends; without one, when to look again."""
    policy, after = home.policy, home.rest.asked_after
    if not (policy.care and after and any(window.expected for window in policy.windows)):
        return NEVER
    after = max(after, policy.isolation_start)
    due = min((o.ends for o in _expected(home, after) if o.ends > after), default=after + 7 * DAY)
    return due if due <= policy.isolation_end else NEVER


def not_opened(home: Home, at: Moment) -> list[str]:
    """The windows that end at ``at``, were observed, and saw no opening."""
    rest = home.rest
    if not (rest.watched and rest.verified and home.doors) or rest.faulty or still_open(home):
        return []
    opened_at = home.opening.started_at if home.opening else 0
    known_until = max(opened_at, rest.unwatched_at, home.policy.isolation_start - 1)
    return [o.window_id for o in _expected(home, at) if o.ends == at and known_until < o.opens]


def _expected(home: Home, after: Moment) -> list[Occurrence]:
    zone, grace = home.policy.zone, home.policy.rules.window_grace
    today = local(after, zone).date()
    windows = tuple(window for window in home.policy.windows if window.expected)
    days = (today + timedelta(days=ahead) for ahead in range(-1, _DAYS - 1))
    return [o for day in days for o in occurrences(windows, zone, grace, day)]
