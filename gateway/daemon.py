"""The composition root: puts the parts together, starts them in order, ends them in order."""

import asyncio
import logging
import signal
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gateway import loading, requests, telemetry
from gateway.accounts.sessions import Sessions
from gateway.alerting import Alerting, names_of
from gateway.alerts.waiting import Sleep
from gateway.backup.schedule import Schedule
from gateway.clock import Clock, SystemClock
from gateway.config import Config
from gateway.core import Core
from gateway.coverage import Coverage
from gateway.coverage.causes import receivers
from gateway.drilling import Drilling
from gateway.errors import Mistakes
from gateway.heartbeat.beating import Heartbeat
from gateway.heartbeat.systemd import Notify
from gateway.ledger.model import Ledger
from gateway.metrics import Metrics
from gateway.privacy.purge import Purging
from gateway.rulesfile import RulesFile
from gateway.sources import Sources
from gateway.store import ledgers
from gateway.store.database import Database
from gateway.watch import Watch
from gateway.web.app import web_app
from gateway.web.health import Health, metrics_app
from gateway.web.links import session_key
from gateway.web.routes import routes
from gateway.web.server import Listener
from gateway.web.site import Site

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
        config_path: Path | None = None,
        clock: Clock | None = None,
        sleep: Sleep = asyncio.sleep,
        watch: Callable[[Metrics], Watch] = lambda metrics: metrics,
    ) -> None:
        self.config = config
        self._config_path = config_path  # None: nobody makes backups
        self.health = Health()
        adapters = config.ble.adapters if config.ble.enabled else ()
        has_broker = config.mqtt.url is not None
        self.metrics = Metrics(adapters, names_of(config), has_broker=has_broker)
        self.health.providers = self.metrics.providers_up
        self._given_clock = clock
        self._sleep = sleep
        self._watch = watch(self.metrics)
        self._stop = asyncio.Event()
        self._reload = asyncio.Event()
        self._looking = asyncio.Lock()
        self._notify = Notify.of_environment()
        self._followed: Ledger | None = None
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
        self.metrics.clock_verified.set_function(clock.verified)
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
        await self._alerting.load()
        await core.resume(newest)
        await self._take_ledger(reread=True)
        await coverage.start(clock.now())
        self._follow()
        self.health.store = self.health.rules = True
        listeners = self._listeners()
        for listener in listeners:
            await listener.start()
        self.listeners = listeners
        running = asyncio.create_task(core.run(), name="core")
        await self._alerting.start()
        await self._sources.start()
        looking = asyncio.create_task(self._look(), name="requests")
        beside = self._beside(coverage, clock)
        self.ready.set()
        log.info("running gateway=%s households=%d", config.gateway.id, len(memory.homes))
        try:
            with telemetry.of(config, self.metrics, self._heartbeat.passes):
                await self._until_stopped(running)
        finally:
            self._notify.stopping()
            async with self._looking:
                looking.cancel()
            for task in beside:
                task.cancel()
            await asyncio.gather(looking, *beside, return_exceptions=True)
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
        told = asyncio.create_task(self._stop.wait())
        await asyncio.wait({told, running}, return_when=asyncio.FIRST_COMPLETED)
        told.cancel()

    def _beside(self, coverage: Coverage, clock: Clock) -> list[asyncio.Task[None]]:
        """What goes on beside the alarm path; it may be left off at any moment."""
        config, core, database = self.config, self.core, self.database
        registry, dispatched = self.metrics.registry, self._alerting.dispatched
        self._heartbeat = Heartbeat(core, database, dispatched, self.health, registry, self._notify)
        works = {
            "heartbeat": self._heartbeat.run(),
            "coverage": coverage.run(clock.now, self._watch.store_failed),
            "drills": Drilling(core, database, config.drill).run(),
            "purge": Purging(core, database, config).run(),
            "backups": Schedule(config, self._config_path).run(),
        }
        return [asyncio.create_task(work, name=name) for name, work in works.items()]

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

    def _site(self) -> Site:
        key = session_key(self.config.store.path)
        return Site(
            self.config,
            self.core,
            self.database,
            self._sources.discovery,
            self.health,
            self.metrics,
            Sessions(self.database, key),
            key,
            self._committed,
            self._take_stored_ledger,
            self._take_written_rules,
            self._config_path,
        )

    def _listeners(self) -> list[Listener]:
        web, metrics = self.config.web, self.config.metrics
        cert = str(web.tls_cert) if web.tls_cert else ""
        key = str(web.tls_key) if web.tls_key else ""
        site = self._site()
        app = web_app(site, (*self._alerting.routers(), *routes(site)))
        return [
            Listener(app, web.listen, cert=cert, key=key),
            Listener(metrics_app(self.health, self.metrics.text), metrics.listen),
        ]

    # -- what changes while it runs ----------------------------------------------------------

    async def _look(self) -> None:
        """Requests and ledgers of other processes, and our own reload."""
        seen = -1
        while True:
            async with self._looking:  # whoever stops us waits until this is done
                if self._reload.is_set():
                    self._reload.clear()
                    self._notify.reloading()
                    await self._try(self._take_ledger(reread=True))
                    self._notify.reloaded()
                version = await self.database.data_version()
                if version != seen:
                    took = await self._try(self._take_ledger())
                    served = await self._try(self._serve())
                    seen = version if took and served else -1
                self._follow()
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

    async def _take_ledger(self, *, reread: bool = False) -> None:
        """The newest ledger, and rules.toml as it is now; nothing if both are in force."""
        memory = self.core.memory
        version, ledger = await ledgers.latest(self.database)
        rules = RulesFile.load(self.config.rules.path) if reread else memory.rules
        if version == memory.ledger_version and rules.text == memory.rules.text:
            return
        await self.core.use(ledger, version, rules)
        self._follow()
        log.info("ledger version=%d households=%d", version, len(ledger.households))

    def _follow(self) -> None:
        """The sources hear by the ledger in force, whoever put it there."""
        if (ledger := self.core.memory.ledger) is not self._followed:
            self._followed = ledger
            self._sources.use(ledger)

    async def _take_stored_ledger(self) -> None:
        """A page has stored one: nobody's ``data_version`` tells of our own commits."""
        async with self._looking:
            await self._take_ledger()

    async def _take_written_rules(self) -> None:
        """A page has written rules.toml. Raises ``Mistakes``; then the rules in force stay."""
        async with self._looking:
            await self._take_ledger(reread=True)

    def _signals(self) -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self.stop)
        loop.add_signal_handler(signal.SIGHUP, self.reload)
