"""A battery is changed: from the packets in the air to a person's word, and through a restart."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from drivers.ble.decoders import BTHOME_UUID
from gateway import loading, requests
from gateway.cli.asking import Unwatched
from gateway.clock import SystemClock
from gateway.config import load
from gateway.core import Core
from gateway.intake.heard import Heard
from gateway.metrics import Metrics
from gateway.sources import Sources
from gateway.store import ledgers
from gateway.store.database import Database
from gateway.store.journal import Entry
from gateway.web.health import Health
from rules.model import Door
from simulators.bluez.bthome_sensor import seal
from tests.support.cli import Run, Site, runner

MAC, KEY = "3C:2E:F5:AA:BB:CC", bytes.fromhex("231d39c1d7cc1ab1aee224cd096db932")


class Gateway:
    """Everything from the radio's callback to the disk; only the radio itself is not there."""

    def __init__(self, site: Site, database: Database) -> None:
        self.site = site
        self.database = database

    async def start(self) -> None:
        config = load(self.site.config)
        memory = await loading.load(self.database, config)
        clock = SystemClock(await loading.newest_moment(self.database))
        self.core = Core(self.database, memory, clock, Unwatched(), lambda: None)
        before = await loading.before(self.database)
        self.sources = Sources(
            config, self.core.submit, clock, memory.intake, Health(), Metrics((), ()), before
        )
        await self.core.resume(await loading.newest_moment(self.database))
        version, ledger = await ledgers.latest(self.database)
        await self.core.use(ledger, version, memory.rules)
        self.sources.use(ledger)

    async def hear(self, counter: int, *, is_open: bool = False) -> Door | None:
        """One packet of the sensor, a minute after the last; how its door stands afterwards."""
        self.sources._radio[MAC].accepted_at -= 60
        self.radio(counter, bytes([0x2D, is_open]))
        await self.core.turn()
        return self.sensor.door

    def radio(self, counter: int, objects: bytes) -> None:
        """One packet, before anything is done about it."""
        assert self.sources._listener is not None
        packet = seal(objects, counter, key=KEY, mac=MAC)
        self.sources._listener.heard("hci0", MAC, {BTHOME_UUID: packet}, {}, -60)

    async def say(self, by: str) -> None:
        """A person's word."""
        body = {"do": "battery", "sensor": "S2", "by": by}
        said = asyncio.create_task(requests.carry_out(self.core, body))
        await asyncio.sleep(0)
        await self.core.turn()
        await said

    async def rows(self, kind: Entry) -> list[tuple[Any, ...]]:
        found = await self.database.rows(
            "SELECT subject, replay_counter, body FROM journal WHERE kind = ? ORDER BY id", (kind,)
        )
        return [tuple(row) for row in found]

    @property
    def sensor(self) -> Heard:
        return self.core.memory.intake.sensors["S2"]


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


@pytest.fixture
def run(site: Site, capsys: pytest.CaptureFixture[str]) -> Run:
    typed = runner(capsys, site)
    assert typed("ledger", "import", *site.files).status == 0
    site.config.write_text(site.config.read_text().replace("[ble]\nenabled = false", "[ble]"))
    return typed


@pytest.fixture
async def gateway(site: Site, run: Run) -> AsyncIterator[Gateway]:
    gateway = Gateway(site, await Database.open(site.store))
    await gateway.start()
    for counter, is_open in ((5999, True), (6000, False)):
        await gateway.hear(counter, is_open=is_open)
    yield gateway
    await gateway.database.close()


async def test_a_changed_battery_is_journaled_with_who_and_the_sensor_is_believed_again(
    gateway: Gateway,
) -> None:
    for counter in (1, 2, 3):
        assert await gateway.hear(counter, is_open=True) is Door.CLOSED
    assert gateway.sensor.counts_anew == 3
    await gateway.say("P1")
    assert await gateway.rows(Entry.BATTERY_ASKED) == [("S2", 2, None), ("S2", 3, None)]
    assert await gateway.rows(Entry.BATTERY_CHANGED) == [("S2", None, '{"by": "P1"}')]
    assert gateway.sensor.counts_anew is None
    assert await gateway.hear(3, is_open=True) is Door.CLOSED
    assert await gateway.hear(4, is_open=True) is Door.OPEN


