"""Our MiBeacon decoder against xiaomi-ble, the library that knows the format.

Where they differ it is on purpose, and named here:

- cut off packets, and values that no list knows: the library keeps what it read before; we
  believe none of it;
- a knock at the door and a stuck door (0x0007: 3, 5): the library concludes "closed"; they do
  not say how the door stands;
- objects that each product numbers for itself (from 0x4000) on a product whose list we do not
  have: the library takes them for a door, we do not;
- 0x1019 and 0x0007 on a product that the library does not know: the library reads nothing, we
  do: these mean the same everywhere, and next year's sensor is not in any list;
- the door of a safe (0x100F): no door of a home;
- several doors in one packet: the library lets the last count, we say open if any is;
- encrypted packets of versions 2 and 3: the library decrypts them, but nothing authenticates
  them; we refuse them. Versions above 5: unknown, refused;
- a plain packet from a sensor with a key: the library believes it;
- replays: the library accepts them all;
- a battery above 100 %: the library passes it on; we say nothing of the battery.
"""

import json
from pathlib import Path
from typing import Any

import pytest
from home_assistant_bluetooth import BluetoothServiceInfo
from hypothesis import given, settings
from hypothesis import strategies as st
from xiaomi_ble.devices import DEVICE_TYPES
from xiaomi_ble.parser import XiaomiBluetoothDeviceData

from drivers.ble import xiaomi
from drivers.ble.advertisement import Advertisement
from drivers.ble.xiaomi_objects import COMMON, OF_PRODUCT
from drivers.errors import Reason
from drivers.reading import Decoded
from rules.model import Door
from simulators.bluez.door_packets import mibeacon, mibeacon_object

VECTORS = Path(__file__).parents[1] / "data" / "ble_door_vectors.json"
MAC = "A4:C1:38:66:E5:67"
KEY = bytes.fromhex("0fdcc30fe9289254876b5ef7c11ef1f0")
SAFE = 0x09B0
LOCK = 0x0E39
FLAGS = ("device_forcibly_removed", "pry_the_door")


def theirs(packet: bytes, mac: str = MAC, key: bytes | None = None) -> tuple[Any, Any, bool]:
    """Door, battery, whether it was forced."""
    update = XiaomiBluetoothDeviceData(bindkey=key).update(
        BluetoothServiceInfo("door", mac, -60, {}, {xiaomi.UUID: packet}, [], "local")
    )
    flags = {str(key.key): value.native_value for key, value in update.binary_entity_values.items()}
    values = {key.key: value.native_value for key, value in update.entity_values.items()}
    doors = [flags[name] for name in ("opening", "door") if name in flags]
    door = (Door.OPEN if any(doors) else Door.CLOSED) if doors else None
    return door, values.get("battery"), any(flags.get(name) for name in FLAGS)


def read(
    packet: bytes, mac: str = MAC, key: bytes | None = None, last: int | None = None
) -> Decoded:
    return xiaomi.decode(Advertisement(mac, {xiaomi.UUID: packet}), key, last)


def ours(packet: bytes, mac: str = MAC, key: bytes | None = None) -> tuple[Any, Any, bool]:
    decoded = read(packet, mac, key)
    return decoded.door, decoded.battery, bool(decoded.tamper)


# what real devices sent, from the library's own tests and from field reports
REAL = [
    ("4855c211144e28703276fccd3d00000080e72280", "98:0C:33:A3:04:3D",
     "54d84797cb77f9538b224b305c877d1e", Door.CLOSED),  # Lockin SV40, door with a time
    ("4855390e339c71c0241fffee8053000002b4c539", "EE:89:73:44:BE:98",
     "2c3795afa33019a8afdc17ba99e6f217", Door.CLOSED),  # Xiaomi XMZNMS08LM
    ("585989189a67e56638c1a49dd97af3260000c8a60bd5", MAC, KEY.hex(), Door.OPEN),  # MS1BB
    ("585989187567e56638c1a469ddf3a1260000a24a1b45", MAC, KEY.hex(), Door.CLOSED),
    ("585989189167e56638c1a4d6120d6d2600006fbc0cb4", MAC, KEY.hex(), None),  # its button
    ("505989180167e56638c1a41a4a0101", MAC, None, Door.OPEN),
    ("58588b09a2ae2181ecaae430928bba0400009ac6a807", "E4:AA:EC:81:21:AE",
     "017e52d2684779298709b117c0a75a7b", Door.OPEN),  # MCCGQ02HL, opened
    ("58588b09a3ae2181ecaae40e2c553c040000d28a500c", "E4:AA:EC:81:21:AE",
     "017e52d2684779298709b117c0a75a7b", Door.OPEN),  # and not closed for a minute
    ("30588b09a2ae2181ecaae408", "E4:AA:EC:81:21:AE",
     "017e52d2684779298709b117c0a75a7b", None),  # its bare beacon between the two
    ("5040d60301d6030a38c1a419100100", "A4:C1:38:0A:03:D6", None, Door.OPEN),  # CGH1
]  # fmt: skip


