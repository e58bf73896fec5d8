"""A clock that nobody vouches for, and what becomes of its moments once the time is known.

While it is unverified every opening of an isolating household is told. Afterwards the moments
since then are put right, and each of those openings is judged again: both verdicts stay.
"""

from rules.breaches import breached, counted
from rules.happening import Event, Happening
from rules.home import UNRESOLVED, Doubt, Home, Incident, Phase
from rules.incidents import happen
from rules.judge import Judged, judge, judge_between, plan_at
from rules.model import ClockChanged, Kind, Outcome, Reason
from rules.moment import NEVER, Moment
from rules.said import Decision, Output
from rules.windows import NO_PLAN, use


def clock_changed(home: Home, given: ClockChanged, now: Moment) -> Home:
    """The home with its moments put right. ``now`` is the new time."""
    matters = home.matters
    if given.offset and not matters.verified:
        home = _moved(home, given.offset)
        matters = home.matters
    doubtful_since = matters.doubtful_since
    if not given.verified and matters.verified:
        doubtful_since = now
    return home._replace(
        plan=NO_PLAN,
        matters=matters._replace(verified=given.verified, doubtful_since=doubtful_since),
    )


def judged_again(home: Home, now: Moment, out: list[Output]) -> Home:
    """Every opening of the doubtful time once more, now that the time is known."""
    doubts = home.matters.doubts
    if not (doubts and home.matters.verified):
        return home
    home = home._replace(matters=home.matters._replace(doubts=()))
    raised_in_doubt = {doubt.at for doubt in doubts}
    excused = True
    for doubt in doubts:
        at, since, _ = doubt
        if since is None:
            judged = judge(home, at, plan_at(home, at))
        else:
            judged = judge_between(home, since, at)
        if isinstance(judged.verdict, Kind):
            excused = False
            home = _accused(home, judged, doubt, now, out)
        else:
            home = _excused(home, judged, at, out)
    incident = home.incident
    if (
        excused
        and incident is not None
        and incident.phase in UNRESOLVED
        and incident.reason is Reason.TIME_UNVERIFIED
        and incident.occurred_at in raised_in_doubt
    ):
        over = Happening(Event.OUTCOME, now, outcome=Outcome.PERMITTED_AFTER_ALL)
        home = happen(home, over, out)._replace(uncovered=())
    return home


def _accused(home: Home, judged: Judged, doubt: Doubt, now: Moment, out: list[Output]) -> Home:
    incident, (at, since, told) = home.incident, doubt
    assert isinstance(judged.verdict, Kind) and judged.severity is not None
    if not told:
        return breached(home, judged, at, now, since, out)
    if incident is not None and incident.phase in UNRESOLVED:
        if incident.phase is not Phase.ANSWERED or judged.severity > incident.severity:
            return breached(home, judged, at, now, since, out)
        home = counted(home, at)  # somebody was there: it is not opened anew
    number = incident.number if incident else None  # a person has said what it was
    out.append(Decision(at, judged.verdict, judged.reason, number, judged.severity))
    return home


def _excused(home: Home, judged: Judged, at: Moment, out: list[Output]) -> Home:
    cover = judged.cover
    name = cover.name if cover else ""
    out.append(Decision(at, judged.verdict, judged.reason, detail=name))
    if cover is None:
        return home
    opening = home.opening
    if opening is not None and opening.closed_at is None and opening.started_at == at:
        covered = opening._replace(deadline=cover.deadline, late=cover.late, windows=(name,))
        home = home._replace(opening=covered)
    if cover.day:
        return home._replace(used=use(home.used, cover))
    kept = tuple(one for one in home.passes if not (cover.by_pass and one.pass_id == name))
    return home._replace(passes=kept)


# -- moments of the doubtful time are moved ------------------------------------------------


def _moved(home: Home, by: int) -> Home:
    since = home.matters.doubtful_since

    def move(at: Moment) -> Moment:
        return at + by if since <= at < NEVER else at

    opening, incident, matters = home.opening, home.incident, home.matters
    if opening is not None and opening.started_at >= since:
        closed = None if opening.closed_at is None else move(opening.closed_at)
        deadline = move(opening.deadline)
        if opening.late is Kind.HELD_OPEN and not opening.windows:  # counted from the order
            begins = max(move(opening.started_at), home.policy.isolation_start)
            deadline = begins + home.policy.rules.held_open
        opening = opening._replace(
            started_at=move(opening.started_at), closed_at=closed, deadline=deadline
        )
    return home._replace(
        doors=tuple(
            leaf._replace(at=move(leaf.at), said_at=move(leaf.said_at)) for leaf in home.doors
        ),
        opening=opening,
        incident=_moved_incident(incident, since, by) if incident else None,
        uncovered=tuple(move(at) for at in home.uncovered),
        commissioning=tuple((sensor, move(until)) for sensor, until in home.commissioning),
        matters=matters._replace(
            incidents=tuple(_moved_incident(one, since, by) for one in matters.incidents),
            conditions=tuple(one._replace(at=move(one.at)) for one in matters.conditions),
            starts=(),
            faulty=tuple(
                one._replace(
                    flapped_at=move(one.flapped_at),
                    started_at=move(one.started_at),
                    told_at=move(one.told_at),
                )
                for one in matters.faulty
            ),
            unwatched_at=move(matters.unwatched_at),
            asked_after=move(matters.asked_after),
            doubts=tuple(
                one._replace(at=move(one.at), since=None if one.since is None else move(one.since))
                for one in matters.doubts
            ),
        ),
    )


def _moved_incident(incident: Incident, since: Moment, by: int) -> Incident:
    """One of the doubtful time, with its timers; an older one's are due when they are due."""
    if incident.raised_at < since:
        return incident

    def move(at: Moment) -> Moment:
        return at + by if since <= at < NEVER else at

    return incident._replace(
        occurred_at=move(incident.occurred_at),
        raised_at=move(incident.raised_at),
        opened_at=move(incident.opened_at),
        since=None if incident.since is None else move(incident.since),
        begun_at=move(incident.begun_at),
        due=move(incident.due),
        told_at=move(incident.told_at),
        told=tuple((person, channel, move(at)) for person, channel, at in incident.told),
        acknowledged_at=move(incident.acknowledged_at),
        grace_until=move(incident.grace_until),
        resolved_at=move(incident.resolved_at),
    )
