"""A clock that nobody vouches for. Once the time is known the moments since then are put right, and
each opening of an isolating household, which was told, is judged again: both verdicts stay."""

from typing import Any, TypeVar

from rules.home import UNRESOLVED, Doubt, Home, Incident, Opening, Phase, still_open, with_cover
from rules.incidents import of_home
from rules.incidents.event import Details, Event
from rules.judge import Judged, judge, judge_between
from rules.model import ClockChanged, Kind, Outcome, Reason
from rules.moment import NEVER, Duration, Moment
from rules.openings.doors import when_isolated
from rules.openings.uncovered import breached, counted
from rules.said import Decision, Out
from rules.windows.calendar import NO_PLAN


def clock_changed(home: Home, given: ClockChanged, now: Moment) -> Home:
    """The home with its moments put right. ``now`` is the new time."""
    verified = home.rest.verified
    if given.offset and not verified:
        home = _moved(home, given.offset)
    since = now if verified else home.rest.doubtful_since
    rest = home.rest._replace(verified=given.verified, doubtful_since=since)
    return home._replace(plan=NO_PLAN, rest=rest)


def judged_again(home: Home, now: Moment, out: Out) -> Home:
    """Judges every opening of the doubtful time, now that the time is known."""
    doubts = home.rest.doubts
    if not home.rest.verified:
        return home
    home = home._replace(rest=home.rest._replace(doubts=()))
    excused = True
    for doubt in doubts:
        at, since, _ = doubt
        judged = judge(home, at) if since is None else judge_between(home, since, at)
        if isinstance(judged.verdict, Kind):
            excused = False
            home = _accused(home, judged, doubt, now, out)
        else:
            home = _excused(home, judged, at, now, out)
    incident = home.incident
    if (
        excused
        and incident is not None
        and incident.phase in UNRESOLVED
        and incident.reason is Reason.TIME_UNVERIFIED
        and incident.occurred_at in {doubt.at for doubt in doubts}
    ):
        over = Details(Event.OUTCOME, now, outcome=Outcome.PERMITTED_AFTER_ALL)
        home = of_home.at_door(home, over, out)
    return home


def _accused(home: Home, judged: Judged, doubt: Doubt, now: Moment, out: Out) -> Home:
    incident, (at, since, alerted) = home.incident, doubt
    assert isinstance(judged.verdict, Kind) and judged.severity is not None
    if not alerted:
        return breached(home, judged, at, now, since, out)
    if incident is not None and incident.phase in UNRESOLVED:
        if incident.phase is not Phase.ANSWERED or judged.severity > incident.severity:
            return breached(home, judged, at, now, since, out)
        home = counted(home, at)  # somebody was there: it is not opened anew
    number = incident.number if incident else None  # a person has said what it was
    out.append(Decision(at, judged.verdict, judged.reason, number, judged.severity))
    return home


def _excused(home: Home, judged: Judged, at: Moment, now: Moment, out: Out) -> Home:
    cover, opening = judged.cover, still_open(home)
    name = cover.name if cover else ""
    out.append(Decision(at, judged.verdict, judged.reason, detail=name))
    if opening is not None and opening.started_at == at:
        opening = Opening(at, None, max(now, when_isolated(home, at)), Kind.HELD_OPEN)
        if cover is not None:
            opening = Opening(at, None, max(now, cover.deadline), cover.becomes, (name,))
        home = home._replace(opening=opening)
    return with_cover(home, cover) if cover else home


_INCIDENT = (
    "occurred_at", "raised_at", "opened_at", "since", "begun_at", "due", "alerted_at", "alerted",
    "acknowledged_at", "on_my_way_until", "resolved_at",
)  # fmt: skip
T = TypeVar("T", bound=tuple[Any, ...])


def _moved(home: Home, by: Duration) -> Home:
    """Timers keep their distances."""
    doubtful_since = home.rest.doubtful_since

    def move(at: Any) -> Any:
        """A moment; or tuples of which each ends with one."""
        if isinstance(at, tuple):
            return tuple((*one[:-1], move(one[-1])) for one in at)
        return at if at is None or not doubtful_since <= at < NEVER else at + by

    def moved(one: T, *fields: str) -> T:
        return one._replace(**{name: move(getattr(one, name)) for name in fields})  # type: ignore[attr-defined,no-any-return]

    def of_incident(one: Incident) -> Incident:  # an older one's timers are due when they are due
        return one if one.raised_at < doubtful_since else moved(one, *_INCIDENT)

    def of_opening(one: Opening) -> Opening:
        if one.started_at < doubtful_since:
            return one
        one = moved(one, "started_at", "closed_at", "deadline")
        if one.becomes is Kind.HELD_OPEN and not one.windows:  # counted from the order
            begins = max(one.started_at, home.policy.isolation_start)
            one = one._replace(deadline=begins + home.policy.rules.held_open)
        return one

    rest = moved(home.rest, "unwatched_at", "asked_after")._replace(
        incidents=tuple(of_incident(one) for one in home.rest.incidents),
        conditions=tuple(moved(one, "at") for one in home.rest.conditions),
        starts=(),
        faulty=tuple(moved(one, *one._fields[1:]) for one in home.rest.faulty),
        doubts=tuple(moved(one, "at", "since") for one in home.rest.doubts),
    )
    return moved(home, "commissioning")._replace(
        doors=tuple(moved(one, "at", "said_at") for one in home.doors),
        opening=home.opening and of_opening(home.opening),
        incident=home.incident and of_incident(home.incident),
        uncovered=tuple(move(at) for at in home.uncovered),
        rest=rest,
    )
