"""What we ask of any broker: the shipped default, the durable one, the one in process."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from gateway.broker import EmbeddedBroker
from simulators.brokers import Mosquitto, Nats
from simulators.mqtt.sender import Broker, Sender
from tests.support.mqtt import Ear, within

AnyBroker = Mosquitto | Nats | EmbeddedBroker
REAL = {"mosquitto": Mosquitto, "nats": Nats}
NAMES = ["doors/3-2-501", "doors/3栋/501", "doors/a/b/c", "doors/é✓"]
# What nats-server does not take, see test_broker_limits
FREE_NAMES = ["doors/3 2 501", "doors/3栋/501 入户门", "doors/3.2.501"]


@pytest.fixture(params=["mosquitto", "nats", "embedded"])
async def broker(request: pytest.FixtureRequest) -> AsyncIterator[AnyBroker]:
    if request.param in REAL:
        async with REAL[request.param]() as real:
            yield real
    else:
        embedded = EmbeddedBroker()
        await embedded.start()
        yield embedded
        await embedded.stop()


@pytest.fixture
async def sender(broker: AnyBroker) -> AsyncIterator[Sender]:
    async with Sender(Broker(broker.port), "sender") as connected:
        yield connected


@pytest.mark.parametrize("topic", NAMES)
async def test_a_message_arrives_as_it_was_sent(
    broker: AnyBroker, sender: Sender, topic: str
) -> None:
    async with Ear(broker.port, "doors/#") as ear:
        await ear.subscribed()
        await within(sender.publish(topic, "门 open"))
        message = await ear.next()
        assert (message.topic, message.payload.decode()) == (topic, "门 open")
        assert message.mid  # QoS 1
        assert not message.retained
        message.ack()


@pytest.mark.parametrize("topic", FREE_NAMES)
@pytest.mark.parametrize("broker", ["mosquitto", "embedded"], indirect=True)
async def test_names_with_spaces_and_dots(broker: AnyBroker, sender: Sender, topic: str) -> None:
    async with Ear(broker.port, "doors/#") as ear:
        await ear.subscribed()
        await within(sender.publish(topic, "open"))
        message = await ear.next()
        message.ack()
        assert message.topic == topic


async def test_a_retained_message_says_so(broker: AnyBroker, sender: Sender) -> None:
    await within(sender.publish("doors/1", "open", retain=True))
    async with Ear(broker.port, "doors/#") as ear:
        message = await ear.next()
        assert message.retained
        message.ack()


async def test_acknowledged_messages_do_not_come_again(broker: AnyBroker, sender: Sender) -> None:
    async with Ear(broker.port, "doors/#") as ear:
        await ear.subscribed()
        for number in range(50):
            sender.give("doors/1", str(number))
        for number in range(50):
            message = await ear.next()
            assert message.payload == str(number).encode()
            message.ack()
    async with Ear(broker.port, "doors/#") as ear:
        await ear.subscribed()
        await within(sender.publish("doors/1", "new"))
        message = await ear.next()
        message.ack()
        assert message.payload == b"new"


async def test_our_own_messages_are_confirmed(broker: AnyBroker) -> None:
    async with Ear(broker.port, "doors/#") as ear:
        await ear.subscribed()
        await within(ear.link.publish("doors/9", "hello", retain=False))
        message = await ear.next()
        message.ack()
        assert message.payload == b"hello"


async def test_filters_change_while_connected(broker: AnyBroker, sender: Sender) -> None:
    async with Ear(broker.port, "doors/#") as ear:
        await ear.subscribed()
        ear.link.set_filters(["other/#"])
        await ear.subscribed(2)
        await within(sender.publish("doors/1", "not any more"))
        await within(sender.publish("other/1", "now"))
        message = await ear.next()
        message.ack()
        assert message.payload == b"now"


async def test_a_broker_that_restarts_is_found_again(
    broker: AnyBroker,
) -> None:
    async with Ear(broker.port, "doors/#") as ear:
        await ear.subscribed()
        await broker.stop()
        await ear.down()
        await broker.start()
        await ear.subscribed(2)
        async with Sender(Broker(broker.port), "another") as sender:
            await within(sender.publish("doors/1", "after"))
        message = await ear.next()
        message.ack()
        assert message.payload == b"after"
        assert message.connection > 1


async def test_a_large_message_arrives_whole(broker: AnyBroker, sender: Sender) -> None:
    large = bytes(range(256)) * 1_000
    async with Ear(broker.port, "doors/#") as ear:
        await ear.subscribed()
        await asyncio.gather(*(sender.give("doors/1", large) for _ in range(3)))
        for _ in range(3):
            message = await ear.next()
            message.ack()
            assert message.payload == large
