"""Senders of every dialect at a real broker: what they say, who is lost, who is new."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from drivers.errors import Reason
from drivers.stranger import Stranger
from rules.model import Door
from simulators.broker import Mosquitto
from simulators.mqtt.chirpstack import ChirpStack
from simulators.mqtt.esphome import EspHome
from simulators.mqtt.json_sensors import JsonSensors
from simulators.mqtt.sender import Broker
from simulators.mqtt.shelly import ShellyDoorWindow2, ShellyRelay
from simulators.mqtt.tasmota import Tasmota
from simulators.mqtt.theengs import TheengsGateway
from simulators.mqtt.zigbee2mqtt import Zigbee2Mqtt
from tests.support.mqtt import Heard

AT = datetime(2026, 3, 4, 5, tzinfo=UTC)
AT_MS = 1_772_600_400_000
EUI, MAC, OTHER_MAC = "24e124141c000001", "A4:C1:38:00:11:22", "A4:C1:38:00:11:33"
OPEN, CLOSED = Door.OPEN, Door.CLOSED


@pytest.fixture
async def mosquitto() -> AsyncIterator[Mosquitto]:
    async with Mosquitto() as running:
        yield running


@pytest.fixture
def broker(mosquitto: Mosquitto) -> Broker:
    return Broker(mosquitto.port)


async def test_tasmota_with_two_switches_is_acknowledged_once_both_are_durable(
    broker: Broker,
) -> None:
    device = Tasmota(broker, "hall", switches=2)
    known = {("tasmota", "hall"), ("tasmota", "hall/Switch2")}
    async with Heard(broker.port, known=known, settle=0.0) as heard:
        heard.acknowledge = False
        await device.start()
        both = [await heard.next() for _ in range(2)]
        assert [(each.address, each.decoded.door) for each in both] == [
            ("hall", CLOSED),
            ("hall/Switch2", CLOSED),
        ]
        assert both[0].message_id == both[1].message_id
        heard.waiting[0]()
    async with Heard(broker.port, known=known) as heard:
        again = [await heard.next() for _ in range(2)]
        assert [each.address for each in again] == ["hall", "hall/Switch2"]
    async with Heard(broker.port, known=known, settle=0.0) as heard:
        device.move(2, on=True)
        moved = await heard.next()
        assert (moved.address, moved.decoded.door, moved.live) == ("hall/Switch2", OPEN, True)
        await device.sender.vanish()
        await heard.until(lambda: len(heard.unknown) == 2)
        assert set(heard.unknown) == known
        assert heard.readings.empty()


async def test_esphome_is_lost_and_what_the_broker_remembers_does_not_bring_it_back(
    broker: Broker,
) -> None:
    node = EspHome(broker, "hall", "door", announce=False)
    await node.start()
    await node.move("door", is_open=True)
    address = ("esphome", node.topic("door"))
    async with Heard(broker.port, known={address}, settle=0.0) as heard:
        first = await heard.next()
        assert (first.decoded.door, first.live) == (OPEN, False)
        await node.sender.vanish()
        await heard.until(lambda: heard.unknown == [address])
    # A new run: the retained state and the retained will, in whichever order
    async with Heard(broker.port, known={address}, settle=0.0) as heard:
        retained = await heard.next()
        assert (retained.decoded.door, retained.live) == (OPEN, False)
        await heard.until(lambda: heard.unknown)
        told = len(heard.unknown)
        heard.source._judging.settle = 60.0
        await node.again()
        back = await heard.next()
        assert (back.decoded.door, back.live) == (OPEN, False), "it says what it finds"
        await node.move("door", is_open=False)
        moved = await heard.next()
        assert (moved.decoded.door, moved.live) == (CLOSED, True)
        assert len(heard.unknown) == told
    await node.stop()


async def test_a_bridge_that_is_gone_leaves_all_its_sensors_unknown(broker: Broker) -> None:
    bridge = Zigbee2Mqtt(broker)
    await bridge.start()
    known = {("zigbee2mqtt", "a/b"), ("zigbee2mqtt", "c")}
    async with Heard(broker.port, known=known, settle=0.0) as heard:
        await bridge.availability("c", online=False)
        await heard.until(lambda: heard.unknown == [("zigbee2mqtt", "c")])
        await bridge.sender.vanish()
        await heard.until(lambda: len(heard.unknown) == 2)
        assert set(heard.unknown) == known
        assert heard.readings.empty()


async def test_a_shelly_relay_tells_the_same_twice_with_the_same_time(broker: Broker) -> None:
    relay = ShellyRelay(broker)
    await relay.start()
    known = {("shelly", f"{relay.prefix}/bthomesensor:{n}") for n in (202, 302)}
    async with Heard(broker.port, known=known, settle=0.0) as heard:
        await relay.heard(202, 302, is_open=True, at=AT)
        said = [await heard.next() for _ in range(4)]
        assert {(each.protocol, each.address) for each in said} == known
        assert {(each.decoded.door, each.decoded.at) for each in said} == {(OPEN, AT_MS)}
        await relay.sender.vanish()
        await heard.until(lambda: set(heard.unknown) == known)


async def test_a_shelly_in_beacon_mode_repeats_a_state_and_tells_no_news(broker: Broker) -> None:
    relay = ShellyRelay(broker)
    await relay.start()
    known = {("shelly", f"{relay.prefix}/bthomesensor:202")}
    later = AT + timedelta(minutes=1)
    async with Heard(broker.port, known=known, settle=0.0) as heard:
        await relay.heard(202, is_open=True, at=AT, battery=90, rssi=-71)
        await relay.heard(202, is_open=True, at=later, battery=89)
        await relay.heard(202, is_open=False, at=later + timedelta(minutes=1))
        said = [await heard.next() for _ in range(6)]
        at = [each.decoded.at for each in said]
        assert at == [AT_MS, AT_MS, None, None, AT_MS + 120_000, AT_MS + 120_000]
        # a status tells of one component; the notification of all that the packet held
        assert [each.decoded.battery for each in said] == [None, 90, None, 89, None, None]
        assert [each.rssi for each in said] == [None, -71, None, -60, None, None]
    await relay.stop()


async def test_a_shelly_that_sleeps_is_not_lost(broker: Broker) -> None:
    sensor = ShellyDoorWindow2(broker)
    await sensor.start()
    async with Heard(broker.port, known={("shelly", sensor.name)}, settle=0.0) as heard:
        await sensor.move(is_open=True, battery=83)
        said = [(await heard.next()).decoded for _ in range(2)]
        assert [(each.door, each.battery) for each in said] == [(OPEN, None), (None, 83)]
        assert not heard.unknown
    await sensor.stop()


async def test_of_two_receivers_one_is_lost(broker: Broker) -> None:
    one, two = TheengsGateway(broker, "one"), TheengsGateway(broker, "two")
    await one.start()
    await two.start()
    known = {("theengs", MAC), ("theengs", OTHER_MAC)}
    async with Heard(broker.port, known=known, settle=0.0) as heard:
        one.shelly(MAC, is_open=True)
        assert (await heard.next()).decoded.counter == 1
        two.switchbot(OTHER_MAC, "timeout not closed")
        assert (await heard.next()).decoded.door is OPEN
        await one.sender.vanish()
        await heard.until(lambda: heard.unknown == [("theengs", MAC)])
    await two.stop()


async def test_what_lorawan_kept_comes_with_its_own_time(broker: Broker) -> None:
    network = ChirpStack(broker)
    await network.start()
    ago = [(AT - timedelta(minutes=minutes), minutes != 20) for minutes in (30, 20, 10)]
    async with Heard(broker.port, known={("chirpstack", EUI)}) as heard:
        await network.em300(EUI, is_open=False, at=AT, history=ago)
        said = [await heard.next() for _ in range(4)]
        minute = 60_000
        assert [
            (each.decoded.door, (AT_MS - (each.decoded.at or 0)) // minute) for each in said
        ] == [
            (OPEN, 30),
            (CLOSED, 20),
            (OPEN, 10),
            (CLOSED, 0),
        ]
        # events of the past; only what it is now is the first word since we listen
        assert [each.live for each in said] == [True, True, True, False]
        assert [bool(each.message_id) for each in said] == [False, False, False, True]
        await network.again(EUI)
        again = [await heard.next() for _ in range(4)]
        assert [each.decoded for each in again] == [each.decoded for each in said]
        await network.em300(EUI, is_open=None, at=AT, history=ago[:1])
        assert [(await heard.next()).decoded.reason for _ in range(2)] == [None, Reason.NO_STATE]
    await network.stop()


async def test_discovered_by_home_assistant_s_way(broker: Broker) -> None:
    """Announced before we start and after; heard wherever it speaks; lost with its node."""
    early, late = EspHome(broker, "hall", "door"), EspHome(broker, "shed", "gate")
    await early.start()
    door = early.unique_id("door")
    known = {("homeassistant", door), ("homeassistant", "gate")}  # by its object id
    async with Heard(broker.port, known=known) as heard:
        first = await heard.next()
        assert (first.address, first.decoded.door, first.live) == (door, CLOSED, False)
        await early.move("door", is_open=True)
        moved = await heard.next()
        assert (moved.address, moved.decoded.door, moved.live) == (door, OPEN, True)
        await late.start()
        while (await heard.next()).address != "gate":
            pass  # all that is retained comes again with another subscription
        await early.sender.vanish()
        await heard.until(lambda: heard.unknown == [("homeassistant", door)])
        descriptions = heard.source.descriptions
        assert len(descriptions) == 2
    # What is queued for the next run comes before anybody describes himself again
    await late.move("gate", is_open=True)
    async with Heard(broker.port, known=known, descriptions=descriptions, last_contact=1) as heard:
        queued = await heard.next()
        assert (queued.address, queued.decoded.door) == ("gate", OPEN)
        assert queued.queued_since == 1
    await late.stop()


async def test_a_sensor_whose_time_is_up_is_unknown(broker: Broker) -> None:
    sensors = JsonSensors(broker)
    await sensors.start()
    config = (
        '{"uniq_id":"x","stat_t":"own/x","dev_cla":"door","exp_aft":0.1,'
        '"val_tpl":"{{ value_json.state }}","pl_on":"open","pl_off":"closed"}'
    )
    await sensors.sender.publish("homeassistant/binary_sensor/x/config", config, retain=True)
    await sensors.say("own/x", is_open=True, retain=True)
    async with Heard(broker.port, known={("homeassistant", "x")}) as heard:
        assert (await heard.next()).decoded.door is OPEN
        await heard.until(lambda: heard.unknown == [("homeassistant", "x")])
    await sensors.stop()


async def test_doors_that_nobody_bound_are_offered_and_others_are_not(broker: Broker) -> None:
    bridge, gateway = Zigbee2Mqtt(broker), TheengsGateway(broker)
    node, device = EspHome(broker, "hall", "door"), Tasmota(broker, "shed")
    for each in (bridge, gateway, node, device):
        await each.start()
    known = {("zigbee2mqtt", "mine")}
    async with Heard(broker.port, known=known, discover=True) as heard:
        bridge.contact("mine", is_open=True)
        bridge.contact("new", is_open=True, battery=60)
        bridge.sender.give("zigbee2mqtt/lamp", '{"state":"ON"}')
        gateway.thermometer(OTHER_MAC)
        gateway.shelly(MAC, is_open=False)
        device.move(on=True)
        wanted = {
            ("zigbee2mqtt", "new", OPEN, True),
            ("theengs", MAC, CLOSED, True),
            ("esphome", node.topic("door"), CLOSED, False),
            ("homeassistant", node.unique_id("door"), None, True),
            ("homeassistant", node.unique_id("door"), CLOSED, True),
            ("tasmota", "shed", OPEN, False),
        }
        seen = lambda: {(s.protocol, s.address, s.door, s.sure) for s in heard.strangers}  # noqa: E731
        await heard.until(lambda: seen() >= wanted)
        assert seen() == wanted
        new = next(each for each in heard.strangers if each.address == "new")
        assert (new.source, new.battery, new.needs_key) == ("mqtt", 60, False)
        assert (await heard.next()).address == "mine"
        assert heard.readings.empty()
        heard.source.discover(False)
        await heard.until(lambda: heard.states.count((True, "")) >= 2)
        heard.strangers.clear()
        await gateway.shelly(MAC, is_open=True)
        bridge.contact("new", is_open=False)
        await heard.until(lambda: heard.strangers)
        assert {each.protocol for each in heard.strangers} == {"zigbee2mqtt"}
    for stopped in (bridge, gateway, node, device):
        await stopped.stop()


async def test_a_bound_door_is_not_offered_again_by_another_dialect(broker: Broker) -> None:
    node, device = EspHome(broker, "hall", "door"), Tasmota(broker, "shed", switches=2)
    await node.start()
    known = {("esphome", node.topic("door")), ("tasmota", "shed")}
    async with Heard(broker.port, known=known, discover=True, settle=0.0) as heard:
        await node.move("door", is_open=True)
        await device.start()  # says how both stand, in one message
        await heard.until(lambda: any(each.door is CLOSED for each in heard.strangers))
        assert {(each.protocol, each.address) for each in heard.strangers} == {
            ("tasmota", "shed/Switch2")
        }, "the other switch of the same device is another door"
        announced = Stranger(
            "mqtt", "homeassistant", node.unique_id("door"), 0, topic=node.topic("door")
        )
        assert heard.source.is_bound(announced)
        assert not heard.source.is_bound(announced._replace(topic=""))
        other = next(each for each in heard.strangers if each.address == "shed/Switch2")
        assert not heard.source.is_bound(other)
    await node.stop()
    await device.stop()


async def test_what_only_discovery_may_not_read_is_no_trouble_of_the_broker(
    broker: Broker,
) -> None:
    async with Heard(broker.port, known={("tasmota", "shed")}, discover=True) as heard:
        heard.source._subscribed(["zigbee2mqtt/#"])
        assert heard.states[-1] == (True, "")
        heard.source._subscribed(["zigbee2mqtt/#", "tele/#"])
        assert heard.states[-1] == (False, "the broker does not let us read tele/#")


async def test_a_topic_of_two_dialects(broker: Broker) -> None:
    """Announced by zigbee2mqtt itself: bound by its name in one house, by discovery in another."""
    bridge = Zigbee2Mqtt(broker)
    await bridge.start()
    config = (
        '{"uniq_id":"0x1_contact","stat_t":"zigbee2mqtt/a","dev_cla":"door","pl_on":false,'
        '"pl_off":true,"val_tpl":"{{ value_json[\'contact\'] }}"}'
    )
    await bridge.sender.publish(
        "homeassistant/binary_sensor/0x1/contact/config", config, retain=True
    )
    known = {("zigbee2mqtt", "b"), ("homeassistant", "0x1_contact")}
    async with Heard(broker.port, known=known) as heard:
        bridge.contact("b", is_open=True)
        assert (await heard.next()).address == "b"
        await heard.until(lambda: heard.source.descriptions)
        bridge.contact("a", is_open=True)
        found = await heard.next()
        assert (found.protocol, found.address, found.decoded.door) == (
            "homeassistant",
            "0x1_contact",
            OPEN,
        )
    await bridge.stop()
