"""Observed, or why not: an unheard sensor, a dead source and an outage are never compliance."""

from zoneinfo import ZoneInfo

import pytest
from prometheus_client import CollectorRegistry

from gateway.coverage import Coverage
from gateway.incidents import Cards
from gateway.intake import Intake
from gateway.ledger.model import Grid, Household, Language, Ledger, Protocol, Sensor
from gateway.memory import Memory
from gateway.rulesfile import RulesFile
from rules.local import moment
from rules.moment import HOUR
from tests.support.house import MIDNIGHT

NOW = moment(MIDNIGHT)
DAY = MIDNIGHT.date()


def memory() -> Memory:
    zone = ZoneInfo("Asia/Shanghai")
    found = Memory(zone, Language.ZH, Intake(), Cards(zone))
    ledger = Ledger(
        grids={"G": Grid("G")},
        households={
            "radio": Household("radio", "G", "1-101", DAY),
            "broker": Household("broker", "G", "1-102", DAY),
            "free": Household("free", "G", "1-103", DAY, DAY.replace(year=2020)),
        },
        sensors={
            "B": Sensor("B", "radio", Protocol.BTHOME, "AA:BB:CC:DD:EE:FF"),
            "Z": Sensor("Z", "broker", Protocol.ZIGBEE2MQTT, "door"),
        },
    )
    found.use(ledger, 1, RulesFile.default(), NOW)
    for heard in found.intake.sensors.values():
        heard.heard_at = NOW - HOUR
    return found


@pytest.mark.parametrize(
    ("sources", "silent", "expected"),
    [
        ({"broker": True, "hci0": True}, None, {"observed": 20}),
        ({"broker": True, "hci0": False}, None, {"observed": 10, "radio": 10}),
        ({"broker": False, "hci0": True}, None, {"observed": 10, "broker": 10}),
        ({"broker": True, "hci0": True}, "Z", {"observed": 10, "sensor": 10}),
    ],
)
def test_every_second_is_accounted_for(
    sources: dict[str, bool], silent: str | None, expected: dict[str, float]
) -> None:
    registry, known = CollectorRegistry(), memory()
    if silent:
        known.intake.sensors[silent].heard_at = NOW - 3 * HOUR
    Coverage(registry, known).account(NOW, 10.0, sources)
    assert counted(registry) == expected


def test_the_time_without_a_gateway_is_nobodys_compliance() -> None:
    registry = CollectorRegistry()
    Coverage(registry, memory()).down(NOW - 60_000, NOW)
    assert counted(registry) == {"power": 120}


def counted(registry: CollectorRegistry) -> dict[str, float]:
    return {
        sample.labels["state"]: sample.value
        for metric in registry.collect()
        for sample in metric.samples
        if sample.name.endswith("_total") and sample.value
    }
