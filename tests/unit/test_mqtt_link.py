"""The link against a broker that misbehaves, and against paho's ways."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest
from paho.mqtt import client as mqtt

from drivers.mqtt.paho import OpenedClient
from tests.support.mqtt import Ear, within

CONNACK = b"\x20\x02\x00\x00"


def test_paho_still_opens_its_socket_where_we_put_ours() -> None:
    """The one private method of paho that we replace; see ``drivers.mqtt.paho``."""
    assert OpenedClient._create_socket is not mqtt.Client._create_socket
    assert "_create_socket" in mqtt.Client.reconnect.__code__.co_names


@asynccontextmanager
async def says_only(*answers: bytes) -> AsyncIterator[int]:
    """A broker that answers the first packets so, and is silent ever after. Its port."""
    ended = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        left = iter(answers)
        with suppress(ConnectionError):
            while await reader.read(1_000):
                writer.write(next(left, b""))
        writer.close()
        ended.set()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]
    await within(ended.wait())


async def test_a_broker_that_never_answers() -> None:
    async with says_only() as port, Ear(port, "doors/#", connect_timeout=0.1) as ear:
        assert await ear.down() == "the broker does not answer"


async def test_a_broker_that_goes_silent_is_noticed_by_the_keep_alive() -> None:
    async with says_only(CONNACK) as port, Ear(port, keepalive=1) as ear:
        await ear.until(lambda: ear.states == [(True, "")])
        assert await ear.down() == "the broker does not answer any more"


@pytest.mark.parametrize(
    ("code", "said"),
    [
        (1, "the connection ended: Protocol error"),
        (2, "the broker does not accept the client id 'ear'"),
        (3, "the broker is not available"),
        (4, "wrong user name or password (user none given)"),
        (5, "wrong user name or password, or not allowed (user none given)"),
    ],
)
async def test_why_a_broker_refuses(code: int, said: str) -> None:
    async with says_only(bytes([0x20, 2, 0, code])) as port, Ear(port, retry_first=9.0) as ear:
        assert await ear.down() == said


async def test_a_refused_subscription_is_told() -> None:
    suback = b"\x90\x04\x00\x01\x01\x80"  # packet 1: the first filter granted, the second not
    async with says_only(CONNACK, suback) as port, Ear(port, "a/#", "b/#") as ear:
        await ear.subscribed()
        assert ear.answers == [["b/#"]]


async def test_stopping_before_anything_was_reached() -> None:
    ear = Ear(1, "doors/#")
    await ear.link.start()
    waiting = asyncio.create_task(ear.link.publish("doors/1", "x"))
    await ear.down()
    await ear.link.stop()
    outcome = await within(asyncio.gather(waiting, return_exceptions=True))
    assert isinstance(outcome[0], ConnectionError)
