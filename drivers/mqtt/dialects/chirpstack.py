"""ChirpStack v4 (LoRaWAN): ``application/ID/device/EUI/event/up`` with Milesight's door sensors.

JSON with ``time`` (when the network server had it), ``fCnt`` and ``data`` (base64). The address is
the device's EUI, lower case. Confirmed uplinks come again with the same ``fCnt``. There is no
availability: a silent sensor is found by its supervision.
"""

import binascii
import re
from base64 import b64decode
from typing import Final

from drivers.mqtt.dialects import milesight
from drivers.mqtt.dialects.dialect import Said
from drivers.mqtt.dialects.values import MALFORMED, NO_STATE, count, json_object, moment

FILTERS: Final = ("application/+/device/+/event/up",)
_TOPIC: Final = re.compile(r"application/[^/]+/device/([0-9A-Fa-f]{16})/event/up")


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
    return tuple(
        (eui, each._replace(counter=counter, at=sent if each.at is None else each.at))
        for each in found
    )
