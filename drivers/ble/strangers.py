"""Door sensors in the air that the ledger does not have. Owns no list of them: the receiver does.

Only asked while somebody discovers, and only about advertisements with service data of a format
of ours: of a stairwell's other devices nothing is decoded.
"""

from collections.abc import Callable
from typing import Final

from drivers.ble import xiaomi_objects
from drivers.ble.advertisement import Advertisement
from drivers.ble.decoders import BY_UUID, Format
from drivers.errors import Reason
from drivers.stranger import Stranger

_XIAOMI_HEAD: Final = 5  # bytes: control, product, counter

OnStranger = Callable[[Stranger], None]

_XIAOMI_DOORS: Final = {0x098B, 0x03D6, *xiaomi_objects.OF_PRODUCT}
"""Products that are door sensors (MCCGQ02HL, CGH1 in Mi mode, those with objects of their own):
what they are stands in plain bytes, and most of the time they send no more than that."""


class Strangers:
    """``on_stranger`` is called for each advertisement of one; on the loop."""

    def __init__(self, on_stranger: OnStranger, clock: Callable[[], int]) -> None:
        """``clock`` gives ms since the epoch, UTC."""
        self._on_stranger = on_stranger
        self._clock = clock

    def heard(self, advertisement: Advertisement, rssi: int) -> None:
        """An advertisement of an address that the ledger does not have."""
        for uuid in advertisement.service_data:
            found = BY_UUID.get(uuid)
            if found is not None:
                self._judge(found, uuid, advertisement, rssi)
                return

    def _judge(self, found: Format, uuid: str, advertisement: Advertisement, rssi: int) -> None:
        decoded = found.decode(advertisement, None, None)
        told = decoded.door is not None
        sealed = unread = decoded.reason is Reason.NO_KEY
        if found.protocol == "xiaomi":
            sure = told or _product(advertisement, found) in _XIAOMI_DOORS
            sealed = not told  # what does not say its state in plain encrypts it
            offered = sure
        else:
            # Of an encrypted BTHome nothing tells whether it is a door or a thermometer.
            sure = told or (found.protocol == "qingping" and decoded.reason is Reason.NO_STATE)
            offered = sure or sealed
        if not offered:
            return
        self._on_stranger(
            Stranger(
                "ble",
                found.protocol,
                advertisement.mac,
                self._clock(),
                decoded.door,
                decoded.battery,
                rssi,
                sealed,
                sure=sure,
                sealed=(uuid, advertisement.service_data[uuid]) if unread else None,
            )
        )


def _product(advertisement: Advertisement, found: Format) -> int:
    """Of a MiBeacon; -1: too short for one."""
    data = found.payload(advertisement) or b""
    return int.from_bytes(data[2:4], "little") if len(data) >= _XIAOMI_HEAD else -1
