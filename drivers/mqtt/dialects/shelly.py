"""Shelly: Door/Window 2 (gen 1) by itself, and BLU sensors through a gen 2+ device.

``shellies/shellydw2-ID/sensor/state`` → ``open`` | ``close``, beside ``.../battery``; the address
is ``shellydw2-ID``. It sleeps: its ``online`` says nothing about its life.
``PREFIX/status/bthomesensor:202`` → ``{"id": 202, "value": true, "last_updated_ts": ...}``, the
same in ``PREFIX/events/rpc`` (NotifyStatus); the address is ``PREFIX/bthomesensor:202``, since the
relay's number is all it tells. It says again what it remembers, with the time at which it heard
it. ``PREFIX/online`` is the relay's: without it nobody hears the sensor.
"""

from collections.abc import Collection
from typing import Any, Final

from drivers.errors import Reason
from drivers.mqtt.dialects.dialect import Said
from drivers.mqtt.dialects.values import (
    MALFORMED,
    NO_STATE,
    json_object,
    moment,
    percent,
    presence_of,
)
from drivers.mqtt.presence import Presence
from drivers.reading import Decoded
from rules.model import Door

FILTERS: Final = ("shellies/+/sensor/+", "+/status/+", "+/events/rpc", "+/online")
_GEN1: Final = "shellies/"
_STATES: Final = {b"open": Decoded(Door.OPEN), b"close": Decoded(Door.CLOSED)}
_SENSOR: Final = "bthomesensor:"
_STATUS, _RPC, _ONLINE = "/status/", "/events/rpc", "/online"
_METHODS: Final = {"NotifyStatus", "NotifyFullStatus"}


def locate(topic: str) -> str | None:
    """For a notification the relay's prefix: which sensor, only the payload tells."""
    if topic.startswith(_GEN1):
        name, _, what = topic[len(_GEN1) :].partition("/sensor/")
        return name if name.startswith("shellydw") and what in {"state", "battery"} else None
    prefix, found, component = topic.partition(_STATUS)
    if found:
        return f"{prefix}/{component}" if prefix and component.startswith(_SENSOR) else None
    return topic.removesuffix(_RPC) if topic.endswith(_RPC) else None


def presence(topic: str, payload: bytes) -> Presence | None:
    prefix = topic.removesuffix(_ONLINE)
    if not prefix or prefix == topic or topic.startswith(_GEN1):
        return None
    there = presence_of(payload)
    return None if there is None else Presence(there, (f"{prefix}/#",), repeats=there)


def more_filters(addresses: Collection[str]) -> Collection[str]:
    """A relay's prefix with slashes is beyond ``FILTERS``."""
    return {f"{a.partition('/')[0]}/#" for a in addresses if a.count("/") > 1}


def decode(topic: str, payload: bytes) -> Said:
    address = locate(topic)
    if address is None or not payload:
        return ()
    if topic.startswith(_GEN1):
        return ((address, _gen1(topic, payload)),)
    said = json_object(payload)
    if said is None:
        return ((address, MALFORMED),)
    if not topic.endswith(_RPC):
        return ((address, _sensor(said)),)
    params, method = said.get("params"), said.get("method")
    if not isinstance(method, str) or method not in _METHODS or not isinstance(params, dict):
        return ()
    return tuple(
        (f"{address}/{component}", _sensor(status))
        for component, status in params.items()
        if component.startswith(_SENSOR) and isinstance(status, dict)
    )


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
