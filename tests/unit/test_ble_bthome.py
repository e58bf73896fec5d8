"""BTHome v2: what a packet says of the door, and every way in which it says nothing."""

import json
from pathlib import Path
from typing import Any

import pytest

from drivers.ble.bthome import decode
from drivers.errors import Reason
from drivers.reading import Decoded
from rules.model import Door
from simulators.bluez.bthome_sensor import seal

VECTORS = Path(__file__).parents[1] / "data" / "ble_door_vectors.json"
MAC = "3C:2E:F5:AA:BB:CC"
KEY = bytes.fromhex("231d39c1d7cc1ab1aee224cd096db932")
CLOSED = bytes.fromhex("45ec62ac85c2d26e170000eac34d7c")  # counter 5998
OPEN = bytes.fromhex("4517fca6a3adb86f170000f5b5e472")  # counter 5999


def vectors() -> list[Any]:
    found = json.loads(VECTORS.read_text(encoding="utf-8"))["vectors"]
    bthome = [each for each in found if each["service_uuid"] == "fcd2"]
    assert len(bthome) >= 14
    return [
        pytest.param(each, id=f"{each['service_data'][:12]}-{place}")
        for place, each in enumerate(bthome)
    ]


@pytest.mark.parametrize("vector", vectors())
def test_real_packets(vector: dict[str, Any]) -> None:
    key = bytes.fromhex(vector["bindkey"]) if vector["bindkey"] else None
    decoded = decode(bytes.fromhex(vector["service_data"]), vector["mac"], key)
    expected = vector["expected"]
    assert decoded.door == expected.get("state")
    assert decoded.battery == expected.get("battery")
    assert decoded.counter == expected.get("packet_id")
    assert (decoded.reason is None) == (decoded.door is not None)


@pytest.mark.parametrize(
    ("packet", "door"),
    [
        ("401100", Door.CLOSED),
        ("401101", Door.OPEN),
        ("401a00", Door.CLOSED),
        ("401a01", Door.OPEN),
        ("401b00", Door.CLOSED),
        ("401b01", Door.OPEN),
        ("402d00", Door.CLOSED),
        ("402d01", Door.OPEN),
        ("441a01", Door.OPEN),  # trigger based
        ("40001101", None),  # 11 is the packet id, 01 a battery cut off
        ("40111a1a01", None),  # 1a is the opening's value: neither 00 nor 01
        ("4011001a01", Door.OPEN),  # several: open if any is
        ("4011011a00", Door.OPEN),
        ("40110011012d00", Door.OPEN),
        ("4011001a002d00", Door.CLOSED),
        ("401101ff00", Door.OPEN),  # an unknown object ends what can be read
        ("40ff001101", None),
        ("405305414243441101", None),  # a text longer than it looks swallows the door
        ("4053021100", None),
        ("40530211001101", Door.OPEN),  # not in order, yet unambiguous
        ("405300", None),
        ("403b020102031101", Door.OPEN),  # command with two arguments
        ("402100", None),  # motion is no door
        ("400f01", None),  # generic is no door
        ("40", None),
    ],
)
def test_door(packet: str, door: Door | None) -> None:
    decoded = decode(bytes.fromhex(packet), MAC)
    assert decoded.door == door
    assert (decoded.reason is None) == (door is not None)


@pytest.mark.parametrize(
    ("packet", "reason"),
    [
        ("", Reason.TRUNCATED),
        ("40", Reason.NO_STATE),
        ("4000090164", Reason.NO_STATE),
        ("40fe1101", Reason.UNSUPPORTED),  # nothing known before the unknown object
        ("201101", Reason.UNSUPPORTED),  # version 1
        ("001101", Reason.UNSUPPORTED),  # version 0
        ("601101", Reason.UNSUPPORTED),  # version 3
        ("401102", Reason.MALFORMED),
        ("4011012d80", Reason.MALFORMED),
        ("4011012102", Reason.MALFORMED),  # any binary object, also one that is not read
        ("4011", Reason.TRUNCATED),
        ("40110102ca", Reason.TRUNCATED),  # the door's object is whole, the packet is not
        ("40110153", Reason.TRUNCATED),
        ("4011015309414243", Reason.TRUNCATED),
        ("42a5808fe648", Reason.TRUNCATED),  # address announced, cut off
        ("41", Reason.TRUNCATED),
        ("4101020304050607", Reason.TRUNCATED),
        ("4511223344556677889900", Reason.NO_KEY),
    ],
)
def test_no_state_and_why(packet: str, reason: Reason) -> None:
    decoded = decode(bytes.fromhex(packet), MAC)
    assert decoded.door is None
    assert decoded.reason == reason


