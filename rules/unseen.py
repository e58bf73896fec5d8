"""Openings that are over when we hear of them: late news, and what a sensor counted unheard."""

from rules.breaches import breached
from rules.changed import covered
from rules.home import Home
from rules.judge import Judged, judge, judge_between, plan_at
from rules.model import Door, DoorSeen, Verdict
from rules.moment import Moment
from rules.said import Decision, Output


def past(home: Home, seen: DoorSeen, now: Moment, out: list[Output]) -> Home:
    """News of an opening before what is already known: judged then, and it ended since."""
    if seen.door is Door.CLOSED:
        return home
    return _unseen(home, judge(home, seen.at, plan_at(home, seen.at)), seen.at, now, None, out)


def missed(home: Home, seen: DoorSeen, now: Moment, out: list[Output]) -> Home:
    """The sensor counted more than we heard: it was opened, and closed again, in between."""
    at, since = seen.at, seen.since
    if since is None or dict(home.commissioning).get(seen.sensor_id, 0) > since:
        return home
    return _unseen(home, judge_between(home, since, at), at, now, since, out)


def _unseen(
    home: Home,
    judged: Judged,
    at: Moment,
    now: Moment,
    since: Moment | None,
    out: list[Output],
) -> Home:
    """An opening that is over, and of which we hear only now."""
    if judged.cover is not None:
        name = judged.cover.name
        out.append(Decision(at, Verdict.PERMITTED, judged.reason, since=since, detail=name))
        return covered(home, home.doors, home.plan, judged.cover, home.opening)
    if judged.verdict is Verdict.NOT_ISOLATING:
        out.append(Decision(at, Verdict.NOT_ISOLATING, judged.reason, since=since))
        return home
    return breached(home, judged, at, now, since, out)
