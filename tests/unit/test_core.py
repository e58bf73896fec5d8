"""Commit, then acknowledge: the order that everything else rests on."""

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from drivers.reading import Decoded, Delivery, Reading
from gateway import core as core_module
from gateway.clock import Clock
from gateway.core import Core
from gateway.incidents import Cards
from gateway.intake import Intake
from gateway.ledger.model import Grid, Household, Language, Ledger, Person, Protocol, Sensor
from gateway.memory import Memory
from gateway.metrics import Metrics
from gateway.rulesfile import RulesFile
from gateway.store.database import Database
from rules.local import moment
from rules.model import Door, Role
from tests.support.house import MIDNIGHT

NOON = moment(MIDNIGHT) + 12 * 3_600_000
LEDGER = Ledger(
    grids={"G": Grid("G")},
    people={"P": Person("P", "王敏", "+85251230001", Role.MEMBER, "G")},
    households={"H": Household("H", "G", "3栋2单元501", MIDNIGHT.date())},
    sensors={"S": Sensor("S", "H", Protocol.JSON, "doors/S")},
)


class Noon(Clock):
    def now(self) -> int:
        return NOON

    def verified(self) -> bool:
        return True


class Store(Database):
    """The real one, but the disk may refuse, and every commit is remembered in order."""

    refusals = 0
    story: list[str]

    async def transaction(self, work: Callable[[Any], Awaitable[Any]]) -> Any:
        if self.refusals:
            self.refusals -= 1
            self.story.append("refused")
            raise sqlite3.OperationalError("database or disk is full")
        result = await super().transaction(work)
        self.story.append("committed")
        return result


@pytest.fixture
async def store(tmp_path: Path) -> Any:
    Store.story = []
    database = await Store.open(tmp_path / "d.db")
    database.story = []  # type: ignore[attr-defined]
    yield database
    await database.close()


def core_on(store: Database) -> Core:
    zone = ZoneInfo("Asia/Shanghai")
    memory = Memory(zone, Language.ZH, Intake(), Cards(zone))
    memory.use(LEDGER, 1, RulesFile.default(), NOON)
    return Core(store, memory, Noon(), Metrics((), ()), lambda: store.story.append("woken"))  # type: ignore[attr-defined]


def say(core: Core, store: Any, door: Door, number: int) -> None:
    reading = Reading("mqtt", "json", "doors/S", Decoded(door=door, counter=number), NOON)
    core.submit(Delivery(reading, lambda: store.story.append(f"acknowledged {number}")))


async def test_nothing_is_acknowledged_or_sent_before_it_is_durable(store: Any) -> None:
    core = core_on(store)
    say(core, store, Door.CLOSED, 1)
    say(core, store, Door.OPEN, 2)
    await core.turn()
    assert store.story == ["committed", "woken", "acknowledged 1", "acknowledged 2"]
    assert [row["text"][:4] for row in await store.rows("SELECT text FROM alerts")] == ["【门磁】"]


async def test_a_disk_that_refuses_is_asked_again_and_nothing_is_lost(
    store: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(core_module, "RETRY_S", 0.0)
    core = core_on(store)
    say(core, store, Door.CLOSED, 1)
    store.refusals = 3
    await core.turn()
    assert store.story == ["refused"] * 3 + ["committed", "acknowledged 1"]
    assert len(await store.rows("SELECT * FROM journal")) == 1


async def test_a_repeat_waits_for_the_commit_of_what_it_repeats(store: Any) -> None:
    core = core_on(store)
    say(core, store, Door.CLOSED, 1)
    say(core, store, Door.CLOSED, 1)
    await core.turn()
    assert store.story == ["committed", "acknowledged 1", "acknowledged 1"]


async def test_what_waits_is_one_commit(store: Any) -> None:
    core = core_on(store)
    for number in range(1, 101):
        say(core, store, Door.CLOSED if number % 2 else Door.OPEN, number)
    await core.turn()
    assert store.story.count("committed") == 1
    assert len(await store.rows("SELECT * FROM journal")) == 100


async def test_the_loop_ends_only_when_nothing_waits(store: Any) -> None:
    core = core_on(store)
    running = asyncio.create_task(core.run())
    say(core, store, Door.CLOSED, 1)
    core.stop()
    await asyncio.wait_for(running, 10)
    assert "acknowledged 1" in store.story


async def test_the_first_word_of_a_device_that_replaced_another_is_no_opening(store: Any) -> None:
    core = core_on(store)
    say(core, store, Door.CLOSED, 1)
    await core.turn()
    row = replace(LEDGER.sensors["S"], address="doors/new")
    await core.use(replace(LEDGER, sensors={"S": row}), 2, RulesFile.default())
    reading = Reading("mqtt", "json", "doors/new", Decoded(door=Door.OPEN), NOON, live=False)
    core.submit(Delivery(reading, lambda: None))
    await core.turn()
    assert await store.rows("SELECT * FROM incidents") == []
