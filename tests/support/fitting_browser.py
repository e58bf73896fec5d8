"""A stairwell for a real browser: doors on a private D-Bus, heard by the real gateway."""

import asyncio
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.async_api import Page

from gateway.accounts import users
from gateway.accounts.users import User
from gateway.store.database import Database
from simulators.bluez.bthome_sensor import UUID, BTHomeSensor
from simulators.bluez.standin import BluezStandIn
from tests.support.browser import Shown, gateway_with_pages
from tests.support.site import READY_S
from tests.support.web import HASHED

KEY = bytes(range(16))
MINE, NEIGHBOUR, SEALED = "3C:2E:F5:AA:CC:9F", "3C:2E:F5:AA:81:AE", "3C:2E:F5:AA:19:84"
SIGNALS = {MINE: -64, NEIGHBOUR: -58, SEALED: -81}
TABLES: dict[str, list[list[Any]]] = {
    "people": [
        ["person_id", "name", "phone", "role", "grid_id", "language", "duty"],
        ["P1", "王敏", "+85251230001", "member", "G1", "zh", ""],
        ["P2", "刘强", "+85251230002", "leader", "G1", "en", ""],
        ["fitter", "吴刚", "+85251230009", "installer", "G1", "", ""],
    ],
    "households": [
        ["household_id", "grid_id", "address", "isolation_start", "isolation_end"],
        ["H1", "G1", "1栋1单元101", "2020-01-01", ""],
        *(
            [f"3-{unit}-{room}", "G1", f"3栋{unit}单元{room}", "2020-01-01", ""]
            for unit in (1, 2)
            for room in (101, 102, 201, 202, 301, 302, 401, 402, 501, 502)
        ),
    ],
}


@dataclass
class Stairwell:
    """``shown``: the gateway; the doors by MAC."""

    shown: Shown
    bluez: BluezStandIn
    doors: Mapping[str, BTHomeSensor]

    async def say(self, mac: str, *, is_open: bool, rssi: int | None = None) -> None:
        packet = {UUID: self.doors[mac].packet(is_open=is_open)}
        await self.bluez.advertise(mac, service_data=packet, rssi=rssi or SIGNALS[mac])

    async def cycle(self, mac: str = MINE, *, rssi: int | None = None) -> None:
        """Opened and closed."""
        for is_open in (True, False):
            await self.say(mac, is_open=is_open, rssi=rssi)

    def bound(self) -> dict[str, str]:
        """Sensors of the newest ledger: id and address."""
        (body,) = self.shown.site.rows("SELECT body FROM ledger ORDER BY version DESC LIMIT 1")[0]
        found = re.findall(r'"sensor_id":"([^"]+)".*?"address":"([^"]+)"', body)
        return dict(found)


@asynccontextmanager
async def stairwell(folder: Path) -> AsyncIterator[Stairwell]:
    async with BluezStandIn() as bluez:
        with bluez.as_system_bus():
            async with gateway_with_pages(folder, logins=(), tables=TABLES, ble=True) as shown:
                database = await Database.open(shown.site.store)
                fitter = User("fitter", HASHED, "fitter", None, None, None, 0)
                await database.transaction(lambda c: users.put(c, fitter))
                await database.close()
                doors = {mac: BTHomeSensor(mac, battery=98) for mac in (MINE, NEIGHBOUR)}
                doors[SEALED] = BTHomeSensor(SEALED, KEY, battery=77)
                await _radio(shown)
                yield Stairwell(shown, bluez, doors)


async def _radio(shown: Shown) -> None:
    """The gateway is ready with one receiver; here it has to be the radio."""
    async with asyncio.timeout(READY_S):
        while (
            'doorwatch_radio_up{adapter="hci0"} 1'
            not in (await shown.site.get("/metrics", shown.site.metrics))[1]
        ):
            await asyncio.sleep(0.05)


async def choose(page: Page, *names: str) -> None:
    for name in names:
        await page.locator(".tile", has_text=re.compile(rf"^\s*{name}")).first.click()
