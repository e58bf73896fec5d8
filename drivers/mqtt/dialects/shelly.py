"""Shelly: Door/Window 2 (gen 1) by itself, and BLU sensors through a gen 2+ device.

``shellies/shellydw2-ID/sensor/state`` → ``open`` | ``close``, beside ``.../battery``; the address
is ``shellydw2-ID``. It sleeps: its ``online`` says nothing about its life.
``PREFIX/status/bthomesensor:202`` → ``{"id": 202, "value": true, "last_updated_ts": ...}``, the
same in ``PREFIX/events/rpc`` (NotifyStatus); the address is ``PREFIX/bthomesensor:202``, since the
relay's number is all it tells. It says again what it remembers, with the time at which it heard
it; in beacon mode an unchanged state comes every minute with another time. ``PREFIX/online`` is
the relay's: without it nobody hears the sensor.
``bthomedevice:200`` → ``{"rssi": -59, "battery": 100, "last_updated_ts": ...}`` is the sensor's
housing. Only the relay's configuration tells which sensors are in it: of a notification that
holds both, the ones of the same packet, which have the same time, get its battery and signal.
"""

from collections.abc import Collection, Mapping
from typing import Any, Final

from drivers.errors import Reason
from drivers.mqtt.dialects.dialect import Said
from drivers.mqtt.dialects.values import (
    MALFORMED,
    NO_STATE,
    dbm,
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
WANTED: Final = 'open or close; of a BLU sensor {"value": true} or false'
_STATES: Final = {b"open": Decoded(Door.OPEN), b"close": Decoded(Door.CLOSED)}
_SENSOR, _DEVICE = "bthomesensor:", "bthomedevice:"
_STATUS, _RPC, _ONLINE = "/status/", "/events/rpc", "/online"
_NONE: Final[Mapping[int, dict[str, Any]]] = {}
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
    devices = _devices(params)
    return tuple(
        (f"{address}/{component}", _sensor(status, devices))
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


def _devices(params: dict[str, Any]) -> dict[int, dict[str, Any]]:
    """By the time of their packet; two of one time could be mistaken for each other."""
    found: dict[int, dict[str, Any]] = {}
    twice = set()
    for component, status in params.items():
        if component.startswith(_DEVICE) and isinstance(status, dict):
            at = moment(status.get("last_updated_ts"))
            if at is not None:
                twice.update({at} & found.keys())
                found[at] = status
    return {at: status for at, status in found.items() if at not in twice}


def _sensor(status: dict[str, Any], devices: Mapping[int, dict[str, Any]] = _NONE) -> Decoded:
    value = status.get("value")
    if not isinstance(value, bool):
        return NO_STATE  # its light, its angle
    at = moment(status.get("last_updated_ts"))
    device = {} if at is None else devices.get(at, {})
    return Decoded(
        Door.OPEN if value else Door.CLOSED,
        battery=percent(device.get("battery")),
        at=at,
        rssi=dbm(device.get("rssi")),
    )
