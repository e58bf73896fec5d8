"""Theengs Gateway and OpenMQTTGateway: BLE sensors that another receiver has decoded.

``home/GATEWAY/BTtoMQTT/MAC`` → ``{"model_id": "SBDW-002C", "packet": 93, "batt": 100, "open":
true}``; SwitchBot's says ``"contact": "open" | "closed" | "timeout not closed"``. The address is
the MAC, with colons. QoS 0: what is lost on the way to the broker is lost.
``home/GATEWAY/LWT`` is the receiver's: what it was the last to hear, nobody hears any more.
"""

import re
from typing import Final

from drivers.errors import Reason
from drivers.mqtt.dialects.dialect import Said
from drivers.mqtt.dialects.values import (
    MALFORMED,
    count,
    dbm,
    json_object,
    percent,
    presence_of,
)
from drivers.mqtt.presence import Presence
from drivers.reading import Decoded
from rules.model import Door

PREFIX: Final = "home"
WANTED: Final = '{"open": true} or {"open": false}, or {"contact": "open"} or "closed"'
_TOPIC: Final = re.compile(r"([^/]+)/[^/]+/BTtoMQTT/([0-9A-Fa-f]{12})")
_CONTACT: Final = {
    "open": Door.OPEN,
    "timeout not closed": Door.OPEN,
    "closed": Door.CLOSED,
}


def filters(prefix: str = PREFIX) -> tuple[str, ...]:
    return f"{prefix}/+/BTtoMQTT/+", f"{prefix}/+/LWT"


def locate(topic: str, prefix: str = PREFIX) -> str | None:
    found = _TOPIC.fullmatch(topic)
    if found is None or found[1] != prefix:
        return None
    mac = found[2].upper()
    return ":".join(mac[at : at + 2] for at in range(0, 12, 2))


def via(topic: str) -> str:
    """The receiver, as the topic of its availability begins."""
    return topic.partition("/BTtoMQTT/")[0]


def presence(topic: str, payload: bytes, prefix: str = PREFIX) -> Presence | None:
    receiver = topic.removesuffix("/LWT")
    if receiver == topic or not receiver.startswith(prefix + "/"):
        return None
    there = presence_of(payload)
    return None if there is None else Presence(there, via=receiver)


def decode(topic: str, payload: bytes, prefix: str = PREFIX) -> Said:
    mac = locate(topic, prefix)
    if mac is None or not payload:
        return ()
    return ((mac, _decoded(payload)),)


def _decoded(payload: bytes) -> Decoded:
    said = json_object(payload)
    if said is None:
        return MALFORMED
    is_open, contact = said.get("open"), said.get("contact")
    door = None
    if is_open is not None:
        if not isinstance(is_open, bool):
            return MALFORMED
        door = Door.OPEN if is_open else Door.CLOSED
    elif contact is not None:
        door = _CONTACT.get(contact) if isinstance(contact, str) else None
        if door is None:
            return MALFORMED
    return Decoded(
        door,
        battery=percent(said.get("batt")),
        counter=count(said.get("packet")),
        reason=Reason.NO_STATE if door is None else None,
        rssi=dbm(said.get("rssi")),
    )
