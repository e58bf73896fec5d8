"""One advertisement, free of any Bluetooth library: what every decoder of this package reads."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

_BASE_UUID: Final = "-0000-1000-8000-00805f9b34fb"  # Bluetooth Core: 16-bit UUIDs live in it
_NO_SERVICE_DATA: Final[Mapping[str, bytes]] = MappingProxyType({})
_NO_MANUFACTURER_DATA: Final[Mapping[int, bytes]] = MappingProxyType({})


class Advertisement(NamedTuple):
    """Service data by long lower-case UUID, manufacturer data by company id (id not repeated)."""

    mac: str  # upper case with colons
    service_data: Mapping[str, bytes] = _NO_SERVICE_DATA
    manufacturer_data: Mapping[int, bytes] = _NO_MANUFACTURER_DATA


def long_uuid(short: int) -> str:
    """The 128-bit form, lower case, of a 16-bit UUID: as BlueZ gives it."""
    return f"0000{short:04x}{_BASE_UUID}"


def parse_uuid(text: str) -> str:
    """``fcd2``, ``0xFCD2`` or the long form, in any case, as the long lower-case form.

    ``ValueError`` when it is none of these.
    """
    plain = text.strip().lower()
    if len(plain) == 36 and plain.startswith("0000") and plain.endswith(_BASE_UUID):
        plain = plain[4:8]
    plain = plain.removeprefix("0x")
    if len(plain) != 4 or any(digit not in "0123456789abcdef" for digit in plain):
        raise ValueError(f"not a Bluetooth service UUID: {text!r} (write it like fcd2)")
    return long_uuid(int(plain, 16))


def parse_mac(text: str) -> str:
    """A MAC address with colons, dashes or neither, as upper case with colons.

    ``ValueError`` when it is none.
    """
    plain = text.strip().replace(":", "").replace("-", "").upper()
    if len(plain) != 12 or any(digit not in "0123456789ABCDEF" for digit in plain):
        raise ValueError(f"not a MAC address: {text!r} (write it like 3C:2E:F5:AA:BB:CC)")
    return ":".join(plain[i : i + 2] for i in range(0, 12, 2))
