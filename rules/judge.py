"""The verdict on an opening, from what covers the moment at which it starts."""

from typing import NamedTuple

from rules.home import Home
from rules.model import Kind, Reason, Severity, Verdict
from rules.moment import Moment, make
from rules.windows import Cover, Plan, cover, cover_by_pass, edges, in_curfew, plan


class Judged(NamedTuple):
    """A verdict, and what permits the opening if anything does."""

    verdict: Verdict | Kind
    severity: Severity | None
    reason: Reason
    cover: Cover | None = None


PERMITTED, WINDOW = Verdict.PERMITTED, Reason.WINDOW
NOT_ISOLATING = Judged(Verdict.NOT_ISOLATING, None, Reason.NOT_ISOLATING)
USED_UP = Judged(Kind.WINDOW_OVERRUN, Severity.MEDIUM, Reason.WINDOW_USED_UP)
UNCOVERED = Judged(Kind.UNAUTHORISED_OPENING, Severity.HIGH, Reason.UNCOVERED)
IN_CURFEW = Judged(Kind.UNAUTHORISED_OPENING, Severity.CRITICAL, Reason.CURFEW)
NO_TIME = Judged(Kind.UNAUTHORISED_OPENING, Severity.HIGH, Reason.TIME_UNVERIFIED)
BETWEEN = Judged(Kind.INFERRED_OPENING, Severity.MEDIUM, Reason.BETWEEN)


def judge(home: Home, at: Moment, today: Plan) -> Judged:
    """What an opening that starts at ``at`` is. ``today`` is the plan of that day."""
    policy = home.policy
    if not policy.isolation_start <= at < policy.isolation_end:
        return NOT_ISOLATING
    if not home.matters.verified:
        return NO_TIME  # no window excuses or accuses; it is judged again when the time is known
    found, used_up = cover(today, home.used, at)
    if found is not None:
        return make(Judged, (PERMITTED, None, WINDOW, found))
    if home.passes:
        found = cover_by_pass(home.passes, at, policy.rules.window_grace)
        if found is not None:
            return Judged(PERMITTED, None, Reason.PASS, found)
    if used_up:
        return USED_UP
    return IN_CURFEW if in_curfew(policy, at) else UNCOVERED


def judge_between(home: Home, since: Moment, at: Moment) -> Judged:
    """What an opening at some moment from ``since`` to ``at`` is.

    Where every moment has the same verdict and severity, that one; else nobody can say.
    """
    now = judge(home, at, plan_at(home, at))
    of_passes = (moment for granted in home.passes for moment in (granted.start, granted.end))
    passing = [moment for moment in of_passes if since < moment <= at]
    for edge in (since, *edges(home.policy, since, at), *passing):
        then = judge(home, edge, plan_at(home, edge))
        if (then.verdict, then.severity) != (now.verdict, now.severity):
            return BETWEEN
    return now


def plan_at(home: Home, at: Moment) -> Plan:
    """The plan for ``at``: today's as kept, any other worked out."""
    kept = home.plan
    return kept if kept.begins <= at < kept.ends else plan(home.policy, at)
