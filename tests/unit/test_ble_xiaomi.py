"""Xiaomi MiBeacon: what a packet says of the door, and every way in which it says nothing."""

import pytest

from drivers.ble import xiaomi
from drivers.ble.advertisement import Advertisement
from drivers.errors import Reason
from drivers.reading import Decoded
from rules.model import Door
from simulators.bluez.door_packets import mibeacon, mibeacon_object

MAC = "E4:AA:EC:81:21:AE"
KEY = bytes.fromhex("017e52d2684779298709b117c0a75a7b")
OPENED = bytes.fromhex("58588b09a2ae2181ecaae430928bba0400009ac6a807")  # counter 0x4a2
TOO_LONG = bytes.fromhex("58588b09a3ae2181ecaae40e2c553c040000d28a500c")  # counter 0x4a3
BEACON = bytes.fromhex("30588b09a2ae2181ecaae408")
MS1BB, MC_COMM, LOCK = 0x1889, 0x78D1, 0x0E39


def read(
    packet: bytes, key: bytes | None = None, last: int | None = None, mac: str = MAC
) -> Decoded:
    return xiaomi.decode(Advertisement(mac, {xiaomi.UUID: packet}), key, last)


def plain(*objects: tuple[int, str], product: int = 0x098B) -> bytes:
    told = b"".join(mibeacon_object(each, bytes.fromhex(value)) for each, value in objects)
    return mibeacon(told, 7, mac=MAC, product=product)


def test_an_event_a_beacon_and_the_next_event_of_a_real_sensor() -> None:
    assert read(OPENED, KEY) == Decoded(door=Door.OPEN, counter=0xA2, replay_counter=0x4A2)
    assert read(BEACON, KEY, 0x4A2) == Decoded(reason=Reason.NO_STATE)
    assert read(TOO_LONG, KEY, 0x4A2) == Decoded(door=Door.OPEN, counter=0xA3, replay_counter=0x4A3)


@pytest.mark.parametrize(
    ("product", "object_id", "value", "door", "tamper"),
    [
        (0x098B, 0x1019, "00", Door.OPEN, None),
        (0x098B, 0x1019, "01", Door.CLOSED, None),
        (0x098B, 0x1019, "02", Door.OPEN, None),  # not closed in time
        (0x098B, 0x1019, "03", None, None),  # reset
        (0x0BAD, 0x1019, "01", Door.CLOSED, None),  # a product nobody knows yet
        (LOCK, 0x0007, "00", Door.OPEN, None),
        (LOCK, 0x0007, "0100112233", Door.CLOSED, False),  # with a time
        (LOCK, 0x0007, "02", Door.OPEN, None),
        (LOCK, 0x0007, "03", None, None),  # a knock
        (LOCK, 0x0007, "04", Door.OPEN, True),  # prised open
        (LOCK, 0x0007, "05", None, None),  # stuck
        (MS1BB, 0x4804, "01", Door.OPEN, None),
        (MS1BB, 0x4804, "02", Door.CLOSED, False),
        (MS1BB, 0x4A12, "01", Door.OPEN, None),
        (MS1BB, 0x4A12, "02", Door.CLOSED, False),
        (MS1BB, 0x4A1A, "01", Door.OPEN, None),
        (MS1BB, 0x4A0F, "01", Door.OPEN, True),  # torn off
        (MS1BB, 0x4A13, "01", None, None),  # button
        (MC_COMM, 0x480C, "00", Door.OPEN, None),
        (MC_COMM, 0x480C, "01", Door.CLOSED, None),
        (0x098B, 0x1018, "01", None, None),  # light
        (0x0A8D, 0x000F, "640000", None, None),  # motion with light
    ],
)
def test_door(
    product: int, object_id: int, value: str, door: Door | None, tamper: bool | None
) -> None:
    decoded = read(plain((object_id, value), product=product))
    assert (decoded.door, decoded.tamper) == (door, tamper)
    assert decoded.reason == (Reason.NO_STATE if door is None else None)
    assert decoded.counter == 7


@pytest.mark.parametrize(
    ("objects", "door", "battery"),
    [
        ([(0x100A, "60"), (0x1019, "00")], Door.OPEN, 96),
        ([(0x1019, "01"), (0x1018, "01")], Door.CLOSED, None),
        ([(0x1019, "00"), (0x1019, "01")], Door.OPEN, None),  # open if any is
        ([(0x1019, "01"), (0x0007, "00")], Door.OPEN, None),
        ([(0x100A, "65")], None, None),  # 101 per cent is none
        ([(0x4803, "64")], None, 100),
        ([(0x1FFF, "0102"), (0x1019, "01")], Door.CLOSED, None),  # unknown, with a length
    ],
)
def test_several_objects(
    objects: list[tuple[int, str]], door: Door | None, battery: int | None
) -> None:
    decoded = read(plain(*objects))
    assert (decoded.door, decoded.battery) == (door, battery)


