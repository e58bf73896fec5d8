"""The duty desk in a real browser, against the real gateway."""

import asyncio
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from tests.support.browser import DESK, PHONE, Shown, a_page, chromium, gateway_with_pages

PEOPLE = [
    ["person_id", "name", "phone", "role", "grid_id"],
    ["P1", "王敏", "+85251230001", "member", "G1"],
    ["P3", "赵丽", "+85251230003", "community", ""],
]
HOMES = 4  # of ``Site``: H1.. at 1栋2单元501, 2栋2单元501 ...
# Runs in the page: how long the room takes to turn, from the moment a reading is sent.
TURNS = """([room, state]) => new Promise((done) => {
  const look = () => document.querySelector(`${room}.${state}`) && (done(Date.now()), true);
  if (!look()) new MutationObserver((_, me) => look() && me.disconnect())
    .observe(document.body, { subtree: true, childList: true });
})"""


async def closed(shown: Shown) -> None:
    for n in range(1, HOMES + 1):
        await shown.door(f"S{n}", "closed")


async def test_a_reading_is_on_the_wall_within_a_second(tmp_path: Path) -> None:
    async with gateway_with_pages(tmp_path, households=HOMES) as shown, chromium() as browser:
        await closed(shown)
        async with a_page(browser, shown, user="desk") as page:
            await expect(page.locator('a.unseen[href="/homes/H1"]')).to_be_visible()
            turned = asyncio.create_task(page.evaluate(TURNS, ['a[href="/homes/H1"]', "attention"]))
            sent = await page.evaluate("Date.now()")
            await shown.door("S1", "open")
            took = await turned - sent
            print(f"on the wall after {took} ms")  # the figure for the report; not judged here
            await expect(page.locator("#matters article")).to_have_count(1)
            await expect(page.locator("#matters")).to_contain_text("门仍开着")
            await shown.door("S1", "closed")
            await expect(page.locator("#matters")).to_contain_text("门已关")


@pytest.mark.parametrize("script", [True, False], ids=["with script", "without"])
async def test_take_hand_over_permit_and_resolve(tmp_path: Path, script: bool) -> None:
    async with (
        gateway_with_pages(tmp_path, households=HOMES, tables={"people": PEOPLE}) as shown,
        chromium() as browser,
    ):
        await closed(shown)
        await shown.door("S1", "open")
        await shown.door("S2", "open")
        async with a_page(browser, shown, user="desk", script=script) as page:
            await _until(page, "article.matter", 2)
            await page.locator("#i1").get_by_role("button", name="我来处理").click()
            await expect(page.locator("#i1")).to_contain_text("desk 在处理")
            await page.locator("#i1").get_by_role("link", name="转交").click()
            await page.locator("#hand-over select").select_option("P3")
            await page.locator("#hand-over").get_by_role("button").click()
            await expect(page.locator("#timeline")).to_contain_text("转交给 赵丽")
            await _until(page, '#alerts li:has-text("赵丽"):has-text("已送达")', 1)
            await expect(page.locator("#stands")).to_contain_text("desk 在处理")
            await page.locator("#resolve").get_by_label("已回家").check()
            await page.locator("#resolve").get_by_role("button").click()
            await expect(page.locator("#stands")).to_contain_text("已回家")
            await page.goto("/")
            await page.locator("#i2").get_by_role("button", name="放行 30 分").click()
            await expect(page.locator('a.permitted[href="/homes/H2"]')).to_be_visible()
            await expect(page.locator("#matters")).to_contain_text("没有要处理的事")


async def test_the_page_reconnects_to_a_gateway_that_was_restarted(tmp_path: Path) -> None:
    async with gateway_with_pages(tmp_path, households=HOMES) as shown, chromium() as browser:
        await closed(shown)
        async with a_page(browser, shown, user="desk") as page:
            bar = page.locator("#offline")
            await expect(bar).to_be_hidden()
            await shown.site.stop()
            await expect(bar).to_be_visible()
            await expect(bar).to_contain_text("正在重连")
            await shown.site.start()
            await shown.site.ready()
            await expect(bar).to_be_hidden(timeout=60_000)
            await expect(page.locator(".counters")).to_be_visible()


