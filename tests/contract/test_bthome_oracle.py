"""Our BTHome decoder against bthome-ble, the library that knows the format.

Where they differ it is on purpose, and named here:

- cut off or malformed packets: the library keeps what it read before; we believe none of it
  (a sensor that breaks its own format is not a witness);
- a battery above 100 %: the library passes it on; we say nothing of the battery;
- replays: the library accepts any counter below 100; we accept none that does not grow;
- several packet ids in one packet: the library drops the rest of the packet at a smaller
  one; we read on, the first counts.
"""

import json
from pathlib import Path
from typing import Any

import pytest
from bleak.backends.device import BLEDevice
from bthome_ble import BTHomeBluetoothDeviceData
from bthome_ble.const import MEAS_TYPES
from habluetooth import BluetoothServiceInfoBleak
from hypothesis import given, settings
from hypothesis import strategies as st
from sensor_state_data import BinarySensorDeviceClass
from sensor_state_data.description import BaseBinarySensorDescription

from drivers.ble import bthome_objects as objects
from drivers.ble.bthome import decode
from drivers.ble.decoders import BTHOME_UUID
from drivers.errors import Reason
from rules.model import Door
from simulators.bluez.bthome_sensor import seal

VECTORS = Path(__file__).parents[1] / "data" / "ble_door_vectors.json"
MAC = "3C:2E:F5:AA:BB:CC"
KEY = bytes.fromhex("231d39c1d7cc1ab1aee224cd096db932")
DOORS = {
    BinarySensorDeviceClass.OPENING,
    BinarySensorDeviceClass.DOOR,
    BinarySensorDeviceClass.GARAGE_DOOR,
    BinarySensorDeviceClass.WINDOW,
}


class Oracle:
    """What bthome-ble says of packets of one sensor, in our words."""

    def __init__(self, mac: str = MAC, key: bytes | None = None) -> None:
        self._mac = mac
        self._data = BTHomeBluetoothDeviceData(bindkey=key)
        self._time = 0.0

    def hear(self, packet: bytes) -> tuple[Door | None, Any, Any, Any]:
        """Door, battery, packet id, tamper."""
        self._time += 60.0  # beyond its four seconds of duplicates
        update = self._data.update(self._service_info(packet))
        flags: dict[str, list[Any]] = {}
        for device, value in update.binary_entity_values.items():
            flags.setdefault(device.key.rstrip("_0123456789"), []).append(value.native_value)
        values = {device.key: value.native_value for device, value in update.entity_values.items()}
        doors = [value for name in DOORS for value in flags.get(name.value, [])]
        tampers = flags.get(BinarySensorDeviceClass.TAMPER.value)
        return (
            (Door.OPEN if any(doors) else Door.CLOSED) if doors else None,
            values.get("battery", values.get("battery_1")),
            values.get("packet_id", values.get("packet_id_1")),
            any(tampers) if tampers else None,
        )

    def _service_info(self, packet: bytes) -> BluetoothServiceInfoBleak:
        return BluetoothServiceInfoBleak(
            name="door",
            address=self._mac,
            rssi=-60,
            manufacturer_data={},
            service_data={BTHOME_UUID: packet},
            service_uuids=[],
            source="local",
            device=BLEDevice(self._mac, "door", None),
            advertisement=None,
            connectable=False,
            time=self._time,
            tx_power=None,
        )


def ours(packet: bytes, mac: str = MAC, key: bytes | None = None) -> tuple[Any, ...]:
    decoded = decode(packet, mac, key)
    return decoded.door, decoded.battery, decoded.counter, decoded.tamper


def test_every_length_is_the_library_s() -> None:
    theirs = {
        object_id: {"raw": objects.PREFIXED, "string": objects.PREFIXED}.get(
            kind.data_format, objects.COMMAND if kind.data_format == "command" else kind.data_length
        )
        for object_id, kind in MEAS_TYPES.items()
    }
    known = {i: objects.LENGTHS[i] for i in range(256) if objects.LENGTHS[i] != objects.UNKNOWN}
    assert known == theirs


def test_every_binary_object_is_the_library_s() -> None:
    theirs = {
        object_id
        for object_id, kind in MEAS_TYPES.items()
        if isinstance(kind.meas_format, BaseBinarySensorDescription)
    }
    assert theirs == objects.BINARY


def bthome_vectors() -> list[dict[str, Any]]:
    found = json.loads(VECTORS.read_text(encoding="utf-8"))["vectors"]
    return [each for each in found if each["service_uuid"] == "fcd2"]


@pytest.mark.parametrize("vector", bthome_vectors(), ids=lambda each: each["service_data"])
def test_real_packets(vector: dict[str, Any]) -> None:
    packet = bytes.fromhex(vector["service_data"])
    key = bytes.fromhex(vector["bindkey"]) if vector["bindkey"] else None
    assert ours(packet, vector["mac"], key) == Oracle(vector["mac"], key).hear(packet)


