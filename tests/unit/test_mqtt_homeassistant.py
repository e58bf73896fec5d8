"""Home Assistant discovery: what senders really publish, and what is left alone."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.errors import Reason
from drivers.mqtt.dialects.homeassistant import HomeAssistant
from drivers.mqtt.presence import Presence
from drivers.reading import Decoded
from rules.model import Door

OPEN, CLOSED = Decoded(Door.OPEN), Decoded(Door.CLOSED)
NO_STATE, MALFORMED = Decoded(reason=Reason.NO_STATE), Decoded(reason=Reason.MALFORMED)

ZIGBEE = {
    "availability": [
        {"topic": "zigbee2mqtt/bridge/state", "value_template": "{{ value_json.state }}"},
        {"topic": "zigbee2mqtt/3栋/availability", "value_template": "{{ value_json.state }}"},
    ],
    "availability_mode": "all",
    "device_class": "door",
    "payload_off": True,
    "payload_on": False,
    "state_topic": "zigbee2mqtt/3栋",
    "unique_id": "0x00158d0001_contact_zigbee2mqtt",
    "value_template": '{{ value_json["contact"] }}',
}
TAMPER = {**ZIGBEE, "device_class": "tamper", "unique_id": "0x00158d0001_tamper"}
ESPHOME = {
    "dev_cla": "window",
    "name": "Hall Door",
    "stat_t": "hall/binary_sensor/door/state",
    "avty_t": "hall/status",
    "uniq_id": "ESPbinary_sensordoor",
    "dev": {"name": "hall"},
}
THEENGS = {
    "stat_t": "+/+/BTtoMQTT/A4C138001122",
    "dev_cla": "door",
    "uniq_id": "A4C138001122-open",
    "val_tpl": "{{ value_json.open | is_defined }}",
    "pl_on": True,
    "pl_off": False,
}
BASED = {
    "~": "garage/1",
    "stat_t": "~/state",
    "avty_t": "~/lwt",
    "pl_avail": "up",
    "pl_not_avail": "down",
    "dev_cla": "garage_door",
    "pl_on": "auf",
    "pl_off": "zu",
    "exp_aft": 3600,
}
NESTED = {
    "state_topic": "n/1",
    "device_class": "opening",
    "value_template": "{{value_json.sensor['state']}}",
    "payload_on": "1",
    "payload_off": "0",
}


def described(*configs: dict[str, object], level: str = "binary_sensor/node/obj") -> HomeAssistant:
    known = HomeAssistant()
    for number, config in enumerate(configs):
        topic = f"homeassistant/{level}{number or ''}/config"
        assert known.describe(topic, json.dumps(config).encode()) is not None
    return known


@pytest.mark.parametrize(
    ("config", "topic", "payload", "decoded"),
    [
        (ZIGBEE, "zigbee2mqtt/3栋", '{"contact":false,"battery":9}', OPEN),
        (ZIGBEE, "zigbee2mqtt/3栋", '{"contact":true}', CLOSED),
        (ZIGBEE, "zigbee2mqtt/3栋", '{"battery":9}', NO_STATE),
        (ZIGBEE, "zigbee2mqtt/3栋", '{"contact":null}', NO_STATE),
        (ZIGBEE, "zigbee2mqtt/3栋", '{"contact":"ajar"}', MALFORMED),
        (ZIGBEE, "zigbee2mqtt/3栋", "offline", NO_STATE),
        (ESPHOME, "hall/binary_sensor/door/state", "ON", OPEN),
        (ESPHOME, "hall/binary_sensor/door/state", "OFF", CLOSED),
        (ESPHOME, "hall/binary_sensor/door/state", "on", MALFORMED),
        (ESPHOME, "hall/binary_sensor/door/state", "None", NO_STATE),
        (THEENGS, "home/TheengsGateway/BTtoMQTT/A4C138001122", '{"open":true}', OPEN),
        (THEENGS, "home/OMG/BTtoMQTT/A4C138001122", '{"open":false}', CLOSED),
        (THEENGS, "home/OMG/BTtoMQTT/A4C138001122", '{"rssi":-60}', NO_STATE),
        (BASED, "garage/1/state", "auf", OPEN),
        (BASED, "garage/1/state", "zu", CLOSED),
        (NESTED, "n/1", '{"sensor":{"state":1}}', OPEN),
        (NESTED, "n/1", '{"sensor":{"state":"0"}}', CLOSED),
        (NESTED, "n/1", '{"sensor":[]}', NO_STATE),
    ],
)
def test_states(config: dict[str, object], topic: str, payload: str, decoded: Decoded) -> None:
    known = described(config)
    address = config.get("uniq_id", config.get("unique_id", "obj"))
    assert known.locate(topic) == address
    assert known.decode(topic, payload.encode()) == ((address, decoded),)


@pytest.mark.parametrize(
    "config",
    [
        TAMPER,
        {**ESPHOME, "dev_cla": "motion"},
        {**ESPHOME, "dev_cla": None},
        {**ESPHOME, "dev_cla": ["door"]},
        {**ESPHOME, "stat_t": None},
        {**ESPHOME, "stat_t": "#"},
        {**ESPHOME, "stat_t": "hall/#"},
        {**ESPHOME, "val_tpl": "{% if value == 'x' %}ON{% endif %}"},
        {**ESPHOME, "val_tpl": "{{ value_json.x | int }}"},
        {**ESPHOME, "val_tpl": "{{ value_json }}"},
        {**ESPHOME, "val_tpl": 7},
        {},
    ],
)
def test_what_is_no_door_or_cannot_be_read_is_left_alone(config: dict[str, object]) -> None:
    known = described(config)
    assert known.locate("hall/binary_sensor/door/state") is None
    assert known.more_filters(()) == set()


def test_several_entities_on_one_topic() -> None:
    inner = {**ZIGBEE, "unique_id": "inner", "value_template": "{{ value_json.inner }}"}
    known = described(ZIGBEE, TAMPER, inner)
    assert known.decode("zigbee2mqtt/3栋", b'{"contact":true,"inner":false}') == (
        ("0x00158d0001_contact_zigbee2mqtt", CLOSED),
        ("inner", OPEN),
    )


def test_a_device_with_its_components() -> None:
    device = {
        "dev": {"ids": "d1"},
        "o": {"name": "x"},
        "cmps": {
            "door": {"p": "binary_sensor", "dev_cla": "door", "uniq_id": "d1-door"},
            "heat": {"p": "sensor", "dev_cla": "temperature", "uniq_id": "d1-heat"},
            "shut": {"p": "binary_sensor", "dev_cla": "door", "stat_t": "~/2", "~": "d2"},
            "gone": "",
        },
        "stat_t": "d1/state",
        "val_tpl": "{{ value }}",
    }
    known = described(device, level="device/d1")
    assert known.decode("d1/state", b"ON") == (("d1-door", OPEN),)
    assert known.decode("d2/2", b"OFF") == (("shut", CLOSED),)


@pytest.mark.parametrize(
    ("config", "topic", "payload", "presence"),
    [
        (ZIGBEE, "zigbee2mqtt/bridge/state", '{"state":"offline"}', False),
        (ZIGBEE, "zigbee2mqtt/3栋/availability", '{"state":"online"}', True),
        (ZIGBEE, "zigbee2mqtt/3栋/availability", "offline", None),
        (ESPHOME, "hall/status", "offline", False),
        (ESPHOME, "hall/status", "what?", None),
        (ESPHOME, "shed/status", "offline", None),
        (BASED, "garage/1/lwt", "down", False),
        (BASED, "garage/1/lwt", "up", True),
        (BASED, "garage/1/lwt", "offline", None),
    ],
)
def test_availability(
    config: dict[str, object], topic: str, payload: str, presence: bool | None
) -> None:
    known = described(config)
    address = str(config.get("uniq_id", config.get("unique_id", "obj")))
    expected = None if presence is None else Presence(presence, (address,))
    assert known.presence(topic, payload.encode()) == expected
    assert known.locate(topic) is None


def test_names_filters_and_expiry() -> None:
    known = described(ZIGBEE, ESPHOME, THEENGS, BASED)
    assert known.more_filters(()) == {"zigbee2mqtt/#", "hall/#", "+/+/BTtoMQTT/+", "garage/#"}
    assert known.aliases("ESPbinary_sensordoor") == ("obj1",)
    assert known.aliases("obj3") == ()
    assert known.expires("obj3") == 3600.0
    assert known.expires("ESPbinary_sensordoor") == 0.0


def test_a_description_that_changes_or_is_taken_back() -> None:
    known, topic = HomeAssistant(), "homeassistant/binary_sensor/x/config"
    moved = {**ESPHOME, "stat_t": "moved/state"}
    first = known.describe(topic, json.dumps(ESPHOME).encode())
    assert first is not None
    assert [(each.address, each.name) for each in first] == [("ESPbinary_sensordoor", "Hall Door")]
    assert known.describe(topic, json.dumps(ESPHOME).encode()) == first
    assert known.describe(topic, json.dumps(moved).encode())
    assert known.locate("hall/binary_sensor/door/state") is None
    assert known.locate("moved/state") == "ESPbinary_sensordoor"
    assert known.describe(topic, b"") == ()
    assert known.locate("moved/state") is None


@pytest.mark.parametrize(
    "topic",
    [
        "homeassistant/sensor/x/config",
        "homeassistant/binary_sensor/config",
        "homeassistant/binary_sensor/a/b/c/config",
        "homeassistant/binary_sensor/x/state",
        "other/binary_sensor/x/config",
    ],
)
def test_what_is_no_description(topic: str) -> None:
    assert HomeAssistant().describe(topic, json.dumps(ESPHOME).encode()) is None


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=6,
)
keys = st.sampled_from([*ZIGBEE, *BASED, "cmps", "exp_aft", "t", "avty"])


@given(
    said=st.dictionaries(keys, values, max_size=8),
    level=st.sampled_from(["binary_sensor", "device"]),
    payload=st.binary(max_size=30),
)
def test_nothing_raises(said: dict[str, object], level: str, payload: bytes) -> None:
    known = HomeAssistant()
    for config in ({**ESPHOME, **said}, said, {"cmps": {"a": {"p": "binary_sensor", **said}}}):
        known.describe(f"homeassistant/{level}/x/config", json.dumps(config).encode())
        known.describe(f"homeassistant/{level}/x/config", payload)
        known.more_filters(())
        for topic in ("hall/status", "hall/binary_sensor/door/state"):
            known.presence(topic, payload)
            assert all(
                (decoded.door is None) == (decoded.reason is not None)
                for _, decoded in known.decode(topic, payload)
            )
