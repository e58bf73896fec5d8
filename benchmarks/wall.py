"""The wall map of 2,000 homes in one grid: server time of a page, and its weight on the wire.

    .venv/bin/python -m benchmarks.wall [--homes 2000] [--times 20]

Prints one JSON object. The gateway runs in this process without a network: what is measured is the
page itself, its reading of the store included.
"""

import argparse
import asyncio
import gzip
import json
import tempfile
import time
from pathlib import Path
from statistics import median

from gateway.ledger.model import Grid, Household, Ledger, Protocol, Sensor
from rules.model import Door
from tests.support.desk import PEOPLE
from tests.support.house import MIDNIGHT
from tests.support.web import web

OPEN_DOORS = 12  # incidents beside the wall; more of a grid at once are one


def town(homes: int) -> Ledger:
    """So many homes in buildings of two units, eighteen floors, two rooms to a landing."""
    households, sensors = {}, {}
    for n in range(homes):
        building, rest = divmod(n, 72)
        unit, room = divmod(rest, 36)
        floor, door = divmod(room, 2)
        name, address = (
            f"3F{n:04}",
            f"{building + 1}栋{unit + 1}单元{floor + 1}{door + 1:02}",
        )
        households[name] = Household(
            name,
            "G1",
            address,
            MIDNIGHT.date(),
            building=str(building + 1),
            unit=str(unit + 1),
            room=f"{floor + 1}{door + 1:02}",
        )
        sensors[f"S{n}"] = Sensor(f"S{n}", name, Protocol.JSON, f"doors/S{n}")
    people = {person.person_id: person for person in PEOPLE}
    return Ledger({"G1": Grid("G1")}, people, households, sensors, {})


async def measured(homes: int, times: int) -> dict[str, object]:
    with tempfile.TemporaryDirectory() as folder:
        async with web(Path(folder), town(homes)) as here:
            for n in range(homes):
                await here.desk.door(Door.CLOSED, f"S{n}")
            for n in range(OPEN_DOORS):
                here.desk.clock.at += 120_000
                await here.desk.door(Door.OPEN, f"S{n * 37}")
            client = await here.client("command")
            seconds, page, weight = [], "", 0
            for _ in range(times):
                began = time.perf_counter()
                answer = await client.get("/")
                seconds.append(time.perf_counter() - began)
                page = answer.text
                assert answer.status_code == 200
            weight = len(gzip.compress(page.encode(), 9))
            assets = {}
            for name in ("app.css", "wall.css", "app.js"):
                path = Path("gateway/web/static") / name
                assets[name] = len(gzip.compress(path.read_bytes(), 9))
    return {
        "homes": homes,
        "incidents": OPEN_DOORS,
        "page_ms_median": round(median(seconds) * 1000, 1),
        "page_ms_worst": round(max(seconds) * 1000, 1),
        "page_bytes": len(page.encode()),
        "page_gzip_bytes": weight,
        "assets_gzip_bytes": assets,
        "first_visit_gzip_bytes": weight + sum(assets.values()),
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--homes", type=int, default=2000)
    parser.add_argument("--times", type=int, default=20)
    given = parser.parse_args()
    print(json.dumps(asyncio.run(measured(given.homes, given.times)), indent=1))
