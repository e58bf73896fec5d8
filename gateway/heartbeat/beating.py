"""The life of the heartbeat: one after the other, and what systemd hears of each."""

import asyncio
import json
import logging
import sqlite3
import time
from collections.abc import Awaitable, Callable

import aiosqlite
from prometheus_client import CollectorRegistry, Gauge

from drivers.reading import Delivery, Reading
from gateway.core import Core
from gateway.heartbeat import door
from gateway.heartbeat.systemd import Notify
from gateway.store.database import Database
from gateway.web.health import Health
from rules.moment import Moment

log = logging.getLogger("doorwatch.heartbeat")

EVERY_S = 10.0
"""A sixth of the unit's WatchdogSec: one beat that takes long does not bring a restart."""
STUCK_S = 60.0  # as the unit's WatchdogSec
LOOK_S = 0.25  # how soon it is said that the gateway is ready
STAGES = ("intake", "rules", "store", "dispatcher")


class Heartbeat:
    """One a gateway, while it runs. ``dispatched`` returns once the dispatcher has looked anew."""

    def __init__(
        self,
        core: Core,
        database: Database,
        dispatched: Callable[[], Awaitable[None]],
        health: Health,
        registry: CollectorRegistry,
        notify: Notify,
    ) -> None:
        self._core = core
        self._database = database
        self._dispatched = dispatched
        self._health = health
        self._notify = notify
        self._alive = asyncio.Event()
        self._through_at = time.monotonic()  # the first one is about to leave
        self._decided = False
        core.on_heartbeat = self._heard
        self._at = Gauge(
            "doorwatch_heartbeat_timestamp_seconds",
            "When a heartbeat last passed; 0: none has yet", ("stage",), registry=registry,
        )  # fmt: skip
        for stage in STAGES:
            self._at.labels(stage)

    def passes(self) -> bool:
        """Whether one came all the way lately. From any thread."""
        return time.monotonic() - self._through_at < STUCK_S

    async def run(self) -> None:
        """Until cancelled."""
        await asyncio.gather(self._beat_on(), self._announce())

    async def _announce(self) -> None:
        """READY=1 once /readyz says so and a heartbeat has been everywhere."""
        await self._alive.wait()
        while True:  # others tell ``Health``; nobody tells of it
            is_ready, body = self._health.ready()
            if is_ready:  # said at once: `systemctl status` shows no older word beside "active"
                return self._notify.ready(json.dumps(body))
            await asyncio.sleep(LOOK_S)

    async def _beat_on(self) -> None:
        while True:
            beat = asyncio.create_task(self._beat(), name="heartbeat-beat")
            try:
                await self._follow(beat)
            finally:
                beat.cancel()
            await asyncio.sleep(EVERY_S)

    async def _follow(self, beat: asyncio.Task[bool]) -> None:
        """Feeds the watchdog when ``beat`` has come through, or the disk says why it cannot."""
        while True:
            refusals = self._core.refusals
            done, _ = await asyncio.wait({beat}, timeout=EVERY_S)
            if done:
                if beat.result():
                    self._feed()
                return
            if self._core.refusals != refusals:  # the core goes on asking the disk
                self._feed()

    async def _beat(self) -> bool:
        """Whether it came through."""
        try:
            if not await self._through_core():
                return False
            await self._database.transaction(_change_nothing)
        except sqlite3.Error as error:
            log.warning("the store refuses: %s", error)
            return True
        except Exception:
            log.exception("a heartbeat did not come through")
            return False
        self._passed("store")
        await self._dispatched()
        self._passed("dispatcher")
        self._through_at = time.monotonic()
        return True

    async def _through_core(self) -> bool:
        """Whether intake and rules made of it what it was; whatever else waited is durable now."""
        turned = asyncio.Event()
        self._decided = False
        self._core.submit(Delivery(door.reading(self._core.clock.now()), turned.set))
        await turned.wait()
        return self._decided

    def _heard(self, reading: Reading, now: Moment) -> None:
        """The core's turn comes to it; must not raise."""
        try:
            for stage in door.stages(reading, self._core.memory.intake, now):
                self._passed(stage)
                self._decided = stage == "rules"
        except Exception:
            log.exception("a heartbeat was not decided")

    def _passed(self, stage: str) -> None:
        self._at.labels(stage).set(time.time())  # the machine's: so it beats, whatever the day

    def _feed(self) -> None:
        _, body = self._health.ready()
        self._notify.alive(json.dumps(body))
        self._alive.set()


async def _change_nothing(connection: aiosqlite.Connection) -> None:
    await connection.execute("BEGIN IMMEDIATE")
