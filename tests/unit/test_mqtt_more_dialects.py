"""Tasmota, ESPHome, Shelly, Theengs and ChirpStack: a table of what they say."""

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.errors import Reason
from drivers.mqtt.decode_one import decode_message
from drivers.mqtt.dialects import DIALECTS, Ways, dialects_of, milesight
from drivers.reading import Decoded
from rules.model import Door

OPEN, CLOSED = Decoded(Door.OPEN), Decoded(Door.CLOSED)
MALFORMED, NO_STATE = Decoded(reason=Reason.MALFORMED), Decoded(reason=Reason.NO_STATE)
TRUNCATED = Decoded(reason=Reason.TRUNCATED)
AT = 1_772_600_400_000  # 2026-03-04T05:00:00Z, 0x69A7BC50 s
BLU = "shellyplus1-a0b1/bthomesensor:202"
EUI, UP = "24e124141c000001", "application/7/device/24e124141c000001/event/up"


def rpc(method: str = "NotifyStatus", **params: object) -> str:
    return json.dumps({"src": "shellyplus1-a0b1", "method": method, "params": params})


@pytest.mark.parametrize(
    ("protocol", "topic", "payload", "address", "decoded"),
    [
        (
            "tasmota",
            "tele/hall/SENSOR",
            '{"Time":"2026-03-04T13:00:00","Switch1":"ON"}',
            "hall",
            OPEN,
        ),
        ("tasmota", "stat/hall/RESULT", '{"Switch2":{"Action":"ON"}}', "hall/Switch2", OPEN),
        ("tasmota", "stat/3栋/501/RESULT", '{"Switch1":{"Action":"ON"}}', "3栋/501", OPEN),
        ("tasmota", "stat/hall/RESULT", '{"POWER":"ON"}', "hall", NO_STATE),
        ("tasmota", "stat/hall/RESULT", '{"SwitchMode1":2}', "hall", NO_STATE),
        ("tasmota", "stat/hall/RESULT", '{"Switch1":{"Action":"TOGGLE"}}', "hall", MALFORMED),
        ("tasmota", "tele/hall/SENSOR", '{"Switch1":[]}', "hall", MALFORMED),
        ("tasmota", "tele/hall/SENSOR", "ON", "hall", MALFORMED),
        ("esphome", "hall/binary_sensor/door/state", "ON", "hall/binary_sensor/door/state", OPEN),
        (
            "esphome",
            "hall/binary_sensor/door/state",
            "OFF",
            "hall/binary_sensor/door/state",
            CLOSED,
        ),
        (
            "esphome",
            "hall/binary_sensor/d/state",
            "unknown",
            "hall/binary_sensor/d/state",
            NO_STATE,
        ),
        ("esphome", "hall/binary_sensor/d/state", "on?", "hall/binary_sensor/d/state", MALFORMED),
        ("shelly", "shellies/shellydw2-7A/sensor/state", "open", "shellydw2-7A", OPEN),
        ("shelly", "shellies/shellydw2-7A/sensor/state", "close", "shellydw2-7A", CLOSED),
        ("shelly", "shellies/shellydw2-7A/sensor/state", "shut", "shellydw2-7A", MALFORMED),
        (
            "shelly",
            "shellies/shellydw2-7A/sensor/battery",
            "83",
            "shellydw2-7A",
            Decoded(battery=83, reason=Reason.NO_STATE),
        ),
        ("shelly", "shellies/shellydw2-7A/sensor/battery", "?", "shellydw2-7A", MALFORMED),
        (
            "shelly",
            "shellyplus1-a0b1/status/bthomesensor:202",
            '{"id":202,"value":true,"last_updated_ts":1772600400}',
            BLU,
            Decoded(Door.OPEN, at=AT),
        ),
        # a relay whose clock was never set
        (
            "shelly",
            "shellyplus1-a0b1/status/bthomesensor:202",
            '{"id":202,"value":false,"last_updated_ts":35}',
            BLU,
            CLOSED,
        ),
        ("shelly", "shellyplus1-a0b1/status/bthomesensor:202", '{"value":12.5}', BLU, NO_STATE),
        ("shelly", "shellyplus1-a0b1/status/bthomesensor:202", "[]", BLU, MALFORMED),
        (
            "shelly",
            "shellyplus1-a0b1/events/rpc",
            rpc(**{"ts": 1.0, "bthomesensor:202": {"value": True, "last_updated_ts": 1772600400}}),
            BLU,
            Decoded(Door.OPEN, at=AT),
        ),
        ("shelly", "shellyplus1-a0b1/events/rpc", "{", "shellyplus1-a0b1", MALFORMED),
        (
            "theengs",
            "home/TheengsGateway/BTtoMQTT/A4C138001122",
            '{"id":"A4:C1:38:00:11:22","model_id":"SBDW-002C","packet":93,"batt":100,"open":true}',
            "A4:C1:38:00:11:22",
            Decoded(Door.OPEN, battery=100, counter=93),
        ),
        (
            "theengs",
            "home/OMG/BTtoMQTT/a4c138001122",
            '{"contact":"closed"}',
            "A4:C1:38:00:11:22",
            CLOSED,
        ),
        (
            "theengs",
            "home/OMG/BTtoMQTT/A4C138001122",
            '{"contact":"timeout not closed"}',
            "A4:C1:38:00:11:22",
            OPEN,
        ),
        (
            "theengs",
            "home/OMG/BTtoMQTT/A4C138001122",
            '{"rssi":-60}',
            "A4:C1:38:00:11:22",
            NO_STATE._replace(rssi=-60),
        ),
        ("theengs", "home/OMG/BTtoMQTT/A4C138001122", '{"open":1}', "A4:C1:38:00:11:22", MALFORMED),
        (
            "theengs",
            "home/OMG/BTtoMQTT/A4C138001122",
            '{"contact":"x"}',
            "A4:C1:38:00:11:22",
            MALFORMED,
        ),
        ("chirpstack", UP, '{"fCnt":9,"data":"!"}', EUI, MALFORMED),
        ("chirpstack", UP, '{"fCnt":9,"data":7}', EUI, MALFORMED),
        ("chirpstack", UP, '{"fCnt":9}', EUI, NO_STATE),
        ("chirpstack", UP, "x", EUI, MALFORMED),
    ],
)
def test_table(protocol: str, topic: str, payload: str, address: str, decoded: Decoded) -> None:
    assert DIALECTS[protocol].decode(topic, payload.encode()) == ((address, decoded),)
    assert decode_message(topic, payload.encode()) == decoded


