"""Actions of the incident of a household's doors. Read ``tables.DOOR`` first."""

from rules import chain
from rules.home import Home, Incident, Phase, still_open
from rules.incidents.event import Details
from rules.model import Door, Kind, Outcome, Reason
from rules.moment import NEVER, Moment
from rules.said import Decision, Note, Noted, Out

GRAVITY = {kind: rank for rank, kind in enumerate(Kind)}  # the door kinds, least grave first


def closed_since(home: Home) -> Moment | None:
    """Since when the household's doors are all closed; None: one is open."""
    return home.opening.closed_at if home.opening else 0


def stands_open(home: Home) -> bool:
    """Whether a door is open that no window or pass lets stand so."""
    opening = still_open(home)
    if opening is None:
        return False
    covered = bool(opening.windows) and opening.deadline < NEVER
    since_before = any(d.door is Door.OPEN and d.at < opening.started_at for d in home.doors)
    return since_before or not covered


def resolves_at(home: Home, incident: Incident) -> Moment:
    """When it resolves itself, once acknowledged, if the doors stay closed."""
    closed = closed_since(home)
    if closed is None:
        return NEVER
    return max(incident.acknowledged_at, closed) + home.policy.rules.merge


# -- actions: a breach ---------------------------------------------------------------------


def raise_(before: Incident, home: Home, e: Details, out: Out) -> Incident:
    number, when = home.rest.numbered + 1, (e.occurred_at, e.at, e.opened_at, e.since, e.late_by)
    incident = Incident(number, Phase.UNANSWERED, e.kind, e.severity, e.reason, *when)
    _decide(incident, e, out)
    return chain.begin(incident, home.policy, e.at, out)


def only_join(before: Incident, home: Home, e: Details, out: Out) -> Incident:
    incident = _graver(before, e)
    _decide(incident, e, out)
    return incident


def join(before: Incident, home: Home, e: Details, out: Out) -> Incident:
    """Alerts anew only if it is graver, the chain has ended, or nobody was alerted for long."""
    incident = only_join(before, home, e, out)
    silent_for = e.at - before.alerted_at
    is_worse = incident.severity > before.severity
    if is_worse or silent_for > home.policy.rules.repeat_alert:
        return chain.begin(incident, home.policy, e.at, out)
    if not chain.nobody_left(before, home.policy, e.at):
        return incident  # the next step tells of it
    again_at = _again_at(before, home)
    if e.at >= again_at:
        return chain.begin(incident, home.policy, e.at, out)
    if silent_for < chain.SAME_CHANNEL:
        return incident  # what was told just now speaks for it
    return incident._replace(untold=True, due=min(incident.due, again_at))


def _again_at(incident: Incident, home: Home) -> Moment:
    """When a chain that has nobody left to be told may start again: not before its minutes have
    passed, or few people would hear of a busy door all the time; at once if nobody was reached."""
    told = {(who, way) for who, way, when in incident.alerted if when >= incident.begun_at}
    return chain.ends_at(incident, home.policy) if told - set(incident.unreached) else 0


def next_step(before: Incident, home: Home, e: Details, out: Out) -> Incident:
    """The step that is due; when the chain has ended, it starts again for what is untold."""
    ended = chain.nobody_left(before, home.policy, e.at) and e.at >= _again_at(before, home)
    take = chain.begin if before.untold and ended else chain.take_step
    after = take(before, home.policy, e.at, out)
    if not after.untold:
        return after
    again_at = max(chain.ends_at(after, home.policy), e.at + chain.AGAIN)
    return after._replace(due=min(after.due, again_at))


def join_shared(before: Incident, home: Home, e: Details, out: Out) -> Incident:
    """It joins what people were told of many homes, unless that is long ago."""
    incident = only_join(before, home, e, out)
    if e.at - before.alerted_at > home.policy.rules.repeat_alert:
        return chain.begin(incident, home.policy, e.at, out)
    return incident


def go_on(before: Incident, home: Home, e: Details, out: Out) -> Incident:
    """Nobody may be there any more: one step further on, at once."""
    return chain.go_on(only_join(before, home, e, out), home.policy, e.at, out)


