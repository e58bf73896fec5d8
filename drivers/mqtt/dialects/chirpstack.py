"""ChirpStack v4 (LoRaWAN): ``application/ID/device/EUI/event/up`` with Milesight's door sensors.

JSON with ``time`` (when the network server had it), ``fCnt`` and ``data`` (base64). The address is
the device's EUI, lower case. Confirmed uplinks come again with the same ``fCnt``.
"""

import binascii
import re
from base64 import b64decode
from typing import Final

from drivers.errors import Reason
from drivers.mqtt.dialects import milesight
from drivers.mqtt.dialects.values import MALFORMED, NO_STATE, count, json_object, moment
from drivers.reading import Decoded

FILTERS: Final = ("application/+/device/+/event/up",)
_TOPIC: Final = re.compile(r"application/[^/]+/device/([0-9A-Fa-f]{16})/event/up")


def locate(topic: str) -> str | None:
    found = _TOPIC.fullmatch(topic)
    return found[1].lower() if found else None


def decode(topic: str, payload: bytes) -> tuple[str, Decoded] | None:
    eui = locate(topic)
    if eui is None or not payload:
        return None
    said = json_object(payload)
    if said is None:
        return eui, MALFORMED
    data = said.get("data")
    if data is None or data == "":
        return eui, NO_STATE  # an empty uplink: alive
    if not isinstance(data, str):
        return eui, MALFORMED
    try:
        decoded = milesight.decode(b64decode(data, validate=True))
    except (binascii.Error, ValueError):
        return eui, MALFORMED
    if decoded.reason not in {None, Reason.NO_STATE}:
        return eui, decoded
    own = decoded.at if decoded.at is not None else moment(said.get("time"))
    return eui, decoded._replace(at=own, counter=count(said.get("fCnt")))
