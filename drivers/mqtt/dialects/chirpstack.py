"""ChirpStack v4 (LoRaWAN): ``application/ID/device/EUI/event/up`` with Milesight's door sensors.

JSON with ``time`` (when the network server had it), ``fCnt`` and ``data`` (base64). The address is
the device's EUI, lower case. Confirmed uplinks come again with the same ``fCnt``. There is no
availability: a silent sensor is found by its supervision.

``.../event/status`` answers the network's own question: ``batteryLevel`` in per cent, which means
nothing with ``externalPowerSource`` or ``batteryLevelUnavailable``.
"""

import binascii
import re
from base64 import b64decode
from typing import Any, Final

from drivers.mqtt.dialects import milesight
from drivers.mqtt.dialects.dialect import Said
from drivers.mqtt.dialects.values import (
    MALFORMED,
    NO_STATE,
    count,
    dbm,
    json_object,
    moment,
    percent,
)
from drivers.reading import Decoded

WANTED: Final = 'an uplink, {"data": BASE64}, as Milesight\'s door sensors send it'
FILTERS: Final = ("application/+/device/+/event/up", "application/+/device/+/event/status")
_TOPIC: Final = re.compile(r"application/[^/]+/device/([0-9A-Fa-f]{16})/event/(?:up|status)")
_STATUS: Final = "/status"
_NO_BATTERY: Final = ("externalPowerSource", "batteryLevelUnavailable")


def locate(topic: str) -> str | None:
    found = _TOPIC.fullmatch(topic)
    return found[1].lower() if found else None


def decode(topic: str, payload: bytes) -> Said:
    """The records of its past first, each at its own time; last what it says of now."""
    eui = locate(topic)
    if eui is None or not payload:
        return ()
    said = json_object(payload)
    if said is None:
        return ((eui, MALFORMED),)
    if topic.endswith(_STATUS):
        return ((eui, _status(said)),)
    data = said.get("data")
    if data is None or data == "":
        return ((eui, NO_STATE),)  # an empty uplink: alive
    if not isinstance(data, str):
        return ((eui, MALFORMED),)
    try:
        found = milesight.decode(b64decode(data, validate=True))
    except (binascii.Error, ValueError):
        return ((eui, MALFORMED),)
    if found in {(MALFORMED,), (milesight.TRUNCATED,)}:
        return ((eui, found[0]),)
    counter, sent = count(said.get("fCnt")), moment(said.get("time"))
    *past, now = found
    now = now._replace(at=sent, rssi=_strongest(said))
    return tuple((eui, each._replace(counter=counter)) for each in (*past, now))


def _status(said: dict[str, Any]) -> Decoded:
    """Without its time: only another charge is news, and it comes every day."""
    told = not any(said.get(key) for key in _NO_BATTERY)
    return NO_STATE._replace(battery=percent(said.get("batteryLevel")) if told else None)


def _strongest(said: dict[str, Any]) -> int | None:
    """Of all the receivers that heard it."""
    heard = said.get("rxInfo")
    each_one = heard if isinstance(heard, list) else ()
    found = (dbm(each.get("rssi")) for each in each_one if isinstance(each, dict))
    return max((each for each in found if each is not None), default=None)
