"""Which advertisement is in which format, and who reads it. A table; no state, no radio.

A further format is one line here and one pure function beside ``bthome``.
"""

from collections.abc import Callable
from typing import Final, NamedTuple

from drivers.ble import bthome, qingping, switchbot, xiaomi
from drivers.ble.advertisement import Advertisement, long_uuid
from drivers.errors import Reason
from drivers.reading import Decoded

Decode = Callable[[Advertisement, bytes | None, int | None], Decoded]
"""Advertisement, key and last replay counter in; never raises for any bytes."""


class Format(NamedTuple):
    """One format: its name in the ledger, and what of an advertisement it reads."""

    protocol: str
    uuids: tuple[str, ...]  # service data under any of these, long form
    company: int | None  # manufacturer data of this company id is read too
    decode: Decode

    def payload(self, advertisement: Advertisement) -> bytes | None:
        """The bytes this format reads, or None: two equal ones say the same."""
        for uuid in self.uuids:
            data = advertisement.service_data.get(uuid)
            if data is not None:
                if self.company is None:
                    return data
                return data + advertisement.manufacturer_data.get(self.company, b"")
        return None


BTHOME_UUID: Final = long_uuid(0xFCD2)


def _bthome(advertisement: Advertisement, key: bytes | None, last: int | None) -> Decoded:
    data = advertisement.service_data.get(BTHOME_UUID)
    if data is None:
        return Decoded(reason=Reason.OTHER_DEVICE)
    return bthome.decode(data, advertisement.mac, key, last)


FORMATS: Final[tuple[Format, ...]] = (
    Format("bthome", (BTHOME_UUID,), None, _bthome),
    Format("xiaomi", (xiaomi.UUID,), None, xiaomi.decode),
    Format("switchbot", switchbot.UUIDS, switchbot.COMPANY, switchbot.decode),
    Format("qingping", (qingping.UUID,), None, qingping.decode),
)

BY_PROTOCOL: Final[dict[str, Format]] = {each.protocol: each for each in FORMATS}
BY_UUID: Final[dict[str, Format]] = {uuid: each for each in FORMATS for uuid in each.uuids}
