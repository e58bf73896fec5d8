"""Who watches a demo sees in plain words that it has ended, and is left nothing that is broken."""

import asyncio
import re
import sys

from tests.support.browser import DESK, PATIENCE_MS, chromium

STILL = "() => document.querySelector('main').inert && document.querySelector('header').inert"


async def test_when_the_demo_has_ended_its_page_says_so_and_stands_still():
    demo = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "gateway.cli", "demo", "--seconds", "8", "--seed", "5",
        stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert demo.stdout is not None
    while not (found := re.search(rb"wall map (http://[^/]+)(/\S+)", await demo.stdout.readline())):
        pass
    url, wall = found[1].decode(), found[2].decode()
    printing = asyncio.create_task(demo.stdout.read())
    async with chromium() as browser:
        page = await browser.new_page(**DESK, locale="en")
        page.set_default_timeout(PATIENCE_MS)
        await page.goto(f"{url}/login")
        await page.fill("[name=name]", "demo")
        await page.fill("[name=password]", "demo-demo-demo")
        await page.click("button.main")
        await page.goto(f"{url}{wall}")
        over = page.get_by_text("The demo has ended and its gateway has stopped.")
        assert await over.count() == 1 and not await over.is_visible()
        assert await demo.wait() == 0
        await over.wait_for()
        assert await page.evaluate(STILL)
        clock = page.locator("[data-clock]")
        stood = await clock.inner_text()
        await page.wait_for_timeout(1500)  # a second of a clock that goes on
        assert await clock.inner_text() == stood
    await printing
