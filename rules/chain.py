"""The escalation chain: whom a step addresses, and when the next is due."""

from rules.home import Incident, Phase
from rules.local import on_shift
from rules.model import Channel, Kind, Role
from rules.moment import MINUTE, NEVER, Duration, Moment
from rules.policy import MASS_CHAIN, OPS_CHAIN, Duty, Step
from rules.said import Alert, Alerted, Note, Noted, Out

AGAIN: Duration = 10 * MINUTE  # when nobody at all could be reached
HANDED_OVER = -2  # the "step" by which somebody is asked to take an incident over
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
    fresh = incident._replace(phase=Phase.UNANSWERED, chain=incident.severity)
    fresh = fresh._replace(begun_at=at, next_step=0)
    steps = steps_of(fresh, duty)
    if steps and steps[0].after > 0:
        return tell(fresh._replace(due=at + steps[0].after), (), at, out)
    return take_step(fresh, duty, at, out)


def go_on(incident: Incident, duty: Duty, at: Moment, out: Out) -> Incident:
    """One step further on than where it stopped; the later steps keep their distances. If nobody is
    left for one, the last that has anybody is repeated: they do not wait for the reminder."""
    again = incident._replace(phase=Phase.UNANSWERED, chain=incident.severity)
    steps = steps_of(again, duty)
    index = len(steps) if nobody_left(again, duty, at) else incident.next_step
    after = steps[min(index, len(steps) - 1)].after if steps else 0
    return take_step(again._replace(begun_at=at - after, next_step=index), duty, at, out)


def take_step(incident: Incident, duty: Duty, at: Moment, out: Out) -> Incident:
    """Runs the step that is due; one with nobody on duty runs with the next one's people.

    After the last step the same is repeated every ``remind`` until somebody answers.
    """
    steps = steps_of(incident, duty)
    index = incident.next_step
    alerts: tuple[Alert, ...] = ()
    if index >= len(steps):
        staffed = (people_of(n, steps[n], duty, at) for n in reversed(range(len(steps))))
        alerts = next(filter(None, staffed), ())
    while not alerts and index < len(steps):
        alerts = people_of(index, steps[index], duty, at)
        index += 1
    due = NEVER
    if index < len(steps):
        due = max(at, incident.begun_at + steps[index].after)
    elif steps:  # as long as nobody was on duty, whoever comes next is alerted soon
        anybody = alerts or incident.alerted
        due = at + (duty.rules.remind if anybody else duty.rules.repeat_alert)
    return tell(incident._replace(next_step=index, due=due), alerts, at, out)


def ends_at(incident: Incident, duty: Duty) -> Moment:
    """When the minutes of its chain have passed, whoever was on duty."""
    steps = steps_of(incident, duty)
    return incident.begun_at + (steps[-1].after if steps else 0)


def nobody_left(incident: Incident, duty: Duty, at: Moment) -> bool:
    """Whether no step is to come, or none for which anybody is on duty."""
    steps = steps_of(incident, duty)
    return not any(people_of(n, steps[n], duty, at) for n in range(incident.next_step, len(steps)))


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
    role = role_of(person_id, duty)
    if role is None:
        return incident
    out.append(Noted(at, incident.number, Note.HANDED_OVER, person_id))
    return tell(incident, (Alert(HANDED_OVER, role, Channel.SMS, (person_id,)),), at, out)


def tell(
    incident: Incident, alerts: tuple[Alert, ...], at: Moment, out: Out, in_place_of: str = ""
) -> Incident:
    """Alerts them, but for those who just were, the same way."""
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
    number, severity, begun_at = incident.number, incident.severity, incident.begun_at
    out.append(Alerted(at, number, severity, tuple(wanted), begun_at, in_place_of=in_place_of))
    return incident


def people_of(index: int, step: Step, duty: Duty, at: Moment) -> tuple[Alert, ...]:
    found = ((role, channel, on_duty(role, duty, at)) for role, channel in step.targets)
    return tuple(Alert(index, role, channel, ids) for role, channel, ids in found if ids)


def on_duty(role: Role, duty: Duty, at: Moment) -> tuple[str, ...]:
    people = (one for one in duty.roster if one.role is role)
    return tuple(one.person_id for one in people if on_shift(one.shifts, at, duty.zone))


def role_of(person_id: str, duty: Duty) -> Role | None:
    """None: somebody who is not, or no longer, on the roster."""
    return next((one.role for one in duty.roster if one.person_id == person_id), None)
