"""zigbee2mqtt: ``zigbee2mqtt/NAME`` → ``{"contact": true, "battery": 60, ...}``.

``contact`` true is closed (https://www.zigbee2mqtt.io/guide/usage/exposes.html). Names hold
spaces, slashes and any script. The same state comes again with every battery report and at the
bridge's start, without the retain flag: whoever reads the messages must know what it had.
"""

from typing import Final

from drivers.errors import Reason
from drivers.mqtt.dialects.values import MALFORMED, flag, json_object, percent
from drivers.reading import Decoded
from rules.model import Door

PREFIX: Final = "zigbee2mqtt"
# What is published below a device's name without being its state
_ASIDE: Final = ("/availability", "/set", "/get")


def locate(topic: str, prefix: str = PREFIX) -> str | None:
    """The device's name; None: not a device's state."""
    if not topic.startswith(prefix + "/"):
        return None
    name = topic[len(prefix) + 1 :]
    if not name or name.startswith("bridge/") or name.endswith(_ASIDE):
        return None
    return name


def restarted(topic: str, payload: bytes, prefix: str = PREFIX) -> bool:
    """The bridge has just started: the states that follow are what it remembers."""
    return topic == f"{prefix}/bridge/state" and b"online" in payload


def decode(topic: str, payload: bytes, prefix: str = PREFIX) -> tuple[str, Decoded] | None:
    name = locate(topic, prefix)
    if name is None or not payload:  # an empty payload clears a retained message
        return None
    said = json_object(payload)
    if said is None:
        return name, MALFORMED
    contact = said.get("contact")
    if contact is not None and not isinstance(contact, bool):
        return name, MALFORMED
    door = None
    if contact is not None:
        door = Door.CLOSED if contact else Door.OPEN
    return name, Decoded(
        door=door,
        battery=percent(said.get("battery")),
        battery_low=flag(said.get("battery_low")),
        tamper=flag(said.get("tamper")),
        reason=Reason.NO_STATE if door is None else None,
    )
