"""The escalation chain: whom a step addresses, and when the next is due."""

from collections.abc import Iterable
from typing import Any, TypeAlias

from rules.home import Incident, Phase
from rules.local import on_shift
from rules.model import Channel, Kind, Role
from rules.moment import MINUTE, NEVER, Duration, Moment
from rules.policy import MASS_CHAIN, OPS_CHAIN, Duty, Step
from rules.said import Alert, Alerted, Note, Noted, Out, Output

HANDED_OVER = -2  # the "step" by which somebody is asked to take an incident over
AGAIN: Duration = 10 * MINUTE  # when nobody at all could be reached
SAME_CHANNEL: Duration = 2 * MINUTE  # nobody is alerted of an incident the same way sooner


def steps_of(incident: Incident, duty: Duty) -> tuple[Step, ...]:
    """The chain that it runs through."""
    if incident.kind is Kind.MASS_OPENING:
        return MASS_CHAIN
    if incident.kind is Kind.GATEWAY_FAULT:
        return OPS_CHAIN
    return duty.rules.chains[incident.chain]


def begin(incident: Incident, duty: Duty, at: Moment, out: Out) -> Incident:
    """The chain of its severity from minute 0."""
    fresh = incident._replace(chain=incident.severity, begun_at=at, next_step=0)
    steps = steps_of(fresh, duty)
    if steps and steps[0].after > 0:
        return _alert(fresh._replace(due=at + steps[0].after), (), at, out)
    return take_step(fresh, duty, at, out)


def go_on(incident: Incident, duty: Duty, at: Moment, out: Out) -> Incident:
    """One step further on than where it stopped; the later steps keep their distances."""
    again = incident._replace(chain=incident.severity)
    steps = steps_of(again, duty)
    index = min(incident.next_step, max(len(steps) - 1, 0))
    after = steps[index].after if steps else 0
    return take_step(again._replace(begun_at=at - after, next_step=index), duty, at, out)


def take_step(incident: Incident, duty: Duty, at: Moment, out: Out) -> Incident:
    """Runs the step that is due; one with nobody on duty runs with the next one's people.

    After the last step the same is repeated every ``remind`` until somebody answers.
    """
    steps = steps_of(incident, duty)
    index = incident.next_step
    alerts: tuple[Alert, ...] = ()
    if index >= len(steps):
        staffed = (_people(n, steps[n], duty, at) for n in reversed(range(len(steps))))
        alerts = next(filter(None, staffed), ())
    while not alerts and index < len(steps):
        alerts = _people(index, steps[index], duty, at)
        index += 1
    due = NEVER
    if index < len(steps):
        due = max(at, incident.begun_at + steps[index].after)
    elif steps:  # as long as nobody was on duty, whoever comes next is alerted soon
        anybody = alerts or incident.alerted
        due = at + (duty.rules.remind if anybody else duty.rules.repeat_alert)
    return _alert(incident._replace(next_step=index, due=due), alerts, at, out)


def not_reached(
    incident: Incident, duty: Duty, person_id: str, channel: Channel, at: Moment, out: Out
) -> Incident:
    """If nobody who was alerted last was reached, the next step does not wait; after the last one
    the same is tried again soon. For somebody whose duty is over, those who have it are alerted."""
    instead = in_place_of(incident, duty, person_id, channel, at)
    if instead is not None:
        others = tuple(one for one in incident.alerted if one[:2] != (person_id, channel))
        before = incident._replace(alerted=others)
        return _alert(before, (instead,), at, out, in_place_of=person_id)
    last = {(who, way) for who, way, when in incident.alerted if when == incident.alerted_at}
    unreached = {*incident.unreached, (person_id, channel)} & last
    incident = incident._replace(unreached=tuple(sorted(unreached)))
    if unreached != last:
        return incident
    after = incident
    if incident.next_step < len(steps_of(incident, duty)):
        after = take_step(incident, duty, at, out)
    if after.alerted is incident.alerted:  # nobody is left, or on duty: it is not over with that
        after = after._replace(due=min(after.due, at + AGAIN))
    return after


def in_place_of(
    incident: Incident, duty: Duty, person_id: str, channel: Channel, at: Moment
) -> Alert | None:
    """The alert to whoever has the duty of somebody who was alerted by ``channel``; None: it is
    still that person's, or nobody's."""
    if not any(one[:2] == (person_id, channel) for one in incident.alerted):
        return None
    taken = steps_of(incident, duty)[: max(incident.next_step, 1)]
    role = next((one.role for one in duty.roster if one.person_id == person_id), None)
    if role is None or not any((role, channel) in step.targets for step in taken):
        return _in_place_of_a_stranger(incident, taken, duty, channel, at)
    people = _on_duty(role, duty, at)
    if not people or person_id in people:
        return None
    return Alert(max(incident.next_step - 1, 0), role, channel, people)


