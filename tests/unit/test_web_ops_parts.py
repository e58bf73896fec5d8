"""Operations at a glance: what state each part has, and how many sensors are what."""

import asyncio
import json
import re
import time
from dataclasses import replace
from pathlib import Path

from gateway.backup import last
from gateway.backup.errors import BackupError, Reason
from gateway.config import load
from gateway.heartbeat.beating import Heartbeat
from gateway.heartbeat.systemd import Notify
from gateway.web.ops import parts
from gateway.web.ops.figures import Figures
from rules.grid import Lost
from rules.model import Door
from rules.moment import HOUR, MINUTE, SECOND
from tests.support.desk import LEDGER
from tests.support.web import Web, web


def by_key(here: Web, *, wall: int = 0) -> dict[str, parts.Part]:
    figures = Figures(here.site.metrics.registry)
    found = parts.parts(here.site, figures, parts.Errors(), wall)
    return {f"{one.key} {one.name}".strip(): one for one in found}


async def test_what_nobody_measures_is_not_observed(tmp_path):
    async with web(tmp_path, config=_config(tmp_path)) as here:
        found = by_key(here)
        assert found["heartbeat"].standing == "unseen"
        assert found["store"].standing == "unseen"
        assert found["broker"].standing == "unseen"  # nobody has said how it is


async def test_a_part_is_as_it_says(tmp_path):
    text = '[ble]\nadapters = ["hci0", "hci1"]\n'
    async with web(tmp_path, config=_config(tmp_path, text)) as here:
        health, metrics = here.site.health, here.site.metrics
        health.sources |= {"hci0": True, "hci1": False, "broker": False}
        metrics.outbox_pending.set(3)
        found = by_key(here)
        states = {name: part.standing.value for name, part in found.items()}
        assert states["radio hci0"] == "quiet"
        assert states["radio hci1"] == "attention"
        assert states["broker"] == "attention"
        assert states["outbox"] == "permitted"
        metrics.unsent(1, 1)
        assert by_key(here)["outbox"].standing == "attention"


async def test_a_backup_is_judged_by_its_interval(tmp_path):
    text = '[backup]\npath = "there"\nkey_file = "key"\nevery_hours = 10\n'
    (tmp_path / "there").mkdir()
    (tmp_path / "key").write_text("00" * 32)
    (tmp_path / "key").chmod(0o600)
    async with web(tmp_path, config=_config(tmp_path, text)) as here:
        store = here.site.config.store.path
        assert by_key(here)["backups"].standing == "attention"
        last.succeeded(store, 1_000_000, "one", 10)
        for hours, state in ((14, "quiet"), (16, "attention")):
            assert by_key(here, wall=1_000_000 + hours * HOUR)["backups"].standing == state


async def test_a_command_that_failed_is_not_called_as_a_role_is(tmp_path):
    (tmp_path / "there").mkdir()
    (tmp_path / "key").write_text("00" * 32)
    (tmp_path / "key").chmod(0o600)
    text = '[backup]\npath = "there"\nkey_file = "key"\n'
    async with web(tmp_path, config=_config(tmp_path, text)) as here:
        for reason, why in (
            (Reason.COMMAND, "the command that takes it away failed"), (Reason.DISK, "disk"),
        ):  # fmt: skip
            last.failed(here.site.config.store.path, 1, BackupError(reason, ""))
            assert by_key(here)["backups"].facts[-1].values == {"why": why}


async def test_no_backup_at_all_is_something_to_act_on(tmp_path):
    async with web(tmp_path, config=_config(tmp_path)) as here:
        assert "backups" not in by_key(here)  # the demo, which has no file to set it up in
        here.site.config_path = tmp_path / "config.toml"
        part = by_key(here)["backups"]
        assert (part.standing, part.facts[0].key) == ("attention", "no_backup")


async def test_a_heartbeat_is_as_old_as_the_machine_says_whatever_day_the_demo_plays(tmp_path):
    async with web(tmp_path, config=_config(tmp_path)) as here:
        site, notify = here.site, Notify()
        come = asyncio.Event()

        async def dispatched() -> None:
            here.desk.clock.at += 8 * MINUTE  # a quick day: so much passes between two beats
            come.set()

        beats = Heartbeat(
            site.core, site.database, dispatched, site.health, site.metrics.registry, notify
        )
        running = asyncio.create_task(beats.run())
        await come.wait()
        now = time.time_ns() // 1_000_000
        for later, state in ((5 * SECOND, "quiet"), (HOUR, "attention")):
            assert (await _beaten(here, now + later)).standing == state
        running.cancel()


