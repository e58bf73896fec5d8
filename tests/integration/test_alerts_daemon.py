"""What only time brings, in the whole gateway: a digest at its start, a duty that changes while a
text waits, the drill of the month. The composition root itself, at the stand-in's time.
"""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

from drivers.reading import Decoded, Delivery, Reading, nothing
from gateway.clock import Clock
from gateway.config import load
from gateway.daemon import Daemon
from rules.model import Door
from rules.moment import DAY, SECOND, Moment
from simulators.provider import ProviderStandIn, rate_limited
from tests.integration.test_alerts_attacked import DAYTIME, SHIFTS
from tests.support.site import Site

LAST_DAY = 28  # of a drill, for February has no more
ENDS_S = 20.0  # real; what is waited for takes some hundredths of a second


class Street(Clock):
    """A gateway that is started and stopped, and the clock that it and the provider go by."""

    def __init__(self, site: Site, provider: ProviderStandIn) -> None:
        self.site, self.provider = site, provider

    def now(self) -> Moment:
        return int(self.provider.account.now() * SECOND)

    def verified(self) -> bool:
        return True

    async def sleep(self, seconds: float) -> None:
        until = self.now() + seconds * SECOND
        while self.now() < until:
            await asyncio.sleep(0.01)

    def comes_to(self, clock: str) -> None:
        """The next time that clocks show this."""
        zone = load(self.site.config).gateway.timezone
        now = datetime.fromtimestamp(self.provider.account.now(), zone)
        hours, minutes = map(int, clock.split(":"))
        then = now.replace(hour=hours, minute=minutes, second=0, microsecond=0)
        then += timedelta(days=int(then <= now))
        self.provider.account.advance((then - now).total_seconds())

    @asynccontextmanager
    async def runs(self) -> AsyncIterator[Daemon]:
        daemon = Daemon(load(self.site.config), clock=self, sleep=self.sleep)
        running = asyncio.create_task(daemon.run())
        try:
            await daemon.ready.wait()
            yield daemon
        finally:
            daemon.stop()
            await running

    async def until(self, holds: Callable[[], object]) -> None:
        await self.site.until(holds, ENDS_S)

    def alerts(self) -> list[tuple[str, str]]:
        return self.site.rows("SELECT person_id, status FROM alerts ORDER BY id")

    async def a_text_is_held(self) -> None:
        """A breach of which nothing can be sent; then its texts wait for their numbers."""
        self.provider.account.outage = rate_limited("1")
        async with self.runs() as daemon:
            for door in (Door.CLOSED, Door.OPEN, Door.CLOSED):
                reading = Reading("mqtt", "json", "doors/S1", Decoded(door), self.now())
                daemon.core.submit(Delivery(reading, nothing))
            tried = "SELECT 1 FROM alerts WHERE attempts > 0 AND status = 'pending'"
            await self.until(lambda: self.site.rows(tried))
        with closing(sqlite3.connect(self.site.store)) as store, store:
            held = "UPDATE alerts SET status = 'held', error = 'texts_per_day', next_at = ?"
            store.execute(held, (self.now() + DAY,))
        self.provider.account.outage = None


@asynccontextmanager
async def street(folder: Path, at: str) -> AsyncIterator[Street]:
    async with ProviderStandIn(delay=0.0) as provider:
        site = Site(folder, "mqtt://127.0.0.1:1", provider, rules=DAYTIME)
        site.tables["people"][1:] = SHIFTS
        site.write_tables()
        await site.import_ledger()
        site.log.touch()
        here = Street(site, provider)
        here.comes_to("00:00")
        here.comes_to(at)
        yield here


async def test_a_digest_that_is_due_at_the_start_counts_what_is_held(tmp_path: Path) -> None:
    async with street(tmp_path, "08:10") as here:
        await here.a_text_is_held()
        here.comes_to("11:00")
        async with here.runs():
            digest = "SELECT text FROM alerts WHERE incident_id IS NULL AND person_id = 'P1'"
            await here.until(lambda: here.site.rows(digest))
            [(text,)] = here.site.rows(digest)
            [(code,)] = here.site.rows("SELECT code FROM incidents WHERE household_id = 'H1'")
            assert f"未发出1件({code} 1栋2单元501)" in text


async def test_what_is_held_is_told_to_who_came_on_duty(tmp_path: Path) -> None:
    """Nothing happens at midnight but that the time comes: no door, no answer, no request."""
    async with street(tmp_path, "23:55") as here:
        await here.a_text_is_held()
        async with here.runs():
            assert not [one for one, _ in here.alerts() if one == "P3"]
            here.comes_to("00:06")
            await here.until(lambda: "+85251230003" in [m.to for m in here.provider.messages])
            assert ("P1", "stale") in here.alerts()
            assert here.site.member not in [m.to for m in here.provider.messages]


async def test_the_drill_of_the_month_begins_by_itself(tmp_path: Path) -> None:
    async with street(tmp_path, "09:59") as here:
        day = datetime.fromtimestamp(here.provider.account.now(), UTC).day
        if day > LAST_DAY:  # no month is that short: the next one
            here.provider.account.advance((32 - day) * DAY / SECOND)
            day = datetime.fromtimestamp(here.provider.account.now(), UTC).day
        with here.site.config.open("a") as file:
            file.write(f'[drill]\nday = {day}\nat = "10:00"\n')
        async with here.runs():
            assert here.provider.messages == []
            here.comes_to("10:01")
            await here.until(lambda: here.provider.messages)
            [text] = here.provider.messages
            assert text.body.startswith("【门磁演练】")
            assert text.to == here.site.member
