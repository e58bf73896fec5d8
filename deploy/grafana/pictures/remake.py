"""Remakes docs/pictures/grafana-*.png: `npm run pictures`; `-- --again` draws the last answers."""

import asyncio
import json
import shutil
import sys
from pathlib import Path
from typing import Any, Final

from playwright.async_api import Page, Route, async_playwright
from record import DASHBOARDS, record

HERE: Final = Path(__file__).parent
ANSWERS: Final = HERE / "out/answers.json"
FONTS: Final = HERE / "node_modules/@fontsource/inter/files"  # Grafana's own letters
WEIGHTS: Final = {"Inter-Regular": 400, "Inter-Medium": 500}
PICTURES: Final = HERE.parents[2] / "docs/pictures"
LARGEST: Final = 200_000  # bytes: what a page of documents can bear
WIDE_PX: Final = 1400


async def draw(recorded: dict[str, Any]) -> None:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox"]
        )
        for path in sorted(DASHBOARDS.glob("*.json")):
            page = await browser.new_page(viewport={"width": WIDE_PX, "height": 900})
            await draw_one(page, json.loads(path.read_text()), recorded)
            picture = PICTURES / f"grafana-{path.stem}.png"
            await page.screenshot(path=picture)
            size = picture.stat().st_size
            print(f"{picture.name}  {size // 1000} kB")
            if size > LARGEST:
                sys.exit(f"{picture.name} is larger than {LARGEST // 1000} kB")
        await browser.close()


async def letters(route: Route) -> None:
    weight = WEIGHTS[Path(route.request.url).stem]
    await route.fulfill(path=FONTS / f"inter-latin-{weight}-normal.woff2")


async def draw_one(page: Page, board: dict[str, Any], recorded: dict[str, Any]) -> None:
    page.on("pageerror", lambda error: sys.exit(f"{board['uid']}: {error}"))
    await page.route("**/fonts/inter/*", letters)
    await page.goto((HERE / "page.html").as_uri())
    await page.evaluate("([board, recorded]) => draw(board, recorded)", [board, recorded])
    await page.wait_for_function("document.querySelectorAll('section').length")
    high = await page.evaluate("document.getElementById('board').offsetHeight")
    await page.set_viewport_size({"width": WIDE_PX, "height": high})  # what is unseen is not drawn
    await page.wait_for_timeout(1500)  # charts and tables are laid out frame by frame


def main() -> None:
    if "--again" not in sys.argv:
        ANSWERS.parent.mkdir(exist_ok=True)
        ANSWERS.write_text(json.dumps(asyncio.run(record())))
    asyncio.run(draw(json.loads(ANSWERS.read_text())))


main()