def _in_place_of_a_stranger(
    incident: Incident, taken: tuple[Step, ...], duty: Duty, channel: Channel, at: Moment
) -> Alert | None:
    """Nobody knows the role of somebody who has left the roster: whoever should have been told by
    that channel, in the last step that has such people, and was not."""
    told = {who for who, way, _ in incident.alerted if way == channel}
    for index, step in reversed(list(enumerate(taken))):
        for alert in _people(index, step, duty, at):
            people = tuple(one for one in alert.person_ids if one not in told)
            if alert.channel is channel and people:
                return alert._replace(person_ids=people)
    return None


def ends_at(incident: Incident, duty: Duty) -> Moment:
    """When the minutes of its chain have passed, whoever was on duty."""
    steps = steps_of(incident, duty)
    return incident.begun_at + (steps[-1].after if steps else 0)


def nobody_left(incident: Incident, duty: Duty, at: Moment) -> bool:
    """Whether no step is to come, or none for which anybody is on duty."""
    steps = steps_of(incident, duty)
    return not any(_people(n, steps[n], duty, at) for n in range(incident.next_step, len(steps)))


Incidents: TypeAlias = Iterable[Incident]


def caught_up(
    said: list[Output], earlier: Incidents, later: Incidents, duty: Duty, now: Moment
) -> tuple[dict[int, Incident], list[Output]]:
    """Overdue steps after a time in which nobody watched: one alert a role and incident.

    Out come the ``later`` incidents by number, and what is said instead of ``said``.
    """
    before, after = ({one.number: one for one in known} for known in (earlier, later))
    overdue: dict[int, list[Alerted]] = {}
    out: list[Output] = []
    for one in said:
        if isinstance(one, Alerted) and not one.recovery and one.incident in after:
            overdue.setdefault(one.incident, []).append(one)
        else:
            out.append(one)
    for number, steps in overdue.items():
        if after[number].phase is Phase.OVER:
            continue  # nobody has to go any more
        latest = {alert.role: alert for step in steps for alert in step.alerts}  # a later one wins
        alerts = tuple(
            alert._replace(person_ids=_on_duty(alert.role, duty, now) or alert.person_ids)
            for alert in latest.values()
        )
        old, last = before.get(number), steps[-1]
        told, told_at = (old.alerted, old.alerted_at) if old else ((), 0)
        incident = after[number]._replace(alerted=told, alerted_at=told_at)
        how = {"severity": last.severity, "begun_at": last.begun_at}
        after[number] = _alert(incident, alerts, now, out, **how)
    return after, out


def recovered(incident: Incident, duty: Duty, at: Moment) -> Alerted:
    """That it is over, once, by text, to everybody who was alerted of it."""
    reached, step = {person for person, _, _ in incident.alerted}, incident.next_step
    by_role: dict[Role, list[str]] = {}
    for person in duty.roster:
        if person.person_id in reached:
            by_role.setdefault(person.role, []).append(person.person_id)
    alerts = tuple(Alert(step, role, Channel.SMS, tuple(ids)) for role, ids in by_role.items())
    return Alerted(at, incident.number, incident.severity, alerts, at, recovery=True)


def hand_over(incident: Incident, duty: Duty, person_id: str, at: Moment, out: Out) -> Incident:
    """Somebody is asked by text to go; who was only told is not taken to have answered."""
    role = next((one.role for one in duty.roster if one.person_id == person_id), None)
    if role is None:
        return incident
    out.append(Noted(at, incident.number, Note.HANDED_OVER, person_id))
    return _alert(incident, (Alert(HANDED_OVER, role, Channel.SMS, (person_id,)),), at, out)


def _alert(
    incident: Incident, alerts: tuple[Alert, ...], at: Moment, out: Out, **said: Any
) -> Incident:
    """Alerts them, but for those who just were, the same way. ``said``: in the ``Alerted``, where
    it is not the incident's."""
    last = {(person, channel): when for person, channel, when in incident.alerted}
    wanted = []
    for alert in alerts:
        people = tuple(
            person
            for person in alert.person_ids
            if at - last.get((person, alert.channel), -SAME_CHANNEL) >= SAME_CHANNEL
        )
        if people:
            wanted.append(alert._replace(person_ids=people))
            last |= {(person, alert.channel): at for person in people}
    if wanted:
        told = tuple((person, channel, when) for (person, channel), when in last.items())
        incident = incident._replace(alerted=told, alerted_at=at, unreached=(), untold=False)
    alerted = Alerted(at, incident.number, incident.severity, tuple(wanted), incident.begun_at)
    out.append(alerted._replace(**said) if said else alerted)
    return incident


def _people(index: int, step: Step, duty: Duty, at: Moment) -> tuple[Alert, ...]:
    found = ((role, channel, _on_duty(role, duty, at)) for role, channel in step.targets)
    return tuple(Alert(index, role, channel, ids) for role, channel, ids in found if ids)


def _on_duty(role: Role, duty: Duty, at: Moment) -> tuple[str, ...]:
    people = (one for one in duty.roster if one.role is role)
    return tuple(one.person_id for one in people if on_shift(one.shifts, at, duty.zone))
