"""Operations in a real browser: the glance is live, rules are rehearsed before they are saved."""

import re
from itertools import pairwise
from pathlib import Path

import pytest

from tests.support.browser import DESK, PHONE, Shown, a_page, chromium, gateway_with_pages

LOGINS = [("root", "ops", None), ("one", "ops", "G1")]
BEFORE = "[defaults]\nheld_open_minutes = 5\n"
OTHER = "[defaults]\nheld_open_minutes = 9\nremind_hours = 4\n"


async def breached(shown: Shown, sensor: str = "S1") -> None:
    """A door opens that may not, and its incident is stored."""
    before = len(shown.site.incidents())
    await shown.door(sensor, "closed")
    await shown.door(sensor, "open")
    await shown.site.until(lambda: len(shown.site.incidents()) > before)


async def test_the_glance_shows_a_change_without_being_asked(tmp_path: Path) -> None:
    async with (
        gateway_with_pages(tmp_path, logins=LOGINS, households=3) as shown,
        chromium() as browser,
        a_page(browser, shown, user="root", language="en") as page,
    ):
        await page.click("nav >> text=Operations")
        heard = page.locator("a[href='/ops/sensors?be=heard'] b")
        assert await page.locator("a[href='/ops/sensors?be=never'] b").inner_text() == "3"
        for name in ("Broker", "Provider twilio", "Outbox", "Clock", "Heartbeat", "Store"):
            assert await page.locator("h3", has_text=name).count() == 1, name
        await shown.door("S1", "closed")
        await page.locator("a[href='/ops/sensors?be=never'] b", has_text="2").wait_for()
        assert await heard.count() == 1
        await page.locator("article", has_text="Broker").locator("text=Runbook").click()
        assert await page.locator("h1").inner_text() == "DoorwatchBrokerDown"
        assert await page.locator("h2").first.inner_text() == "Meaning"
        await page.click("text=中文")
        assert await page.locator("h2").first.inner_text() == "含义"


@pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
@pytest.mark.parametrize("device", [DESK, PHONE], ids=["desk", "phone"])
async def test_rules_are_rehearsed_then_saved(tmp_path: Path, device: dict, script: bool) -> None:
    async with (
        gateway_with_pages(tmp_path, logins=LOGINS, rules=BEFORE) as shown,
        chromium() as browser,
        a_page(browser, shown, user="root", language="en", device=device, script=script) as page,
    ):
        await breached(shown)
        await page.goto("/ops/rules")
        assert await page.locator("textarea").input_value() == BEFORE
        await page.fill("textarea", "[defaults]\nheld_open = 9\n")
        await page.click("button:text-is('Rehearse')")
        alert = page.locator("[role=alert]")
        assert "rules.toml: defaults.held_open" in await alert.inner_text()
        assert "did you mean held_open_minutes?" in await alert.inner_text()
        await page.fill("textarea", OTHER)
        await page.click("button:text-is('Rehearse')")
        save = page.locator("text=Save what was rehearsed")
        await save.wait_for()
        assert "+held_open_minutes = 9" in await page.locator(".diff").inner_text()
        assert "-held_open_minutes = 5" in await page.locator(".diff").inner_text()
        assert (tmp_path / "rules.toml").read_text() == BEFORE
        await save.click()
        assert "in force" in await page.locator("[role=status].good").inner_text()
        assert (tmp_path / "rules.toml").read_text() == OTHER
        assert (tmp_path / "rules.toml.1").read_text() == BEFORE
        await page.goto("/ops/audit")
        assert await page.locator("td", has_text="saved the rules").count() == 1
        await page.goto("/ops/check")
        await page.click("text=Check now")
        await page.locator("text=No mistakes").wait_for()


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("device", [DESK, PHONE], ids=["desk", "phone"])
async def test_no_page_is_wider_than_its_screen_and_each_is_light(
    tmp_path: Path, device: dict, language: str
) -> None:
    paths = (
        "",
        "/sensors",
        "/maintenance",
        "/rules",
        "/check",
        "/audit",
        "/runbooks/DoorwatchDiskWear",
    )
    async with (
        gateway_with_pages(tmp_path, logins=LOGINS, households=30) as shown,
        chromium() as browser,
        a_page(browser, shown, user="root", language=language, device=device) as page,
    ):
        for path in paths:
            answer = await page.goto(f"/ops{path}")
            assert answer is not None and answer.ok
            assert len(await answer.body()) < 60_000
            wide = await page.evaluate("document.documentElement.scrollWidth - innerWidth")
            assert wide <= 0, path
            levels = await page.locator("h1, h2, h3").evaluate_all(
                "all => all.map(one => Number(one.tagName[1]))"
            )
            steps = [after - before for before, after in pairwise(levels)]
            assert levels[0] == 1 and all(step <= 1 for step in steps), (path, levels)


async def test_operations_of_a_grid_are_kept_from_what_is_everybodys(tmp_path: Path) -> None:
    async with (
        gateway_with_pages(tmp_path, logins=LOGINS) as shown,
        chromium() as browser,
        a_page(browser, shown, user="one", language="en") as page,
    ):
        await page.goto("/ops")
        assert await page.locator("nav.pages a").all_inner_texts() == [
            "At a glance", "Sensors", "Maintenance", "Runbooks",
        ]  # fmt: skip
        answer = await page.goto("/ops/rules")
        assert answer is not None and answer.status == 404
        await page.goto("/ops/maintenance")
        options = await page.locator("select[name=grid] option").all_inner_texts()
        assert options == ["Grid G1"]
        await page.fill("[name=why]", "a new antenna")
        await page.click("button:text-is('Begin maintenance')")
        assert re.search(r"ends by itself at \d\d:\d\d", await page.locator("main").inner_text())
        await page.goto("/ops")
        assert "Grid G1 is under maintenance" in await page.locator("#maintained").inner_text()
