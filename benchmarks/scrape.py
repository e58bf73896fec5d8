"""What a scrape costs the gateway: all metrics of a town whose sensors were all heard.

Seen from outside, one GET /metrics after the other. The loop writes the answer in one go, so a door
that opens meanwhile waits as long as this takes.
"""

import json
import statistics
import time
import tomllib
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from benchmarks.procfs import cpu_seconds
from benchmarks.report import Figure
from benchmarks.seats import Prepared
from benchmarks.town import Message
from benchmarks.trials import stage

GOAL_MS = 50.0
_SCRAPES = 40
_PATIENCE_S = 60.0
_LINE = b"\ndoorwatch_sensor_battery_ratio{"


class _WithBattery(Message):
    """So that each sensor has both of its series."""

    def payload(self) -> bytes:
        return json.dumps(json.loads(super().payload()) | {"battery": 80}).encode()


def figures(prepared: Prepared) -> Iterator[Figure]:
    """The median of many, and the worst."""
    with stage("gateway", prepared, inflight=1000) as on:
        words = prepared.town.first_words()
        on.publisher.send([_WithBattery(m.topic, m.sensor_id, m.state, m.seq + 1) for m in words])
        url = _url(on.seat.database.with_name("config.toml"))
        deadline = time.monotonic() + _PATIENCE_S
        while (text := _read(url)).count(_LINE) < len(words):
            if time.monotonic() > deadline:
                raise TimeoutError(f"{text.count(_LINE)} of {len(words)} sensors have a battery")
            time.sleep(0.2)
        took, cpu = [], cpu_seconds(on.seat.pid)
        for _ in range(_SCRAPES):
            begun = time.perf_counter()
            text = _read(url)
            took.append((time.perf_counter() - begun) * 1000)
        cpu = (cpu_seconds(on.seat.pid) - cpu) / _SCRAPES * 1000
    series = sum(not line.startswith(b"#") for line in text.splitlines())
    how = f"{len(words):,} sensors, {series:,} series, {len(text):,} bytes, {_SCRAPES} scrapes"
    median, worst = statistics.median(took), max(took)
    both = {"gateway": took}
    yield Figure(
        "a scrape, median", "ms", median, goal=f"<= {GOAL_MS:.0f} ms", met=median <= GOAL_MS,
        how=how, trials=both,
    )  # fmt: skip
    yield Figure(
        "a scrape, worst", "ms", worst, goal=f"<= {GOAL_MS:.0f} ms", met=worst <= GOAL_MS, how=how
    )
    yield Figure("  CPU a scrape", "ms", cpu, how="utime + stime of the gateway")


def _url(config: Path) -> str:
    return f"http://{tomllib.loads(config.read_text())['metrics']['listen']}/metrics"


def _read(url: str) -> bytes:
    with urllib.request.urlopen(url, timeout=10) as answer:
        text: bytes = answer.read()
    return text
