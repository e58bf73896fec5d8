"""A whole demo, and a gateway in trouble: no log, metric or bundle names anybody of the ledger.

The demo's own story (stdout) shows texts with their places on purpose; it is no log.
"""

import asyncio
import csv
import io
import json
import logging
import os
import re
import sys
import tarfile
from collections.abc import Iterable
from pathlib import Path

import pytest
from rich.console import Console

from gateway import running
from gateway.config import load
from simulators.broker import Mosquitto
from simulators.demo import Plan, Show, perform, stage
from simulators.mqtt.sender import Broker, Sender
from simulators.neighbourhood import Town
from simulators.provider.standin import ProviderStandIn
from tests.support.site import Site

PATIENCE_S = 120.0
COLUMNS = {"people": ("name", "phone"), "households": ("address", "phone"), "sensors": ("key",)}


def secrets_of(folder: Path) -> set[str]:
    """Every phone, name and address in the ledger's files; a sensor's address if it is a MAC."""
    found: set[str] = set()
    for table, columns in COLUMNS.items():
        with (folder / f"{table}.csv").open(encoding="utf-8-sig") as file:
            rows = list(csv.DictReader(file))
        found |= {row.get(column) or "" for row in rows for column in columns}
        found |= {row["address"] for row in rows if ":" in (row.get("address") or "")}
    return found - {""}


def named(text: str, secrets: Iterable[str]) -> list[str]:
    return [one for one in secrets if re.search(rf"(?<![\w]){re.escape(one)}(?![\w])", text)]


def unpacked(file: Path) -> dict[str, str]:
    with tarfile.open(file) as tar:
        return {
            member.name.partition("/")[2]: (tar.extractfile(member) or sys.stdin.buffer)
            .read()
            .decode()
            for member in tar
        }


def folder_of(temporary: Path) -> Path:
    """The demo's."""
    (folder,) = temporary.glob("doorwatch-demo-*")
    return folder


async def bundle(config: Path, folder: Path) -> dict[str, str]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "gateway.cli", "doctor", "--bundle", str(folder / "bundle.tar.gz"),
        "--config", str(config),
        stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    _, said = await asyncio.wait_for(process.communicate(), PATIENCE_S)
    assert process.returncode == 0, said.decode()
    return unpacked(folder / "bundle.tar.gz")


async def test_a_demo_from_midnight_to_midnight(tmp_path: Path) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "gateway.cli", "demo", "--seconds", "20", "--seed", "4",
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        env={**os.environ, "TMPDIR": str(tmp_path)},
    )  # fmt: skip
    assert process.stdout is not None
    story = ""
    async with asyncio.timeout(PATIENCE_S):
        while story.count("text to") < 10:  # much has happened, and it goes on
            line = await process.stdout.readline()
            if not line:
                _, errors = await process.communicate()
                pytest.fail(f"the demo ended\n{story}\n{errors.decode()}")
            story += line.decode()
    folder = folder_of(tmp_path)
    secrets = secrets_of(folder / "ledger")
    assert len(secrets) > 100
    found = await bundle(folder / "config.toml", tmp_path)
    url = re.search(r"http://\S+/metrics", story)
    assert url is not None
    metrics = await asyncio.to_thread(running._read, url[0])
    rest, errors = await asyncio.wait_for(process.communicate(), PATIENCE_S)
    assert process.returncode == 0, errors.decode()
    story += rest.decode()
    assert named(story, secrets), "the demo shows places: else this test sees nothing"
    assert json.loads(found["store.json"])["rows"]["alerts"] > 10
    for where, text in {"stderr": errors.decode(), "metrics": metrics, **found}.items():
        assert named(text, secrets) == [], where


async def test_nothing_is_logged_that_would_need_the_mask(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All that anybody logs in a day, as it is before the last defence."""
    write, said = stage.write_ledger, list[str]()

    def kept(town: Town, folder: Path) -> None:
        write(town, folder)
        write(town, tmp_path)

    class Ears(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            said.append(logging.Formatter().format(record))

    monkeypatch.setattr(stage, "write_ledger", kept)
    root, ears = logging.getLogger(), Ears()
    level = root.level
    root.addHandler(ears)
    root.setLevel(logging.INFO)
    try:
        summary = await perform(Plan(seconds=6, seed=9), Show(Console(file=io.StringIO())))
    finally:
        root.removeHandler(ears)
        root.setLevel(level)
    assert summary.clean
    assert len(said) > 5
    assert named("\n".join(said), secrets_of(tmp_path)) == []


async def test_a_gateway_in_trouble_tells_all_but_names(tmp_path: Path) -> None:
    """The provider fails, the broker goes, a ledger is refused, a reply comes from a stranger."""
    async with Mosquitto() as broker, ProviderStandIn() as provider:
        site = Site(tmp_path, broker.url, provider, households=3)
        await site.import_ledger()
        await site.start()
        try:
            await site.ready()
            async with Sender(Broker(broker.port), "doors") as doors:
                for state in ("closed", "open"):
                    await doors.publish("doors/S1", json.dumps({"state": state}))
                await doors.publish("doors/S1", "+85251230001 from 1栋2单元501")
                await site.until(site.incidents)
                provider.reply("+85259999999", "who is there?")
                provider.reply(site.member, "what?")
                await site.until(lambda: site.rows("SELECT 1 FROM replies"))
            await broker.kill()
            await site.until(lambda: "broker up=False" in site.log.read_text())
            found = await bundle(site.config, tmp_path)
            metrics = await running.text(load(site.config))
        finally:
            assert await site.stop() == 0
    secrets = secrets_of(tmp_path) | {"+85259999999", provider.auth_token, provider.account_sid}
    log = site.log.read_text()
    assert all(line.startswith("level=") for line in log.splitlines()), log
    assert metrics is not None
    assert metrics.count("\n") > 100
    for where, text in {"log": log, "metrics": metrics, **found}.items():
        assert named(text, secrets) == [], where
    told = json.loads(found["config.json"])
    assert told["twilio"]["auth_token_file"] == told["twilio"]["from_number"] == "given"
    assert told["mqtt"]["username"] == ""
    assert 'sensor_id="sensor_id-1"' in found["metrics.txt"]
    rows = json.loads(found["journal.json"])
    assert {row["kind"] for row in rows} >= {"ledger", "reading"}
    assert {row["subject"] for row in rows if row["kind"] == "reading"} == {"subject-1"}
    assert json.loads(found["about.json"])["doorwatch"]
    assert [one["part"] for one in json.loads(found["doctor.json"]) if not one["ok"]]
    assert (tmp_path / "bundle.tar.gz").stat().st_mode & 0o077 == 0
