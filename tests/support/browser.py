"""A real gateway with its pages, and Debian's Chromium to look at them.

``gateway_with_pages`` is the real ``doorwatch run`` beside a broker in its process; ``chromium``
a browser; ``a_page`` a phone or a desk, logged in. A page that logs an error fails its test.
"""

import asyncio
import shutil
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from playwright.async_api import Browser, BrowserContext, Page, async_playwright

from gateway.accounts import users
from gateway.accounts.users import User
from gateway.store.database import Database
from simulators.broker import free_port
from simulators.mqtt.sender import Broker, Sender
from simulators.provider.standin import ProviderStandIn
from tests.support.site import Site
from tests.support.web import HASHED, PASSWORD

PHONE: Final = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
DESK: Final = {"viewport": {"width": 1440, "height": 930}}
PATIENCE_MS: Final = 30_000  # until a test gives up on an element; never what it measures


@dataclass
class Shown:
    """``site``: the gateway's process; ``publish``: what a sensor says; ``provider``: texts."""

    site: Site
    provider: ProviderStandIn
    sender: Sender

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.site.web}"

    async def door(self, sensor: str, state: str) -> None:
        """A sensor of ``Site`` says ``open`` or ``closed``."""
        await self.sender.publish(f"doors/{sensor}", f'{{"state": "{state}"}}')


@asynccontextmanager
async def gateway_with_pages(
    folder: Path,
    *,
    logins: Sequence[tuple[str, str, str | None]] = (("desk", "command", None),),
    tables: dict[str, list[list[Any]]] | None = None,
    ledger: bool = True,
    ble: bool = False,
    **site: Any,
) -> AsyncIterator[Shown]:
    """``logins``: name, role and grid (None: all), all with ``PASSWORD``; ``tables``: of the
    ledger, instead of the site's own; ``ble``: the system bus has an adapter hci0; ``site``: of
    ``Site``."""
    port = free_port()
    async with ProviderStandIn(delay=0.0) as provider:
        installed = Site(folder, f"embedded://127.0.0.1:{port}", provider, **site)
        installed.tables |= tables or {}
        installed.write_tables()
        if ble:
            text = installed.config.read_text().replace("enabled = false", 'adapters = ["hci0"]')
            installed.config.write_text(text)
        if ledger:
            await installed.import_ledger()
        await _add_users(installed, logins)
        await installed.start()
        try:
            await installed.ready()
            async with Sender(Broker(port), "doors") as sender:
                yield Shown(installed, provider, sender)
        finally:
            if installed.running:
                await installed.stop()


async def _add_users(site: Site, logins: Sequence[tuple[str, str, str | None]]) -> None:
    database = await Database.open(site.store)
    try:
        for name, role, grid in logins:
            user = User(name, HASHED, None, role, grid, None, 0)
            await database.transaction(lambda c, u=user: users.put(c, u))  # type: ignore[misc]
    finally:
        await database.close()


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    path = shutil.which("chromium")
    assert path is not None, "chromium is missing: make system"
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=path, args=["--no-sandbox", "--disable-dev-shm-usage"]
        )
        try:
            yield browser
        finally:
            await browser.close()


@asynccontextmanager
async def a_page(
    browser: Browser,
    shown: Shown,
    *,
    user: str | None = None,
    language: str = "zh",
    device: dict[str, Any] = DESK,
    script: bool = True,
    dark: bool = False,
) -> AsyncIterator[Page]:
    """A page of a new browser profile; with ``user`` it is logged in, at that user's start."""
    context: BrowserContext = await browser.new_context(
        **device,
        base_url=shown.url,
        locale="zh-CN" if language == "zh" else "en-GB",
        java_script_enabled=script,
        color_scheme="dark" if dark else "light",
    )
    context.set_default_timeout(PATIENCE_MS)
    page = await context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on(
        "console",
        lambda said: errors.append(said.text) if "Content Security" in said.text else None,
    )
    try:
        if user is not None:
            await log_in(page, user)
        yield page
        assert not errors, errors
    finally:
        await context.close()


async def log_in(page: Page, user: str, password: str = PASSWORD) -> None:
    await page.goto("/login")
    await page.fill("[name=name]", user)
    await page.fill("[name=password]", password)
    async with asyncio.timeout(PATIENCE_MS / 1000):
        await page.click("button.main")
