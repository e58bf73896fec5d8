"""The systemd unit: how little it may do, and what it must not wait for."""

import json
import re
import subprocess
from pathlib import Path

import pytest

from gateway import secrets
from gateway.heartbeat.beating import EVERY_S
from gateway.heartbeat.systemd import EXTENSION_US

DEPLOY = Path(__file__).parents[2] / "deploy"
UNIT = DEPLOY / "systemd/doorwatch.service"
MOST_EXPOSED = 1.5  # of 10; Debian's mosquitto has 9.6


def setting(name: str) -> str:
    """All that the unit says under a name; a comment is none."""
    return "\n".join(re.findall(rf"^{name}=(.*)$", UNIT.read_text(), re.MULTILINE))


def exposed() -> list[dict[str, object]]:
    said = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", "--json=short", UNIT],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    found: list[dict[str, object]] = json.loads(said.stdout)
    return found


def test_its_exposure_is_at_most_what_we_promise() -> None:
    said = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", "--no-pager", UNIT],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    overall = re.search(r"Overall exposure level for doorwatch.service: ([\d.]+)", said.stdout)
    assert overall, said.stdout[-500:]
    assert float(overall[1]) <= MOST_EXPOSED


@pytest.mark.parametrize(
    ("left_open", "why"),
    [
        ("ProtectClock", "adjtimex says whether chrony keeps the time"),
        ("ProcSubset", "prometheus_client reads /proc/stat"),
        ("PrivateNetwork", "broker, provider, pages"),
        ("RestrictAddressFamilies_AF_UNIX", "D-Bus: Bluetooth, the modem"),
        ("RestrictAddressFamilies_AF_INET_INET6", "broker, provider, pages"),
    ],
)
def test_what_the_gateway_needs_is_left_open(left_open: str, why: str) -> None:
    held = {entry["json_field"]: entry["exposure"] for entry in exposed()}
    assert held[left_open] is not None, why


@pytest.mark.parametrize("key", ["After", "Wants", "Requires", "BindsTo"])
def test_it_never_waits_for_the_time_or_the_internet(key: str) -> None:
    assert not re.search("time-sync|network-online", setting(key))


def test_it_hands_over_every_secret_that_the_gateway_asks_for() -> None:
    asked = {name.partition("_")[0] for name in re.findall("``([a-z]+_[a-z_]+)``", secrets.__doc__)}
    handed = dict(re.findall(r"^LoadCredential=(\w+):(.*)$", UNIT.read_text(), re.MULTILINE))
    assert handed == {table: f"{secrets.KEPT}/{table}" for table in asked}
    made = (DEPLOY / "systemd/doorwatch.tmpfiles").read_text()
    for folder in handed.values():  # systemd starts nothing whose folder is missing
        assert f"d {folder} 0711 root root" in made


def test_an_alarm_never_gives_up_starting() -> None:
    assert setting("StartLimitIntervalSec") == "0"
    assert setting("Restart") == "always"


def test_systemd_waits_for_the_gateways_own_word_and_for_several_heartbeats() -> None:
    assert setting("Type") == "notify"
    assert float(setting("WatchdogSec")) >= 5 * EVERY_S
    assert float(setting("TimeoutStartSec")) > EVERY_S + EXTENSION_US / 1_000_000


def test_a_slow_start_is_not_undone_before_its_first_heartbeat_can_ask_for_more() -> None:
    assert float(setting("TimeoutStartSec")) >= 300  # 90 undid one under load: docs/vm.md
