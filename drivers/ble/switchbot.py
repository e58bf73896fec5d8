"""SwitchBot contact sensor as a door's state: a pure function of its advertisement.

Owns the format alone. Must not know radios, ledgers or what was said before.

Source: SwitchBot's public description of the contact sensor's broadcast (SwitchBotAPI-BLE,
contactsensor.md), and field reports there (issue 15) for the manufacturer data.

The service data (UUID 0xFD3D, 0x0D00 on older firmware) comes with the scan response, so it
needs active scans; the manufacturer data (company 0x0969) comes with the advertisement itself
and is the fresher of the two: it decides on the door when it is whole. But only the service
data says which device this is: without it nothing is read, for a blind or a lock from the same
maker sends the same bytes with other meanings.

The format has no key and no packet counter: nothing here can be authenticated, and a key in
the ledger is not looked at. Its counters of entries and exits are guesses of its motion
sensor, and one can be set to count button presses: they are no evidence.
"""

from typing import Final

from drivers.ble.advertisement import Advertisement, long_uuid
from drivers.errors import Reason
from drivers.reading import Decoded
from rules.model import Door

UUIDS: Final = (long_uuid(0xFD3D), long_uuid(0x0D00))
COMPANY: Final = 0x0969

_TYPE_BITS: Final = 0x7F  # the highest says whether a connection needs a password
_CONTACT: Final = frozenset(b"dD")  # D while it is being paired
_SERVICE_BYTES: Final = 9
_COMPANY_BYTES: Final = 13
_NOT_CLOSED: Final = 0b110  # of service byte 3: 1 open, 2 open for too long
_NOT_CLOSED_COMPANY: Final = 0b0011_0000  # of manufacturer byte 7


def decode(advertisement: Advertisement, key: bytes | None, last: int | None) -> Decoded:
    """What one advertisement says. Never raises for any bytes. ``key`` and ``last`` are unused."""
    del key, last
    service = next(
        (found for uuid in UUIDS if (found := advertisement.service_data.get(uuid)) is not None),
        None,
    )
    if service is None:
        return Decoded(reason=Reason.OTHER_DEVICE)
    if not service:
        return Decoded(reason=Reason.TRUNCATED)
    if service[0] & _TYPE_BITS not in _CONTACT:
        return Decoded(reason=Reason.UNSUPPORTED)
    company = advertisement.manufacturer_data.get(COMPANY, b"")
    if len(company) >= _COMPANY_BYTES:
        is_open = bool(company[7] & _NOT_CLOSED_COMPANY)
    elif len(service) >= _SERVICE_BYTES:
        is_open = bool(service[3] & _NOT_CLOSED)
    else:
        return Decoded(reason=Reason.TRUNCATED)
    battery = service[2] & 0x7F if len(service) > 2 else None
    return Decoded(
        door=Door.OPEN if is_open else Door.CLOSED,
        battery=battery if battery is not None and battery <= 100 else None,
    )
