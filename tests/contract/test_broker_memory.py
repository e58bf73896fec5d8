"""What a broker with a memory, users and certificates must do: the shipped one, the durable one."""

import asyncio
import socket
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from simulators.brokers import Mosquitto, Nats, ServerTls
from simulators.mqtt.certificates import Authority
from simulators.mqtt.sender import Broker, Sender
from tests.support.mqtt import Ear, within

Kind = type[Mosquitto] | type[Nats]
Either = Mosquitto | Nats


@pytest.fixture(params=[Mosquitto, Nats], ids=["mosquitto", "nats"])
def kind(request: pytest.FixtureRequest) -> Kind:
    found: Kind = request.param
    return found


@pytest.fixture
async def broker(kind: Kind) -> AsyncIterator[Either]:
    async with kind() as running:
        yield running


async def publish(broker: Either, *payloads: str) -> None:
    async with Sender(Broker(broker.port), "sender") as sender:
        for payload in payloads:
            sender.give("doors/1", payload)
        await sender.settled()


async def test_what_is_not_acknowledged_comes_again_in_order(broker: Either) -> None:
    async with Ear(broker.port, "doors/#") as ear:
        await ear.subscribed()
        await publish(broker, "1", "2", "3")
        first = await ear.next()
        first.ack()
        assert [(await ear.next()).payload for _ in "23"] == [b"2", b"3"]
    async with Ear(broker.port, "doors/#") as ear:
        again = [await ear.next() for _ in "23"]
        assert [message.payload for message in again] == [b"2", b"3"]
        assert ear.link.session_present


async def test_what_came_while_we_were_away_is_kept(broker: Either) -> None:
    async with Ear(broker.port, "doors/#") as ear:
        await ear.subscribed()
    numbers = [str(number) for number in range(100)]
    await publish(broker, *numbers)
    async with Ear(broker.port, "doors/#") as ear:
        for number in numbers:
            message = await ear.next()
            assert message.payload == number.encode()
            message.ack()


async def test_a_restart_of_the_broker_loses_nothing(broker: Either) -> None:
    async with Ear(broker.port, "doors/#") as ear:
        await ear.subscribed()
        await publish(broker, "kept")
        before = await ear.next()
        await broker.restart()
        after = await ear.next()
        assert (after.payload, after.connection) == (b"kept", before.connection + 1)


async def test_an_acknowledgement_of_an_older_connection_is_dropped(broker: Either) -> None:
    """The broker may have given the same packet identifier to another message by then."""
    async with Ear(broker.port, "doors/#") as ear:
        await ear.subscribed()
        await publish(broker, "mine")
        before = await ear.next()
        await broker.restart()
        after = await ear.next()
        assert before.mid == after.mid
        before.ack()
    async with Ear(broker.port, "doors/#") as ear:
        again = await ear.next()
        assert again.payload == b"mine"
        again.ack()
        again.ack()  # a second one is none
    async with Ear(broker.port, "doors/#") as ear:
        await ear.subscribed()
        await publish(broker, "next")
        assert (await ear.next()).payload == b"next"


async def test_unacknowledged_messages_hold_the_broker_back(kind: Kind) -> None:
    async with kind(inflight=5) as broker, Ear(broker.port, "doors/#") as ear:
        await ear.subscribed()
        await publish(broker, *"123456789")
        held = [await ear.next() for _ in range(5)]
        await ear.link.publish("elsewhere", "a round trip to the broker and back")
        assert ear.messages.empty()
        for message in held:
            message.ack()
        assert [(await ear.next()).payload for _ in range(4)] == [b"6", b"7", b"8", b"9"]


async def test_a_wrong_password_is_said_and_tried_again_with_pauses(kind: Kind) -> None:
    async with kind(users={"gateway": "right"}) as broker:
        began = time.monotonic()
        spent = time.process_time()
        async with Ear(broker.port, "doors/#", username="gateway", password="wrong") as ear:
            reason = await ear.down()
            assert "wrong user name or password" in reason
            assert "'gateway'" in reason
            async with asyncio.timeout(10):
                while ear.link.attempts < 4:
                    await asyncio.sleep(0.01)
            # three pauses: 0.1, 0.2, 0.4 s, each at least half as long
            assert time.monotonic() - began >= 0.35
            assert time.process_time() - spent < 0.5 * (time.monotonic() - began)
            assert len(ear.states) == 1, "a reason is told once"
        async with Ear(broker.port, "doors/#", username="gateway", password="right") as ear:
            await ear.subscribed()


async def test_tls_with_a_certificate_of_ours(kind: Kind, tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    server, client = authority.issue("server"), authority.issue("gateway")
    stranger = Authority(tmp_path, "stranger")
    tls = ServerTls(authority.ca_file, server.cert_file, server.key_file, clients=True)
    ours = {"cert_file": str(client.cert_file), "key_file": str(client.key_file)}
    large = "x" * 100_000  # several TLS records
    async with kind(tls=tls) as broker:
        async with Ear(
            broker.port, "doors/#", tls=True, ca_file=str(authority.ca_file), **ours
        ) as ear:
            await ear.subscribed()
            await within(ear.link.publish("doors/1", large))
            for number in range(300):
                await within(ear.link.publish("doors/1", str(number)))
            message = await ear.next()
            message.ack()
            assert message.payload == large.encode()
            for number in range(300):
                message = await ear.next()
                message.ack()
                assert message.payload == str(number).encode()
        async with Ear(
            broker.port, "doors/#", tls=True, ca_file=str(stranger.ca_file), **ours
        ) as ear:
            assert "certificate is not trusted" in await ear.down()
        async with Ear(broker.port, "doors/#", tls=True, ca_file=str(authority.ca_file)) as ear:
            assert await ear.down()  # it wants a certificate of ours
            assert not ear.link.up


async def test_sigkill_of_the_broker_is_survived(broker: Either) -> None:
    async with Ear(broker.port, "doors/#") as ear:
        await ear.subscribed()
        await broker.kill()
        assert "closed the connection" in await ear.down()
        await broker.start()
        await ear.subscribed(2)
        await publish(broker, "after")
        message = await ear.next()
        message.ack()
        assert message.payload == b"after"


async def test_nobody_listens() -> None:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))  # and does not listen
        async with Ear(bound.getsockname()[1], "doors/#") as ear:
            assert "cannot reach 127.0.0.1" in await ear.down()
