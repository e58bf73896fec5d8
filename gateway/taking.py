"""Who has an incident, and what is true to say to somebody who took it."""

from gateway.alerts.phrases import DOOR_KINDS
from gateway.core import Core
from gateway.incidents import Card, incident_of
from rules.moment import MINUTE, Duration


def taken_by(card: Card) -> str | None:
    """Who has it, if somebody has."""
    by = card.body["acknowledged_by"] if card.state == "acknowledged" else None
    return None if by is None else str(by)


def taken(core: Core, card: Card) -> str:
    """The name of what to say. Of what is no matter of one door nothing is said of a door: silence
    is no closed one."""
    if card.body["kind"] not in DOOR_KINDS:
        return "taken_other"
    if not card.body["door_open"]:
        return "taken_closed"
    if card.state == "open":  # it was theirs before: there is no second grace
        return "taken_again"
    return "taken" if minutes_left(core, card) else "taken_other"


def minutes_left(core: Core, card: Card) -> int:
    """How long somebody who took it still has to get there."""
    state = core.memory.state(card.owner)
    incident = incident_of(state, card.number) if state is not None else None
    until = incident.on_my_way_until if incident is not None else 0
    return begun(until - core.clock.now())


def begun(span: Duration) -> int:
    """The minutes of a span; a begun one counts."""
    return max(0, -(-span // MINUTE))