@pytest.mark.parametrize("version", [2, 3, 4, 5])
@pytest.mark.parametrize("with_mac", [True, False])
@pytest.mark.parametrize("capability", [b"", b"\x08", b"\x28\x01"])
@pytest.mark.parametrize("key", [None, KEY])
def test_every_head(version: int, with_mac: bool, capability: bytes, key: bytes | None) -> None:
    packet = mibeacon(
        mibeacon_object(0x1019, b"\x01"),
        0x12345678,
        mac=MAC,
        key=key,
        version=version,
        with_mac=with_mac,
        capability=capability,
    )
    decoded = read(packet, key)
    if key is None:
        assert decoded == Decoded(door=Door.CLOSED, counter=0x78)
    elif version < 4:
        assert decoded == Decoded(reason=Reason.UNSUPPORTED)  # nothing authenticates it
    else:
        assert decoded == Decoded(door=Door.CLOSED, counter=0x78, replay_counter=0x12345678)


@pytest.mark.parametrize(
    ("packet", "reason"),
    [
        (b"", Reason.TRUNCATED),
        (OPENED[:4], Reason.TRUNCATED),
        (OPENED[:9], Reason.TRUNCATED),  # inside the address
        (OPENED[:11], Reason.TRUNCATED),
        (OPENED[:20], Reason.TRUNCATED),
        (BEACON[:11], Reason.TRUNCATED),  # without its capability
        (OPENED, Reason.NO_KEY),
        (b"\x58\x18" + OPENED[2:], Reason.UNSUPPORTED),  # version 1
        (b"\x58\x68" + OPENED[2:], Reason.UNSUPPORTED),  # version 6
        (b"\xd8" + OPENED[1:], Reason.UNSUPPORTED),  # mesh
        (OPENED[:5] + bytes(6) + OPENED[11:], Reason.MALFORMED),  # another one's address
        (BEACON, Reason.NO_STATE),
        (plain((0x1019, "04")), Reason.MALFORMED),
        (plain((0x1019, "")), Reason.MALFORMED),
        (plain((0x0007, "06")), Reason.MALFORMED),
        (plain((0x4A0F, "00"), product=MS1BB), Reason.MALFORMED),
        (plain((0x1019, "01"), (0x1019, "09")), Reason.MALFORMED),
        (plain((0x1019, "01")) + b"\x18\x10", Reason.TRUNCATED),
        (plain((0x1019, "01"))[:-1], Reason.TRUNCATED),
        (plain((0x4804, "01")), Reason.UNSUPPORTED),  # another product's number
        (plain((0x1019, "01"))[:11], Reason.TRUNCATED),  # objects announced, none there
    ],
)
def test_no_state_and_why(packet: bytes, reason: Reason) -> None:
    decoded = read(packet)
    assert (decoded.door, decoded.reason) == (None, reason)


@pytest.mark.parametrize("last", [0x4A2, 0x4A3, 0xFFFFFFFF])
def test_a_replay_gives_no_state_but_its_counter(last: int) -> None:
    assert read(OPENED, KEY, last) == Decoded(replay_counter=0x4A2, reason=Reason.REPLAY)


def test_the_frame_counter_may_run_over_for_the_high_bytes_count() -> None:
    closed = mibeacon_object(0x1019, b"\x01")
    packet = mibeacon(closed, 0x500, mac=MAC, key=KEY)
    assert read(packet, KEY, 0x4FF) == Decoded(door=Door.CLOSED, counter=0, replay_counter=0x500)
    assert read(mibeacon(closed, 0x4FF, mac=MAC, key=KEY), KEY, 0x500).reason == Reason.REPLAY


@pytest.mark.parametrize(
    ("key", "packet"),
    [
        (bytes(16), OPENED),
        (KEY[:12], OPENED),
        (b"", OPENED),
        (KEY, mibeacon(mibeacon_object(0x1019, b"\x01"), 7, mac=MAC, key=bytes(16))),
    ],
)
def test_wrong_key(key: bytes, packet: bytes) -> None:
    assert read(packet, key) == Decoded(reason=Reason.WRONG_KEY)


def test_a_plain_packet_of_a_sensor_with_a_key_is_not_believed() -> None:
    assert read(plain((0x1019, "01")), KEY) == Decoded(reason=Reason.UNENCRYPTED)


@pytest.mark.parametrize("place", range(2, len(OPENED)))
def test_every_byte_behind_the_frame_control_is_guarded(place: int) -> None:
    changed = bytearray(OPENED)
    changed[place] ^= 0x04
    assert read(bytes(changed), KEY).door is None


def test_another_sensor_s_packet_carried_here() -> None:
    assert read(OPENED, KEY, mac="E4:AA:EC:81:21:AF") == Decoded(reason=Reason.MALFORMED)


def test_no_service_data() -> None:
    assert xiaomi.decode(Advertisement(MAC), KEY, None) == Decoded(reason=Reason.OTHER_DEVICE)
