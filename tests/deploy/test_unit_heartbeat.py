"""The watchdog is fed by a reading that passed every stage: a stage that is stuck starves it, and
what a restart does not mend (broker, provider, a full disk) does not.

The real daemon in this process, told by its real socket; only its pauses are shorter.
"""

import asyncio
import contextlib
import os
import signal
import socket
import sqlite3
import time
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest

from drivers.errors import Reason
from drivers.reading import Decoded, Delivery, Reading, nothing
from gateway import core as core_module
from gateway.config import load
from gateway.daemon import Daemon
from gateway.heartbeat import beating, door
from gateway.store.database import Database
from rules.grid import ReceiverChanged
from rules.model import Door
from simulators.broker import Mosquitto, free_port
from tests.support.site import Site

EVERY_S = 0.02
HOMES = 20  # more than the 16 alerts that a dispatcher has in hand
BEATS = 10  # so many that none of them would be fed is no accident


class Systemd:
    """Whoever reads ``$NOTIFY_SOCKET``."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "notify"
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(str(self.path))
        self._socket.setblocking(False)
        self.told: list[str] = []

    def read(self) -> list[str]:
        """All words so far."""
        with contextlib.suppress(BlockingIOError):
            while True:
                self.told += self._socket.recv(4096).decode().splitlines()
        return self.told

    async def hears(self, word: str) -> None:
        """Once more than until now."""
        before = self.read().count(word)
        async with asyncio.timeout(15):
            while self.read().count(word) == before:
                await asyncio.sleep(EVERY_S)

    async def is_starved(self) -> bool:
        """In the time of many heartbeats none feeds it but one that was under way."""
        before = self.read().count("WATCHDOG=1")
        await asyncio.sleep(BEATS * EVERY_S)
        return self.read().count("WATCHDOG=1") <= before + 1

    def close(self) -> None:
        self._socket.close()


class Run:
    """A gateway in this process. ``broker_port``: nobody listens there at first."""

    def __init__(self, site: Site, systemd: Systemd, broker_port: int) -> None:
        self.site, self.systemd, self.broker_port = site, systemd, broker_port
        self.daemon = Daemon(load(site.config))
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        self._task = asyncio.create_task(self.daemon.run())
        await self.systemd.hears("WATCHDOG=1")

    async def stop(self) -> None:
        assert self._task is not None
        self.daemon.stop()
        await self._task


@pytest.fixture
def systemd(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Systemd]:
    found = Systemd(tmp_path)
    monkeypatch.setattr(beating, "EVERY_S", EVERY_S)
    monkeypatch.setattr(core_module, "RETRY_S", EVERY_S)
    yield found
    found.close()


@pytest.fixture
async def gateway(
    tmp_path: Path, systemd: Systemd, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Run]:
    port = free_port()
    site = Site(tmp_path, f"mqtt://127.0.0.1:{port}", None)
    await site.import_ledger()
    monkeypatch.setenv("NOTIFY_SOCKET", str(systemd.path))
    found = Run(site, systemd, port)
    monkeypatch.delenv("NOTIFY_SOCKET")  # mosquitto would speak to it too
    await found.start()
    yield found
    await found.stop()


# -- a stage that is stuck -----------------------------------------------------------------------


async def test_intake_that_refuses_what_is_right_starves_it(
    gateway: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    intake = gateway.daemon.core.memory.intake
    monkeypatch.setattr(intake, "take", lambda reading, now: Reason.UNKNOWN_SENSOR)
    assert await gateway.systemd.is_starved()
    monkeypatch.undo()


async def test_rules_that_decide_nothing_starve_it(
    gateway: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(door, "step", lambda home, given, now: (home, []))
    assert await gateway.systemd.is_starved()
    monkeypatch.undo()


LOCKS: dict[str, Callable[[Daemon], asyncio.Lock]] = {
    "store": lambda daemon: daemon.database._turn,
    "dispatcher": lambda daemon: daemon._alerting._dispatcher._pass,
}


@pytest.mark.parametrize("stage", LOCKS)
async def test_a_stage_that_does_not_end_starves_it_and_is_seen(gateway: Run, stage: str) -> None:
    at = gateway.daemon.metrics.registry.get_sample_value
    name = "doorwatch_heartbeat_timestamp_seconds"
    async with LOCKS[stage](gateway.daemon):
        assert await gateway.systemd.is_starved()
        reached = at(name, {"stage": "rules"})
        assert at(name, {"stage": stage}) < reached, "how far it came"
    await gateway.systemd.hears("WATCHDOG=1")


async def test_a_core_that_does_not_turn_starves_it(
    gateway: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    goes_on = asyncio.Event()
    turn = gateway.daemon.core.turn

    async def stuck() -> None:
        await goes_on.wait()
        await turn()

    monkeypatch.setattr(gateway.daemon.core, "turn", stuck)
    try:
        assert await gateway.systemd.is_starved()
    finally:
        goes_on.set()
    await gateway.systemd.hears("WATCHDOG=1")


# -- what is no stage ----------------------------------------------------------------------------


async def test_without_its_broker_it_starts_for_as_long_as_that_takes_and_is_fed(
    gateway: Run,
) -> None:
    systemd = gateway.systemd
    await systemd.hears("WATCHDOG=1")
    assert "READY=1" not in systemd.read()
    assert (
        'STATUS={"status": "unready", "missing": ["source"], "degraded": ["broker", "provider"]}'
    ) in systemd.read()  # no provider is set up here
    await systemd.hears("EXTEND_TIMEOUT_USEC=60000000")
    async with Mosquitto(port=gateway.broker_port):
        await systemd.hears("READY=1")
    heard = systemd.read()
    said_with_it = heard[heard.index("READY=1") + 1]
    assert said_with_it == 'STATUS={"status": "degraded", "missing": [], "degraded": ["provider"]}'
    await systemd.hears("WATCHDOG=1")
    await gateway.site.until(lambda: not gateway.daemon.health.sources["broker"])
    await systemd.hears("WATCHDOG=1")
    assert systemd.read().count("READY=1") == 1


async def test_a_disk_that_refuses_does_not_starve_it(
    gateway: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def full(work: object) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr(gateway.daemon.database, "transaction", full)
    try:
        await gateway.systemd.hears("WATCHDOG=1")
        gateway.daemon.core.note(ReceiverChanged("radio", False))  # the core waits for the disk
        await gateway.site.until(lambda: gateway.daemon.core.refusals > 2)
        await gateway.systemd.hears("WATCHDOG=1")
    finally:
        monkeypatch.undo()
    await gateway.systemd.hears("WATCHDOG=1")


async def test_a_provider_that_answers_nothing_does_not_starve_it(
    tmp_path: Path, systemd: Systemd, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All that the dispatcher has in hand at once waits for it, and more behind."""
    held: list[asyncio.StreamWriter] = []
    silent = await asyncio.start_server(lambda _, writer: held.append(writer), "127.0.0.1", 0)
    site = Site(tmp_path, "mqtt://127.0.0.1:1", None, households=HOMES)
    port = silent.sockets[0].getsockname()[1]
    each_its_own_member(site)
    (tmp_path / "token").touch(0o600)
    (tmp_path / "token").write_text("token")
    with site.config.open("a") as config:
        config.write(
            f'[twilio]\naccount_sid = "{"AC" + "5" * 32}"\nauth_token_file = "token"\n'
            f'from_number = "+12025550100"\napi_base = "http://127.0.0.1:{port}"\n'
        )
    await site.import_ledger()
    monkeypatch.setenv("NOTIFY_SOCKET", str(systemd.path))
    gateway = Run(site, systemd, 0)
    await gateway.start()
    try:
        for number in range(1, HOMES + 1):
            for state in (Door.CLOSED, Door.OPEN):
                gateway.daemon.core.submit(Delivery(said(f"doors/S{number}", state), nothing))
        dispatcher = gateway.daemon._alerting._dispatcher
        await site.until(lambda: dispatcher._free() == 0)
        for _ in range(3):
            await systemd.hears("WATCHDOG=1")
        assert dispatcher._free() == 0, "the provider still says nothing"
    finally:
        for writer in held:
            writer.transport.abort()
        silent.close()
        await gateway.stop()


