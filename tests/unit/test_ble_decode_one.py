"""One advertisement by hand, as the command ``decode`` gives it."""

import pytest

from drivers.ble.advertisement import parse_mac, parse_uuid
from drivers.ble.decode_one import decode_advertisement
from drivers.ble.decoders import BTHOME_UUID
from drivers.errors import Reason
from rules.model import Door

MAC = "3C:2E:F5:AA:BB:CC"
KEY = bytes.fromhex("231d39c1d7cc1ab1aee224cd096db932")


@pytest.mark.parametrize("uuid", ["fcd2", "0xFCD2", "FCD2", BTHOME_UUID, BTHOME_UUID.upper()])
@pytest.mark.parametrize("mac", [MAC, MAC.lower(), "3c2ef5aabbcc", "3C-2E-F5-AA-BB-CC"])
def test_ways_to_write_it(uuid: str, mac: str) -> None:
    packet = bytes.fromhex("4517fca6a3adb86f170000f5b5e472")
    assert decode_advertisement(mac, (uuid, packet), None, KEY).door == Door.OPEN


@pytest.mark.parametrize("text", ["", "fcd", "fcd2a", "0x", "xyzw", "0000fcd2", "+cd2"])
def test_no_uuid(text: str) -> None:
    with pytest.raises(ValueError, match="not a Bluetooth service UUID"):
        parse_uuid(text)


@pytest.mark.parametrize("text", ["", "3C:2E:F5:AA:BB", "3C:2E:F5:AA:BB:CG", "front door"])
def test_no_mac(text: str) -> None:
    with pytest.raises(ValueError, match="not a MAC address"):
        parse_mac(text)


@pytest.mark.parametrize(
    ("service", "company"),
    [(("180f", b"\x64"), None), (None, (0x004C, b"\x02\x15")), (None, None)],
)
def test_other_devices(
    service: tuple[str, bytes] | None, company: tuple[int, bytes] | None
) -> None:
    assert decode_advertisement(MAC, service, company).reason == Reason.OTHER_DEVICE


@pytest.mark.parametrize(
    ("uuid", "packet", "door"),
    [
        ("fe95", "5040d60301ccbbaaf52e3c19100100", Door.OPEN),
        ("fd3d", "6440da00002b001984", Door.CLOSED),
        ("0d00", "6480d7020000000000", Door.OPEN),
        ("fdcd", "0804ccbbaaf52e3c0201600f01420f0101", Door.CLOSED),
    ],
)
def test_every_format(uuid: str, packet: str, door: Door) -> None:
    assert decode_advertisement(MAC, (uuid, bytes.fromhex(packet))).door == door
