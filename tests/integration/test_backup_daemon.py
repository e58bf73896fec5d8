"""A backup made beside a gateway that hears doors; another machine decides the same from it."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from gateway import running
from gateway.backup import key, last
from gateway.backup.schedule import Schedule
from gateway.config import load
from gateway.incident_json import rfc3339
from simulators.broker import Mosquitto
from simulators.mqtt.sender import Broker, Sender
from simulators.provider.standin import ProviderStandIn
from tests.support.site import Site

COMMAND_S = 60.0  # one takes a second; the machine may be busy


class Street:
    def __init__(self, site: Site, doors: Sender) -> None:
        self.site, self._doors, self._seq = site, doors, 0

    async def say(self, sensor: str, state: str) -> None:
        self._seq += 1
        text = json.dumps({"sensor_id": sensor, "state": state, "seq": self._seq})
        await self._doors.publish(f"doors/{sensor}", text)

    def journaled(self) -> int:
        return int(self.site.rows("SELECT COUNT(*) FROM journal WHERE kind = 1")[0][0])


@pytest.fixture
async def street(tmp_path: Path) -> AsyncIterator[Street]:
    folder = tmp_path / "old"
    (folder / "away").mkdir(parents=True)
    key.new(tmp_path / "backup_key")
    async with Mosquitto() as broker, ProviderStandIn() as provider:
        site = Site(folder, broker.url, provider, households=3)
        text = site.config.read_text().replace(str(site.store), "doorwatch.db")
        text += f'[backup]\npath = "away"\nkey_file = "{tmp_path}/backup_key"\n'
        site.config.write_text(text)
        await site.import_ledger()
        await site.start()
        try:
            await site.ready()
            async with Sender(Broker(broker.port), "doors") as doors:
                yield Street(site, doors)
        finally:
            if site.running:
                await site.kill()


async def typed(config: Path, *words: str) -> Any:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "gateway.cli", *words, "--json", "--config", str(config),
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, err = await asyncio.wait_for(process.communicate(), COMMAND_S)
    assert process.returncode == 0, err.decode()
    return json.loads(out)


async def test_a_restored_gateway_decides_as_the_old_one_did(street: Street) -> None:
    site = street.site
    for number in (1, 2, 3):
        await street.say(f"S{number}", "closed")
    await street.say("S1", "open")
    await site.until(lambda: len(site.incidents()) == 1)
    await typed(site.config, "incidents", "ack", "1")
    await street.say("S2", "open")
    await site.until(lambda: len(site.incidents()) == 2)

    heard = asyncio.create_task(keep_talking(street))  # the copy is one moment all the same
    taken = await typed(site.config, "backup")
    heard.cancel()
    await asyncio.gather(heard, return_exceptions=True)
    assert site.running
    await site.until(lambda: street.journaled() > 10)
    metrics = await running.look(load(site.config))
    assert metrics is not None
    shown = metrics.value("doorwatch_backup_last_success_timestamp_seconds")
    assert shown == last.success_s(site.store) > 0

    blank = site.folder.parent / "new" / "config.toml"
    blank.parent.mkdir()
    key_file = site.folder.parent / "backup_key"
    (file,) = taken["delivered"]
    restored = await typed(blank, "restore", file, "--key-file", str(key_file))
    assert restored["missing"] == []
    # Up to the moment before the copy's last row both have heard the same.
    until = rfc3339(restored["manifest"]["newest_at"] - 1, load(blank).gateway.timezone)
    words = ("replay", "--since", "2020-01-01", "--until", until or "")
    there, here = await typed(blank, *words), await typed(site.config, *words)
    assert there["decisions"] == here["decisions"]
    assert there["would_be"] == here["would_be"] == here["was"] == there["was"]
    assert [one["household_id"] for one in there["decisions"]][:2] == ["H1", "H2"]

    await site.stop()
    again = Site.__new__(Site)
    again.__dict__ |= site.__dict__ | {
        "folder": blank.parent, "config": blank, "store": blank.parent / "doorwatch.db",
        "log": blank.parent / "gateway.log",
    }  # fmt: skip
    before = [(one["id"], one["state"]) for one in again.incidents()]
    assert before[0] == (1, "acknowledged")
    await again.start()
    try:
        await again.ready()
        assert [(one["id"], one["state"]) for one in again.incidents()][:2] == before[:2]
    finally:
        assert await again.stop() == 0


async def keep_talking(street: Street) -> None:
    while True:
        for state in ("open", "closed"):
            await street.say("S3", state)
            await asyncio.sleep(0.01)


async def test_the_daemons_own_ones_are_made_when_due_and_not_before(street: Street) -> None:
    config = load(street.site.config)
    making = asyncio.create_task(Schedule(config, street.site.config).run(after_start_s=0))
    try:
        await street.site.until(lambda: last.read(config.store.path).at > 0, COMMAND_S)
        assert making.done() is False
    finally:
        making.cancel()
        await asyncio.gather(making, return_exceptions=True)
    assert [file.suffix for file in (street.site.folder / "away").iterdir()] == [".backup"]


async def test_one_that_is_being_made_ends_with_the_gateway(street: Street) -> None:
    site = street.site
    slow = site.config.read_text().replace('path = "away"', 'command = ["sleep", "600.125"]')
    site.config.write_text(slow)
    making = asyncio.create_task(Schedule(load(site.config), site.config).run(after_start_s=0))
    await site.until(sleeping, COMMAND_S)
    making.cancel()
    async with asyncio.timeout(10):
        await asyncio.gather(making, return_exceptions=True)
    assert last.read(site.store).at == 0
    assert not sleeping()
    assert not list(site.folder.glob(".backup-*"))


def sleeping() -> bool:
    """Whether the command runs that takes it away."""
    words = b"sleep\0" + b"600.125\0"
    return any(words == file.read_bytes() for file in Path("/proc").glob("[0-9]*/cmdline"))


async def test_nobody_who_wants_none_gets_one(street: Street) -> None:
    config = load(street.site.config)
    await Schedule(config, None).run(after_start_s=0)
    unwanted = config.model_copy(update={"backup": type(config.backup)()})
    await Schedule(unwanted, street.site.config).run(after_start_s=0)
    assert last.read(config.store.path).at == 0