def reopen(before: Incident, home: Home, e: Details, out: Out) -> Incident:
    incident = _graver(before._replace(acknowledged_by=(), outcome=None, resolved_at=0), e)
    out.append(Noted(e.at, incident.number, Note.REOPENED))
    _decide(incident, e, out)
    return chain.begin(incident, home.policy, e.at, out)


def _graver(before: Incident, e: Details) -> Incident:
    kind = max(before.kind, e.kind, key=GRAVITY.__getitem__)
    doubted = before.reason is Reason.TIME_UNVERIFIED and e.reason is not Reason.STILL_OPEN
    known = kind is before.kind and not doubted
    severity, reason = max(before.severity, e.severity), before.reason if known else e.reason
    latest = before._replace(opened_at=e.opened_at, since=e.since, late_by=e.late_by)
    return latest._replace(kind=kind, severity=severity, reason=reason)


def _decide(i: Incident, e: Details, out: Out) -> None:
    out.append(Decision(e.occurred_at, i.kind, e.reason, i.number, i.severity, e.since))


# -- actions: an answer --------------------------------------------------------------------


def acknowledge(before: Incident, home: Home, e: Details, out: Out) -> Incident:
    """Stops the chain for as long as the way takes; the same person gets that time once."""
    if e.person_id not in before.acknowledged_by:
        return take(before, home, e, out)
    out.append(Noted(e.at, before.number, Note.ACKNOWLEDGED, e.person_id))
    if closed_since(home) is None:
        return before  # no second time: an open door stays everybody's matter
    answered = before._replace(phase=Phase.ANSWERED, acknowledged_at=e.at)
    return answered._replace(due=resolves_at(home, answered))


def take(before: Incident, home: Home, e: Details, out: Out) -> Incident:
    """Another person is on the way; who has said so before changes nothing."""
    out.append(Noted(e.at, before.number, Note.ACKNOWLEDGED, e.person_id))
    if e.person_id in before.acknowledged_by:
        return before
    people, until = (*before.acknowledged_by, e.person_id), e.at + home.policy.rules.on_my_way
    taken = before._replace(acknowledged_by=people, acknowledged_at=e.at, on_my_way_until=until)
    return taken._replace(phase=Phase.ON_MY_WAY, due=min(until, resolves_at(home, taken)))


def take_over(before: Incident, home: Home, e: Details, out: Out) -> Incident:
    """What people are told of many homes is the alert from now on."""
    out.append(Noted(e.at, before.number, Note.TAKEN_OVER))
    return before._replace(phase=Phase.SHARED, due=NEVER, alerted_at=e.at)


# -- actions: time -------------------------------------------------------------------------


def way_over(before: Incident, home: Home, e: Details, out: Out) -> Incident:
    due = resolves_at(home, before)
    if e.at >= due:
        return settle(before, home, e, out)
    if e.at < before.on_my_way_until:  # the door was shut for a while, and is not any more
        return before._replace(due=min(before.on_my_way_until, due))
    out.append(Noted(e.at, before.number, Note.ON_MY_WAY_OVER))
    if stands_open(home):
        return chain.go_on(before, home.policy, e.at, out)
    return before._replace(phase=Phase.ANSWERED, due=due)


def settle(before: Incident, home: Home, e: Details, out: Out) -> Incident:
    """Resolves itself, unless a door has opened since; unverified, for a door that closed does not
    say on which side the resident stands."""
    due = resolves_at(home, before)
    if e.at < due:
        return before._replace(due=due)
    out.append(Noted(e.at, before.number, Note.RESOLVED, Outcome.UNVERIFIED))
    settled = before._replace(phase=Phase.SETTLED, due=e.at + home.policy.rules.merge)
    return settled._replace(outcome=Outcome.UNVERIFIED, resolved_at=e.at)


def let_go(before: Incident, home: Home, e: Details, out: Out) -> Incident:
    return before._replace(phase=Phase.OVER, due=NEVER)
