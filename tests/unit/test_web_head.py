"""HEAD on both listeners: what GET would say, without the body."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from gateway.addresses import Listen
from gateway.web import live
from gateway.web.health import Health, metrics_app
from gateway.web.server import Listener
from tests.support.web import web

SAME = ("content-type", "content-length", "location", "content-security-policy")
HTML = {"accept": "text/html"}


@asynccontextmanager
async def served(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    listener = Listener(app, Listen("127.0.0.1", 0))
    await listener.start()
    try:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{listener.port}") as client:
            yield client
    finally:
        await listener.stop()


async def compare(client: httpx.AsyncClient, path: str) -> int:
    get = await client.get(path, headers=HTML)
    head = await client.head(path, headers=HTML)
    assert head.status_code == get.status_code
    assert [head.headers.get(name) for name in SAME] == [get.headers.get(name) for name in SAME]
    assert head.content == b""
    return head.status_code


async def test_on_the_pages(tmp_path: Path) -> None:
    async with web(tmp_path) as here, served(here.app) as client:
        statuses = [await compare(client, path) for path in ("/healthz", "/readyz", "/login", "/")]
        assert statuses == [200, 200, 200, 303]
        assert await compare(client, "/no-such-page") == 404
        assert (await client.put("/healthz")).status_code == 405


@pytest.mark.parametrize("is_ready", [True, False])
async def test_on_the_metrics(is_ready: bool) -> None:
    health = Health(store=is_ready, rules=True, sources={"broker": True})
    async with served(metrics_app(health, lambda: b"a 1\n")) as client:
        statuses = [await compare(client, path) for path in ("/healthz", "/readyz", "/metrics")]
        assert statuses == [200, 200 if is_ready else 503, 200]


async def test_a_stream_has_an_end_and_nobody_watches_it(tmp_path: Path) -> None:
    async with web(tmp_path) as here, served(here.app) as client:
        login = (await here.client("member")).cookies
        cookie = "; ".join(f"{name}={value}" for name, value in login.items())
        head = await client.head("/events", headers={"cookie": cookie}, timeout=10)
        assert head.headers["content-type"].startswith("text/event-stream")
        async with asyncio.timeout(10):
            while live._watching:
                await asyncio.sleep(0.01)


async def test_the_date_in_the_answers_goes_on() -> None:
    async with served(metrics_app(Health(), lambda: b"")) as client, asyncio.timeout(10):
        first = (await client.head("/healthz")).headers["date"]
        while (await client.head("/healthz")).headers["date"] == first:
            await asyncio.sleep(0.05)
