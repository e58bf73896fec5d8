"""The pages and the API over a desk's core, asked without a network."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import httpx
from fastapi import FastAPI

from gateway.accounts import passwords, users
from gateway.accounts.sessions import Sessions
from gateway.accounts.users import User
from gateway.config import Config
from gateway.discovery import Discovery
from gateway.ledger.model import Ledger
from gateway.metrics import Metrics
from gateway.store import ledgers
from gateway.web.app import web_app
from gateway.web.health import Health
from gateway.web.routes import routes
from gateway.web.site import Site
from tests.support.desk import LEDGER, Desk, desk

PASSWORD = "open sesame 1"
HASHED = passwords.hashed(PASSWORD)
BASE = "http://gateway.test"


@dataclass
class Web:
    """``client()``: nobody; ``client("member")``: logged in as that person of the ledger."""

    desk: Desk
    site: Site
    app: FastAPI
    committed: list[int]  # how often texts were said to wait

    async def client(self, person_id: str | None = None) -> httpx.AsyncClient:
        client = httpx.AsyncClient(
            transport=httpx.ASGITransport(self.app), base_url=BASE, headers={"accept": "text/html"}
        )
        if person_id is not None:
            await self.add_user(person_id)
            data = {"name": person_id, "password": PASSWORD}
            answer = await client.post("/login", data=data)
            assert answer.status_code == 303, answer.text
        return client

    async def add_user(self, person_id: str) -> None:
        user = User(person_id, HASHED, person_id, None, None, "en", 0)
        await self.desk.database.transaction(lambda c: users.put(c, user))


async def csrf(client: httpx.AsyncClient, path: str = "/no-such-page") -> str:
    """The token of a logged-in client, as its pages have it."""
    found = re.search(r'name="csrf" value="(\w+)"', (await client.get(path)).text)
    assert found is not None
    return found[1]


@asynccontextmanager
async def web(
    folder: Path, ledger: Ledger = LEDGER, config: Config | None = None
) -> AsyncIterator[Web]:
    async with desk(folder, ledger) as here:
        await ledgers.add(here.database, ledger, here.clock.now(), after=0)
        await here.core.use(ledger, 1, here.core.memory.rules)
        config = config or Config()
        health = Health(store=True, rules=True, sources={"mqtt": True})
        committed: list[int] = []
        discovery = Discovery(lambda stranger: False, lambda on: None, health.sources)
        site = Site(
            config,
            here.core,
            here.database,
            discovery,
            health,
            Metrics((), ()),
            Sessions(here.database, b"a key for the tests"),
            b"a key for the tests",
            lambda: committed.append(1),
        )
        yield Web(here, site, cast(FastAPI, web_app(site, routes(site))), committed)
        discovery.stop()
