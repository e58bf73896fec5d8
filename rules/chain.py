"""The escalation chain: whom a step addresses, and when the next is due.

A chain is a tuple of ``Step``; an incident carries how far it has got.
"""

from typing import TypeAlias

from rules.home import Incident, Phase
from rules.local import on_shift
from rules.model import Channel, Kind, Role
from rules.moment import MINUTE, NEVER, Duration, Moment
from rules.policy import MASS_CHAIN, OPS_CHAIN, Duty, Step
from rules.said import Alert, Output, Told

AGAIN: Duration = 10 * MINUTE  # when nobody at all could be reached
SAME_CHANNEL: Duration = 2 * MINUTE  # nobody gets the same channel about the same incident sooner


def steps_of(incident: Incident, duty: Duty) -> tuple[Step, ...]:
    """The chain that an incident runs through."""
    if incident.kind is Kind.MASS_OPENING:
        return MASS_CHAIN
    if incident.kind is Kind.GATEWAY_FAULT:
        return OPS_CHAIN
    return duty.rules.chains[incident.chain]


def begin(incident: Incident, duty: Duty, at: Moment) -> tuple[Incident, Told]:
    """The chain of the incident's severity from its minute 0."""
    fresh = incident._replace(chain=incident.severity, begun_at=at, next_step=0)
    steps = steps_of(fresh, duty)
    if steps and steps[0].after > 0:
        return _tell(fresh._replace(due=at + steps[0].after), (), at)
    return take_step(fresh, duty, at)


def resume(incident: Incident, duty: Duty, at: Moment) -> tuple[Incident, Told]:
    """One step further on than where it stopped; the later steps keep their distances."""
    again = incident._replace(chain=incident.severity)
    steps = steps_of(again, duty)
    index = min(incident.next_step, max(len(steps) - 1, 0))
    after = steps[index].after if steps else 0
    return take_step(again._replace(begun_at=at - after, next_step=index), duty, at)


def take_step(incident: Incident, duty: Duty, at: Moment) -> tuple[Incident, Told]:
    """Runs the step that is due; one with nobody on duty runs with the next one's people.

    After the last step the same is repeated every ``remind`` until somebody answers.
    """
    steps = steps_of(incident, duty)
    index = incident.next_step
    alerts: tuple[Alert, ...] = ()
    if index >= len(steps):
        alerts = _last_with_people(steps, duty, at)
    while not alerts and index < len(steps):
        alerts = _people(index, steps[index], duty, at)
        index += 1
    due = NEVER
    if index < len(steps):
        due = max(at, incident.begun_at + steps[index].after)
    elif steps:  # as long as nobody was on duty, whoever comes next is told soon
        told = bool(alerts or incident.told)
        due = at + (duty.rules.remind if told else duty.rules.repeat_alert)
    return _tell(incident._replace(next_step=index, due=due), alerts, at)


Incidents: TypeAlias = dict[int, Incident]  # by number


def not_reached(
    incident: Incident, duty: Duty, person_id: str, channel: Channel, at: Moment
) -> tuple[Incident, Told | None]:
    """If nobody of those who were told last was reached, the next step does not wait; after the
    last one the same is tried again before long."""
    last = {(person, way) for person, way, when in incident.told if when == incident.told_at}
    unreached = {*incident.unreached, (person_id, channel)} & last
    incident = incident._replace(unreached=tuple(sorted(unreached)))
    if unreached != last:
        return incident, None
    if ended(incident, duty):
        return incident._replace(due=min(incident.due, at + AGAIN)), None
    incident, told = take_step(incident, duty, at)
    if not told.alerts:  # nobody on duty any more, or just called: it is not over with that
        incident = incident._replace(due=min(incident.due, at + AGAIN))
    return incident, told


def merged(
    said: list[Output], before: Incidents, after: Incidents, duty: Duty, now: Moment
) -> tuple[Incidents, list[Output]]:
    """Overdue steps after a time in which nobody watched: one alert a role and incident.

    To whoever is on duty now, as if it was sent now. ``before``, ``after``: the incidents as they
    stood before and after those steps. Gives ``after`` as it then is, and what is said instead.
    """
    steps: dict[int, list[Told]] = {}
    out: list[Output] = []
    for one in said:
        if isinstance(one, Told) and not one.recovery and one.incident in after:
            steps.setdefault(one.incident, []).append(one)
        else:
            out.append(one)
    for number, told in steps.items():
        latest = {alert.role: alert for one in told for alert in one.alerts}  # a later one wins
        alerts = tuple(
            alert._replace(person_ids=_on_duty(alert.role, duty, now) or alert.person_ids)
            for alert in latest.values()
        )
        old = before.get(number)
        as_told_before = after[number]._replace(
            told=old.told if old else (), told_at=old.told_at if old else 0
        )
        if as_told_before.phase is Phase.OVER:
            continue  # nobody has to go any more
        after[number], one = _tell(as_told_before, alerts, now)
        out.append(one._replace(severity=told[-1].severity, begun_at=told[-1].begun_at))
    return after, out


def recovered(incident: Incident, duty: Duty, at: Moment) -> Told:
    """That it is over, once, by text, to everybody who was told of it."""
    reached = {person for person, _, _ in incident.told}
    by_role: dict[Role, tuple[str, ...]] = {}
    for person in duty.roster:
        if person.person_id in reached:
            by_role[person.role] = (*by_role.get(person.role, ()), person.person_id)
    alerts = tuple(
        Alert(incident.next_step, role, Channel.SMS, people) for role, people in by_role.items()
    )
    return Told(at, incident.number, incident.severity, alerts, at, recovery=True)


def ended(incident: Incident, duty: Duty) -> bool:
    """Whether every step has been taken."""
    return incident.next_step >= len(steps_of(incident, duty))


def nobody_left(incident: Incident, duty: Duty, at: Moment) -> bool:
    """Whether no step is to come, or none for which anybody is on duty."""
    steps = steps_of(incident, duty)
    return not any(_people(n, steps[n], duty, at) for n in range(incident.next_step, len(steps)))


def _tell(incident: Incident, alerts: tuple[Alert, ...], at: Moment) -> tuple[Incident, Told]:
    """These people are told now, but for those who just were, the same way."""
    last = {(person, channel): when for person, channel, when in incident.told}
    wanted = []
    for alert in alerts:
        people = tuple(
            person
            for person in alert.person_ids
            if at - last.get((person, alert.channel), -SAME_CHANNEL) >= SAME_CHANNEL
        )
        if people:
            wanted.append(alert._replace(person_ids=people))
            last |= dict.fromkeys(((person, alert.channel) for person in people), at)
    if wanted:
        told = tuple((person, channel, when) for (person, channel), when in last.items())
        incident = incident._replace(told=told, told_at=at, unreached=())
    said = Told(at, incident.number, incident.severity, tuple(wanted), incident.begun_at)
    return incident, said


def _people(index: int, step: Step, duty: Duty, at: Moment) -> tuple[Alert, ...]:
    found = []
    for role, channel in step.targets:
        if ids := _on_duty(role, duty, at):
            found.append(Alert(index, role, channel, ids))
    return tuple(found)


def _on_duty(role: Role, duty: Duty, at: Moment) -> tuple[str, ...]:
    return tuple(
        person.person_id
        for person in duty.roster
        if person.role is role and on_shift(person.shifts, at, duty.zone)
    )


def _last_with_people(steps: tuple[Step, ...], duty: Duty, at: Moment) -> tuple[Alert, ...]:
    for index in range(len(steps) - 1, -1, -1):
        if alerts := _people(index, steps[index], duty, at):
            return alerts
    return ()
