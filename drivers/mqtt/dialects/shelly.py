"""Shelly: Door/Window 2 (gen 1) by itself, and BLU sensors through a gen 2+ device.

``shellies/shellydw2-ID/sensor/state`` → ``open`` | ``close``, beside ``.../battery``; the address
is ``shellydw2-ID``. ``PREFIX/status/bthomesensor:202`` → ``{"id": 202, "value": true,
"last_updated_ts": ...}``, the same in ``PREFIX/events/rpc`` (NotifyStatus); the address is
``PREFIX/bthomesensor:202``, since the relay's number is all it tells. It says again what it
remembers, with the time at which it heard it. Of several sensors in one notification the first
is read: the relay sends one each. ``PREFIX/online`` is the relay's: no sign of the sensor's life.
"""

from typing import Any, Final

from drivers.errors import Reason
from drivers.mqtt.dialects.values import MALFORMED, NO_STATE, json_object, moment, percent
from drivers.reading import Decoded
from rules.model import Door

FILTERS: Final = ("shellies/+/sensor/+", "+/status/+", "+/events/rpc")
_GEN1: Final = "shellies/"
_STATES: Final = {b"open": Decoded(Door.OPEN), b"close": Decoded(Door.CLOSED)}
_SENSOR: Final = "bthomesensor:"
_STATUS, _RPC = "/status/", "/events/rpc"


def locate(topic: str) -> str | None:
    """For a notification the relay's prefix: which sensor, only the payload tells."""
    if topic.startswith(_GEN1):
        name, _, what = topic[len(_GEN1) :].partition("/sensor/")
        return name if name.startswith("shellydw") and what in {"state", "battery"} else None
    prefix, found, component = topic.partition(_STATUS)
    if found:
        return f"{prefix}/{component}" if prefix and component.startswith(_SENSOR) else None
    return topic.removesuffix(_RPC) if topic.endswith(_RPC) else None


def decode(topic: str, payload: bytes) -> tuple[str, Decoded] | None:
    address = locate(topic)
    if address is None or not payload:
        return None
    if topic.startswith(_GEN1):
        return address, _gen1(topic, payload)
    said = json_object(payload)
    if said is None:
        return address, MALFORMED
    if not topic.endswith(_RPC):
        return address, _sensor(said)
    params = said.get("params")
    if said.get("method") != "NotifyStatus" or not isinstance(params, dict):
        return None
    for component, status in params.items():
        if component.startswith(_SENSOR) and isinstance(status, dict):
            return f"{address}/{component}", _sensor(status)
    return None


def _gen1(topic: str, payload: bytes) -> Decoded:
    if topic.endswith("/state"):
        return _STATES.get(payload, MALFORMED)
    try:
        return Decoded(battery=percent(float(payload)), reason=Reason.NO_STATE)
    except ValueError:
        return MALFORMED


def _sensor(status: dict[str, Any]) -> Decoded:
    value = status.get("value")
    if not isinstance(value, bool):
        return NO_STATE  # its light, its angle
    return Decoded(Door.OPEN if value else Door.CLOSED, at=moment(status.get("last_updated_ts")))
