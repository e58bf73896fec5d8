"""The composition root: puts the parts together, starts them in order, ends them in order."""

import asyncio
import logging
import signal
import sqlite3
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any

from gateway import loading, requests
from gateway.alerting import Alerting, names_of
from gateway.alerts.waiting import Sleep
from gateway.clock import Clock, SystemClock
from gateway.config import Config
from gateway.core import Core
from gateway.coverage import LOOK_S as COVERAGE_S
from gateway.coverage import Coverage
from gateway.coverage.causes import receivers
from gateway.drilling import Drilling
from gateway.errors import Mistakes
from gateway.metrics import Metrics
from gateway.rulesfile import RulesFile
from gateway.sources import Sources
from gateway.store import ledgers
from gateway.store.database import Database
from gateway.watch import Watch
from gateway.web.health import Health, metrics_app, web_app
from gateway.web.server import Listener

if TYPE_CHECKING:
    from gateway.broker import EmbeddedBroker

log = logging.getLogger("doorwatch")
LOOK_S = 0.25  # how soon a request or a new ledger of another process is noticed
DRAIN_S = 2.0  # of the 5 s in which a stopped gateway has to be gone


class Daemon:
    """The whole gateway. ``clock``, ``sleep`` and ``watch`` are for the demo's quick day."""

    def __init__(
        self,
        config: Config,
        *,
        clock: Clock | None = None,
        sleep: Sleep = asyncio.sleep,
        watch: Callable[[Metrics], Watch] = lambda metrics: metrics,
    ) -> None:
        self.config = config
        self.health = Health()
        adapters = config.ble.adapters if config.ble.enabled else ()
        self.metrics = Metrics(adapters, names_of(config))
        self.health.providers = self.metrics.providers_up
        self._given_clock = clock
        self._sleep = sleep
        self._watch = watch(self.metrics)
        self._stop = asyncio.Event()
        self._reload = asyncio.Event()
        self._looking = asyncio.Lock()
        self.ready = asyncio.Event()
        self.core: Core
        self.database: Database

    def stop(self) -> None:
        self._stop.set()

    def reload(self) -> None:
        """Read rules.toml and the ledger again."""
        self._reload.set()

    async def run(self) -> None:
        """From start to stop. Raises what makes a start impossible (store, addresses, rules)."""
        self._signals()
        self.database = await Database.open(self.config.store.path)
        try:
            await self._run()
        finally:
            await self.database.close()

    async def _run(self) -> None:
        config = self.config
        newest = await loading.newest_moment(self.database)
        clock = self._given_clock or SystemClock(newest, await requests.trusted(self.database))
        memory = await loading.load(self.database, config)
        self.core = core = Core(self.database, memory, clock, self._watch, self._committed)
        self._alerting = Alerting(config, self.database, core, self.metrics, self._sleep)
        self.metrics.attach(memory, lambda: self._alerting.oldest)
        self.metrics.clock_verified.set(clock.verified())
        broker = await self._embedded_broker()
        self._sources = Sources(
            config,
            core.submit,
            clock,
            memory.intake,
            self.health,
            self.metrics,
            await loading.before(self.database),
            core.note,
        )
        core.saving.descriptions = self._sources.descriptions
        coverage = Coverage(
            self.metrics.registry,
            memory,
            self.database,
            receivers(config),
            stalls=self._given_clock is None,
        )
        await core.resume(newest)
        await self._take_ledger(reread=True)
        await coverage.start(clock.now())
        self._sources.use(memory.ledger)
        self.health.store = self.health.rules = True
        listeners = self._listeners()
        for listener in listeners:
            await listener.start()
        self.listeners = listeners
        running = asyncio.create_task(core.run(), name="core")
        await self._alerting.start()
        await self._sources.start()
        looking = asyncio.create_task(self._look(), name="requests")
        counting = asyncio.create_task(self._count(coverage, clock), name="coverage")
        drills = Drilling(core, self.database, config.drill)
        drilling = asyncio.create_task(drills.run(), name="drills")
        self.ready.set()
        log.info("running gateway=%s households=%d", config.gateway.id, len(memory.homes))
        try:
            await self._until_stopped(running)
        finally:
            async with self._looking:
                looking.cancel()
            counting.cancel()
            drilling.cancel()
            await asyncio.gather(looking, counting, drilling, return_exceptions=True)
            await self._sources.stop_hearing()
            core.stop()
            await running
            await self._sources.stop()
            await coverage.stop(clock.now())
            await self._alerting.stop(DRAIN_S)
            await core.snapshot(last_contact=self._sources.last_contact)
            for listener in listeners:
                await listener.stop()
            if broker is not None:
                await broker.stop()
            log.info("stopped")

    async def _until_stopped(self, running: asyncio.Task[None]) -> None:
        stopped = asyncio.create_task(self._stop.wait())
        await asyncio.wait({stopped, running}, return_when=asyncio.FIRST_COMPLETED)
        stopped.cancel()

    def _committed(self) -> None:
        self._alerting.committed()

    async def _embedded_broker(self) -> "EmbeddedBroker | None":
        url = self.config.mqtt.url
        if url is None or not url.embedded:
            return None
        from gateway.broker import EmbeddedBroker  # noqa: PLC0415 - 6 MB that few sites need

        broker = EmbeddedBroker(url.host, url.port)
        await broker.start()
        return broker

    def _listeners(self) -> list[Listener]:
        web, metrics = self.config.web, self.config.metrics
        cert = str(web.tls_cert) if web.tls_cert else ""
        key = str(web.tls_key) if web.tls_key else ""
        return [
            Listener(
                web_app(self.health, self._alerting.routers()), web.listen, cert=cert, key=key
            ),
            Listener(metrics_app(self.health, self.metrics.registry), metrics.listen),
        ]

    # -- what changes while it runs ----------------------------------------------------------

    async def _look(self) -> None:
        """Requests and ledgers of other processes, and our own reload."""
        seen = -1
        while True:
            async with self._looking:  # whoever stops us waits until this is done
                if self._reload.is_set():
                    self._reload.clear()
                    await self._try(self._take_ledger(reread=True))
                version = await self.database.data_version()
                if version != seen:
                    took = await self._try(self._take_ledger())
                    served = await self._try(self._serve())
                    seen = version if took and served else -1
            await asyncio.sleep(LOOK_S)

    async def _serve(self) -> None:
        await requests.serve(self.database, self.core, self._sources.discovery)
        self._committed()  # a test text may be waiting

    async def _try(self, work: Coroutine[Any, Any, None]) -> bool:
        """Whether it went well; what was in force stays when it did not."""
        try:
            await work
        except Mistakes as mistakes:
            log.error("not taken, what was in force stays: %s", mistakes)
        except Exception:
            log.exception("a request, ledger or reload failed; what was in force stays")
        else:
            return True
        return False

    async def _count(self, coverage: Coverage, clock: Clock) -> None:
        """Coverage, and whether the clock can be trusted: looked at now and then."""
        while True:
            try:
                await coverage.look(clock.now())
            except sqlite3.Error as error:  # what it could not write, it writes the next time
                self._watch.store_failed(error)
            self.metrics.clock_verified.set(clock.verified())
            await asyncio.sleep(COVERAGE_S)

    async def _take_ledger(self, *, reread: bool = False) -> None:
        """The newest ledger, and rules.toml as it is now; nothing if both are in force."""
        memory = self.core.memory
        version, ledger = await ledgers.latest(self.database)
        rules = RulesFile.load(self.config.rules.path) if reread else memory.rules
        if version == memory.ledger_version and rules.text == memory.rules.text:
            return
        await self.core.use(ledger, version, rules)
        self._sources.use(ledger)
        log.info("ledger version=%d households=%d", version, len(ledger.households))

    def _signals(self) -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self.stop)
        loop.add_signal_handler(signal.SIGHUP, self.reload)