@st.composite
def one_object(draw: st.DrawFn) -> tuple[int, bytes]:
    """Any object of the format with a sound value; doors often."""
    likely = st.sampled_from(sorted({*objects.DOORS, 0x00, 0x01, 0x15, 0x2B}))
    object_id = draw(st.one_of(likely, st.sampled_from(sorted(MEAS_TYPES))))
    if object_id in objects.BINARY:
        return object_id, bytes([draw(st.integers(0, 1))])
    if object_id == objects.BATTERY:
        return object_id, bytes([draw(st.integers(0, 100))])
    length = objects.LENGTHS[object_id]
    if length == objects.PREFIXED:
        text = draw(st.text("door", min_size=1, max_size=6)).encode()
        return object_id, bytes([len(text)]) + text
    if length == objects.COMMAND:
        arguments = draw(st.binary(max_size=4))
        return object_id, bytes([len(arguments), draw(st.integers(0, 4))]) + arguments
    return object_id, draw(st.binary(min_size=length, max_size=length))


def build(found: list[tuple[int, bytes]]) -> bytes:
    return b"".join(bytes([object_id]) + value for object_id, value in found)


# one packet id at most: see the module's docstring
packets = st.lists(one_object(), max_size=7).filter(
    lambda found: sum(object_id == objects.PACKET_ID for object_id, _ in found) <= 1
)


@settings(max_examples=400, deadline=None)
@given(found=packets, tail=st.sampled_from([b"", b"\xff", b"\x70\x11\x01", b"\xef\x2d\x00"]))
def test_sound_packets_in_order(found: list[tuple[int, bytes]], tail: bytes) -> None:
    """Whatever comes after an object nobody knows, what came before it stands."""
    plain = build(sorted(found)) + tail
    assert ours(b"\x40" + plain) == Oracle().hear(b"\x40" + plain)


@settings(max_examples=150, deadline=None)
@given(found=packets)
def test_sound_packets_in_any_order(found: list[tuple[int, bytes]]) -> None:
    assert ours(b"\x44" + build(found)) == Oracle().hear(b"\x44" + build(found))


@settings(max_examples=150, deadline=None)
@given(
    found=packets.filter(lambda found: len(build(found)) >= 2),
    key=st.binary(min_size=16, max_size=16),
    counter=st.integers(0, 2**32 - 1),
    info=st.sampled_from([0x41, 0x45]),
)
def test_encrypted_packets(
    found: list[tuple[int, bytes]], key: bytes, counter: int, info: int
) -> None:
    packet = seal(build(found), counter, key=key, mac=MAC, info=info)
    assert ours(packet, key=key) == Oracle(key=key).hear(packet)
    assert decode(packet, MAC, key).replay_counter == counter


@settings(max_examples=400, deadline=None)
@given(rest=st.binary(max_size=20))
def test_any_bytes(rest: bytes) -> None:
    """On arbitrary bytes we differ only by believing less, and only for the reasons above."""
    decoded = decode(b"\x40" + rest, MAC)
    door, battery, _, tamper = Oracle().hear(b"\x40" + rest)
    if decoded.reason in {Reason.TRUNCATED, Reason.MALFORMED}:
        assert decoded.door is None
        assert decoded.battery is None
        return
    if rest.count(0) < 2:  # several packet ids are possible only with several zeros
        assert decoded.door == door
        assert decoded.tamper == tamper
        if battery is None or battery <= 100:
            assert decoded.battery == battery


@pytest.mark.parametrize(
    ("packet", "theirs", "reason"),
    [
        ("40110102ca", Door.OPEN, Reason.TRUNCATED),
        ("401102", Door.OPEN, Reason.MALFORMED),
        ("4011012107", Door.OPEN, Reason.MALFORMED),
    ],
)
def test_where_the_library_believes_more(packet: str, theirs: Door, reason: Reason) -> None:
    assert Oracle().hear(bytes.fromhex(packet))[0] == theirs
    assert decode(bytes.fromhex(packet), MAC).reason == reason


def test_the_library_accepts_a_replay_of_a_small_counter() -> None:
    """And we do not: the reason why it is our oracle and not our decoder."""
    new = seal(bytes.fromhex("1100"), 5000, key=KEY, mac=MAC)
    old = seal(bytes.fromhex("1101"), 42, key=KEY, mac=MAC)
    oracle = Oracle(key=KEY)
    assert oracle.hear(new)[0] == Door.CLOSED
    assert oracle.hear(old)[0] == Door.OPEN
    assert decode(old, MAC, KEY, decode(new, MAC, KEY).replay_counter).reason == Reason.REPLAY
