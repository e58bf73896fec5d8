"""What ``doctor`` and the metrics say of a radio: how it is, why, and what to type."""

import time

import pytest
from prometheus_client import CollectorRegistry, generate_latest

from drivers.ble.errors import Trouble
from drivers.ble.listener import Listener
from drivers.ble.scanner import Scanner
from drivers.ble.watch import RadioState
from gateway.doctor.radio import examine
from gateway.radio_metrics import Radios
from gateway.running import Running

GOOD = RadioState("owner", present=True, powered=True, discovering=True)
RESTARTS, TROUBLE = "doorwatch_radio_restarts_total", "doorwatch_radio_trouble"


def scanner() -> Scanner:
    return Scanner("hci0", "active", Listener({}, lambda delivery: None, int))


def running(*scanners: Scanner) -> Running:
    registry = CollectorRegistry()
    registry.register(Radios(scanners))
    return Running(generate_latest(registry).decode())


def test_every_reason_is_there_from_the_start() -> None:
    metrics = running(scanner())
    for name in (RESTARTS, TROUBLE):
        assert metrics.values(name, "reason", adapter="hci0") == dict.fromkeys(Trouble, 0)
    assert metrics.value("doorwatch_radio_packets_total", adapter="hci0") == 0
    last = metrics.value("doorwatch_radio_last_packet_timestamp_seconds", adapter="hci0")
    assert last == 0


def test_what_happens_to_a_radio_is_counted() -> None:
    radio = scanner()
    radio._heard(decodable=False)
    radio._heard(decodable=True)
    radio._down(Trouble.POWERED_OFF)
    metrics = running(radio)
    for name in (RESTARTS, TROUBLE):
        assert metrics.value(name, adapter="hci0", reason="powered_off") == 1
        assert sum(metrics.values(name, "reason", adapter="hci0").values()) == 1
    assert metrics.value("doorwatch_radio_packets_total", adapter="hci0") == 2
    last = metrics.value("doorwatch_radio_last_packet_timestamp_seconds", adapter="hci0")
    assert last == pytest.approx(time.time(), abs=60)


@pytest.mark.parametrize(
    ("state", "what", "remedy"),
    [
        (None, "D-Bus cannot be reached", "apt-get install -y dbus bluez"),
        (RadioState(), "bluetoothd does not run", "systemctl enable --now bluetooth"),
        (RadioState("owner"), "no such adapter", "bluetoothctl list"),
        (GOOD._replace(powered=False, discovering=False), "it is off", "rfkill unblock bluetooth"),
    ],
)
@pytest.mark.parametrize("runs", [True, False])
def test_what_d_bus_tells_has_its_remedy_with_and_without_a_gateway(
    state: RadioState | None, what: str, remedy: str, runs: bool
) -> None:
    finding = examine("hci0", state, running(scanner()) if runs else None, passive=False)
    assert not finding.ok
    assert what in finding.said
    assert remedy in (finding.remedy or "")


@pytest.mark.parametrize(
    ("trouble", "passive", "what", "remedy"),
    [
        (Trouble.REFUSED, False, "refuses to scan", "systemctl restart bluetooth"),
        (Trouble.REFUSED, True, "refuses to scan", "--experimental"),
        (Trouble.DEAF, False, "not even strangers", "unplug it"),
        (Trouble.DISCOVERY_STOPPED, False, "ended the scan", "bluetoothctl scan off"),
    ],
)
def test_what_only_the_gateway_knows_has_its_remedy_too(
    trouble: Trouble, passive: bool, what: str, remedy: str
) -> None:
    radio = scanner()
    radio._down(trouble)
    finding = examine("hci0", GOOD, running(radio), passive=passive)
    assert not finding.ok
    assert what in finding.said
    assert remedy in (finding.remedy or "")


def test_a_sound_radio_says_all_that_is_known_of_it() -> None:
    radio = scanner()
    radio.restarts.update({Trouble.QUIET: 3, Trouble.POWERED_OFF: 1})
    radio._heard(decodable=True)
    finding = examine("hci0", GOOD, running(radio), passive=False)
    assert finding.ok
    assert finding.said.startswith("present, powered, scanning; last packet 0 s ago")
    assert finding.said.endswith("4 restarts (powered_off 1, quiet 3)")


@pytest.mark.parametrize(
    ("ours", "said"),
    [
        (None, "no gateway runs: last packet and restarts are not known"),
        (running(scanner()), "no sensor's packet yet, 0 packets of anybody, 0 restarts"),
        (running(), "the gateway that runs does not use it: restart it"),
    ],
)
def test_what_is_not_known_is_said(ours: Running | None, said: str) -> None:
    finding = examine("hci0", GOOD, ours, passive=False)
    assert (finding.ok, finding.said) == (True, f"present, powered, scanning; {said}")