async def test_the_budget_of_a_number_is_told_by_the_people_who_have_it(tmp_path):
    async with web(tmp_path) as here:
        ops = await here.client("ops")
        for used, state in ((0, "enough"), (3, "kept for critical"), (4, "none left")):
            here.site.metrics.texts_to = lambda phone, used=used: used
            text = (await ops.get("/ops")).text
            assert f"{used} / 4" in text and state in text


async def test_a_providers_last_error_is_shown_without_the_number(tmp_path):
    async with web(tmp_path) as here:
        here.site.metrics.provider_up("twilio", False)
        await here.desk.opens()
        await here.desk.database.transaction(
            lambda c: c.execute(
                "UPDATE alerts SET provider = 'twilio', error = '21211 +8613800138000 is invalid'"
            )
        )
        text = (await (await here.client("ops")).get("/ops")).text
        assert "21211 +··· is invalid" in text


# -- sensors -----------------------------------------------------------------------------------


async def test_a_sensor_is_what_was_heard_of_it(tmp_path):
    async with web(tmp_path) as here:
        ops, desk = await here.client("ops"), here.desk
        await desk.door(Door.CLOSED, "S1")
        await desk.door(Door.CLOSED, "S2")
        desk.core.memory.intake.sensors["S2"].battery = 15
        desk.core.memory.intake.unknown("json", "doors/S1")
        await desk.core.ask(None, Lost("S1"))
        for be, there in (("lost", "S1"), ("battery_low", "S2"), ("never", "S3")):
            text = (await ops.get(f"/ops/sensors?be={be}")).text
            assert re.findall(r"<strong>(S\d)</strong>", text) == [there]
        assert "look after: 3" in (await ops.get("/ops")).text  # lost, low, and never heard
        assert (await ops.get("/ops/sensors?be=nonsense")).status_code == 422


async def test_every_sensor_is_counted_once_by_how_it_is_heard(tmp_path):
    """One of a kind that is silent between openings may have died long ago: it is not "heard"."""
    often = replace(LEDGER.sensors["S2"], supervision_minutes=60)
    ledger = replace(LEDGER, sensors={**LEDGER.sensors, "S2": often})
    async with web(tmp_path, ledger) as here:
        ops, desk = await here.client("ops"), here.desk

        async def tiles() -> dict[str, int]:
            text = (await ops.get("/ops")).text
            found = re.findall(r'/ops/sensors\?be=(\w+)"><b>(\d+)</b>', text)
            return {kind: int(many) for kind, many in found if int(many)}

        async def heard(sensor: str, **more: object) -> None:
            await desk.door(Door.CLOSED, sensor)
            for name, value in more.items():
                setattr(desk.core.memory.intake.sensors[sensor], name, value)

        assert await tiles() == {"never": 3}
        await heard("S1", battery=15)
        await heard("S2")
        assert await tiles() == {"never": 1, "unsupervised": 1, "heard": 1, "battery_low": 1}
        desk.core.memory.intake.unknown("json", "doors/S1")
        await desk.core.ask(None, Lost("S1"))  # so it is silent, too
        assert await tiles() == {"never": 1, "lost": 1, "heard": 1, "battery_low": 1}
        text = (await ops.get("/ops/sensors?be=heard")).text
        assert re.findall(r"<strong>(S\d)</strong>", text) == ["S2"]


async def test_sensors_are_searched_and_sorted(tmp_path):
    async with web(tmp_path) as here:
        ops, desk = await here.client("ops"), here.desk
        for sensor in ("S2", "S1"):
            await desk.door(Door.CLOSED, sensor)
            desk.clock.at += MINUTE

        async def shown(query: str) -> list[str]:
            text = (await ops.get(f"/ops/sensors?{query}")).text
            return re.findall(r"<strong>(S\d)</strong>", text)

        assert await shown("") == ["S3", "S2", "S1"]
        assert await shown("order=newest") == ["S1", "S2", "S3"]
        assert await shown("order=id") == ["S1", "S2", "S3"]
        assert await shown("q=2栋") == ["S2"]
        assert await shown("q=nobody") == []


async def _beaten(here: Web, wall: int) -> parts.Part:
    """The heartbeat's part once one has come all the way."""
    while (found := by_key(here, wall=wall)["heartbeat"]).standing == "unseen":
        await asyncio.sleep(0)
    return found


def _config(folder: Path, more: str = "") -> object:
    path = folder / "config.toml"
    path.write_text(f'[store]\npath = "{json.dumps(str(folder / "doorwatch.db"))[1:-1]}"\n{more}')
    return load(path)
