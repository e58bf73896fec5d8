"""An alert that reached nobody, or somebody whose duty is over."""

from rules import chain
from rules.home import Incident
from rules.incidents.event import Details, Owner
from rules.model import Channel
from rules.moment import Moment
from rules.policy import Duty, Step
from rules.said import Alert, Out


def not_reached(before: Incident, owner: Owner, e: Details, out: Out) -> Incident:
    """If nobody who was alerted last was reached, the next step does not wait; after the last one
    the same is tried again soon. For somebody whose duty is over, those who have it are alerted."""
    duty, told = owner.policy, (e.person_id, e.channel)
    instead = in_place_of(before, duty, *told, e.at)
    if instead is not None:
        before = before._replace(alerted=tuple(one for one in before.alerted if one[:2] != told))
        return chain.tell(before, (instead,), e.at, out, in_place_of=e.person_id)
    last = {(who, way) for who, way, when in before.alerted if when == before.alerted_at}
    unreached = {*before.unreached, told} & last
    after = before = before._replace(unreached=tuple(sorted(unreached)))
    if unreached != last:
        return before
    if before.next_step < len(chain.steps_of(before, duty)):
        after = chain.take_step(before, duty, e.at, out)
    if after.alerted is before.alerted:  # nobody is left, or on duty: it is not over with that
        after = after._replace(due=min(after.due, e.at + chain.AGAIN))
    return after


def in_place_of(
    incident: Incident, duty: Duty, person_id: str, channel: Channel, at: Moment
) -> Alert | None:
    """The alert to whoever has the duty of somebody who was alerted by ``channel``; None: it is
    still that person's, or nobody's."""
    if not any(one[:2] == (person_id, channel) for one in incident.alerted):
        return None
    taken = chain.steps_of(incident, duty)[: max(incident.next_step, 1)]
    role = chain.role_of(person_id, duty)
    if role is None or not any((role, channel) in step.targets for step in taken):
        return _in_place_of_a_stranger(incident, taken, duty, channel, at)
    people = chain.on_duty(role, duty, at)
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
        for alert in chain.people_of(index, step, duty, at):
            people = tuple(one for one in alert.person_ids if one not in told)
            if alert.channel is channel and people:
                return alert._replace(person_ids=people)
    return None
