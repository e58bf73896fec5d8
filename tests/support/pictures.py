"""Draws docs/pictures of the desk and of operations: ``python -m tests.support.pictures FOLDER``.

A real gateway with a street of six houses on an evening: one door that nobody has answered for, one
that somebody has, one that may stand open, three that are not observed. Those of the installer come
from its browser tests (``DOORWATCH_PICTURES``), those of Grafana from deploy/grafana/pictures.
"""

import asyncio
import random
import sys
import tempfile
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from playwright.async_api import Browser, Page

from tests.support.browser import DESK, PHONE, Shown, a_page, chromium, gateway_with_pages

HOUSES = (1, 2, 3, 5, 6, 7)  # there is no fourth: an unlucky number
UNANSWERED, TAKEN, PERMITTED = "3-2-501", "5-2-102", "1-1-402"
UNSEEN = ("2-1-302", "6-2-602", "7-1-601")
SEED, PATIENCE_S = 3, 60.0
SHOTS: tuple[tuple[str, str, str], ...] = (  # name, path, user
    ("wall", "/?grid=G3", "desk"), ("incident", "/incidents/{unanswered}", "desk"),
    ("home", "/homes/" + UNANSWERED, "desk"), ("ops", "/ops", "ops"),
    ("ops-sensors", "/ops/sensors", "ops"),
)  # fmt: skip
WHOLE = ("incident", "home")  # the whole page, not the first screen


def street() -> dict[str, list[list[Any]]]:
    """The ledger: three of four rooms are in isolation."""
    rng = random.Random(SEED)
    rooms = [
        (f"{house}-{unit}-{floor}0{door}", house, unit, f"{floor}0{door}")
        for house in HOUSES
        for unit in (1, 2)
        for floor in range(1, 7)
        for door in (1, 2)
    ]
    named = {UNANSWERED, TAKEN, PERMITTED, *UNSEEN}
    homes = [room for room in rooms if room[0] in named or rng.random() < 0.75]
    now = datetime.now(ZoneInfo("Asia/Shanghai"))
    begins, ends = (f"{now + timedelta(minutes=by):%H:%M}" for by in (-30, 45))
    return {
        "grids": [["grid_id", "community", "subdistrict"], ["G3", "东关社区", "龙门镇"]],
        "people": [
            ["person_id", "name", "phone", "role", "grid_id", "language"],
            ["P1", "王敏", "+85251230001", "member", "G3", "zh"],
            ["P2", "刘强", "+85251230002", "leader", "G3", "zh"],
            ["P3", "赵丽", "+85251230003", "community", "", "zh"],
        ],
        "households": [
            ["household_id", "grid_id", "address", "isolation_start", "isolation_end", "phone"],
            *(
                [key, "G3", f"{house}栋{unit}单元{room}", "2020-01-01", "", "+85251239999"]
                for key, house, unit, room in homes
            ),
        ],
        "sensors": [
            ["sensor_id", "household_id", "protocol", "address", "supervision_minutes"],
            *(
                [f"S{key}", key, "json", f"doors/{key}", "" if key in UNSEEN else "120"]
                for key, *_ in homes
            ),
        ],
        "windows": [
            ["window_id", "applies_to", "kind", "weekdays", "start", "end"],
            ["W1", "all", "delivery", "mon-sun", "07:00", "08:00"],
            ["W2", "all", "delivery", "mon-sun", "11:30", "13:00"],
            ["W3", "grid:G3", "test", "mon-sun", "09:30", "12:00"],
            ["W4", "grid:G3", "garbage", "mon-sun", "08:30", "09:00"],
            ["W5", f"household:{PERMITTED}", "medical", "mon-sun", begins, ends],
        ],
    }


async def evening(shown: Shown, tables: dict[str, list[list[Any]]]) -> None:
    """What happens; returns once it has."""
    for key, *_ in tables["households"][1:]:
        await shown.door(str(key), "closed")
    await shown.door(PERMITTED, "open")
    await shown.door(TAKEN, "open")
    await shown.provider.wait_for(lambda: bool(shown.provider.messages), timeout=PATIENCE_S)
    (code,) = (one["code"] for one in shown.site.incidents())
    shown.provider.reply("+85251230001", f"1 {code}")
    await shown.site.until(lambda: shown.site.incidents()[0]["state"] == "acknowledged", PATIENCE_S)
    await shown.door(UNANSWERED, "open")
    await shown.site.until(lambda: len(shown.site.incidents()) == 2, PATIENCE_S)
    told = "SELECT 1 FROM alerts WHERE incident_id = 2 AND accepted_at IS NOT NULL"
    await shown.site.until(lambda: shown.site.rows(told), PATIENCE_S)


async def draw(browser: Browser, shown: Shown, folder: Path) -> None:
    (unanswered,) = (i["id"] for i in shown.site.incidents() if i["household_id"] == UNANSWERED)
    for device, kind in (("desk", DESK), ("phone", PHONE)):
        for language in ("zh", "en"):
            for user in ("desk", "ops"):
                async with a_page(
                    browser, shown, user=user, language=language, device=kind
                ) as page:
                    for name, path, by in SHOTS:
                        if by == user:
                            await page.goto(path.format(unanswered=unanswered))
                            await shoot(page, folder / f"{name}-{device}-{language}.png", name)
    async with a_page(browser, shown, user="desk", dark=True) as page:
        await page.goto("/?grid=G3")
        await shoot(page, folder / "wall-dark-desk-zh.png", "wall")
        await page.emulate_media(media="print", color_scheme="light")
        await shoot(page, folder / "wall-print-zh.png", "home")


async def shoot(page: Page, path: Path, name: str) -> None:
    await page.wait_for_timeout(600)  # the stream has begun, the clocks have ticked
    await page.screenshot(path=path, full_page=name in WHOLE)


async def main(folder: Path) -> None:
    tables = street()
    logins = [("desk", "command", None), ("ops", "ops", None)]
    with tempfile.TemporaryDirectory() as here:
        async with (
            gateway_with_pages(Path(here), logins=logins, tables=tables) as shown,
            chromium() as browser,
        ):
            await evening(shown, tables)
            await draw(browser, shown, folder)


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
