"""Theengs Gateway and OpenMQTTGateway: BLE sensors that another receiver has decoded.

``home/GATEWAY/BTtoMQTT/MAC`` → ``{"model_id": "SBDW-002C", "packet": 93, "batt": 100, "open":
true}``; SwitchBot's says ``"contact": "open" | "closed" | "timeout not closed"``. The address is
the MAC, with colons. QoS 0: what is lost on the way to the broker is lost.
``home/GATEWAY/LWT`` is the receiver's.
"""

import re
from typing import Final

from drivers.errors import Reason
from drivers.mqtt.dialects.values import MALFORMED, count, json_object, percent
from drivers.reading import Decoded
from rules.model import Door

FILTERS: Final = ("home/+/BTtoMQTT/+",)
_TOPIC: Final = re.compile(r"home/[^/]+/BTtoMQTT/([0-9A-Fa-f]{12})")
_CONTACT: Final = {
    "open": Door.OPEN,
    "timeout not closed": Door.OPEN,
    "closed": Door.CLOSED,
}


def locate(topic: str) -> str | None:
    found = _TOPIC.fullmatch(topic)
    if found is None:
        return None
    mac = found[1].upper()
    return ":".join(mac[at : at + 2] for at in range(0, 12, 2))


def decode(topic: str, payload: bytes) -> tuple[str, Decoded] | None:
    mac = locate(topic)
    if mac is None or not payload:
        return None
    said = json_object(payload)
    if said is None:
        return mac, MALFORMED
    is_open, contact = said.get("open"), said.get("contact")
    door = None
    if is_open is not None:
        if not isinstance(is_open, bool):
            return mac, MALFORMED
        door = Door.OPEN if is_open else Door.CLOSED
    elif contact is not None:
        door = _CONTACT.get(contact) if isinstance(contact, str) else None
        if door is None:
            return mac, MALFORMED
    return mac, Decoded(
        door,
        battery=percent(said.get("batt")),
        counter=count(said.get("packet")),
        reason=Reason.NO_STATE if door is None else None,
    )