@pytest.mark.parametrize(
    ("packet", "field", "value"),
    [
        ("4001641101", "battery", 100),
        ("4001001101", "battery", 0),
        ("4001651101", "battery", None),  # 101 per cent is none
        ("4011011501", "battery_low", True),
        ("4011011500", "battery_low", False),
        ("401101", "battery_low", None),
        ("4011012b01", "tamper", True),
        ("4011012b00", "tamper", False),
        ("402b002b01", "tamper", True),  # any
        ("40ff", "tamper", None),
        ("4000ff1101", "counter", 255),
        ("401101", "counter", None),
        ("42a5808fe648541101", "door", Door.OPEN),  # address included
    ],
)
def test_what_else_it_says(packet: str, field: str, value: object) -> None:
    assert getattr(decode(bytes.fromhex(packet), MAC), field) == value


def test_the_counter_of_an_encrypted_packet_must_grow() -> None:
    first = decode(CLOSED, MAC, KEY, None)
    assert (first.door, first.counter, first.replay_counter) == (Door.CLOSED, 134, 5998)
    second = decode(OPEN, MAC, KEY, first.replay_counter)
    assert (second.door, second.counter, second.replay_counter) == (Door.OPEN, 135, 5999)


@pytest.mark.parametrize("last", [5998, 5999, 2**32 - 1])
def test_a_replay_gives_no_state_but_its_counter(last: int) -> None:
    decoded = decode(CLOSED, MAC, KEY, last)
    assert (decoded.door, decoded.reason) == (None, Reason.REPLAY)
    assert decoded.replay_counter == 5998


def test_small_counters_are_no_exception() -> None:
    """Others accept any counter below 100 after a battery change; that lets replays in."""
    decoded = decode(seal(bytes.fromhex("1101"), 3, key=KEY, mac=MAC), MAC, KEY, 5998)
    assert decoded.reason == Reason.REPLAY


@pytest.mark.parametrize(
    ("key", "mac"),
    [
        (bytes(16), MAC),
        (KEY[:-1] + bytes([KEY[-1] ^ 1]), MAC),
        (KEY, "3C:2E:F5:AA:BB:CD"),  # another sensor's packet, carried here
        (KEY[:8], MAC),  # the ledger checks lengths; a decoder survives all
        (b"", MAC),
    ],
)
def test_wrong_key(key: bytes, mac: str) -> None:
    decoded = decode(OPEN, mac, key)
    assert (decoded.door, decoded.reason) == (None, Reason.WRONG_KEY)
    assert decoded.replay_counter is None  # nothing unauthenticated gets out


def test_a_plain_packet_of_a_sensor_with_a_key_is_forged() -> None:
    assert decode(bytes.fromhex("401100"), MAC, KEY) == Decoded(reason=Reason.UNENCRYPTED)


@pytest.mark.parametrize("place", range(len(OPEN)))
def test_every_byte_of_an_encrypted_packet_is_guarded(place: int) -> None:
    changed = bytearray(OPEN)
    changed[place] ^= 0x04
    assert decode(bytes(changed), MAC, KEY).door is None


def test_authentic_but_malformed() -> None:
    decoded = decode(seal(bytes.fromhex("1107"), 9, key=KEY, mac=MAC), MAC, KEY)
    assert (decoded.door, decoded.reason) == (None, Reason.MALFORMED)
