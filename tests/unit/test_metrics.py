"""The metrics that dashboards rely on: names, types, labels, and all there from the start."""

from collections.abc import AsyncIterator, Iterable, Iterator
from itertools import product
from pathlib import Path

import pytest
from prometheus_client import Metric, generate_latest
from prometheus_client.parser import text_string_to_metric_families

from drivers.errors import Reason
from gateway.metrics import STATUSES, Metrics
from gateway.store.database import Database
from rules.model import Channel, Kind, Severity
from tests.support.watched import NOW, Watched

DOORS = ("open", "closed", "state")
SENSORS = {"sensor_id", "grid_id"}

# name as Prometheus has it (its unit is in it), type, labels
PUBLIC: list[tuple[str, str, set[str]]] = [
    ("doorwatch_readings_total", "counter", {"source", "protocol", "kind"}),
    ("doorwatch_readings_rejected_total", "counter", {"source", "reason"}),
    ("doorwatch_incidents_total", "counter", {"kind", "severity"}),
    ("doorwatch_incidents_open", "gauge", {"kind"}),
    ("doorwatch_alerts_total", "counter", {"kind", "provider", "status"}),
    ("doorwatch_alert_seconds", "histogram", {"stage"}),
    ("doorwatch_outbox_pending", "gauge", set()),
    ("doorwatch_outbox_oldest_timestamp_seconds", "gauge", set()),
    ("doorwatch_sensor_last_seen_timestamp_seconds", "gauge", SENSORS),
    ("doorwatch_sensor_battery_ratio", "gauge", SENSORS),
    ("doorwatch_coverage_seconds_total", "counter", {"grid_id", "state"}),
    ("doorwatch_radio_up", "gauge", {"adapter"}),
    ("doorwatch_broker_up", "gauge", set()),
    ("doorwatch_provider_up", "gauge", {"provider"}),
    ("doorwatch_clock_verified", "gauge", set()),
    ("doorwatch_store_commit_seconds", "histogram", set()),
    ("doorwatch_backup_last_success_timestamp_seconds", "gauge", set()),
    ("doorwatch_build_info", "gauge", {"version"}),
]

RADIO = ("bthome", "xiaomi", "switchbot", "qingping")
BROKER = (
    "zigbee2mqtt", "tasmota", "esphome", "shelly", "theengs", "homeassistant", "chirpstack", "json",
)  # fmt: skip
UNSENT = ("pending", "held", "merged", "failed", "stale", "cancelled")
STAGES = ("decided", "committed", "accepted", "delivered", "acknowledged")
COVERED = ("observed", "radio", "sensor", "clock", "power", "broker")

# a metric, its labels, and every set of them that can be known before anything happens
FROM_THE_START: list[tuple[str, str, Iterable[tuple[str, ...]]]] = [
    ("doorwatch_readings_total", "source protocol kind", [
        *product(("ble",), RADIO, DOORS), *product(("mqtt",), BROKER, DOORS),
    ]),
    ("doorwatch_readings_rejected_total", "source reason", product(("ble", "mqtt"), Reason)),
    ("doorwatch_incidents_total", "kind severity", product(Kind, (s.word for s in Severity))),
    ("doorwatch_incidents_open", "kind", product(Kind)),
    ("doorwatch_alerts_total", "kind provider status", [
        *product(Channel, ("twilio", "modem"), STATUSES), *product(Channel, ("",), UNSENT),
    ]),
    ("doorwatch_alert_seconds", "stage", product(STAGES)),
    ("doorwatch_radio_up", "adapter", product(("hci0", "hci1"))),
    ("doorwatch_provider_up", "provider", product(("twilio", "modem"))),
    ("doorwatch_sensors", "grid_id state", product(("G",), ("heard", "silent", "never"))),
    ("doorwatch_coverage_seconds_total", "grid_id state", product(("G",), COVERED)),
]  # fmt: skip


@pytest.fixture
async def watched(tmp_path: Path) -> AsyncIterator[Watched]:
    database = await Database.open(tmp_path / "store.db")
    yield await Watched(database).begin()
    await database.close()


@pytest.fixture
async def families(watched: Watched) -> dict[str, Metric]:
    """What Prometheus makes of the text of a gateway that has heard its sensors once."""
    metrics = Metrics(("hci0", "hci1"), ("twilio", "modem"))
    metrics.attach(watched.memory, lambda: NOW)
    watched.memory.intake.sensors["B"].battery = 80
    text = (metrics.text() + generate_latest(watched.registry)).decode()
    return {one.name: one for one in text_string_to_metric_families(text)}


def of(families: dict[str, Metric], name: str) -> Metric:
    """The parser calls a counter without its ``_total``."""
    return families.get(name) or families[name.removesuffix("_total")]


def labels(metric: Metric) -> Iterator[dict[str, str]]:
    for sample in metric.samples:
        yield {name: value for name, value in sample.labels.items() if name != "le"}


@pytest.mark.parametrize(("name", "kind", "named"), PUBLIC, ids=[name for name, *_ in PUBLIC])
async def test_a_metric_has_its_name_its_type_and_its_labels(
    families: dict[str, Metric], name: str, kind: str, named: set[str]
) -> None:
    metric = of(families, name)
    assert metric.type == kind
    assert metric.samples
    assert all({*one} == named for one in labels(metric))


@pytest.mark.parametrize(
    ("name", "named", "known"), FROM_THE_START, ids=[name for name, *_ in FROM_THE_START]
)
async def test_every_set_of_labels_that_can_be_known_is_there_from_the_start(
    families: dict[str, Metric], name: str, named: str, known: Iterable[tuple[str, ...]]
) -> None:
    there = {tuple(one[each] for each in named.split()) for one in labels(of(families, name))}
    assert there == {*known}


async def test_no_label_holds_a_phone_an_address_or_a_mac(families: dict[str, Metric]) -> None:
    values = {
        value for metric in families.values() for one in labels(metric) for value in one.values()
    }
    assert {"B", "G"} <= values  # a sensor's id and a grid's are meant to be there
    ledger = "1-101", "1-102", "AA:BB:CC:DD:EE:FF"
    assert [value for value in values if any(secret in value for secret in ledger)] == []
    assert [value for value in values if value.startswith("+") and len(value) > 5] == []


async def test_a_gateway_without_a_broker_has_no_word_on_it() -> None:
    for has_broker in (True, False):
        metrics = Metrics((), (), has_broker=has_broker)
        metrics.broker_up.set(False)
        assert ("doorwatch_broker_up" in metrics.text().decode()) is has_broker


async def test_the_oldest_alert_is_absent_when_none_waits(watched: Watched) -> None:
    metrics = Metrics((), ())
    metrics.attach(watched.memory, lambda: None)
    assert "doorwatch_outbox_oldest" not in metrics.text().decode()