@pytest.mark.parametrize(("packet", "mac", "key", "door"), REAL)
def test_real_packets(packet: str, mac: str, key: str | None, door: Door | None) -> None:
    bindkey = bytes.fromhex(key) if key else None
    assert ours(bytes.fromhex(packet), mac, bindkey) == theirs(bytes.fromhex(packet), mac, bindkey)
    assert ours(bytes.fromhex(packet), mac, bindkey)[0] == door


def vectors() -> list[dict[str, Any]]:
    found = json.loads(VECTORS.read_text(encoding="utf-8"))["vectors"]
    return [each for each in found if each["service_uuid"] == "fe95"]


@pytest.mark.parametrize("vector", vectors(), ids=lambda each: each["service_data"])
def test_collected_packets(vector: dict[str, Any]) -> None:
    packet = bytes.fromhex(vector["service_data"])
    key = bytes.fromhex(vector["bindkey"]) if vector["bindkey"] else None
    assert ours(packet, vector["mac"], key) == theirs(packet, vector["mac"], key)
    assert ours(packet, vector["mac"], key)[0] == vector["expected"].get("state")


CONCLUDED = {(0x0007, 3), (0x0007, 5)}
DOORS = [
    (product, object_id, value)
    for product in (0x098B, 0x03D6, 0x1889, 0x78D1, LOCK)
    for object_id, values in {**COMMON, **OF_PRODUCT.get(product, {})}.items()
    for value in values
    if (object_id, value) not in CONCLUDED
]
OTHERS = st.one_of(
    st.integers(0, 1).map(lambda light: mibeacon_object(0x1018, bytes([light]))),
    st.integers(0, 100).map(lambda battery: mibeacon_object(0x100A, bytes([battery]))),
    st.binary(min_size=1, max_size=4).map(lambda value: mibeacon_object(0x1F42, value)),
)


@st.composite
def beacons(draw: st.DrawFn, versions: list[int], key: bytes | None) -> bytes:
    """A sound packet: at most one door among other objects."""
    product, object_id, value = draw(st.sampled_from(DOORS))
    time = draw(st.sampled_from([b"", bytes(4)])) if object_id == 0x0007 else b""
    door = mibeacon_object(object_id, bytes([value]) + time)
    objects = draw(st.lists(OTHERS, max_size=1)) + draw(st.sampled_from([[door], [door], []]))
    return mibeacon(
        b"".join(objects + draw(st.lists(OTHERS, max_size=1))),
        draw(st.integers(0, 2**32 - 1)),
        mac=MAC,
        key=key,
        product=product,
        version=draw(st.sampled_from(versions)),
        with_mac=draw(st.booleans()),
        capability=draw(st.sampled_from([b"", b"\x08", b"\x28\x01"])),
    )


@settings(max_examples=200, deadline=None)
@given(packet=beacons([2, 3, 4, 5], None))
def test_sound_plain_packets(packet: bytes) -> None:
    assert ours(packet) == theirs(packet)


@settings(max_examples=150, deadline=None)
@given(packet=beacons([4, 5], KEY))
def test_sound_encrypted_packets(packet: bytes) -> None:
    assert ours(packet, key=KEY) == theirs(packet, key=KEY)
    assert ours(packet) == theirs(packet)  # without the key
    assert ours(packet, key=bytes(16)) == theirs(packet, key=bytes(16))  # with a wrong one


