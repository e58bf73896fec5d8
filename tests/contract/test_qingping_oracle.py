"""Our CGH1 decoder against qingping-ble, the library that knows the format.

Where they differ it is on purpose, and named here:

- status packets: the library skips every object 0F; the second one of a status packet is the
  door (Theengs' decoder reads it so, and its captures show 00 with an open and 01 with a closed
  door). Without it a CGH1 could only ever be heard at the moment it moves;
- door values above 2: the library takes all of them for "closed"; we believe none;
- cut off packets: the library keeps what it read before; we believe none of it;
- several doors in one packet: the library lets the last count, we say open if any is;
- battery ff (on a cable): the library says 100 %; a CGH1 has no cable. Other values above
  100 % it passes on; we say nothing of the battery.
"""

import json
from pathlib import Path
from typing import Any

import pytest
from home_assistant_bluetooth import BluetoothServiceInfo
from hypothesis import given, settings
from hypothesis import strategies as st
from qingping_ble.parser import QingpingBluetoothDeviceData

from drivers.ble import qingping
from drivers.ble.advertisement import Advertisement
from drivers.errors import Reason
from drivers.reading import Decoded
from rules.model import Door
from simulators.bluez import door_packets

VECTORS = Path(__file__).parents[1] / "data" / "ble_door_vectors.json"
MAC = "58:2D:34:60:10:75"
HEAD = "04751060342d58"


def theirs(packet: bytes) -> tuple[Any, Any]:
    """Door and battery."""
    update = QingpingBluetoothDeviceData().update(
        BluetoothServiceInfo("door", MAC, -60, {}, {qingping.UUID: packet}, [], "local")
    )
    flags = {str(key.key): value.native_value for key, value in update.binary_entity_values.items()}
    values = {key.key: value.native_value for key, value in update.entity_values.items()}
    door = (Door.OPEN if flags["door"] else Door.CLOSED) if "door" in flags else None
    return door, values.get("battery")


def read(packet: bytes | str) -> Decoded:
    data = bytes.fromhex(packet) if isinstance(packet, str) else packet
    return qingping.decode(Advertisement(MAC, {qingping.UUID: data}), None, None)


def ours(packet: bytes) -> tuple[Any, Any]:
    return read(packet).door, read(packet).battery


@pytest.mark.parametrize(
    ("packet", "door", "counter"),
    [
        ("48" + HEAD + "0401000f01cb", Door.OPEN, 0xCB),
        ("48" + HEAD + "0401010f01d5", Door.CLOSED, 0xD5),
        ("c8044d3a40342d580401010f01ef", Door.CLOSED, 0xEF),
    ],
)
def test_real_action_packets(packet: str, door: Door, counter: int) -> None:
    assert ours(bytes.fromhex(packet)) == theirs(bytes.fromhex(packet)) == (door, None)
    assert read(packet).counter == counter


@pytest.mark.parametrize(
    ("packet", "door", "battery", "counter"),
    [
        ("08" + HEAD + "0201600f012b0f0100", Door.OPEN, 96, 0x2B),
        ("08" + HEAD + "0201600f01420f0101", Door.CLOSED, 96, 0x42),
        ("88044d3a40342d580201070f01f00f0101", Door.CLOSED, 7, 0xF0),  # right after ef above
    ],
)
def test_real_status_packets(packet: str, door: Door, battery: int, counter: int) -> None:
    """The first difference: the library has the battery only."""
    assert theirs(bytes.fromhex(packet)) == (None, battery)
    assert read(packet) == Decoded(door=door, battery=battery, counter=counter)


def vectors() -> list[dict[str, Any]]:
    found = json.loads(VECTORS.read_text(encoding="utf-8"))["vectors"]
    return [each for each in found if each["service_uuid"] == "fdcd"]


@pytest.mark.parametrize("vector", vectors(), ids=lambda each: each["service_data"])
def test_collected_packets(vector: dict[str, Any]) -> None:
    assert read(vector["service_data"]).door == vector["expected"]["state"]


@settings(max_examples=80, deadline=None)
@given(state=st.integers(0, 2), counter=st.integers(0, 255))
def test_sound_actions(state: int, counter: int) -> None:
    packet = door_packets.qingping_action(state=state, counter=counter, mac=MAC)
    assert ours(packet) == theirs(packet)
    assert read(packet).counter == counter


@settings(max_examples=80, deadline=None)
@given(state=st.integers(0, 2), counter=st.integers(0, 255), battery=st.integers(0, 100))
def test_sound_statuses(state: int, counter: int, battery: int) -> None:
    packet = door_packets.qingping_status(state=state, counter=counter, mac=MAC, battery=battery)
    assert theirs(packet) == (None, battery)
    assert read(packet).door == (Door.CLOSED if state == 1 else Door.OPEN)


@settings(max_examples=300, deadline=None)
@given(
    control=st.sampled_from(["08", "48", "88", "c8"]),
    objects=st.lists(
        st.tuples(st.sampled_from([0x01, 0x02, 0x04, 0x0F, 0x77]), st.binary(max_size=4)),
        max_size=4,
    ),
    rest=st.binary(max_size=2),
)
def test_any_objects(control: str, objects: list[tuple[int, bytes]], rest: bytes) -> None:
    """On arbitrary values we differ only for the reasons above."""
    told = b"".join(bytes([each, len(value)]) + value for each, value in objects)
    packet = bytes.fromhex(control + HEAD) + told + rest
    decoded, (door, battery) = read(packet), theirs(packet)
    doors = [value[0] for each, value in objects if each == 0x04 and len(value) == 1]
    statuses = sum(each == 0x0F and len(value) == 1 for each, value in objects) >= 2
    if decoded.reason in {Reason.TRUNCATED, Reason.MALFORMED}:
        assert decoded.door is None
    elif len(doors) <= 1 and not (statuses and control in {"08", "88"}):
        assert decoded.door == door
        if battery in range(100) and sum(each == 0x02 for each, _ in objects) == 1:
            assert decoded.battery == battery


@pytest.mark.parametrize(
    ("packet", "door", "reason"),
    [
        ("48" + HEAD + "040103", Door.CLOSED, Reason.MALFORMED),
        ("48" + HEAD + "0401ff", Door.CLOSED, Reason.MALFORMED),
        ("48" + HEAD + "0401010f", Door.CLOSED, Reason.TRUNCATED),
        ("48" + HEAD + "0401000f05cb", Door.OPEN, Reason.TRUNCATED),
    ],
)
def test_where_the_library_believes_more(packet: str, door: Door, reason: Reason) -> None:
    assert theirs(bytes.fromhex(packet))[0] == door
    assert (read(packet).door, read(packet).reason) == (None, reason)


def test_the_library_lets_the_last_of_several_doors_count() -> None:
    packet = "48" + HEAD + "040100040101"
    assert (read(packet).door, theirs(bytes.fromhex(packet))[0]) == (Door.OPEN, Door.CLOSED)


def test_a_battery_on_a_cable() -> None:
    packet = "08" + HEAD + "0201ff"
    assert (read(packet).battery, theirs(bytes.fromhex(packet))[1]) == (None, 100)
