"""ESPHome: ``PREFIX/binary_sensor/ID/state`` → ``ON`` (open) or ``OFF``, retained by default.

The address is the topic, as ESPHome's log shows it. A prefix with slashes needs a filter of its
own. ``PREFIX/status`` is the device's availability, no door's state.
"""

from typing import Final

from drivers.mqtt.dialects.values import MALFORMED, NO_STATE
from drivers.reading import Decoded
from rules.model import Door

FILTERS: Final = ("+/binary_sensor/+/state",)
_SAYS: Final = {
    b"ON": Decoded(Door.OPEN),
    b"OFF": Decoded(Door.CLOSED),
    b"unknown": NO_STATE,
    b"unavailable": NO_STATE,
}


def locate(topic: str) -> str | None:
    parts = topic.rsplit("/", 3)
    if len(parts) != 4 or parts[1] != "binary_sensor" or parts[3] != "state":
        return None
    return topic if parts[0] and parts[2] else None


def decode(topic: str, payload: bytes) -> tuple[str, Decoded] | None:
    if locate(topic) is None or not payload:
        return None
    return topic, _SAYS.get(payload, MALFORMED)