async def test_an_empty_gateway_shows_the_import_and_then_the_wall(tmp_path: Path) -> None:
    async with (
        gateway_with_pages(tmp_path, households=HOMES, ledger=False) as shown,
        chromium() as browser,
        a_page(browser, shown, user="desk", language="en") as page,
    ):
        await expect(page.locator("h1")).to_contain_text("No household yet")
        await shown.site.import_ledger()
        await page.reload()
        await _until(page, ".counters", 1)


async def test_the_wall_is_worked_by_keyboard(tmp_path: Path) -> None:
    async with gateway_with_pages(tmp_path, households=HOMES) as shown, chromium() as browser:
        await closed(shown)
        await shown.door("S1", "open")
        async with a_page(browser, shown, user="desk") as page:
            await _until(page, "article.matter", 1)
            for _ in range(60):
                await page.keyboard.press("Tab")
                if await page.evaluate("document.activeElement.textContent") == "我来处理":
                    break
            await page.keyboard.press("Enter")
            await expect(page.locator("#i1")).to_contain_text("desk 在处理")


@pytest.mark.parametrize("device", [DESK, PHONE], ids=["desk", "phone"])
async def test_nothing_is_wider_than_the_screen(tmp_path: Path, device: dict[str, object]) -> None:
    async with gateway_with_pages(tmp_path, households=HOMES) as shown, chromium() as browser:
        await closed(shown)
        await shown.door("S1", "open")
        async with a_page(browser, shown, user="desk", device=device) as page:
            await _until(page, "article.matter", 1)
            for path in ("/", "/incidents", "/incidents/1", "/homes/H1", "/passes", "/report"):
                await page.goto(path)
                wide = await page.evaluate(
                    "document.documentElement.scrollWidth - document.documentElement.clientWidth"
                )
                assert wide <= 0, path


async def test_states_are_told_by_shape_and_word_in_print(tmp_path: Path) -> None:
    async with gateway_with_pages(tmp_path, households=HOMES) as shown, chromium() as browser:
        await closed(shown)
        await shown.door("S1", "open")
        async with a_page(browser, shown, user="desk") as page:
            await _until(page, "article.matter", 1)
            await page.emulate_media(media="print")
            cell = page.locator('a.attention[href="/homes/H1"]')
            await expect(cell).to_have_text("▲ 501 要处理")
            ink = "(e) => [getComputedStyle(e).color, getComputedStyle(e).backgroundColor]"
            assert await cell.evaluate(ink) == ["rgb(0, 0, 0)", "rgb(255, 255, 255)"]
            await expect(page.locator("#matters button").first).to_be_hidden()


async def _until(page: Page, selector: str, count: int) -> None:
    """Waits for so many of them; a page without script is asked again."""
    for _ in range(40):
        if await page.locator(selector).count() == count:
            return
        await page.wait_for_timeout(250)
        await page.reload()
    raise AssertionError(f"{selector}: {await page.locator(selector).count()}, not {count}")


TOPS = "[...document.querySelectorAll('.matter .row button')].map((b) => b.offsetTop)"


@pytest.mark.parametrize("device", [DESK, PHONE], ids=["beside the wall", "phone"])
@pytest.mark.parametrize("language", ["zh", "en"])
async def test_what_one_can_do_now_stands_in_one_row(
    tmp_path: Path, device: dict[str, object], language: str
) -> None:
    async with (
        gateway_with_pages(tmp_path, households=HOMES) as shown,
        chromium() as browser,
        a_page(browser, shown, user="desk", language=language, device=device) as page,
    ):
        await closed(shown)
        await shown.door("S1", "open")
        await expect(page.locator("#matters article button")).to_have_count(3)
        assert len(set(await page.evaluate(TOPS))) == 1
