"""``doctor``'s line about the clock, and ``--trust-clock``: a person's word and what it does."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from gateway import requests
from gateway.clock import SystemClock
from gateway.clock.evidence import EARLIEST
from gateway.config import Config, load
from gateway.core import Core
from gateway.discovery import Discovery
from gateway.doctor.clock import NotTrusted, clock, vouch
from gateway.incidents import Cards
from gateway.intake import Intake
from gateway.ledger.model import Language
from gateway.memory import Memory
from gateway.metrics import Metrics
from gateway.store.database import Database
from rules.model import ClockChanged
from rules.moment import DAY, MINUTE, SECOND
from tests.support.cli import Run, Site, runner
from tests.support.machine import Bench

TODAY = 1_781_000_000_000  # 2026-06-09 18:13:20 in Shanghai, ms


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


@pytest.fixture
def config(site: Site) -> Config:
    site.store.parent.mkdir()
    return load(site.config)


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path, TODAY)


@pytest.fixture
async def store(config: Config) -> AsyncIterator[Database]:
    database = await Database.open(config.store.path)
    yield database
    await database.close()


async def stored_at(store: Database, moment: int) -> None:
    await store.transaction(
        lambda c: c.execute("INSERT INTO journal (received_at, kind) VALUES (?, 1)", (moment,))
    )


async def serve(store: Database, gateway: SystemClock) -> None:
    """As a running gateway with this clock does."""
    zone = ZoneInfo("Asia/Shanghai")
    memory = Memory(zone, Language.EN, Intake(), Cards(zone))
    core = Core(store, memory, gateway, Metrics((), ()), lambda: None)
    await requests.serve(store, core, Discovery(lambda _: True, lambda _: None, {}))


async def test_the_running_gateway_hears_it(store: Database, config: Config, bench: Bench) -> None:
    gateway = SystemClock(0, await requests.trusted(store), bench.machine)
    assert gateway.look() == ClockChanged(verified=False)
    at, request = await vouch(store, config, "Zhao", back=False, machine=bench.machine)
    assert at == TODAY
    assert await requests.answer_of(store, request) is None
    await serve(store, gateway)
    assert await requests.answer_of(store, request) == {"by": "Zhao"}
    bench.passes(SECOND)
    assert gateway.look() == ClockChanged(verified=True)


async def test_it_is_kept_for_a_restart_but_not_for_a_boot(
    store: Database, config: Config, bench: Bench
) -> None:
    await vouch(store, config, "Li", back=False, machine=bench.machine)
    await vouch(store, config, "Zhao", back=False, machine=bench.machine)
    restarted = SystemClock(TODAY, await requests.trusted(store), bench.machine)
    assert restarted.why() == "Zhao, until the next boot"
    bench.boots("another")
    assert not SystemClock(TODAY, await requests.trusted(store), bench.machine).verified()


async def test_a_request_of_an_older_boot_vouches_for_nothing(
    store: Database, config: Config, bench: Bench
) -> None:
    """Typed while no gateway ran, carried out by one that starts after the next boot."""
    await vouch(store, config, "Zhao", back=False, machine=bench.machine)
    bench.boots("another")
    gateway = SystemClock(TODAY, None, bench.machine)
    await serve(store, gateway)
    assert gateway.look() == ClockChanged(verified=False)


# What the machine's clock shows, the newest stored moment, --back: whether it may be trusted.
WORDS = [
    (TODAY, 0, False, True),
    (TODAY, TODAY - DAY, False, True),
    (TODAY, TODAY + MINUTE, False, True),  # seconds apart
    (TODAY, TODAY + DAY, False, False),
    (TODAY, TODAY + DAY, True, True),
    (40 * SECOND, 0, False, False),  # 1970
    (EARLIEST - SECOND, 0, True, False),
]


@pytest.mark.parametrize(("wall", "newest", "back", "allowed"), WORDS)
async def test_nobody_trusts_a_clock_that_cannot_be_right(
    store: Database, config: Config, bench: Bench, wall: int, newest: int, back: bool, allowed: bool
) -> None:
    bench.wall = wall
    await stored_at(store, newest)
    if allowed:
        await vouch(store, config, "Zhao", back=back, machine=bench.machine)
    else:
        with pytest.raises(NotTrusted, match="sudo date -s"):
            await vouch(store, config, "Zhao", back=back, machine=bench.machine)
    assert (await requests.trusted(store) is not None) is allowed


# -- doctor --------------------------------------------------------------------------------


async def test_doctor_says_what_vouches_or_what_to_type(
    store: Database, config: Config, bench: Bench
) -> None:
    found = await clock(config, bench.machine)
    assert (found.ok, found.said) == (False, "nothing vouches for 2026-06-09 18:13:20")
    assert found.remedy is not None
    assert "doctor --trust-clock" in found.remedy
    await stored_at(store, TODAY + DAY)
    said = (await clock(config, bench.machine)).said
    assert said.endswith(", and the newest stored moment is 2026-06-10 18:13:20")
    await vouch(store, config, "Zhao", back=True, machine=bench.machine)
    found = await clock(config, bench.machine)
    assert (found.ok, found.said) == (True, "verified by Zhao, until the next boot")


async def test_doctor_needs_no_store(config: Config, bench: Bench) -> None:
    bench.timesyncd()
    assert (await clock(config, bench.machine)).said == "verified by NTP (systemd-timesyncd)"
    assert not config.store.path.exists(), "and makes none"
    config.store.path.write_bytes(b"no database" * 200)
    assert (await clock(config, bench.machine)).ok


def test_typed_where_no_gateway_runs(run: Run, site: Site) -> None:
    nothing = run("doctor", "--trust-clock")
    assert (nothing.status, nothing.out) == (1, "")
    assert "there is no data" in nothing.err
    run("ledger", "import", *site.files)
    first = run("doctor", "--trust-clock")
    assert first.status == 0
    assert first.out.splitlines()[0].endswith(" is trusted, by cli, until the next boot")
    assert first.out.splitlines()[1] == "it takes effect when the gateway starts"
    second = run("doctor", "--trust-clock", "--by", "Zhao", "--json").json()
    assert (second["by"], second["running"]) == ("Zhao", False)
    found = {line["part"]: line for line in run("doctor", "--json").json()}
    assert found["clock"]["ok"], found["clock"]


def test_typed_while_the_clock_is_behind_what_is_stored(run: Run, site: Site) -> None:
    run("ledger", "import", *site.files)
    asyncio.run(_stored_later(site))
    typed = run("doctor", "--trust-clock")
    assert (typed.status, typed.out) == (2, "")
    assert "--back" in typed.err
    assert json.loads(run("doctor", "--trust-clock", "--back", "--json").out)["by"] == "cli"


async def _stored_later(site: Site) -> None:
    database = await Database.open(site.store)
    await stored_at(database, 2**42)  # in 2109
    await database.close()


@pytest.fixture
def run(site: Site, capsys: pytest.CaptureFixture[str]) -> Run:
    return runner(capsys, site)
