"""An installer's phone without a browser, and the sensors around it."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import date
from pathlib import Path

import httpx

from drivers.reading import Decoded, Delivery, Reading, nothing
from drivers.stranger import Stranger
from gateway.ledger.model import Household, Ledger, Person, Protocol, Sensor
from gateway.rulesfile import RulesFile
from gateway.store import ledgers
from rules.model import Door, Role, Tick
from tests.support.desk import LEDGER
from tests.support.web import Web, csrf, web

DAY = date(2026, 3, 1)
KEY = bytes(range(16))
NEW, OTHER = "3C:2E:F5:00:00:01", "3C:2E:F5:00:00:02"
ROOMS = {
    "A1": ("G1", "3", "1", "101"), "A2": ("G1", "3", "2", "201"), "A10": ("G1", "3", "2", "1001"),
    "B1": ("G1", "10", "1", "101"), "C1": ("G2", "1", "1", "101"),
}  # fmt: skip
HOMES = {
    key: Household(key, grid, f"{building}栋{unit}单元{room}", DAY, None, building, unit, room)
    for key, (grid, building, unit, room) in ROOMS.items()
}
FITTERS = {
    "fitter": Person("fitter", "吴刚", "+85251230061", Role.INSTALLER, "G1"),
    "neighbour": Person("neighbour", "郑伟", "+85251230062", Role.INSTALLER, "G2"),
}
SITE = replace(
    LEDGER,
    people={**LEDGER.people, **FITTERS},
    households=HOMES,
    sensors={"S1": Sensor("S1", "A1", Protocol.BTHOME, "3C:2E:F5:AA:BB:01", KEY.hex())},
)


class Stairwell:
    """An installer's phone, and the sensors around it."""

    def __init__(self, here: Web, phone: httpx.AsyncClient, token: str) -> None:
        self.here, self.phone, self._token = here, phone, token
        self.job = ""
        self._count = 0

    @property
    def now(self) -> int:
        return self.here.desk.clock.at

    @property
    def ledger(self) -> Ledger:
        return self.here.site.memory.ledger

    async def get(self, path: str) -> str:
        answer = await self.phone.get(path)
        assert answer.status_code == 200, (path, answer.status_code)
        return answer.text

    async def post(self, path: str, **form: str) -> httpx.Response:
        return await self.phone.post(path, data={"csrf": self._token, **form})

    async def begin(self, home: str, **form: str) -> str:
        """The first screen."""
        answer = await self.post(f"/install/h/{home}/begin", **form)
        assert answer.status_code == 303, answer.text
        self.job = answer.headers["location"]
        return await self.get(self.job)

    async def step(self, act: str, **form: str) -> str:
        """A tap on the screen as it is, and the screen after it."""
        answer = await self.post(f"{self.job}/{act}", **form)
        assert answer.status_code == 303, answer.text
        return await self.get(self.job)

    def stirs(self, *doors: Door, address: str = NEW, **said: object) -> None:
        for door in doors:
            self.here.desk.clock.at += 100
            stranger = Stranger("ble", "bthome", address, self.now, door, 98, -65, **said)
            self.here.site.discovery.heard(stranger)

    async def says(self, door: Door, *, address: str = NEW, rssi: int = -65) -> None:
        """A bound sensor."""
        self._count += 1
        self.here.desk.clock.at += 1_000
        decoded = Decoded(door=door, counter=self._count % 256, battery=98)
        reading = Reading("ble", "bthome", address, decoded, self.now, rssi=rssi)
        self.here.site.core.submit(Delivery(reading, nothing))
        await self.here.site.core.ask(None, Tick())

    async def ten(self, **said: object) -> None:
        for _ in range(10):
            await self.says(Door.OPEN, **said)
            await self.says(Door.CLOSED, **said)

    async def noted(self) -> list[tuple[str, str | None, str]]:
        rows = await self.here.desk.database.rows(
            "SELECT who, subject, detail FROM audit WHERE what = 'ledger' ORDER BY id"
        )
        return [tuple(row) for row in rows]

    async def alerts(self) -> int:
        return len(await self.here.desk.database.rows("SELECT 1 FROM alerts"))


def heading(page: str) -> str:
    found = re.search(r"<h1[^>]*>(.*?)</h1>", page, re.DOTALL)
    assert found is not None
    return found[1]


def texts(page: str, tag: str) -> list[str]:
    return re.findall(rf"<{tag}>(.*?)</{tag}>", page)


@asynccontextmanager
async def stairwell(folder: Path, person: str = "fitter") -> AsyncIterator[Stairwell]:
    async with web(folder, SITE) as here:

        async def take() -> None:
            version, ledger = await ledgers.latest(here.desk.database)
            await here.site.core.use(ledger, version, RulesFile.default())

        here.site.take_ledger = take
        phone = await here.client(person)
        yield Stairwell(here, phone, await csrf(phone))


async def bound(stairs: Stairwell) -> None:
    await stairs.begin("A2")
    stairs.stirs(Door.OPEN, Door.CLOSED)
    await stairs.step("bind")
