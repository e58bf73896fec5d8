"""Qingping CGH1: what a packet says of the door, and when it says nothing."""

import pytest

from drivers.ble import qingping
from drivers.ble.advertisement import Advertisement
from drivers.errors import Reason
from drivers.reading import Decoded
from rules.model import Door

MAC = "58:2D:34:60:10:75"
HEAD = "04751060342d58"  # CGH1, address


def read(packet: str, key: bytes | None = None) -> Decoded:
    advertisement = Advertisement(MAC, {qingping.UUID: bytes.fromhex(packet)})
    return qingping.decode(advertisement, key, 7)


@pytest.mark.parametrize(
    ("packet", "decoded"),
    [
        ("48" + HEAD + "0401000f01cb", Decoded(door=Door.OPEN, counter=0xCB)),
        ("c8" + HEAD + "0401010f01d5", Decoded(door=Door.CLOSED, counter=0xD5)),
        ("48" + HEAD + "0401020f01d6", Decoded(door=Door.OPEN, counter=0xD6)),  # for a minute
        ("08" + HEAD + "0201600f012b0f0100", Decoded(door=Door.OPEN, battery=96, counter=0x2B)),
        ("88" + HEAD + "0201600f01420f0101", Decoded(door=Door.CLOSED, battery=96, counter=0x42)),
        ("08" + HEAD + "0201600f01420f0102", Decoded(door=Door.OPEN, battery=96, counter=0x42)),
        ("08" + HEAD + "0201650f01420f0101", Decoded(door=Door.CLOSED, counter=0x42)),
        ("48" + HEAD + "040100040101", Decoded(door=Door.OPEN)),  # open if any is
        ("48" + HEAD + "7702ffff040101", Decoded(door=Door.CLOSED)),  # unknown, with a length
    ],
)
def test_door(packet: str, decoded: Decoded) -> None:
    assert read(packet) == decoded
    assert read(packet, bytes(16)) == decoded  # the format has no key


@pytest.mark.parametrize(
    ("packet", "reason", "counter"),
    [
        ("", Reason.TRUNCATED, None),
        ("08", Reason.TRUNCATED, None),
        ("0804751060342d", Reason.TRUNCATED, None),
        ("0812751060342d580201600f012b0f0100", Reason.UNSUPPORTED, None),  # motion sensor
        ("08" + HEAD, Reason.NO_STATE, None),
        ("08" + HEAD + "0201600f012b", Reason.NO_STATE, 0x2B),  # one 0F is the counter
        ("48" + HEAD + "0201600f012b0f0100", Reason.NO_STATE, 0x2B),  # no status packet
        ("48" + HEAD + "040103", Reason.MALFORMED, None),
        ("08" + HEAD + "0201600f012b0f0103", Reason.MALFORMED, None),
        ("48" + HEAD + "04", Reason.TRUNCATED, None),
        ("48" + HEAD + "0401", Reason.TRUNCATED, None),
        ("48" + HEAD + "0401010f", Reason.TRUNCATED, None),
        ("48" + HEAD + "04020101", Reason.NO_STATE, None),  # a door has one byte
    ],
)
def test_no_state_and_why(packet: str, reason: Reason, counter: int | None) -> None:
    assert read(packet)._replace(battery=None) == Decoded(reason=reason, counter=counter)


def test_no_service_data() -> None:
    found = qingping.decode(Advertisement(MAC), None, None)
    assert found == Decoded(reason=Reason.OTHER_DEVICE)
