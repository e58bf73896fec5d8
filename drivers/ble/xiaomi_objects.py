"""Xiaomi MiBeacon: which objects speak of a door, and what their values mean. Data only.

Sources: the MiBeacon object definitions of Xiaomi's developer pages (ids below 0x4000), the
device specifications at miot-spec.org (ids from 0x4000: each device numbers its own), and
what the library xiaomi-ble reads.
"""

from typing import Final, NamedTuple

from rules.model import Door


class Says(NamedTuple):
    """What one value of one object tells. All None: a known value that tells no state."""

    door: Door | None = None
    tamper: bool | None = None


_OPEN: Final = Says(Door.OPEN)
_CLOSED: Final = Says(Door.CLOSED)
_CLOSED_AND_WHOLE: Final = Says(Door.CLOSED, tamper=False)  # a new close takes the alarm back
_FORCED: Final = Says(Door.OPEN, tamper=True)
_NOTHING: Final = Says()

Values = dict[int, Says]

_CONTACT: Final[Values] = {0: _OPEN, 1: _CLOSED, 2: _OPEN, 3: _NOTHING}  # 2 too long, 3 reset

COMMON: Final[dict[int, Values]] = {
    0x1019: _CONTACT,
    # A lock's door. A knock (3) and a door that is stuck (5) tell that something happens to
    # the door, not how it stands: others conclude "closed", we do not.
    0x0007: {0: _OPEN, 1: _CLOSED_AND_WHOLE, 2: _OPEN, 3: _NOTHING, 4: _FORCED, 5: _NOTHING},
}
"""Objects that mean the same on every product; only the first byte counts (a time follows)."""

OF_PRODUCT: Final[dict[int, dict[int, Values]]] = {
    0x1889: {  # Linptech MS1BB(MI)
        0x4804: {1: _OPEN, 2: _CLOSED_AND_WHOLE},  # state
        0x4A12: {1: _OPEN, 2: _CLOSED_AND_WHOLE},  # event
        0x4A1A: {1: _OPEN},  # not closed in time
        0x4A0F: {1: _FORCED},  # torn off
    },
    0x78D1: {0x480C: {0: _OPEN, 1: _CLOSED}},  # MC-COMM (zhiee.magnet.mc01 and alike)
}
"""Objects that are a door on these products only: elsewhere the same number is something else."""

BATTERIES: Final = frozenset({0x100A, 0x4803})  # per cent, one byte
SILENT: Final = frozenset({0x4A13, 0x4A01})  # buttons and the like: known, no door
DEVICE_SPECIFIC: Final = 0x4000  # ids from here on mean nothing without the product
