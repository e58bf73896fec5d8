"""What the gateway shows of its machine: disk, certificates; and of sensors and budgets."""

import os
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.registry import Collector

from gateway.config import load
from gateway.ledger.model import Ledger, Person
from gateway.rulesfile import RulesFile
from gateway.store.database import Database
from gateway.telemetry import disk
from gateway.telemetry.budgets import Budgets
from gateway.telemetry.certificates import Certificates, files_of
from gateway.telemetry.disk import Disk
from gateway.telemetry.sensors import Sensors
from rules.model import Role
from simulators.mqtt.certificates import Authority
from tests.support import worn_gateway
from tests.support.watched import LEDGER, NOW, Watched

SECTOR = 512


def values(collector: Collector) -> dict[str, float]:
    """Every series by its name and the values of its labels."""
    registry = CollectorRegistry()
    registry.register(collector)
    return {
        " ".join([sample.name, *sample.labels.values()]): sample.value
        for metric in registry.collect()
        for sample in metric.samples
    }


# -- the disk ------------------------------------------------------------------------------


@pytest.fixture
def device(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The disk beneath ``tmp_path``, an eMMC that the tests may wear."""
    monkeypatch.setattr(disk, "SYS", tmp_path / "sys")
    return worn_gateway.write(tmp_path / "sys", tmp_path, life="0x02 0x08", sectors=5_000)


def test_the_disk_beneath_the_store_tells_its_size_what_was_written_and_its_life(
    device: Path, tmp_path: Path
) -> None:
    seen = values(Disk(tmp_path))
    room = os.statvfs(tmp_path)
    assert seen["doorwatch_disk_size_bytes"] == room.f_blocks * room.f_frsize
    assert 0 < seen["doorwatch_disk_free_bytes"] < seen["doorwatch_disk_size_bytes"]
    assert seen["doorwatch_disk_device_bytes mmcblk0"] == 32_000_000_000
    assert seen["doorwatch_disk_written_bytes_total mmcblk0"] == 5_000 * SECTOR
    assert seen["doorwatch_disk_life_used_ratio mmcblk0"] == 0.8  # the worse of its two kinds


@pytest.mark.parametrize(
    ("said", "used"), [("0x00 0x00", None), ("0x00 0x01", 0.1), ("0x0B 0x01", 1.1), ("", None)]
)
def test_the_life_is_told_only_where_the_device_tells_it(
    device: Path, tmp_path: Path, said: str, used: float | None
) -> None:
    (device / "device/life_time").write_text(said)
    assert values(Disk(tmp_path)).get("doorwatch_disk_life_used_ratio mmcblk0") == used


def test_where_no_device_is_shown_the_room_is_told_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(disk, "SYS", tmp_path / "nothing")
    seen = values(Disk(tmp_path))
    assert "doorwatch_disk_free_bytes" in seen
    assert [name for name in seen if "mmcblk0" in name or "device" in name] == []


def test_our_own_share_of_what_is_written_is_the_kernels_word(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert values(Disk(tmp_path))["doorwatch_written_bytes_total"] >= 0  # the real kernel's
    monkeypatch.setattr(disk, "IO", tmp_path / "io")
    (tmp_path / "io").write_text("wchar: 900\nwrite_bytes: 4096\ncancelled_write_bytes: 7\n")
    assert values(Disk(tmp_path))["doorwatch_written_bytes_total"] == 4096
    (tmp_path / "io").unlink()
    assert "doorwatch_written_bytes_total" not in values(Disk(tmp_path))


# -- certificates --------------------------------------------------------------------------


def test_a_certificate_tells_when_it_ends_and_again_when_it_is_replaced(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    (tmp_path / "config.toml").write_text(
        '[mqtt]\nurl = "mqtts://127.0.0.1:8883"\nca_file = "ca.pem"\n[ble]\nenabled = false\n'
    )
    files = files_of(load(tmp_path / "config.toml"))
    assert files == {"mqtt.ca_file": authority.ca_file}
    certificates = Certificates(files)
    name = "doorwatch_certificate_expires_timestamp_seconds mqtt.ca_file"
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).timestamp()
    assert abs(values(certificates)[name] - tomorrow) < 60
    authority.ca_file.write_text("no certificate")
    os.utime(authority.ca_file, (0, 0))
    assert values(certificates)[name] == 0
    authority.ca_file.unlink()
    assert values(certificates)[name] == 0


# -- sensors -------------------------------------------------------------------------------


async def test_each_sensor_tells_when_it_was_heard_and_its_battery(tmp_path: Path) -> None:
    database = await Database.open(tmp_path / "store.db")
    watched = await Watched(database).begin()
    watched.memory.intake.sensors["Z"].battery = 15
    watched.memory.intake.sensors["F"].heard_at = 0
    watched.hear(110, "B")
    await watched.look(121)  # Z may be silent for two hours
    families = text_string_to_metric_families(Sensors(watched.memory).text())
    seen = {
        " ".join([one.name, *one.labels.values()]): one.value
        for family in families
        for one in family.samples
    }
    await database.close()
    last = "doorwatch_sensor_last_seen_timestamp_seconds"
    assert seen == {
        f"{last} B G": watched.at(110) / 1000,
        f"{last} Z G": NOW / 1000,
        "doorwatch_sensor_battery_ratio Z G": 0.15,
        "doorwatch_sensors G heard": 1,
        "doorwatch_sensors G silent": 1,
        "doorwatch_sensors G never": 1,
    }


async def test_an_odd_id_is_a_label_like_any_other(tmp_path: Path) -> None:
    odd = 'back\\slash "quoted"\nnext line 门'
    sensors = {odd: replace(LEDGER.sensors["Z"], sensor_id=odd)}
    database = await Database.open(tmp_path / "store.db")
    ledger = Ledger(LEDGER.grids, households=LEDGER.households, sensors=sensors)
    watched = Watched(database, ledger)
    await database.close()
    watched.memory.intake.sensors[odd].heard_at = NOW
    families = text_string_to_metric_families(Sensors(watched.memory).text())
    named = {one.labels.get("sensor_id") for family in families for one in family.samples}
    assert odd in named


# -- budgets -------------------------------------------------------------------------------


def test_people_are_counted_by_the_texts_they_may_still_get(tmp_path: Path) -> None:
    sent = {f"+861380000000{n}": n for n in range(6)}  # 4 a day, the last one for critical ones
    phones = [*sent, "+85251230001"]  # no cap is known for the last one
    people = {str(n): Person(str(n), "name", phone, Role.MEMBER) for n, phone in enumerate(phones)}

    class Memory:
        rules = RulesFile.default()
        ledger = Ledger(people=people)

    seen = values(Budgets(Memory(), lambda phone: sent.get(phone, 99)))  # type: ignore[arg-type]
    assert seen == {
        "doorwatch_budget_texts_used +86": 0 + 1 + 2 + 3 + 4 + 5,
        "doorwatch_budget_texts_left +86": 4 + 3 + 2 + 1 + 0 + 0,
        "doorwatch_budget_people +86 free": 3,
        "doorwatch_budget_people +86 reserved": 1,
        "doorwatch_budget_people +86 exhausted": 2,
    }
