"""A household's one door incident: what may happen to it in each phase, as a table.

``TABLE`` is the specification; the functions below it are its actions. An action returns the
incident as it stands afterwards and appends what is to be said to ``out``.
"""

from collections.abc import Callable

from rules import chain
from rules.happening import Event, Happening
from rules.home import Home, Incident, Phase
from rules.model import Outcome
from rules.moment import NEVER
from rules.quiet import door_closed_since, quiet_at, stands_open
from rules.said import Note, Noted, Output
from rules.telling import begin, decide, go_on, graver

PAST = 5  # door incidents of a household that are remembered after the next one was raised

Action = Callable[[Home, Happening, list[Output]], Incident | None]


def happen(home: Home, happening: Happening, out: list[Output]) -> Home:
    """Looks the action up and carries it out."""
    phase = home.incident.phase if home.incident else Phase.NONE
    incident = TABLE[phase, happening.event](home, happening, out)
    if incident is home.incident:
        return home
    matters, before = home.matters, home.incident
    if incident is not None and incident.number > matters.numbered:
        past = matters.past
        if before is not None:  # people may still say what it was
            past = (*past[1 - PAST :], before._replace(phase=Phase.OVER, due=NEVER))
        matters = matters._replace(numbered=incident.number, past=past)
    return home._replace(incident=incident, matters=matters)


# -- actions -------------------------------------------------------------------------------


def _the(home: Home) -> Incident:
    assert home.incident is not None  # every action but _raise and _ignore has one
    return home.incident


def _ignore(home: Home, h: Happening, out: list[Output]) -> Incident | None:
    return home.incident


def _raise(home: Home, h: Happening, out: list[Output]) -> Incident:
    incident = Incident(
        number=home.matters.numbered + 1,
        phase=Phase.UNANSWERED,
        kind=h.kind,
        severity=h.severity,
        reason=h.reason,
        occurred_at=h.occurred_at,
        raised_at=h.at,
        opened_at=h.opened_at,
        since=h.since,
        late=h.late,
    )
    decide(incident, h, out)
    return begin(incident, home, h, out)


def _join(home: Home, h: Happening, out: list[Output]) -> Incident:
    """Joins the timeline; alerts anew only if it is graver, or nobody was told for long."""
    before = _the(home)
    incident = graver(before, h)
    decide(incident, h, out)
    rules = home.policy.rules
    if (
        incident.severity > before.severity
        or chain.nobody_left(before, home.policy, h.at)
        or h.at - before.told_at > rules.repeat_alert
    ):
        return begin(incident, home, h, out)
    return incident


def _only_join(home: Home, h: Happening, out: list[Output]) -> Incident:
    """Somebody is on the way: it joins, and nobody else is called."""
    incident = graver(_the(home), h)
    decide(incident, h, out)
    return incident


def _resume(home: Home, h: Happening, out: list[Output]) -> Incident:
    """It opens again after the time to get there: one step further on, at once."""
    incident = graver(_the(home), h)
    decide(incident, h, out)
    return go_on(incident, home, h, out)


def _take_over(home: Home, h: Happening, out: list[Output]) -> Incident:
    """People were told of all those homes together; from now on that is the alert."""
    before = _the(home)
    out.append(Noted(h.at, before.number, Note.TAKEN_OVER))
    return before._replace(phase=Phase.SHARED, due=NEVER, told_at=h.at)


def _beside(home: Home, h: Happening, out: list[Output]) -> Incident:
    """It joins what was told of many homes, as long as that is not long ago."""
    before = _the(home)
    incident = graver(before, h)
    decide(incident, h, out)
    if h.at - before.told_at > home.policy.rules.repeat_alert:
        return begin(incident._replace(phase=Phase.UNANSWERED), home, h, out)
    return incident


def _reopen(home: Home, h: Happening, out: list[Output]) -> Incident:
    incident = graver(_the(home), h)._replace(
        phase=Phase.UNANSWERED, acknowledged_by=(), outcome=None, resolved_at=0
    )
    out.append(Noted(h.at, incident.number, Note.REOPENED))
    decide(incident, h, out)
    return begin(incident, home, h, out)


def _next_step(home: Home, h: Happening, out: list[Output]) -> Incident:
    incident, told = chain.take_step(_the(home), home.policy, h.at)
    out.append(told)
    return incident


def _not_reached(home: Home, h: Happening, out: list[Output]) -> Incident:
    incident, told = chain.not_reached(_the(home), home.policy, h.person_id, h.channel, h.at)
    if told is not None:
        out.append(told)
    return incident


def _acknowledge(home: Home, h: Happening, out: list[Output]) -> Incident:
    """Stops the chain for as long as the way takes; the same person gets that time once."""
    before = _the(home)
    if h.person_id not in before.acknowledged_by:
        return _take(home, h, out)
    out.append(Noted(h.at, before.number, Note.ACKNOWLEDGED, h.person_id))
    if door_closed_since(home) is None:
        return before  # no second time: an open door stays everybody's matter
    answered = before._replace(phase=Phase.ANSWERED, acknowledged_at=h.at)
    return answered._replace(due=quiet_at(home, answered))


