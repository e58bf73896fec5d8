"""Reading a running gateway's metrics, when it runs and when somebody else is there."""

import asyncio

import pytest

from gateway import running
from gateway.addresses import Listen
from gateway.config import Config
from gateway.config.tables import Metrics
from simulators.broker import free_port

OK = b"HTTP/1.0 200 OK\r\n\r\n"


def config(port: int) -> Config:
    return Config.model_construct(metrics=Metrics(listen=Listen("0.0.0.0", port)))


async def answer(reply: bytes) -> running.Running | None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(reply)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        return await running.look(config(server.sockets[0].getsockname()[1]))


async def test_a_gateway_that_runs() -> None:
    found = await answer(OK + b'a_total{x="1",y="2"} 3\na_total{x="1",y="4"} 5\nb 0\n')
    assert found is not None
    assert found.value("b") == 0
    assert found.value("a_total", x="1", y="4") == 5
    assert found.value("a_total", x="1") is None
    assert found.values("a_total", "y", x="1") == {"2": 3, "4": 5}


@pytest.mark.parametrize(
    "reply", [b"", b"SSH-2.0-OpenSSH\r\n", b"HTTP/1.0 404 No\r\n\r\n", OK + b"<html>", OK + b"\xff"]
)
async def test_somebody_else_is_there(reply: bytes) -> None:
    assert await answer(reply) is None


async def test_nobody_is_there() -> None:
    assert await running.look(config(free_port())) is None
