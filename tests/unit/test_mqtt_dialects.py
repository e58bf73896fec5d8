"""What each dialect makes of a message: a table of what real senders say."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.errors import Reason
from drivers.mqtt.decode_one import decode_message
from drivers.mqtt.dialects import DIALECTS, Ways, dialects_of
from drivers.reading import Decoded
from rules.model import Door

AT = 1_772_600_400_000  # 2026-03-04T05:00:00Z
MALFORMED = Decoded(reason=Reason.MALFORMED)
Z2M, JSON = DIALECTS["zigbee2mqtt"], DIALECTS["json"]
FULL = (
    '{"battery":60,"battery_low":false,"contact":true,"linkquality":23,"tamper":false,'
    '"voltage":2900}'
)
FULL_READ = Decoded(Door.CLOSED, battery=60, battery_low=False, tamper=False)


@pytest.mark.parametrize(
    ("name", "payload", "decoded"),
    [
        ("door", FULL, FULL_READ),
        ("3 2 501", FULL, FULL_READ),
        ("3栋/501 入户门", FULL, FULL_READ),
        ("0x00158d0001", '{"contact":false}', Decoded(Door.OPEN)),
        ("d", '{"contact":false,"battery":100.0}', Decoded(Door.OPEN, battery=100)),
        ("d", '{"contact":true,"battery":null}', Decoded(Door.CLOSED)),
        ("d", '{"contact":true,"battery":101}', Decoded(Door.CLOSED)),
        ("d", '{"contact":true,"tamper":true}', Decoded(Door.CLOSED, tamper=True)),
        ("d", '{"battery":9}', Decoded(battery=9, reason=Reason.NO_STATE)),
        ("d", '{"contact":null}', Decoded(reason=Reason.NO_STATE)),
        ("d", "{}", Decoded(reason=Reason.NO_STATE)),
        ("d", '{"contact":1}', MALFORMED),
        ("d", '{"contact":"open"}', MALFORMED),
        ("d", "[true]", MALFORMED),
        ("d", "true", MALFORMED),
        ("d", '{"contact":true', MALFORMED),
        ("d", "[" * 100_000, MALFORMED),
        ("availability2", '{"contact":true}', Decoded(Door.CLOSED)),
    ],
)
def test_zigbee2mqtt(name: str, payload: str, decoded: Decoded) -> None:
    assert Z2M.decode(f"zigbee2mqtt/{name}", payload.encode()) == ((name, decoded),)
    assert Z2M.locate(f"zigbee2mqtt/{name}") == name


@pytest.mark.parametrize(
    ("topic", "payload"),
    [
        ("zigbee2mqtt/door/availability", '{"state":"offline"}'),
        ("zigbee2mqtt/door/availability", "offline"),
        ("zigbee2mqtt/3栋/501/availability", '{"state":"online"}'),
        ("zigbee2mqtt/bridge/state", '{"state":"offline"}'),
        ("zigbee2mqtt/bridge/devices", "[]"),
        ("zigbee2mqtt/door/set", '{"contact":false}'),
        ("zigbee2mqtt/door/get", '{"contact":""}'),
        ("zigbee2mqtt/door", ""),  # clears a retained message
        ("zigbee2mqtt/", '{"contact":false}'),
        ("zigbee2mqtt", '{"contact":false}'),
        ("zigbee2mqtt2/door", '{"contact":false}'),
        ("doors/1/availability", "offline"),
        ("doors/1/LWT", "Offline"),
        ("doors/1", ""),
        ("doors", '{"state":"open"}'),
        ("tele/x/STATE", '{"state":"open"}'),
    ],
)
def test_what_is_no_state_of_a_door(topic: str, payload: str) -> None:
    assert decode_message(topic, payload.encode()) == Decoded(reason=Reason.OTHER_DEVICE)


@pytest.mark.parametrize(
    ("payload", "address", "decoded"),
    [
        ('{"sensor_id":"S1","state":"open"}', "S1", Decoded(Door.OPEN)),
        ('{"sensor_id":"门 1","state":"closed"}', "门 1", Decoded(Door.CLOSED)),
        ('{"state":"closed"}', "doors/x/y", Decoded(Door.CLOSED)),
        ('{"state":"OPEN"}', "doors/x/y", Decoded(Door.OPEN)),
        (
            '{"state":"open","at":"2026-03-04T13:00:00+08:00","battery":80,"seq":7}',
            "doors/x/y",
            Decoded(Door.OPEN, battery=80, counter=7, at=AT),
        ),
        ('{"state":"open","at":"2026-03-04T05:00:00Z"}', "doors/x/y", Decoded(Door.OPEN, at=AT)),
        (
            '{"state":"open","at":"2026-03-04T05:00:00.250Z"}',
            "doors/x/y",
            Decoded(Door.OPEN, at=AT + 250),
        ),
        ('{"state":"open","at":1772600400}', "doors/x/y", Decoded(Door.OPEN, at=AT)),
        ('{"state":"open","at":1772600400.5}', "doors/x/y", Decoded(Door.OPEN, at=AT + 500)),
        ('{"state":"open","at":1772600400000}', "doors/x/y", Decoded(Door.OPEN, at=AT)),
        # a time nobody can place is no time: the door still opened
        ('{"state":"open","at":"2026-03-04T13:00:00"}', "doors/x/y", Decoded(Door.OPEN)),
        ('{"state":"open","at":"yesterday"}', "doors/x/y", Decoded(Door.OPEN)),
        ('{"state":"open","at":1e999}', "doors/x/y", Decoded(Door.OPEN)),
        ('{"state":"open","at":NaN}', "doors/x/y", Decoded(Door.OPEN)),
        ('{"state":"open","at":true}', "doors/x/y", Decoded(Door.OPEN)),
        ('{"state":"open","at":-5}', "doors/x/y", Decoded(Door.OPEN)),
        ('{"state":"open","at":"0001-01-01T00:00:00+14:00"}', "doors/x/y", Decoded(Door.OPEN)),
        ('{"state":"open","seq":-1,"battery":"80"}', "doors/x/y", Decoded(Door.OPEN)),
        ('{"state":"open","seq":true,"battery":true}', "doors/x/y", Decoded(Door.OPEN)),
        ('{"state":"open","seq":1e30}', "doors/x/y", Decoded(Door.OPEN)),
        ('{"state":"open","seq":99999999999999999999}', "doors/x/y", Decoded(Door.OPEN)),
        ('{"battery":50}', "doors/x/y", Decoded(battery=50, reason=Reason.NO_STATE)),
        ('{"state":"ajar"}', "doors/x/y", MALFORMED),
        ('{"state":true}', "doors/x/y", MALFORMED),
        ('{"sensor_id":7,"state":"open"}', "doors/x/y", MALFORMED),
        ('{"sensor_id":"","state":"open"}', "doors/x/y", MALFORMED),
        ("open", "doors/x/y", MALFORMED),
        ('{"state":"open"', "doors/x/y", MALFORMED),
    ],
)
def test_plain_json(payload: str, address: str, decoded: Decoded) -> None:
    assert JSON.decode("doors/x/y", payload.encode()) == ((address, decoded),)
    assert decode_message("doors/x/y", payload.encode()) == decoded


def test_payloads_that_are_not_text() -> None:
    assert decode_message("doors/1", b"\xff\xfe") == MALFORMED
    assert decode_message("zigbee2mqtt/1", b"\xff\xfe") == MALFORMED


def test_other_prefixes() -> None:
    dialects = dialects_of(Ways({"json": "town/doors", "zigbee2mqtt": "home/zb", "theengs": "ble"}))
    own, z2m, theengs = dialects["json"], dialects["zigbee2mqtt"], dialects["theengs"]
    assert own.filters == ("town/doors/#",)
    assert own.decode("town/doors/1", b'{"state":"open"}') == (
        ("town/doors/1", Decoded(Door.OPEN)),
    )
    assert own.locate("doors/1") is None
    assert z2m.decode("home/zb/a/b", b'{"contact":false}') == (("a/b", Decoded(Door.OPEN)),)
    assert theengs.locate("home/OMG/BTtoMQTT/A4C138001122") is None
    assert theengs.locate("ble/OMG/BTtoMQTT/A4C138001122") == "A4:C1:38:00:11:22"
    presence = z2m.presence("home/zb/bridge/state", b"offline")
    assert presence is not None
    assert presence.addresses == ("#",)


@pytest.mark.parametrize("prefixes", [{"json": "#"}, {"json": ""}, {"esphome": "x"}, {"json": "/"}])
def test_prefixes_that_are_none(prefixes: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="is no prefix of topics"):
        dialects_of(Ways(prefixes))


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)
keys = st.sampled_from(["contact", "state", "at", "battery", "seq", "tamper", "sensor_id"])


@given(
    topic=st.sampled_from(["zigbee2mqtt/a", "doors/a", "doors/门/b"]),
    said=st.dictionaries(keys, values, max_size=7),
)
def test_a_state_only_from_what_says_one(topic: str, said: dict[str, object]) -> None:
    decoded = decode_message(topic, json.dumps(said).encode())
    assert (decoded.door is None) == (decoded.reason is not None)
    if decoded.door is not None:
        assert isinstance(said["contact" if topic.startswith("zig") else "state"], bool | str)


@given(topic=st.text(max_size=30), payload=st.binary(max_size=60))
def test_nothing_raises(topic: str, payload: bytes) -> None:
    for prefix in ("", "doors/", "zigbee2mqtt/"):
        assert decode_message(prefix + topic, payload).door is None
