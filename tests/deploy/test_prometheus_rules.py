"""The rules for Prometheus are what promtool accepts, and each alert fires and keeps silent."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.monitoring import ALERTMANAGER, PROMETHEUS, RULES, rules, run

TESTS = sorted((RULES.parent / "tests").glob("*.test.yml"))
ALERTS = rules("alert")
ALWAYS = "DoorwatchDeadMansSwitch"  # silent only when Prometheus itself is


def cases(alert: str) -> list[list[Any]]:
    """What the tests for promtool expect of an alert, one list of alerts a look."""
    groups = [group for file in TESTS for group in yaml.safe_load(file.read_text())["tests"]]
    looks = [look for group in groups for look in group["alert_rule_test"]]
    return [look["exp_alerts"] for look in looks if look["alertname"] == alert]


async def test_promtool_accepts_the_rules_and_the_example_configuration() -> None:
    for command, file in (("rules", RULES), ("config", PROMETHEUS)):
        status, said = await run("promtool", "check", command, file)
        assert status == 0, said
        assert "FAILED" not in said


@pytest.mark.parametrize("file", TESTS, ids=lambda file: file.name)
async def test_every_alert_fires_and_keeps_silent_as_promtool_plays_it(file: Path) -> None:
    status, said = await run("promtool", "test", "rules", file.name, cwd=file.parent)
    assert status == 0, said


async def test_promtool_notices_an_alert_that_fires_at_another_time(tmp_path: Path) -> None:
    text = RULES.read_text()
    assert text.count("for: 3m") == 1
    (tmp_path / RULES.name).write_text(text.replace("for: 3m", "for: 30m"))
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests/paths.test.yml").write_text((TESTS[0].parent / "paths.test.yml").read_text())
    status, said = await run("promtool", "test", "rules", "paths.test.yml", cwd=tmp_path / "tests")
    assert status != 0
    assert "DoorwatchGatewayDown" in said


@pytest.mark.parametrize("alert", ALERTS)
def test_each_alert_is_played_firing_and_silent(alert: str) -> None:
    played = cases(alert)
    assert any(played), "nothing shows that it fires"
    assert alert == ALWAYS or any(look == [] for look in played), "nothing shows it silent"


@pytest.mark.parametrize("alert", ALERTS)
def test_each_alert_says_how_long_how_grave_what_and_where_to_read_on(alert: str) -> None:
    rule = ALERTS[alert]
    assert rule["for"]
    assert rule["labels"]["severity"] in ("critical", "warning", "none")
    said = rule["annotations"]
    for language in ("", "_zh"):
        assert said[f"summary{language}"] != said[f"description{language}"]
    where = "{{ $externalLabels.runbooks }}"
    assert said["runbook_url"] == f"{where}/{alert}.md"
    assert said["runbook_url_zh"] == f"{where}/zh/{alert}.md"


def test_the_example_says_where_the_runbooks_are_and_whom_alertmanager_tells() -> None:
    config = yaml.safe_load(PROMETHEUS.read_text())
    assert config["global"]["external_labels"]["runbooks"].startswith("https://")
    assert {"doorwatch", "node"} <= {job["job_name"] for job in config["scrape_configs"]}
    assert ALERTMANAGER.exists()