@settings(max_examples=150, deadline=None)
@given(
    product=st.sampled_from([0x098B, 0x1889, LOCK]),
    ids=st.lists(
        st.sampled_from([0x1019, 0x0007, 0x4804, 0x4A12, 0x100A, 0x0F]), min_size=1, max_size=2
    ),
    rest=st.binary(max_size=6),
)
def test_any_objects(product: int, ids: list[int], rest: bytes) -> None:
    """On arbitrary values we differ only by believing less, and only for the reasons above."""
    objects = b"".join(mibeacon_object(each, rest[:3]) for each in ids) + rest[3:]
    packet = mibeacon(objects, 1, mac=MAC, product=product)
    decoded, (door, _, _) = read(packet), theirs(packet)
    foreign = product != 0x1889 and bool({0x4804, 0x4A12} & set(ids))
    if decoded.door is Door.CLOSED and door is not Door.CLOSED:
        assert foreign
    if decoded.door is Door.OPEN and door is not Door.OPEN:
        assert len(ids) == 2  # several doors
    if decoded.door is None and door is not None:
        concluded = 0x0007 in ids and rest[0] in {3, 5}
        broken = decoded.reason in {Reason.TRUNCATED, Reason.MALFORMED}
        assert concluded or foreign or broken


def plain(object_id: int, value: int, product: int = LOCK) -> bytes:
    return mibeacon(mibeacon_object(object_id, bytes([value])), 1, mac=MAC, product=product)


@pytest.mark.parametrize(
    ("packet", "key", "door", "reason"),
    [
        (plain(0x0007, 3), None, Door.CLOSED, Reason.NO_STATE),
        (plain(0x0007, 5), None, Door.CLOSED, Reason.NO_STATE),
        (plain(0x4804, 1), None, Door.OPEN, Reason.UNSUPPORTED),
        (plain(0x480C, 1), None, Door.CLOSED, Reason.UNSUPPORTED),
        (plain(0x100F, 0, SAFE), None, Door.CLOSED, Reason.NO_STATE),
        (plain(0x1019, 1) + b"\x18\x10", None, Door.CLOSED, Reason.TRUNCATED),
        (plain(0x1019, 1), KEY, Door.CLOSED, Reason.UNENCRYPTED),
        (b"\x50\x65" + plain(0x1019, 0)[2:], None, Door.OPEN, Reason.UNSUPPORTED),  # version 6
    ],
)
def test_where_the_library_believes_more(
    packet: bytes, key: bytes | None, door: Door, reason: Reason
) -> None:
    assert theirs(packet, key=key)[0] == door
    assert (read(packet, key=key).door, read(packet, key=key).reason) == (None, reason)


def test_where_we_read_more() -> None:
    unknown = plain(0x1019, 0, product=0x7ABC)
    assert 0x7ABC not in DEVICE_TYPES
    assert (ours(unknown)[0], theirs(unknown)[0]) == (Door.OPEN, None)


def test_the_library_lets_the_last_of_several_doors_count() -> None:
    both = mibeacon_object(0x1019, b"\x00") + mibeacon_object(0x1019, b"\x01")
    packet = mibeacon(both, 1, mac=MAC)
    assert (ours(packet)[0], theirs(packet)[0]) == (Door.OPEN, Door.CLOSED)


def test_a_flipped_bit_opens_the_door_where_nothing_authenticates() -> None:
    """Why we refuse what versions 2 and 3 encrypt: the library believes both of these."""
    said: list[Door | None] = []
    for flipped in (0, 1):
        packet = bytearray(_old_style(mibeacon_object(0x1019, b"\x01")))
        packet[-5] ^= flipped
        said.append(theirs(bytes(packet), key=KEY)[0])
        assert read(bytes(packet), key=KEY) == Decoded(reason=Reason.UNSUPPORTED)
    assert said == [Door.CLOSED, Door.OPEN]


def _old_style(objects: bytes) -> bytes:
    """Encrypted as version 3 does: with a nonce of 13 bytes and no tag."""
    from Cryptodome.Cipher import AES  # noqa: PLC0415  only here, and only with the library

    head = bytes.fromhex("58388b0907")
    address = bytes.fromhex(MAC.replace(":", ""))[::-1]
    cipher = AES.new(KEY, AES.MODE_CCM, nonce=head + bytes(3) + address[:-1], mac_len=4)
    cipher.update(b"\x11")
    return head + address + cipher.encrypt(objects) + bytes(4)


def test_the_library_accepts_a_replay() -> None:
    packet = bytes.fromhex("58588b09a2ae2181ecaae430928bba0400009ac6a807")
    mac, key = "E4:AA:EC:81:21:AE", bytes.fromhex("017e52d2684779298709b117c0a75a7b")
    assert theirs(packet, mac, key)[0] == Door.OPEN
    assert read(packet, mac, key).replay_counter == 0x4A2
    assert read(packet, mac, key, last=0x4A2).reason == Reason.REPLAY
