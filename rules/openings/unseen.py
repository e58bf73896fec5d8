"""Openings of which we hear afterwards: late news, and what a sensor counted unheard."""

from rules.home import Home, with_cover
from rules.judge import BETWEEN, Judged, judge, judge_between
from rules.model import Door, DoorSeen, Reason, Verdict
from rules.moment import MINUTE, Duration, Moment
from rules.openings.uncovered import breached
from rules.said import Decision, Out

COMMISSIONED_FOR: Duration = 10 * MINUTE  # at the most


def past(home: Home, seen: DoorSeen, now: Moment, out: Out) -> Home:
    """News of an opening before what is already known: it has ended since."""
    closed = home.opening.closed_at if home.opening else None
    bounced = closed is not None and 0 <= seen.at - closed <= home.policy.rules.rejoin
    if seen.door is Door.CLOSED or bounced:
        return home
    if tried_until(home, seen.sensor_id, seen.at):
        out.append(Decision(seen.at, Verdict.COMMISSIONING, Reason.COMMISSIONING))
        return home
    return _unseen(home, judge(home, seen.at), seen.at, now, None, out)


def missed(home: Home, seen: DoorSeen, now: Moment, out: Out) -> Home:
    """The sensor counted more than we heard: it was opened and closed in between."""
    at, since = seen.at, seen.since
    tried = dict(home.commissioning).get(seen.sensor_id, 0)
    if since is None or (tried > since and at - tried <= COMMISSIONED_FOR):
        return home  # the installer's own, as far as anybody can say
    home = home._replace(rest=home.rest._replace(unwatched_at=at))
    judged = judge_between(home, since, at) if tried <= since else BETWEEN  # perhaps the installer
    return _unseen(home, judged, at, now, since, out)


def tried_until(home: Home, sensor_id: str, at: Moment) -> Moment:
    """Until when an installer tries that sensor, if they do at that moment; else 0."""
    until = dict(home.commissioning).get(sensor_id, 0)
    return until if until - COMMISSIONED_FOR <= at < until else 0


def before_it(home: Home, since: Moment | None, now: Moment, out: Out) -> Home:
    """A door found open beside one that a window permits may have been opened before that."""
    opening, by_window = home.opening, {window.window_id for window in home.policy.windows}
    if since is None or opening is None or not by_window & {*opening.windows[:1]}:
        return home
    at = opening.started_at
    judged = judge_between(home._replace(used=()), min(since, at), at)
    return home if judged.severity is None else breached(home, judged, at, now, since, out)


def _unseen(
    home: Home, judged: Judged, at: Moment, now: Moment, since: Moment | None, out: Out
) -> Home:
    verdict, _, reason, cover, _ = judged
    if verdict is Verdict.PERMITTED and cover is not None:
        out.append(Decision(at, Verdict.PERMITTED, reason, since=since, detail=cover.name))
        return with_cover(home, cover)
    if verdict is Verdict.NOT_ISOLATING:
        out.append(Decision(at, Verdict.NOT_ISOLATING, reason, since=since))
        return home
    return breached(home, judged, at, now, since, out)
