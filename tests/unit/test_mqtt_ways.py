"""What sites have otherwise: prefixes of topics, polarities, and where plain JSON has its values.

And what says something of a battery or a signal beside the door's state.
"""

import json

import pytest

from drivers.errors import Reason
from drivers.mqtt.dialects import Ways, dialects_of
from drivers.mqtt.dialects.plain_json import Shape
from drivers.mqtt.dialects.tasmota import Prefixes
from drivers.mqtt.presence import Presence
from drivers.reading import Decoded
from rules.model import Door

AT = 1_772_600_400_000
O, C, NO_STATE = Door.OPEN, Door.CLOSED, Reason.NO_STATE  # noqa: E741
EUI = "24e124141c000001"


def said(ways: Ways, protocol: str, topic: str, payload: object) -> object:
    text = payload if isinstance(payload, str) else json.dumps(payload)
    return dialects_of(ways)[protocol].decode(topic, text.encode())


def test_tasmota_under_other_prefixes() -> None:
    ways = Ways(tasmota_prefixes=Prefixes("site/t", "site/s"))
    dialect = dialects_of(ways)["tasmota"]
    assert dialect.filters == ("site/t/#", "site/s/#")
    assert said(ways, "tasmota", "site/t/hall/SENSOR", {"Switch1": "ON"}) == (("hall", Decoded(O)),)
    moved = {"Switch1": {"Action": "OFF"}}
    assert said(ways, "tasmota", "site/s/hall/RESULT", moved) == (("hall", Decoded(C)),)
    assert said(ways, "tasmota", "tele/hall/SENSOR", {"Switch1": "ON"}) == ()
    assert dialect.presence("site/t/hall/LWT", b"Offline") == Presence(False, ("hall/#",))
    assert dialect.presence("tele/hall/LWT", b"Offline") is None


def test_esphome_below_other_levels() -> None:
    dialect = dialects_of(Ways(esphome_above="home/esp"))["esphome"]
    assert dialect.filters == ("home/esp/+/binary_sensor/+/state", "home/esp/+/status")
    topic = "home/esp/hall/binary_sensor/door/state"
    assert dialect.decode(topic, b"ON") == ((topic, Decoded(O)),)


@pytest.mark.parametrize(
    ("shape", "payload", "decoded"),
    [
        (Shape(), {"state": "OPEN"}, Decoded(O)),
        (Shape(), {"state": True}, Decoded(reason=Reason.MALFORMED)),
        (Shape(state="contact", open=("false",), closed=("true",)), {"contact": True}, Decoded(C)),
        (Shape(state="contact", open=("false",), closed=("true",)), {"contact": False}, Decoded(O)),
        (Shape(open=("1", "auf"), closed=("0",)), {"state": 1}, Decoded(O)),
        (Shape(open=("1", "auf"), closed=("0",)), {"state": "Auf"}, Decoded(O)),
        (Shape(open=("1",), closed=("0",)), {"state": "open"}, Decoded(reason=Reason.MALFORMED)),
        (Shape(state="d.contact.now"), {"d": {"contact": {"now": "open"}}}, Decoded(O)),
        (Shape(state="d.contact"), {"d.contact": "closed"}, Decoded(C)),
        (Shape(state="d.contact"), {"d": "open"}, Decoded(reason=NO_STATE)),
        (Shape(battery="b.level", seq="n", at="t"),
         {"state": "open", "b": {"level": 40}, "n": 7, "t": AT},
         Decoded(O, battery=40, counter=7, at=AT)),
    ],
)  # fmt: skip
def test_plain_json_of_another_shape(shape: Shape, payload: object, decoded: Decoded) -> None:
    assert said(Ways(json_shape=shape), "json", "doors/a", payload) == (("doors/a", decoded),)


def test_plain_json_tells_its_id_elsewhere() -> None:
    ways = Ways(json_shape=Shape(sensor_id="dev.id"))
    assert said(ways, "json", "doors/x", {"dev": {"id": "S1"}, "state": "open"}) == (
        ("S1", Decoded(O)),
    )


@pytest.mark.parametrize(
    ("payload", "battery"),
    [
        ({"batteryLevel": 87.4, "margin": 10, "externalPowerSource": False}, 87),
        ({"batteryLevel": 0.0, "batteryLevelUnavailable": True}, None),
        ({"batteryLevel": 0.0, "externalPowerSource": True}, None),
        ({"batteryLevel": -1}, None),
        ({"margin": 10}, None),
    ],
)
def test_chirpstack_s_status(payload: dict[str, object], battery: int | None) -> None:
    topic = f"application/7/device/{EUI.upper()}/event/status"
    decoded = Decoded(battery=battery, reason=NO_STATE)
    found = said(Ways(), "chirpstack", topic, {"time": "2026-03-04T05:00:00+00:00", **payload})
    assert found == ((EUI, decoded),), "without its time: the same charge again is no news"


@pytest.mark.parametrize(
    ("heard", "rssi"),
    [
        ([{"rssi": -110}, {"rssi": -57}], -57),
        ([{"rssi": "x"}, 4], None),
        ([], None),
        ("x", None),
    ],
)
def test_chirpstack_s_strongest_receiver(heard: object, rssi: int | None) -> None:
    payload = {"data": "BgAB", "rxInfo": heard}  # 06 00 01
    topic = f"application/7/device/{EUI}/event/up"
    assert said(Ways(), "chirpstack", topic, payload) == ((EUI, Decoded(O, rssi=rssi)),)


def blu(**components: object) -> object:
    params = {"ts": 1.0, **{name.replace("_", ":"): each for name, each in components.items()}}
    payload = {"method": "NotifyStatus", "params": params}
    return said(Ways(), "shelly", "relay/events/rpc", payload)


SENSOR = {"value": True, "last_updated_ts": AT // 1000}
HOUSING = {"rssi": -59, "battery": 100, "packet_id": 4, "last_updated_ts": AT // 1000}
ELDER = {**HOUSING, "last_updated_ts": AT // 1000 - 60}
BLU = "relay/bthomesensor:202"


@pytest.mark.parametrize(
    ("devices", "decoded"),
    [
        ({}, Decoded(O, at=AT)),
        ({"bthomedevice_200": HOUSING}, Decoded(O, battery=100, at=AT, rssi=-59)),
        ({"bthomedevice_200": HOUSING, "bthomedevice_201": ELDER},
         Decoded(O, battery=100, at=AT, rssi=-59)),
        # of another packet, or of two at the same moment: whose it is nobody can tell
        ({"bthomedevice_200": ELDER}, Decoded(O, at=AT)),
        ({"bthomedevice_200": HOUSING, "bthomedevice_201": HOUSING}, Decoded(O, at=AT)),
        ({"bthomedevice_200": {"battery": 100}}, Decoded(O, at=AT)),
        ({"bthomedevice_200": 7}, Decoded(O, at=AT)),
    ],
)  # fmt: skip
def test_a_shelly_blu_gets_the_battery_of_its_own_packet(
    devices: dict[str, object], decoded: Decoded
) -> None:
    assert blu(**devices, bthomesensor_202=SENSOR) == ((BLU, decoded),)


def test_a_housing_alone_tells_of_no_door() -> None:
    assert blu(bthomedevice_200=HOUSING) == ()
