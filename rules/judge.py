"""The verdict on an opening, by what covers the moment at which it starts."""

from typing import NamedTuple

from rules.home import Home
from rules.local import within
from rules.model import Kind, Reason, Severity, Verdict
from rules.moment import Moment, by_position
from rules.windows.calendar import Plan, edges, plan
from rules.windows.cover import Cover, Used, cover, cover_by_pass


class Judged(NamedTuple):
    verdict: Verdict | Kind
    severity: Severity | None
    reason: Reason
    cover: Cover | None = None  # what permits it; with an incident: it may have been used up before
    perhaps: Used = ()  # what else it may have used, at another moment of the gap


PERMITTED, WINDOW = Verdict.PERMITTED, Reason.WINDOW
NOT_ISOLATING = Judged(Verdict.NOT_ISOLATING, None, Reason.NOT_ISOLATING)
USED_UP = Judged(Kind.WINDOW_OVERRUN, Severity.MEDIUM, Reason.WINDOW_USED_UP)
UNCOVERED = Judged(Kind.UNAUTHORISED_OPENING, Severity.HIGH, Reason.UNCOVERED)
IN_CURFEW = Judged(Kind.UNAUTHORISED_OPENING, Severity.CRITICAL, Reason.CURFEW)
NO_TIME = Judged(Kind.UNAUTHORISED_OPENING, Severity.HIGH, Reason.TIME_UNVERIFIED)
BETWEEN = Judged(Kind.INFERRED_OPENING, Severity.MEDIUM, Reason.BETWEEN)


def judge(home: Home, at: Moment) -> Judged:
    """Judges an opening that starts at ``at``."""
    policy = home.policy
    if not policy.isolation_start <= at < policy.isolation_end:
        return NOT_ISOLATING
    rest = home.rest
    if not rest.verified:
        return NO_TIME  # it is judged again when the time is known
    today, used, perhaps = plan_at(home, at), home.used, rest.perhaps
    found, used_up = cover(today, used + perhaps, at)
    if found is not None:
        return by_position(Judged, (PERMITTED, None, WINDOW, found, ()))
    grace = policy.rules.window_grace
    if home.passes:
        doubted = {name for name, _, _ in perhaps}
        sure = tuple(granted for granted in home.passes if granted.pass_id not in doubted)
        found = cover_by_pass(sure, at, grace)
        if found is not None:
            return Judged(PERMITTED, None, Reason.PASS, found)
    if perhaps:  # this opening or one before it was a breach: nobody knows which
        found = cover(today, used, at)[0] or cover_by_pass(home.passes, at, grace)
        if found is not None:
            return BETWEEN._replace(cover=found)
    if used_up:
        return USED_UP
    return IN_CURFEW if within(policy.rules.curfew, at, policy.zone) else UNCOVERED


def judge_between(home: Home, since: Moment, at: Moment) -> Judged:
    """Judges an opening at some moment from ``since`` to ``at``: if every moment has the same
    verdict and severity, that one; else nobody can say."""
    of_passes = (moment for granted in home.passes for moment in (granted.start, granted.end))
    passing = [moment for moment in of_passes if since < moment <= at]
    moments = (at, since, *edges(home.policy, since, at), *passing)
    judged = [judge(home, moment) for moment in moments]
    if len({(one.verdict, one.severity) for one in judged}) == 1:
        return judged[0]
    covers = {one.cover for one in judged if one.cover is not None}
    perhaps = {(found.name, found.day, 1) for found in covers if found.day or found.by_pass}
    return BETWEEN._replace(perhaps=tuple(sorted(perhaps)))


def plan_at(home: Home, at: Moment) -> Plan:
    """The plan for ``at``: the one that is kept, or worked out."""
    kept = home.plan
    return kept if kept.begins <= at < kept.ends else plan(home.policy, at)
