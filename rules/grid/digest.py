"""When a grid's digest is due: once a day. Owns ``Grid.digest_at`` and ``Grid.digested``."""

from datetime import timedelta

from rules.grid import Grid, GridOutput
from rules.local import instant, local, within
from rules.moment import NEVER, Moment
from rules.policy import GridPolicy
from rules.said import DigestDue


def next_due(policy: GridPolicy, after: Moment, last: Moment = 0) -> Moment:
    """The first moment for a digest at or ``after``, on a day after that of the ``last`` one.

    Never for the gateway itself: ops is told of faults at once.
    """
    if not policy.grid_id:
        return NEVER
    day = local(after, policy.zone).date()
    while True:
        at = instant(day, policy.rules.digest, policy.zone)
        if at >= after and (not last or local(last, policy.zone).date() < day):
            return at
        day += timedelta(days=1)


def policy_changed(grid: Grid, now: Moment) -> Grid:
    """Another minute, if past for today, holds from tomorrow on; nobody gets two on one day."""
    at = next_due(grid.policy, now, grid.digested) if now else NEVER
    return grid._replace(digest_at=at)


def time(grid: Grid, at: Moment, out: list[GridOutput]) -> Grid:
    """The digest, if it is due at ``at``."""
    if grid.digest_at > at:
        return grid
    out.append(DigestDue(grid.digest_at, grid.digested))
    digested = grid.digest_at
    return grid._replace(digested=digested, digest_at=next_due(grid.policy, digested + 1, digested))


def is_late_for(due: DigestDue, policy: GridPolicy, now: Moment) -> bool:
    """Whether it is too late for it, as another day or the quiet hours have begun."""
    another_day = local(due.at, policy.zone).date() != local(now, policy.zone).date()
    return another_day or within(policy.rules.quiet_hours, now, policy.zone)
