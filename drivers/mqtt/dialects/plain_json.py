"""Plain JSON, our own dialect for self-made sensors: under ``doors/``, or where the ledger says.

``{"sensor_id": "S1", "state": "open" | "closed", "at": RFC 3339 or epoch, "battery": 0-100,
"seq": n}``; only ``state`` must be there. Without a ``sensor_id`` the topic is the address.
A time that cannot be read is no time: the state counts as of now, for a door that opened must
not go unheard because of its clock. ``TOPIC/availability``, ``/LWT`` or ``/online`` is the
availability of who speaks on TOPIC.
"""

from typing import Final

from drivers.errors import Reason
from drivers.mqtt.dialects.dialect import Said
from drivers.mqtt.dialects.values import (
    MALFORMED,
    count,
    flag,
    json_object,
    moment,
    percent,
    presence_of,
)
from drivers.mqtt.presence import Presence
from drivers.reading import Decoded
from rules.model import Door

PREFIX: Final = "doors"
_DOORS: Final = {"open": Door.OPEN, "closed": Door.CLOSED}
# A will or an availability, by the names that are usual; never a state of the door
_ASIDE: Final = ("/availability", "/LWT", "/online")


def locate(topic: str, prefix: str = PREFIX) -> str | None:
    """The topic itself; None: not of this dialect, or an availability."""
    if not topic.startswith(prefix + "/") or topic.endswith(_ASIDE):
        return None
    return topic


def via(topic: str) -> str:
    return topic


def aliases(address: str) -> tuple[str, ...]:
    """The name alone, below the prefix."""
    name = address.partition("/")[2]
    return (name,) if name else ()


def presence(topic: str, payload: bytes) -> Presence | None:
    """Of any topic, as states are: the ledger's may be anywhere."""
    if not topic.endswith(_ASIDE):
        return None
    speaker, there = topic.rpartition("/")[0], presence_of(payload)
    if not speaker or there is None:
        return None
    return Presence(there, (speaker, *aliases(speaker)), via=speaker)


def decode(topic: str, payload: bytes) -> Said:
    """Of any topic: which ones are ours is ``locate`` and the ledger."""
    if topic.endswith(_ASIDE) or not payload:  # an empty payload clears a retained message
        return ()
    said = json_object(payload)
    if said is None:
        return ((topic, MALFORMED),)
    address, state = said.get("sensor_id", topic), said.get("state")
    if not isinstance(address, str) or not address:
        return ((topic, MALFORMED),)
    door = None
    if state is not None:
        door = _DOORS.get(state.lower()) if isinstance(state, str) else None
        if door is None:
            return ((address, MALFORMED),)
    decoded = Decoded(
        door=door,
        battery=percent(said.get("battery")),
        battery_low=flag(said.get("battery_low")),
        tamper=flag(said.get("tamper")),
        counter=count(said.get("seq")),
        at=moment(said.get("at")),
        reason=Reason.NO_STATE if door is None else None,
    )
    return ((address, decoded),)