async def test_an_opening_at_an_unknown_moment_is_what_was_refused_before(
    gateway: Gateway,
) -> None:
    for counter in (1, 2):
        await gateway.hear(counter, is_open=True)
    sure_until = gateway.sensor.sure_at
    await gateway.say("P1")
    await gateway.hear(3, is_open=True)
    (since,) = await gateway.database.rows("SELECT since FROM journal ORDER BY id DESC LIMIT 1")
    assert since["since"] == sure_until


@pytest.mark.parametrize("recorded", [2, 3, 5999, 6000])
async def test_no_recorded_packet_is_believed_after_it_nor_after_a_restart(
    gateway: Gateway, recorded: int
) -> None:
    for counter in (1, 2, 3):
        await gateway.hear(counter)
    await gateway.say("P1")
    assert await gateway.hear(recorded, is_open=True) is Door.CLOSED
    await gateway.start()  # from the journal alone: no snapshot was taken
    assert (gateway.sensor.replay_counter, gateway.sensor.used_up_to) == (3, 6000)
    assert await gateway.hear(recorded, is_open=True) is Door.CLOSED
    assert await gateway.hear(4, is_open=True) is Door.OPEN


async def test_the_question_outlives_a_restart(gateway: Gateway) -> None:
    for counter in (1, 2):
        await gateway.hear(counter)
    await gateway.start()
    assert gateway.sensor.counts_anew == 2
    await gateway.hear(3)
    await gateway.say("P1")
    assert await gateway.hear(3, is_open=True) is Door.CLOSED
    assert await gateway.hear(4, is_open=True) is Door.OPEN


async def test_packets_that_say_nothing_new_count_too(gateway: Gateway) -> None:
    """Somebody may have recorded them as well."""
    gateway.radio(6001, bytes.fromhex("2d01"))
    gateway.radio(6002, b"")
    await gateway.core.turn()
    assert gateway.sensor.replay_counter == 6002


async def test_a_sensor_that_goes_on_as_before_ends_the_question_for_good(
    gateway: Gateway,
) -> None:
    for counter in (1, 2, 6001):
        await gateway.hear(counter)
    await gateway.start()
    assert gateway.sensor.counts_anew is None
    with pytest.raises(requests.Refused, match="nothing to accept"):
        await gateway.say("P1")


async def test_a_new_key_ends_the_question_and_the_old_count(gateway: Gateway) -> None:
    for counter in (1, 2):
        await gateway.hear(counter)
    await gateway.say("P1")
    gateway.sensor.under("00" * 16)
    found = gateway.sensor
    assert (found.replay_counter, found.counts_anew, found.used_up_to) == (None, None, None)


def test_the_command_takes_the_word_where_no_gateway_runs(site: Site, run: Run) -> None:
    async def live() -> None:
        gateway = Gateway(site, await Database.open(site.store))
        await gateway.start()
        for counter in (6000, 1, 2):
            await gateway.hear(counter)
        await gateway.database.close()

    asyncio.run(live())
    asks = {
        each["sensor_id"]: each["battery_changed"]
        for each in run("sensors", "list", "--json").json()
    }
    assert [each for each, changed in asks.items() if changed] == ["S2"]
    assert "changed?" in run("sensors", "list").out
    assert run("sensors", "battery", "S9").status == 2
    assert run("sensors", "battery", "S2", "--by", "P9").status == 2
    assert run("sensors", "battery", "S1").status == 1  # it has not asked
    said = run("sensors", "battery", "S2", "--by", "P1")
    assert (said.status, said.out) == (
        0, "S2: new battery; what it counts from now on is believed\n"
    )  # fmt: skip
    again = run("sensors", "battery", "S2")
    assert not any(each["battery_changed"] for each in run("sensors", "list", "--json").json())
    assert again.status == 1
    assert "nothing to accept" in again.err
