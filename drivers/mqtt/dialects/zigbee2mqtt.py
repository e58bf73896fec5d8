"""zigbee2mqtt: ``zigbee2mqtt/NAME`` → ``{"contact": true, "battery": 60, ...}``.

``contact`` true is closed (https://www.zigbee2mqtt.io/guide/usage/exposes.html). Names hold
spaces, slashes and any script. The same state comes again with every battery report and at the
bridge's start, without the retain flag: whoever reads the messages must know what it had.
"""

from typing import Final

from drivers.errors import Reason
from drivers.mqtt.dialects.dialect import Said
from drivers.mqtt.dialects.values import MALFORMED, flag, json_object, percent, presence_of
from drivers.mqtt.presence import Presence
from drivers.reading import Decoded
from rules.model import Door

PREFIX: Final = "zigbee2mqtt"
WANTED: Final = '{"contact": true} for closed, {"contact": false} for open'
_AVAILABILITY: Final = "/availability"
# What is published below a device's name without being its state
_ASIDE: Final = (_AVAILABILITY, "/set", "/get")


def locate(topic: str, prefix: str = PREFIX) -> str | None:
    """The device's name; None: not a device's state."""
    if not topic.startswith(prefix + "/"):
        return None
    name = topic[len(prefix) + 1 :]
    if not name or name.startswith("bridge/") or name.endswith(_ASIDE):
        return None
    return name


def presence(topic: str, payload: bytes, prefix: str = PREFIX) -> Presence | None:
    """A device's, or the bridge's, which says the states that it remembers once it is up."""
    if not topic.startswith(prefix + "/"):
        return None
    name = topic[len(prefix) + 1 :]
    if name != "bridge/state" and not name.endswith(_AVAILABILITY):
        return None
    there = presence_of(payload)
    if there is None:
        return None
    if name == "bridge/state":
        return Presence(there, ("#",), repeats=there)
    return Presence(there, (name.removesuffix(_AVAILABILITY),))


def decode(topic: str, payload: bytes, prefix: str = PREFIX) -> Said:
    name = locate(topic, prefix)
    if name is None or not payload:  # an empty payload clears a retained message
        return ()
    said = json_object(payload)
    if said is None:
        return ((name, MALFORMED),)
    contact = said.get("contact")
    if contact is not None and not isinstance(contact, bool):
        return ((name, MALFORMED),)
    door = None
    if contact is not None:
        door = Door.CLOSED if contact else Door.OPEN
    decoded = Decoded(
        door=door,
        battery=percent(said.get("battery")),
        battery_low=flag(said.get("battery_low")),
        tamper=flag(said.get("tamper")),
        reason=Reason.NO_STATE if door is None else None,
    )
    return ((name, decoded),)
