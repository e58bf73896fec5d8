"""ESPHome: ``PREFIX/binary_sensor/ID/state`` → ``ON`` (open) or ``OFF``, retained by default.

The address is the topic, as ESPHome's log shows it. ``PREFIX/status`` is the device's
availability; after ``online`` it says all its states again.
"""

from collections.abc import Collection
from typing import Final

from drivers.mqtt.dialects.dialect import Said
from drivers.mqtt.dialects.values import MALFORMED, NO_STATE, presence_of
from drivers.mqtt.presence import Presence
from drivers.reading import Decoded
from rules.model import Door

WANTED: Final = "ON for open, OFF for closed"
_LEVELS: Final = 4
_SAYS: Final = {
    b"ON": Decoded(Door.OPEN),
    b"OFF": Decoded(Door.CLOSED),
    b"unknown": NO_STATE,
    b"unavailable": NO_STATE,
}


def filters(above: str = "") -> tuple[str, ...]:
    """``above``: the levels that a site has before the node's own name; blank: none."""
    node = f"{above}/+" if above else "+"
    return f"{node}/binary_sensor/+/state", f"{node}/status"


def locate(topic: str) -> str | None:
    parts = topic.rsplit("/", 3)
    if len(parts) != _LEVELS or parts[1] != "binary_sensor" or parts[3] != "state":
        return None
    return topic if parts[0] and parts[2] else None


def presence(topic: str, payload: bytes) -> Presence | None:
    prefix = topic.removesuffix("/status")
    if not prefix or prefix == topic:
        return None
    there = presence_of(payload)
    if there is None:
        return None
    return Presence(there, (f"{prefix}/binary_sensor/#",), repeats=there)


def more_filters(addresses: Collection[str]) -> Collection[str]:
    """A prefix with slashes may be beyond ``filters``."""
    return {f"{a.partition('/')[0]}/#" for a in addresses if a.count("/") >= _LEVELS}


def decode(topic: str, payload: bytes) -> Said:
    if locate(topic) is None or not payload:
        return ()
    return ((topic, _SAYS.get(payload, MALFORMED)),)
