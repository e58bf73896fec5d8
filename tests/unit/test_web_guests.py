"""Connections that never say what they want, or are too many: the listener lets them go."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from fastapi import FastAPI, Request

from gateway.addresses import Listen
from gateway.web import guests
from gateway.web.server import Listener

GET = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"


@asynccontextmanager
async def listening() -> AsyncIterator[int]:
    app = FastAPI()

    @app.api_route("/", methods=["GET", "POST"])
    async def root(request: Request) -> str:
        return str(len(await request.body()))

    listener = Listener(app, Listen("127.0.0.1", 0))
    await listener.start()
    try:
        yield listener.port
    finally:
        await listener.stop()


async def said(port: int, *parts: bytes) -> bytes:
    """What comes back until the other side ends it."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        for part in parts:
            writer.write(part)
            await writer.drain()
        return await reader.read()
    except ConnectionResetError:
        return b""
    finally:
        writer.close()


@pytest.mark.parametrize(
    "begun",
    [
        b"",
        b"GET / HTTP/1.1\r\nHost: x\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 99\r\n\r\nabc",
        b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
    ],
    ids=["nothing", "half a head", "half a body", "chunks without an end"],
)
async def test_who_never_ends_a_request_is_let_go(monkeypatch, begun):
    monkeypatch.setattr(guests, "PATIENCE_S", 0.05)
    async with listening() as port:
        async with asyncio.timeout(10):
            assert await said(port, begun) == b""


async def test_who_asks_gets_an_answer_however_slow_it_is(monkeypatch):
    """The patience is for the question."""
    monkeypatch.setattr(guests, "PATIENCE_S", 0.01)
    app, go_on = FastAPI(), asyncio.Event()

    @app.get("/")
    async def slow() -> str:
        await go_on.wait()
        return "done"

    looked = asyncio.Event()
    look = guests.Guest._look

    def seen(self: guests.Guest) -> None:
        looks.append(1)
        if len(looks) > 5:
            looked.set()
        look(self)

    looks: list[int] = []
    monkeypatch.setattr(guests.Guest, "_look", seen)
    listener = Listener(app, Listen("127.0.0.1", 0))
    await listener.start()
    try:
        asked = asyncio.create_task(
            said(listener.port, GET.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
        )
        await looked.wait()
        go_on.set()
        assert b"done" in await asked
    finally:
        await listener.stop()


@pytest.mark.parametrize(("limit", "proxies"), [("MOST", {"127.0.0.1"}), ("MOST_OF_ONE", set())])
async def test_more_connections_than_that_are_not_kept(monkeypatch, limit, proxies):
    monkeypatch.setattr(guests, limit, 3)
    monkeypatch.setattr(guests, "_PROXY", proxies)
    async with listening() as port:
        held = []
        for _ in range(3):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(GET)
            assert (await reader.readline()).startswith(b"HTTP/1.1 200")
            held.append(writer)
        assert await said(port, GET) == b""
        for writer in held:
            writer.close()
            await writer.wait_closed()
        async with asyncio.timeout(10):
            while b"200 OK" not in await said(
                port, GET.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
            ):
                pass