@pytest.mark.parametrize(
    ("topic", "payload"),
    [
        ("tele/hall/LWT", "Online"),
        ("tele/hall/STATE", '{"POWER":"ON"}'),
        ("hall/status", "online"),
        ("hall/sensor/door/state", "ON"),
        ("shellies/shellydw2-7A/online", "true"),
        ("shellies/shellyht-7A/sensor/state", "open"),
        ("shellyplus1-a0b1/online", "true"),
        ("shellyplus1-a0b1/status/switch:0", '{"value":true}'),
        ("shellyplus1-a0b1/events/rpc", rpc(**{"switch:0": {"value": True}})),
        ("shellyplus1-a0b1/events/rpc", rpc("NotifyEvent", events=[])),
        ("home/TheengsGateway/LWT", "online"),
        ("home/OMG/BTtoMQTT/undecoded", '{"open":true}'),
        ("application/7/device/24e124141c000001/event/join", "{}"),
    ],
)
def test_what_is_no_state_of_a_door(topic: str, payload: str) -> None:
    assert decode_message(topic, payload.encode()) == Decoded(reason=Reason.OTHER_DEVICE)


def said(topic: str, payload: str, protocol: str) -> object:
    return DIALECTS[protocol].decode(topic, payload.encode())


def test_several_switches_of_one_device() -> None:
    payload = '{"Switch1":"OFF","POWER":"ON","Switch2":"ON","Switch3":"?"}'
    assert said("tele/hall/SENSOR", payload, "tasmota") == (
        ("hall", CLOSED),
        ("hall/Switch2", OPEN),
        ("hall/Switch3", MALFORMED),
    )


@pytest.mark.parametrize(
    ("off_is_open", "doors"),
    [((), "OC"), (("hall",), "CC"), (("hall/Switch2",), "OO"), (("#",), "CO")],
)
def test_tasmota_wired_the_other_way_round(off_is_open: tuple[str, ...], doors: str) -> None:
    dialect = dialects_of(Ways(tasmota_off_is_open=off_is_open))["tasmota"]
    found = dialect.decode("tele/hall/SENSOR", b'{"Switch1":"ON","Switch2":"OFF"}')
    assert "".join("O" if each == OPEN else "C" for _, each in found) == doors


def test_several_sensors_in_one_notification() -> None:
    topic = "shellyplus1-a0b1/events/rpc"
    payload = rpc(
        "NotifyFullStatus",
        **{
            "bthomesensor:201": {"value": 88},
            "bthomesensor:202": {"value": True, "last_updated_ts": 1772600400},
            "switch:0": {"output": True},
            "bthomesensor:302": {"value": False, "last_updated_ts": 1772600400},
        },
    )
    assert said(topic, payload, "shelly") == (
        ("shellyplus1-a0b1/bthomesensor:201", NO_STATE),
        (BLU, Decoded(Door.OPEN, at=AT)),
        ("shellyplus1-a0b1/bthomesensor:302", Decoded(Door.CLOSED, at=AT)),
    )


