"""A running gateway pings while heartbeats pass; when its store is stuck, it is silent."""

import asyncio
import sqlite3
from pathlib import Path

from gateway.running import Running
from tests.support.listener import Listener
from tests.support.site import Site

PROGRAM = ("-m", "tests.support.pinging_gateway", "run")


async def pings(site: Site, result: str) -> float:
    _, text = await site.get("/metrics", site.metrics)
    found = Running(text).value("doorwatch_pings_total", result=result)
    assert found is not None
    return found


async def until_more(site: Site, result: str) -> None:
    before = await pings(site, result)
    async with asyncio.timeout(20):
        while await pings(site, result) == before:
            await asyncio.sleep(0.05)


async def test_the_ping_comes_while_heartbeats_pass_and_stays_away_while_none_does(
    tmp_path: Path,
) -> None:
    with Listener() as listener:
        site = Site(tmp_path, "mqtt://127.0.0.1:1", None, program=PROGRAM)
        text = site.config.read_text()
        site.config.write_text(text.replace("[metrics]", f'[metrics]\nping_url = "{listener.url}"'))
        await site.import_ledger()
        await site.start()
        try:
            await asyncio.to_thread(listener.wait, 2)
            held = sqlite3.connect(site.store, isolation_level=None)
            held.execute("BEGIN IMMEDIATE")  # nothing becomes durable now
            await until_more(site, "withheld")
            held.execute("ROLLBACK")
            held.close()
            await until_more(site, "answered")
            assert {*listener.heard} == {"GET /our-uuid"}
            assert await site.stop() == 0
        finally:
            await site.kill()
