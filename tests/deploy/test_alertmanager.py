"""Who of ops is told of what: the shipped routes, and an Alertmanager that goes by them."""

import pytest

from tests.support.monitoring import (
    ALERTMANAGER,
    Alertmanager,
    AlertSink,
    Prometheus,
    rules,
    run,
)

RECEIVERS = {"critical": "on-call", "warning": "tickets", "none": "dead-mans-switch"}


async def test_amtool_accepts_the_configuration() -> None:
    status, said = await run("amtool", "check-config", ALERTMANAGER)
    assert status == 0, said
    assert "3 receivers" in said


@pytest.mark.parametrize("alert", rules("alert"))
async def test_every_alert_goes_to_whoever_answers_for_its_severity(alert: str) -> None:
    severity = rules("alert")[alert]["labels"]["severity"]
    status, said = await run(
        "amtool", "config", "routes", "test", "--config.file", ALERTMANAGER,
        f"--verify.receivers={RECEIVERS[severity]}", f"alertname={alert}", f"severity={severity}",
    )  # fmt: skip
    assert status == 0, said


async def test_prometheus_tells_alertmanager_and_it_delivers_the_dead_mans_switch() -> None:
    with AlertSink() as sink:
        async with Alertmanager(sink) as alertmanager, Prometheus({}, alertmanager.port):
            await sink.until(lambda: sink.got("dead-mans-switch", "DoorwatchDeadMansSwitch"))
        assert {receiver for receiver, *_ in sink.alerts} == {"dead-mans-switch"}
        for _, labels, _ in sink.alerts:
            assert labels == {"alertname": "DoorwatchDeadMansSwitch", "severity": "none"}


async def test_a_gateway_that_is_down_is_told_of_once_and_silences_its_parts() -> None:
    def critical(alert: str, instance: str) -> dict[str, str]:
        return {"alertname": alert, "instance": instance, "severity": "critical"}

    with AlertSink() as sink:
        async with Alertmanager(sink) as alertmanager:
            await alertmanager.add(**critical("DoorwatchGatewayDown", "gw-03"))
            await sink.until(lambda: sink.got("on-call", "DoorwatchGatewayDown", instance="gw-03"))
            await alertmanager.add(**critical("DoorwatchRadioDead", "gw-03"))
            await alertmanager.add(**critical("DoorwatchRadioDead", "gw-04"))
            await sink.until(lambda: sink.got("on-call", "DoorwatchRadioDead", instance="gw-04"))
        assert not sink.got("on-call", "DoorwatchRadioDead", instance="gw-03")
