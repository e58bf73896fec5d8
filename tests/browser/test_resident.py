"""The resident's page on a phone, in both languages, with and without scripts."""

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.support.browser import PHONE, Shown, a_page, chromium, gateway_with_pages


async def key(shown: Shown, *options: str) -> dict[str, Any]:
    """What ``doorwatch resident token issue H1`` prints."""
    config = shown.site.config
    if "public_url" not in config.read_text():
        text = config.read_text().replace("[web]\n", f'[web]\npublic_url = "{shown.url}"\n')
        config.write_text(text)
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "gateway.cli", "resident", "token", "issue", "H1", "--json", *options),
        *("--config", str(config)),
        stdout=asyncio.subprocess.PIPE,
    )
    said, _ = await process.communicate()
    assert process.returncode == 0
    found: dict[str, Any] = json.loads(said)
    return found


@pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
async def test_a_parcel_is_declared_and_help_is_called(tmp_path: Path, script: bool) -> None:
    async with (
        gateway_with_pages(tmp_path) as shown,
        chromium() as browser,
        a_page(browser, shown, device=PHONE, script=script) as page,
    ):
        await shown.door("S1", "closed")
        issued = await key(shown)
        await page.goto(issued["url"])
        assert await page.locator("h1").inner_text() == "要开一次门？先点一下"
        await page.click("text=取快递")
        assert "请开一次门" in await page.locator("[role=alert]").inner_text()
        await shown.door("S1", "open")
        await shown.door("S1", "closed")
        await page.click("text=紧急情况")
        await page.click("text=现在叫人来")
        assert "已经通知了" in await page.locator("[role=alert]").inner_text()
        await shown.site.until(lambda: [i["kind"] for i in shown.site.incidents()] == ["emergency"])
        await shown.site.until(lambda: shown.provider.messages)
        await page.click("text=English")
        assert await page.locator("h1").inner_text() == "Need to open the door? Tap first"


async def test_the_code_inside_the_home_asks_for_its_pin(tmp_path: Path) -> None:
    async with (
        gateway_with_pages(tmp_path) as shown,
        chromium() as browser,
        a_page(browser, shown, device=PHONE) as page,
    ):
        issued = await key(shown, "--pin")
        await page.goto(issued["url"])
        await page.fill("[name=pin]", "999999" if issued["pin"] != "999999" else "000000")
        await page.click("button.main")
        assert await page.locator("[role=alert]").inner_text() == "▲ 数字不对，请再看一下"
        await page.fill("[name=pin]", issued["pin"])
        await page.click("button.main")
        assert "1栋2单元501" in await page.locator("header").inner_text()
