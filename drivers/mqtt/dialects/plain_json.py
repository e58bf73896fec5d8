"""Plain JSON, our own dialect for self-made sensors: under ``doors/``, or where the ledger says.

``{"sensor_id": "S1", "state": "open" | "closed", "at": RFC 3339 or epoch, "battery": 0-100,
"seq": n}``; only ``state`` must be there. Without a ``sensor_id`` the topic is the address.
Where a site's senders have these otherwise, its ``Shape`` says so.
A time that cannot be read is no time: the state counts as of now, for a door that opened must
not go unheard because of its clock. ``TOPIC/availability``, ``/LWT`` or ``/online`` is the
availability of who speaks on TOPIC.
"""

from collections.abc import Collection
from typing import Any, Final, NamedTuple

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
# A will or an availability, by the names that are usual; never a state of the door
_ASIDE: Final = ("/availability", "/LWT", "/online")


class Shape(NamedTuple):
    """Where each value stands: keys from the outside in, with dots between (``door.contact``)."""

    sensor_id: str = "sensor_id"
    state: str = "state"
    at: str = "at"
    battery: str = "battery"
    seq: str = "seq"
    open: Collection[str] = ("open",)
    """What ``state`` says of an open door, in any case; JSON's ``true`` and ``1`` as text."""
    closed: Collection[str] = ("closed",)


USUAL: Final = Shape()


def wanted(shape: Shape) -> str:
    """What a payload has to say, in words."""
    said = [" or ".join(f'"{word}"' for word in words) for words in (shape.open, shape.closed)]
    return f'{{"{shape.state}": ...}}: {said[0]} for open, {said[1]} for closed'


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


def decode(topic: str, payload: bytes, shape: Shape = USUAL) -> Said:
    """Of any topic: which ones are ours is ``locate`` and the ledger."""
    if topic.endswith(_ASIDE) or not payload:  # an empty payload clears a retained message
        return ()
    said = json_object(payload)
    if said is None:
        return ((topic, MALFORMED),)
    address, state = _at(said, shape.sensor_id), _at(said, shape.state)
    if address is None and shape.sensor_id not in said:
        address = topic
    if not isinstance(address, str) or not address:
        return ((topic, MALFORMED),)
    door = _door(state, shape)
    if door is None and state is not None:
        return ((address, MALFORMED),)
    decoded = Decoded(
        door=door,
        battery=percent(_at(said, shape.battery)),
        battery_low=flag(said.get("battery_low")),
        tamper=flag(said.get("tamper")),
        counter=count(_at(said, shape.seq)),
        at=moment(_at(said, shape.at)),
        reason=Reason.NO_STATE if door is None else None,
    )
    return ((address, decoded),)


def _at(said: dict[str, Any], path: str) -> Any:
    """None: it is not there. A key that holds a dot itself counts before the path."""
    if path in said:
        return said[path]
    value: Any = said
    for key in path.split("."):
        if not isinstance(value, dict):
            return None
        value = value.get(key)
    return value


def _door(state: object, shape: Shape) -> Door | None:
    if not isinstance(state, str | int):
        return None
    text = str(state).lower()
    if text in shape.open:
        return Door.OPEN
    return Door.CLOSED if text in shape.closed else None