def _take(home: Home, h: Happening, out: list[Output]) -> Incident:
    """Another person is on the way; who has said so before changes nothing."""
    before = _the(home)
    out.append(Noted(h.at, before.number, Note.ACKNOWLEDGED, h.person_id))
    if h.person_id in before.acknowledged_by:
        return before
    grace = h.at + home.policy.rules.on_my_way
    incident = before._replace(
        phase=Phase.ON_MY_WAY,
        acknowledged_by=(*before.acknowledged_by, h.person_id),
        acknowledged_at=h.at,
        grace_until=grace,
    )
    return incident._replace(due=min(grace, quiet_at(home, incident)))


def _way_over(home: Home, h: Happening, out: list[Output]) -> Incident:
    """The time to get there is over, or the door has been quiet for long enough."""
    before = _the(home)
    if h.at >= quiet_at(home, before):
        return _settle(home, h, out)
    out.append(Noted(h.at, before.number, Note.GRACE_OVER))
    if stands_open(home):
        return go_on(before, home, h, out)
    return before._replace(phase=Phase.ANSWERED, due=quiet_at(home, before))


def _settle(home: Home, h: Happening, out: list[Output]) -> Incident:
    """Resolves itself. A door that closed does not say on which side the resident stands."""
    before = _the(home)
    out.append(Noted(h.at, before.number, Note.RESOLVED, Outcome.UNVERIFIED))
    return before._replace(
        phase=Phase.SETTLED,
        outcome=Outcome.UNVERIFIED,
        resolved_at=h.at,
        due=h.at + home.policy.rules.merge,
    )


def _quiet(home: Home, h: Happening, out: list[Output]) -> Incident:
    """It has been quiet for long enough, unless a door has opened since."""
    before = _the(home)
    due = quiet_at(home, before)
    return _settle(home, h, out) if h.at >= due else before._replace(due=due)


def _let_go(home: Home, h: Happening, out: list[Output]) -> Incident:
    return _the(home)._replace(phase=Phase.OVER, due=NEVER)


def _end(home: Home, h: Happening, out: list[Output]) -> Incident:
    before = _the(home)
    out.append(Noted(h.at, before.number, Note.RESOLVED, h.outcome or ""))
    return before._replace(
        phase=Phase.OVER,
        outcome=h.outcome,
        resolved_by=h.person_id,
        resolved_at=h.at,
        due=NEVER,
    )


_ACTIONS: dict[Phase, dict[Event, Action]] = {
    Phase.NONE: {
        Event.BREACH: _raise,
    },
    Phase.UNANSWERED: {
        Event.BREACH: _join,
        Event.TIME: _next_step,
        Event.NOT_REACHED: _not_reached,
        Event.ACKNOWLEDGED: _acknowledge,
        Event.TAKEN_OVER: _take_over,
        Event.OUTCOME: _end,
        Event.ISOLATION_OVER: _end,
    },
    Phase.SHARED: {
        Event.BREACH: _beside,
        Event.ACKNOWLEDGED: _take,
        Event.OUTCOME: _end,
        Event.ISOLATION_OVER: _end,
    },
    Phase.ON_MY_WAY: {
        Event.BREACH: _only_join,
        Event.TIME: _way_over,
        Event.ACKNOWLEDGED: _take,
        Event.OUTCOME: _end,
        Event.ISOLATION_OVER: _end,
    },
    Phase.ANSWERED: {
        Event.BREACH: _resume,
        Event.TIME: _quiet,
        Event.ACKNOWLEDGED: _take,
        Event.OUTCOME: _end,
        Event.ISOLATION_OVER: _end,
    },
    Phase.SETTLED: {
        Event.BREACH: _reopen,
        Event.TIME: _let_go,
        Event.OUTCOME: _end,
    },
    Phase.OVER: {
        Event.BREACH: _raise,  # the next one
        Event.OUTCOME: _end,
    },
}
TABLE: dict[tuple[Phase, Event], Action] = {
    (phase, event): actions.get(event, _ignore)
    for phase, actions in _ACTIONS.items()
    for event in Event
}
LEADS_TO: dict[Action, tuple[Phase, ...]] = {
    _raise: (Phase.UNANSWERED,),
    _beside: (Phase.UNANSWERED,),
    _resume: (Phase.UNANSWERED,),
    _reopen: (Phase.UNANSWERED,),
    _take_over: (Phase.SHARED,),
    _acknowledge: (Phase.ON_MY_WAY, Phase.ANSWERED),
    _take: (Phase.ON_MY_WAY,),
    _way_over: (Phase.UNANSWERED, Phase.ANSWERED, Phase.SETTLED),
    _quiet: (Phase.SETTLED,),
    _let_go: (Phase.OVER,),
    _end: (Phase.OVER,),
}
"""Where an action may lead, if it does not leave the phase as it is: drawn in docs/rules.md."""
