"""What Prometheus says of a few demos: the answers to every expression of every panel.

Owns the played gateways and the questions. Knows nothing of how a panel is drawn.
"""

import asyncio
import json
import re
import sys
import time
import urllib.parse
import urllib.request
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any, Final

from tests.support.monitoring import NodeExporter, Prometheus

DASHBOARDS: Final = Path(__file__).parents[1] / "dashboards"
GATEWAYS: Final = {"east": 1, "river": 2, "station": 3}  # and the demo's seed of each
PLAYED_S: Final = 120  # one day takes so long
STEP_S: Final = 2  # between two points of a line
READY_S: Final = 60.0
TICK_S: Final = 15  # between the times that are written under a picture of this length
SETTLE_S: Final = 3.0  # before the end: the last scrape that still found everybody
ONE: Final = {"doorwatch-health": "east"}  # what is chosen on top; else all
# A demo's day is over in minutes, so its clock is not this machine's: it is what it heard last.
CLOCK: Final = (
    'max by (instance) ({__name__=~"doorwatch_heartbeat_timestamp_seconds'
    '|doorwatch_sensor_last_seen_timestamp_seconds"})'
)
SINCE: Final = f"{CLOCK} - on (instance) group_right () "
SHOWN: Final = {"$__rate_interval": "4s", "time() - ": SINCE}  # Grafana's least: four scrapes
# A heartbeat beats by the machine's seconds, also in a demo: what its clock says is put back.
BEATEN: Final = re.compile(re.escape(SINCE) + r"(doorwatch_heartbeat_\w+(?:{[^}]*})?)")
FASTER: Final = 86_400 // PLAYED_S


@asynccontextmanager
async def _demo(seed: int) -> AsyncIterator[tuple[int, asyncio.Task[bytes]]]:
    """A day of that town: the port of its metrics, and what is done when the day is."""
    words = ("-m", "gateway.cli", "demo", "--seconds", str(PLAYED_S), "--seed", str(seed))
    process = await asyncio.create_subprocess_exec(
        sys.executable, *words, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    try:
        async with asyncio.timeout(READY_S):
            while line := (await process.stdout.readline()).decode():
                if found := re.search(r"metrics\s+http://127.0.0.1:(\d+)", line):
                    break
            else:
                raise RuntimeError(f"the demo with seed {seed} ended at once")
        yield int(found[1]), asyncio.create_task(process.stdout.read())
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


async def record() -> dict[str, Any]:
    """``start``, ``end`` and ``step`` (s); ``answers`` by dashboard's uid, panel's id and query's
    letter, as Prometheus gave them; ``chosen``: the gateway that each dashboard shows."""
    async with AsyncExitStack() as stack:
        played = [await stack.enter_async_context(_demo(seed)) for seed in GATEWAYS.values()]
        ports = dict(zip(GATEWAYS, (port for port, _ in played), strict=True))
        node = await stack.enter_async_context(NodeExporter())
        nodes = dict.fromkeys(GATEWAYS, node.port)  # one machine beneath them all
        prometheus = await stack.enter_async_context(Prometheus(ports, nodes=nodes))
        start = time.time() + SETTLE_S
        await asyncio.wait([day for _, day in played], return_when=asyncio.FIRST_COMPLETED)
        end = time.time() - SETTLE_S
        end -= (end - TICK_S / 2) % TICK_S  # so that no time is written over the edge
        asked = {"start": start, "end": end, "step": STEP_S}
        boards = [json.loads(path.read_text()) for path in sorted(DASHBOARDS.glob("*.json"))]
        return asked | {
            "answers": {
                board["uid"]: await asyncio.to_thread(_answers, prometheus.port, board, asked)
                for board in boards
            },
            "chosen": {board["uid"]: ONE.get(board["uid"], "All") for board in boards},
        }


def _answers(port: int, board: dict[str, Any], asked: dict[str, float]) -> dict[str, Any]:
    shown = SHOWN | {
        "$gateway": ONE.get(board["uid"], ".+"),
        "$__range": f"{asked['end'] - asked['start']:.0f}s",
    }
    return {
        panel["id"]: {
            target["refId"]: _ask(port, target, shown, asked) for target in panel["targets"]
        }
        for panel in board["panels"]
        if panel["type"] != "row"
    }


def _ask(port: int, target: dict[str, Any], shown: dict[str, str], asked: dict[str, float]) -> Any:
    expression = target["expr"]
    for name, value in shown.items():
        expression = expression.replace(name, value)
    expression = BEATEN.sub(rf"({SINCE}\1) / {FASTER}", expression)
    path, times = ("query", {"time": asked["end"]}) if target["instant"] else ("query_range", asked)
    words = urllib.parse.urlencode(times | {"query": expression})
    url = f"http://127.0.0.1:{port}/api/v1/{path}?{words}"
    with urllib.request.urlopen(url, timeout=30) as answer:
        return json.load(answer)["data"]["result"]
