"""The dashboards: typed by Grafana's own schema, as built, and no panel without its series."""

import asyncio
import json
import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.monitoring import NodeExporter, Prometheus

GRAFANA = Path(__file__).parents[2] / "deploy/grafana"
DASHBOARDS = sorted(GRAFANA.glob("dashboards/*.json"))
PLAYED_S = 45  # the demo's day takes so long, and is scraped each second
# A rate over less than the 15 s in which coverage is counted may see none; Grafana's is over more.
SHOWN = {"$gateway": ".+", "$__rate_interval": "20s", "$__range": f"{PLAYED_S}s"}
UIDS = {"doorwatch-doors", "doorwatch-delivery", "doorwatch-health", "doorwatch-fleet"}
CHINESE = re.compile("[\u4e00-\u9fff]")


def panels(path: Path) -> Iterator[dict[str, Any]]:
    yield from (one for one in json.loads(path.read_text())["panels"] if one["type"] != "row")


async def run(*words: str, cwd: Path) -> tuple[int, str]:
    process = await asyncio.create_subprocess_exec(
        *words, cwd=cwd, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    said, _ = await process.communicate()
    return process.returncode or 0, said.decode()


@pytest.fixture(scope="module")
def workshop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sources with Grafana's types beside them, as the lock has them."""
    folder = tmp_path_factory.mktemp("grafana")
    for name in ("package.json", "package-lock.json", "tsconfig.json"):
        shutil.copy(GRAFANA / name, folder)
    shutil.copytree(GRAFANA / "src", folder / "src")
    install = ("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund")
    status, said = asyncio.run(run(*install, cwd=folder))
    assert status == 0, said
    return folder


def test_they_are_what_the_sources_say_and_the_types_hold(workshop: Path) -> None:
    status, said = asyncio.run(run("npm", "run", "build", cwd=workshop))
    assert status == 0, said
    for path in DASHBOARDS:
        built = (workshop / "dashboards" / path.name).read_text()
        assert built == path.read_text(), f"{path.name}: npm run build in deploy/grafana"


@pytest.mark.parametrize(
    "change",
    [
        ("sizing: BarGaugeSizing.Auto,", "sizing: BarGaugeSizing.Auto, colour: 1,"),
        ("rowHeight: 0.8,", 'rowHeight: "0.8",'),
        ('tags: ["doorwatch"], schemaVersion', 'tag: ["doorwatch"], schemaVersion'),
    ],
)
def test_a_key_that_grafana_does_not_know_is_noticed(
    workshop: Path, change: tuple[str, str]
) -> None:
    kit = workshop / "src/kit.ts"
    text = kit.read_text()
    assert change[0] in text
    try:
        kit.write_text(text.replace(*change))
        status, said = asyncio.run(run("npx", "tsc", "--noEmit", cwd=workshop))
    finally:
        kit.write_text(text)
    assert status != 0 and "error TS" in said


def test_the_four_have_their_fixed_names() -> None:
    boards = [json.loads(path.read_text()) for path in DASHBOARDS]
    assert {board["uid"] for board in boards} == UIDS
    for board in boards:
        assert board["templating"]["list"][0]["name"] == "datasource"
        assert CHINESE.search(board["title"]) and re.search("[a-z]", board["title"])
        assert "${DS_" not in json.dumps(board), "an input that provisioning does not fill"


@pytest.mark.parametrize("path", DASHBOARDS, ids=lambda path: path.stem)
def test_every_panel_says_in_both_languages_what_it_is(path: Path) -> None:
    for one in panels(path):
        assert CHINESE.search(one["title"]) and re.search("[a-zA-Z]", one["title"]), one["title"]
        assert one["description"], one["title"]
        assert one["datasource"]["uid"] == "${datasource}"
        places = one["gridPos"]
        assert places["x"] >= 0 and places["x"] + places["w"] <= 24, one["title"]


def test_what_grafana_provisions_is_there() -> None:
    providers = yaml.safe_load((GRAFANA / "provisioning/dashboards/doorwatch.yml").read_text())
    sources = yaml.safe_load((GRAFANA / "provisioning/datasources/prometheus.yml").read_text())
    assert providers["providers"][0]["type"] == "file"
    assert sources["datasources"][0]["type"] == "prometheus"


async def test_every_expression_of_every_panel_gives_series(tmp_path: Path) -> None:
    demo = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "gateway.cli", "demo", "--seconds", str(PLAYED_S)),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    assert demo.stdout is not None
    try:
        port = 0
        async with asyncio.timeout(60):
            while not port:
                line = (await demo.stdout.readline()).decode()
                assert line or demo.returncode is None, "the demo ended"
                if found := re.search(r"metrics\s+http://127.0.0.1:(\d+)", line):
                    port = int(found[1])
        reading = asyncio.create_task(demo.stdout.read())  # else it would wait for us
        async with (
            NodeExporter() as node,
            Prometheus({"demo": port}, nodes={"demo": node.port}) as prometheus,
        ):
            await prometheus.until(
                "sum(doorwatch_alerts_total{status='delivered'}) > 0"
                f" and on() count_over_time(up{{job='doorwatch'}}[{PLAYED_S}s]) > 15",
                seconds=90,
            )
            empty = []
            for path in DASHBOARDS:
                for one in panels(path):
                    for target in one["targets"]:
                        expression = target["expr"]
                        for name, value in SHOWN.items():
                            expression = expression.replace(name, value)
                        if not await prometheus.ask(expression):
                            empty.append(f"{path.stem}: {one['title']}: {expression}")
            assert not empty, "\n".join(empty)
    finally:
        if demo.returncode is None:
            demo.terminate()
        await demo.wait()
        reading.cancel()
