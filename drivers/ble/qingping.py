"""Qingping CGH1 service data (UUID 0xFDCD) as a door's state: a pure function of its bytes.

Owns the format alone. Must not know radios, ledgers or what was said before. In "Mi" mode the
same sensor speaks ``xiaomi`` instead.

Layout: frame control (1, bit 6: an action just happened), product (1, 4 is the CGH1), address
(6, last byte first), then objects: id (1), length (1), value. The maker publishes no
description; this is from captures of real sensors (Theengs' decoder, qingping-ble issue 13):

- action: object 04 is the door (0 open, 1 closed, 2 open for a minute), 0F the packet counter;
- status, sent every few moments: 02 battery, 0F the packet counter, then a second 0F that is
  the door. Actions and statuses share one counter.

The format has no key: nothing here can be authenticated, and a key in the ledger is not
looked at.
"""

from typing import Final

from drivers.ble.advertisement import Advertisement, long_uuid
from drivers.errors import Reason
from drivers.reading import Decoded
from rules.model import Door

UUID: Final = long_uuid(0xFDCD)

_ACTION: Final = 0x40
_CGH1: Final = 0x04
_HEAD_BYTES: Final = 8

_BATTERY: Final = 0x02
_DOOR: Final = 0x04
_COUNTER: Final = 0x0F
_STATES: Final = {0: Door.OPEN, 1: Door.CLOSED, 2: Door.OPEN}


def decode(advertisement: Advertisement, key: bytes | None, last: int | None) -> Decoded:
    """What one packet says. Never raises for any bytes. ``key`` and ``last`` are unused."""
    del key, last
    data = advertisement.service_data.get(UUID)
    if data is None:
        return Decoded(reason=Reason.OTHER_DEVICE)
    if len(data) < 2:
        return Decoded(reason=Reason.TRUNCATED)
    if data[1] != _CGH1:
        return Decoded(reason=Reason.UNSUPPORTED)
    if len(data) < _HEAD_BYTES:
        return Decoded(reason=Reason.TRUNCATED)
    found = _objects(data)
    if found is None:
        return Decoded(reason=Reason.TRUNCATED)
    states = found.get(_DOOR, [])
    counters = found.get(_COUNTER, [])
    if not data[0] & _ACTION:
        states = states + counters[1:]
    if not set(states) <= _STATES.keys():
        return Decoded(reason=Reason.MALFORMED)
    battery = found[_BATTERY][0] if _BATTERY in found else None
    doors = {_STATES[each] for each in states}
    return Decoded(
        door=Door.OPEN if Door.OPEN in doors else Door.CLOSED if doors else None,
        battery=battery if battery is not None and battery <= 100 else None,
        counter=counters[0] if counters else None,
        reason=None if doors else Reason.NO_STATE,
    )


def _objects(data: bytes) -> dict[int, list[int]] | None:
    """The values of all one-byte objects by id, in order; longer ones are stepped over.

    None when the packet is cut off.
    """
    found: dict[int, list[int]] = {}
    start, end = _HEAD_BYTES, len(data)
    while start < end:
        if start + 2 > end or start + 2 + data[start + 1] > end:
            return None
        if data[start + 1] == 1:
            found.setdefault(data[start], []).append(data[start + 2])
        start += 2 + data[start + 1]
    return found