def each_its_own_member(site: Site) -> None:
    """So that no number's budget holds a text back."""
    numbers = range(1, HOMES + 1)
    tables = site.tables
    tables["grids"][1:] = [[f"G{n}", "东关", "龙门"] for n in numbers]
    tables["people"][1:] = [
        [f"P{n}", "王敏", f"+8525123{n:04}", "member", f"G{n}", "zh", ""] for n in numbers
    ]
    for row, n in zip(tables["households"][1:], numbers, strict=True):
        row[1] = f"G{n}"
    site.write_tables()


def said(topic: str, state: Door) -> Reading:
    return Reading("mqtt", "json", topic, Decoded(door=state), time.time_ns() // 1_000_000)


# -- what systemd is told besides ----------------------------------------------------------------


async def test_reload_and_end_are_said(gateway: Run) -> None:
    async with Mosquitto(port=gateway.broker_port):
        await gateway.systemd.hears("READY=1")
        os.kill(os.getpid(), signal.SIGHUP)
        await gateway.systemd.hears("RELOADING=1")
        await gateway.site.until(lambda: gateway.systemd.read().count("READY=1") == 2)
    gateway.daemon.stop()
    await gateway.systemd.hears("STOPPING=1")


async def test_a_heartbeat_writes_nothing_to_the_card(tmp_path: Path) -> None:
    database = await Database.open(tmp_path / "doorwatch.db")
    try:
        log = tmp_path / "doorwatch.db-wal"
        before = (log.stat().st_size, log.stat().st_mtime_ns)
        for _ in range(100):
            await database.transaction(beating._change_nothing)
        assert (log.stat().st_size, log.stat().st_mtime_ns) == before
        await database.transaction(lambda c: c.execute("CREATE TABLE changed (x)"))
        assert log.stat().st_size > before[0], "what does change is written"
    finally:
        await database.close()
