"""The source against a real mosquitto and stand-ins of the senders: what is live, what is not."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from drivers.errors import Reason
from drivers.mqtt.dialects import dialects_of, plain_json
from drivers.mqtt.dialects.dialect import Said
from rules.model import Door
from simulators.broker import Mosquitto
from simulators.mqtt.json_sensors import JsonSensors
from simulators.mqtt.sender import Broker
from simulators.mqtt.zigbee2mqtt import Zigbee2Mqtt
from tests.support.mqtt import DEADLINE, Heard

DOOR = "3栋/501 入户门"


@pytest.fixture
async def broker() -> AsyncIterator[Mosquitto]:
    async with Mosquitto() as running:
        yield running


@pytest.fixture
async def bridge(broker: Mosquitto) -> AsyncIterator[Zigbee2Mqtt]:
    bridge = Zigbee2Mqtt(Broker(broker.port))
    await bridge.start()
    yield bridge
    await bridge.stop()


@pytest.fixture
async def sensors(broker: Mosquitto) -> AsyncIterator[JsonSensors]:
    sensors = JsonSensors(Broker(broker.port))
    await sensors.start()
    yield sensors
    await sensors.stop()


async def test_both_dialects_with_their_names(
    broker: Mosquitto, bridge: Zigbee2Mqtt, sensors: JsonSensors
) -> None:
    async with Heard(broker.port, "zigbee2mqtt", "json") as heard:
        bridge.contact(DOOR, is_open=True, battery=60)
        first = await heard.next()
        assert (first.protocol, first.address) == ("zigbee2mqtt", DOOR)
        assert (first.decoded.door, first.decoded.battery) == (Door.OPEN, 60)
        assert first.message_id
        sensors.say("doors/s1", is_open=False, sensor_id="S1", battery=80)
        second = await heard.next()
        assert (second.protocol, second.address, second.decoded.door) == ("json", "S1", Door.CLOSED)
        assert second.decoded.counter == 1


async def test_the_first_after_a_connect_is_a_state_and_the_rest_are_live(
    broker: Mosquitto, sensors: JsonSensors
) -> None:
    async with Heard(broker.port, "json") as heard:
        for is_open in (False, True, False):
            sensors.say("doors/1", is_open=is_open)
        said = [await heard.next() for _ in range(3)]
        assert [reading.live for reading in said] == [False, True, True]
        assert {reading.queued_since for reading in said} == {None}


async def test_once_settled_even_a_sensor_s_first_is_live(
    broker: Mosquitto, sensors: JsonSensors
) -> None:
    async with Heard(broker.port, "json", settle=0.0) as heard:
        sensors.say("doors/1", is_open=True)
        assert (await heard.next()).live


async def test_retained_is_never_live(broker: Mosquitto, sensors: JsonSensors) -> None:
    await sensors.say("doors/1", is_open=True, retain=True)
    async with Heard(broker.port, "json", settle=0.0) as heard:
        retained = await heard.next()
        assert not retained.live
        assert retained.queued_since is None
        sensors.say("doors/1", is_open=False, retain=True)
        assert (await heard.next()).live  # to us it comes as it is published


async def test_what_the_broker_queued_says_since_when(
    broker: Mosquitto, sensors: JsonSensors
) -> None:
    async with Heard(broker.port, "json") as heard:
        sensors.say("doors/1", is_open=False)
        await heard.next()
    contact = heard.source.last_contact
    assert contact is not None
    for is_open in (True, False):
        await sensors.say("doors/1", is_open=is_open)
    async with Heard(broker.port, "json", last_contact=contact) as heard:
        queued = [await heard.next() for _ in range(2)]
        assert [reading.live for reading in queued] == [False, True]
        assert {reading.queued_since for reading in queued} == {contact}
        assert all(reading.received_at >= contact for reading in queued)
        # lost again while the queue may still be coming: what is left is as old as before
        assert heard.source.last_contact == contact


async def test_the_moment_of_the_loss_is_tracked_across_reconnects(
    broker: Mosquitto, sensors: JsonSensors
) -> None:
    async with Heard(broker.port, "json", settle=0.0) as heard:
        heard.acknowledge = False
        sensors.say("doors/1", is_open=True)
        before = await heard.next()
        assert (before.live, before.queued_since) == (True, None)
        heard.acknowledge = True
        heard.source._judging.settle = 60.0
        await broker.restart()
        again = await heard.next()
        assert again.message_id == before.message_id
        assert again.decoded == before.decoded
        assert not again.live
        assert again.queued_since is not None
        assert before.received_at <= again.queued_since <= again.received_at


async def test_a_session_that_the_broker_lost_queued_nothing() -> None:
    async with Mosquitto(persistence=False) as forgetful:
        sensors = JsonSensors(Broker(forgetful.port))
        await sensors.start()
        async with Heard(forgetful.port, "json", last_contact=1) as heard:
            sensors.say("doors/1", is_open=True)
            assert (await heard.next()).queued_since is None
        await sensors.stop()


async def test_a_bridge_s_restart_repeats_what_it_remembers(
    broker: Mosquitto, bridge: Zigbee2Mqtt
) -> None:
    async with Heard(broker.port, "zigbee2mqtt", settle=0.0) as heard:
        bridge.contact(DOOR, is_open=True)
        assert (await heard.next()).live
        heard.source._judging.settle = 60.0
        await bridge.restart()
        remembered = await heard.next()
        assert remembered.decoded.door is Door.OPEN
        assert not remembered.live
        bridge.contact(DOOR, is_open=False)
        assert (await heard.next()).live


async def test_only_known_addresses_and_only_protocols_in_use(
    broker: Mosquitto, bridge: Zigbee2Mqtt, sensors: JsonSensors
) -> None:
    known = {("zigbee2mqtt", DOOR), ("json", "S1"), ("json", "doors/2")}
    async with Heard(broker.port, "zigbee2mqtt", known=known) as heard:
        sensors.say("doors/1", is_open=True, sensor_id="S1")  # nobody asked for it yet
        await sensors.sender.settled()
        bridge.contact("a lamp", is_open=True)
        bridge.contact(DOOR, is_open=True)
        assert (await heard.next()).address == DOOR
        assert heard.rejected[Reason.UNKNOWN_SENSOR] == 1
        heard.source.set_protocols({"json"})
        await heard.until(lambda: heard.states.count((True, "")) == 2)
        await bridge.contact(DOOR, is_open=False)  # nobody asks for it any more
        sensors.say("doors/1", is_open=False, sensor_id="S1")
        assert (await heard.next()).address == "S1"
        sensors.say("doors/2", is_open=True, sensor_id="another name")
        assert (await heard.next()).address == "doors/2"
        sensors.say("doors/3", is_open=True)
        await heard.until(lambda: heard.rejected[Reason.UNKNOWN_SENSOR] == 2)


async def test_what_gives_no_reading_is_acknowledged_and_counted(
    broker: Mosquitto, sensors: JsonSensors, caplog: pytest.LogCaptureFixture
) -> None:
    async with Heard(broker.port, "json") as heard:
        sensors.sender.give("doors/1", "open")
        sensors.sender.give("doors/1/availability", "offline")
        await heard.until(lambda: heard.rejected.total() == 2)
        assert heard.rejected == {Reason.MALFORMED: 1, Reason.OTHER_DEVICE: 1}
    assert "'doors/1': json cannot read 'open'; wanted is" in caplog.text
    async with Heard(broker.port, "json") as heard:
        sensors.say("doors/1", is_open=True)
        assert (await heard.next()).decoded.door is Door.OPEN
        assert not heard.rejected


async def test_a_sink_that_fails_once_loses_nothing(
    broker: Mosquitto, sensors: JsonSensors, caplog: pytest.LogCaptureFixture
) -> None:
    async with Heard(broker.port, "json") as heard:
        take, heard.source._judging._sink = heard.source._judging._sink, lambda delivery: 1 / 0
        await sensors.say("doors/1", is_open=True)
        async with asyncio.timeout(DEADLINE):
            while "could not be taken" not in caplog.text:
                await asyncio.sleep(0.01)
        heard.source._judging._sink = take
        sensors.say("doors/2", is_open=True)
        assert (await heard.next()).address == "doors/2"
    async with Heard(broker.port, "json") as heard:
        assert (await heard.next()).address == "doors/1"


async def test_what_a_decoder_cannot_bear_blocks_nobody(
    broker: Mosquitto, sensors: JsonSensors
) -> None:
    """More of them than a broker lets be under way at once (mosquitto: 20)."""

    def decode(topic: str, payload: bytes) -> Said:
        if topic == "doors/1":
            raise OverflowError
        return plain_json.decode(topic, payload)

    dialects = {"json": dialects_of()["json"]._replace(decode=decode)}
    async with Heard(broker.port, "json", dialects=dialects) as heard:
        for _ in range(30):
            await sensors.say("doors/1", is_open=True)
        sensors.say("doors/2", is_open=True)
        assert (await heard.next()).address == "doors/2"
        assert heard.rejected == {Reason.MALFORMED: 30}


async def test_a_bridge_that_vanishes_closes_no_door(broker: Mosquitto) -> None:
    bridge = Zigbee2Mqtt(Broker(broker.port))
    await bridge.start()
    async with Heard(broker.port, "zigbee2mqtt") as heard:
        bridge.contact(DOOR, is_open=True)
        assert (await heard.next()).decoded.door is Door.OPEN
        before = heard.rejected[Reason.OTHER_DEVICE]
        await bridge.sender.vanish()  # its will: bridge/state offline
        await heard.until(lambda: heard.rejected[Reason.OTHER_DEVICE] == before + 1)
        assert heard.readings.empty()


async def test_the_stand_in_knows_what_was_confirmed(broker: Mosquitto) -> None:
    sensors = JsonSensors(Broker(broker.port))
    await sensors.start()
    for number in range(50):
        sensors.say(f"doors/{number}", is_open=True)
    await broker.restart()
    await sensors.sender.settled()
    confirmed = [published.topic for published in sensors.sender.acknowledged]
    assert sorted(confirmed) == sorted(f"doors/{number}" for number in range(50))
    await sensors.stop()
