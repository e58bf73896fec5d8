"""The escalation chain: whom a step addresses, and when the next is due.

A chain is a tuple of ``Step``; an incident carries how far it has got.
"""

from rules.home import Incident
from rules.local import on_shift
from rules.model import Alert, Role, Told
from rules.moment import MINUTE, NEVER, Duration, Moment
from rules.policy import Policy, Step

SAME_CHANNEL: Duration = 2 * MINUTE  # nobody gets the same channel about the same incident sooner


def begin(incident: Incident, policy: Policy, at: Moment) -> tuple[Incident, Told]:
    """The chain of the incident's severity from its minute 0."""
    fresh = incident._replace(chain=incident.severity, begun_at=at, next_step=0)
    return take_step(fresh, policy, at)


def resume(incident: Incident, policy: Policy, at: Moment) -> tuple[Incident, Told]:
    """One step further on than where it stopped; the later steps keep their distances."""
    steps = policy.rules.chains[incident.severity]
    index = min(incident.next_step, max(len(steps) - 1, 0))
    after = steps[index].after if steps else 0
    again = incident._replace(chain=incident.severity, begun_at=at - after, next_step=index)
    return take_step(again, policy, at)


def take_step(incident: Incident, policy: Policy, at: Moment) -> tuple[Incident, Told]:
    """Runs the step that is due; one with nobody on duty runs with the next one's people.

    After the last step the same is repeated every ``remind`` until somebody answers.
    """
    steps = policy.rules.chains[incident.chain]
    index = incident.next_step
    alerts: tuple[Alert, ...] = ()
    if index >= len(steps):
        alerts = _last_with_people(steps, policy, at)
    while not alerts and index < len(steps):
        alerts = _people(index, steps[index], policy, at)
        index += 1
    due = NEVER
    if index < len(steps):
        due = max(at, incident.begun_at + steps[index].after)
    elif steps:
        due = at + policy.rules.remind
    wanted = tuple(a for a in alerts if not _just_told(incident, a, at))
    told = incident.told
    if wanted:
        told = tuple(t for t in told if t[2] > at - SAME_CHANNEL)
        told += tuple((a.role, a.channel, at) for a in wanted)
    after = incident._replace(
        next_step=index, due=due, told=told, told_at=at if wanted else incident.told_at
    )
    return after, Told(at, incident.number, incident.severity, wanted, incident.begun_at)


def merged(
    told: list[Told], incident: Incident, policy: Policy, now: Moment
) -> tuple[Incident, Told]:
    """Overdue steps as one alert a role, to whoever is on duty now; as if it was sent now."""
    latest = {alert.role: alert for one in told for alert in one.alerts}  # a later one wins
    alerts = tuple(
        alert._replace(person_ids=_on_duty(alert.role, policy, now) or alert.person_ids)
        for alert in latest.values()
    )
    told_now = tuple((alert.role, alert.channel, now) for alert in alerts)
    after = incident._replace(told=told_now, told_at=now if alerts else incident.told_at)
    return after, told[-1]._replace(at=now, alerts=alerts)


def ended(incident: Incident, policy: Policy) -> bool:
    """Whether every step has been taken."""
    return incident.next_step >= len(policy.rules.chains[incident.chain])


def _people(index: int, step: Step, policy: Policy, at: Moment) -> tuple[Alert, ...]:
    found = []
    for role, channel in step.targets:
        if ids := _on_duty(role, policy, at):
            found.append(Alert(index, role, channel, ids))
    return tuple(found)


def _on_duty(role: Role, policy: Policy, at: Moment) -> tuple[str, ...]:
    return tuple(
        person.person_id
        for person in policy.roster
        if person.role is role and on_shift(person.shifts, at, policy.zone)
    )


def _last_with_people(steps: tuple[Step, ...], policy: Policy, at: Moment) -> tuple[Alert, ...]:
    for index in range(len(steps) - 1, -1, -1):
        if alerts := _people(index, steps[index], policy, at):
            return alerts
    return ()


def _just_told(incident: Incident, alert: Alert, at: Moment) -> bool:
    return any(
        role is alert.role and channel is alert.channel and at - when < SAME_CHANNEL
        for role, channel, when in incident.told
    )