PAST_OPEN, PAST_CLOSED = Decoded(Door.OPEN, at=AT), Decoded(Door.CLOSED, at=AT - 16_000)


@pytest.mark.parametrize(
    ("data", "decoded"),
    [
        ("017564 0367f600 046871 060001", [Decoded(Door.OPEN, battery=100)]),
        ("060000", [CLOSED]),
        ("017510 030001 040001", [Decoded(Door.OPEN, battery=16, tamper=True)]),
        ("030000 040000", [Decoded(Door.CLOSED, tamper=False)]),
        ("017564", [Decoded(battery=100, reason=Reason.NO_STATE)]),
        ("ff0bff ff0101 ff166123456789abcdef 060001", [OPEN]),
        # history is never what it is now
        ("20ce50bca769f6007101", [PAST_OPEN, NO_STATE]),
        ("20ce50bca769f6007101 20ce40bca769f6007100", [PAST_CLOSED, PAST_OPEN, NO_STATE]),
        ("20ce50bca769f6007101 20ce50bca769f6007101", [PAST_OPEN, NO_STATE]),
        ("20ce50bca769f6007101 060000", [PAST_OPEN, CLOSED]),
        ("20ce00000000f6007101", [NO_STATE]),  # of no time: nothing can be said of it
        ("060002", [MALFORMED]),
        ("20ce50bca769f6007102 060001", [MALFORMED]),
        ("060001 77", [OPEN]),
        ("7700 060001", [NO_STATE]),
        ("0600", [TRUNCATED]),
        ("20ce50bca769", [TRUNCATED]),
        ("", [NO_STATE]),
    ],
)
def test_milesight(data: str, decoded: list[Decoded]) -> None:
    assert milesight.decode(bytes.fromhex(data)) == tuple(decoded)


def test_an_uplink_has_its_counter_and_its_time() -> None:
    later = AT + 3_600_123

    def uplink(data: str) -> tuple[Decoded, ...]:
        encoded = base64.b64encode(bytes.fromhex(data)).decode()
        said = {"time": "2026-03-04T06:00:00.123456789+00:00", "fCnt": 9, "data": encoded}
        found = DIALECTS["chirpstack"].decode(UP, json.dumps(said).encode())
        assert {address for address, _ in found} == {EUI}
        assert decode_message(UP, json.dumps(said).encode()) == found[-1][1]
        return tuple(decoded for _, decoded in found)

    assert uplink("060001") == (Decoded(Door.OPEN, counter=9, at=later),)
    assert uplink("20ce50bca769f6007101") == (
        Decoded(Door.OPEN, counter=9, at=AT),
        Decoded(counter=9, at=later, reason=Reason.NO_STATE),
    )
    assert uplink("060003") == (MALFORMED,)
    assert uplink("0600") == (TRUNCATED,)


topics = st.sampled_from(
    [
        "tele/a/SENSOR",
        "a/binary_sensor/b/state",
        "shellies/shellydw2-1/sensor/battery",
        "a/status/bthomesensor:1",
        "a/events/rpc",
        "home/g/BTtoMQTT/A4C138001122",
        UP,
    ]
)
keys = st.sampled_from(["Switch1", "value", "open", "contact", "params", "method", "data", "time"])
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=5,
)


@given(topic=topics, said=st.dictionaries(keys, values, max_size=4) | values)
def test_nothing_raises(topic: str, said: object) -> None:
    decoded = decode_message(topic, json.dumps(said).encode())
    assert (decoded.door is None) == (decoded.reason is not None)


@pytest.mark.parametrize("digits", ["1" + "0" * 400, "-1" + "0" * 400, "1e999", "NaN", "1" * 5000])
@pytest.mark.parametrize(
    ("topic", "payload"),
    [
        ("doors/a", '{"state": "open", "at": %s}'),
        ("doors/a", '{"state": "open", "seq": %s, "battery": %s}'),
        ("a/status/bthomesensor:1", '{"value": true, "last_updated_ts": %s}'),
        ("home/g/BTtoMQTT/A4C138001122", '{"open": true, "packet": %s, "batt": %s, "rssi": %s}'),
        (UP, '{"data": "BgAB", "time": %s, "fCnt": %s}'),
    ],
)
def test_numbers_beyond_all_bounds(topic: str, payload: str, digits: str) -> None:
    """Whoever sends one may be wrong about his clock; his door is open all the same."""
    decoded = decode_message(topic, payload.replace("%s", digits).encode())
    readable = len(digits) < 4_300  # Python's own bound for a number's digits
    assert decoded == (Decoded(Door.OPEN) if readable else MALFORMED)


@given(topic=topics, payload=st.binary(max_size=40))
def test_no_bytes_raise(topic: str, payload: bytes) -> None:
    decoded = decode_message(topic, payload)
    assert (decoded.door is None) == (decoded.reason is not None)
