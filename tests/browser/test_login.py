"""Logging in with a real browser, at a phone and at a desk, with and without scripts."""

import re
from pathlib import Path

import pytest

from tests.support.browser import DESK, PHONE, a_page, chromium, gateway_with_pages, log_in


@pytest.mark.parametrize("device", [PHONE, DESK], ids=["phone", "desk"])
@pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
async def test_an_installer_logs_in_and_out(tmp_path: Path, device: dict, script: bool) -> None:
    logins = [("ann", "installer", "G1")]
    async with (
        gateway_with_pages(tmp_path, logins=logins) as shown,
        chromium() as browser,
        a_page(browser, shown, device=device, script=script) as page,
    ):
        await log_in(page, "ann", "a wrong password")
        assert await page.locator("[role=alert]").inner_text() == "▲ 用户名或密码不对"
        await page.screenshot(path=tmp_path / "login.png")
        await log_in(page, "ann")
        await page.wait_for_url("**/install")
        await page.click("text=退出")
        await page.wait_for_url("**/login")
        await page.goto("/install")
        await page.wait_for_url(re.compile(r"/login\?next=%2Finstall$"))
        await page.click("text=English")
        assert await page.locator("h1").inner_text() == "Log in"
