"""``doorwatch demo`` as a newcomer runs it, and that it would notice a gateway that fails."""

import asyncio
import io
import json
import os
import re
import signal
import sys
import urllib.request
from collections import defaultdict
from collections.abc import Mapping
from typing import Any, NamedTuple

import pytest
from rich.console import Console

from simulators.demo import Plan, Show, perform, player
from simulators.demo.doors import Doors
from simulators.neighbourhood import Event, Why

LONGEST_S = 120  # a busy machine; the day itself is planned for 15 s
COUNTS = (
    "readings", "openings", "permitted", "breaches", "alerted", "missed", "false_alerts", "texts",
    "calls", "delivered", "acknowledged", "lost", "duplicates",
)  # fmt: skip


class Ended(NamedTuple):
    status: int
    out: str
    err: str


def started(*options: str, env: Mapping[str, str] | None = None) -> Any:
    return asyncio.create_subprocess_exec(
        sys.executable, "-m", "gateway.cli", "demo", *options,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        env={**os.environ, **(env or {})},
    )  # fmt: skip


async def ended(process: asyncio.subprocess.Process) -> Ended:
    try:
        out, err = await asyncio.wait_for(process.communicate(), LONGEST_S)
    except TimeoutError:
        process.kill()
        await process.wait()
        raise
    assert process.returncode is not None
    return Ended(process.returncode, out.decode(), err.decode())


def assert_well_done(found: dict[str, Any]) -> None:
    assert [found[name] for name in ("missed", "false_alerts", "lost", "duplicates")] == [0] * 4
    assert all(type(found[name]) is int for name in COUNTS)
    assert found["readings"] > 2 * found["openings"]  # opens and closes, and the chatter besides
    assert found["openings"] > found["permitted"] > 100
    assert found["alerted"] == found["breaches"] >= 15
    assert found["delivered"] == found["texts"] >= found["breaches"]
    assert found["calls"] > 0
    assert 0 < found["acknowledged"] <= found["breaches"]


async def test_a_day_in_fifteen_seconds() -> None:
    end = await ended(await started("--seconds", "15", "--seed", "7", "--json"))
    assert end.status == 0, end.err
    found = json.loads(end.out)
    assert (found["seed"], found["seconds"], found["radio"]) == (7, 15, True)
    assert_well_done(found)
    assert "BREACH" in end.err
    assert re.search(r"text to member \+852 ···· \d\d: 【门磁】", end.err)
    night = end.err[end.err.index(re.findall(r"\n23:\d\d:\d\d  ▲ .* BREACH", end.err)[0]) :]
    told = ("text to member", "nobody took the call: member", "call to leader")
    said = [night.index(each) for each in (*told, "presses 1", "acknowledged: somebody takes it")]
    assert said == sorted(said)  # what README promises of the minute, in this order
    assert not re.search(r"call taken: member", night)
    assert "\x1b" not in end.err  # no colour where nobody sees it


async def test_without_a_bus_the_half_that_speaks_mqtt() -> None:
    end = await ended(
        await started("--seconds", "5", "--seed", "3", "--json", env={"PATH": "/nonexistent"})
    )
    assert end.status == 0, end.err
    found = json.loads(end.out)
    assert found["radio"] is False
    assert_well_done(found)
    assert "sudo apt-get install -y dbus-daemon" in end.err


async def test_in_a_day_of_seconds_nobody_is_unseen_for_hours() -> None:
    process = await started("--seconds", "15", "--seed", "5")
    story = ""
    async with asyncio.timeout(LONGEST_S):
        while not re.search(r"^1\d:", story, re.MULTILINE):  # it is past ten
            line = await process.stdout.readline()
            assert line, story
            story += line.decode()
    url = re.search(r"http://\S+/metrics", story)
    assert url is not None
    metrics = await asyncio.to_thread(lambda: urllib.request.urlopen(url[0]).read().decode())
    process.send_signal(signal.SIGINT)
    await ended(process)
    counted: dict[str, float] = defaultdict(float)
    for state, seconds in re.findall(r"coverage_seconds_total{.*state=\"(\w+)\"} (\S+)", metrics):
        counted[state] += float(seconds)
    assert counted["observed"] > 0
    assert counted["radio"] + counted["broker"] < counted["observed"] / 20


async def test_ctrl_c_ends_it_with_a_summary() -> None:
    process = await started("--seconds", "60", "--seed", "2")
    head = b""
    async with asyncio.timeout(LONGEST_S):
        while b" closes" not in head:  # the day has begun
            head += await process.stdout.readline()
    process.send_signal(signal.SIGINT)
    end = await ended(process)
    assert end.status == 0, end.err
    assert "readings, 0 lost" in end.out
    assert "As it should be." in end.out
    assert "http://127.0.0.1:" in head.decode()


async def test_a_breach_that_the_gateway_never_hears_of(monkeypatch: pytest.MonkeyPatch) -> None:
    """Against a demo that always says that all is well."""
    play = Doors.play

    async def deaf(doors: Doors, event: Event) -> None:
        if event.why is not Why.NIGHT_WALK:
            await play(doors, event)

    monkeypatch.setattr(Doors, "play", deaf)
    monkeypatch.setattr(player, "TAKEN_S", 0.3)
    found = await perform(Plan(seconds=3, seed=5), Show(Console(file=io.StringIO())))
    assert (found.missed, found.lost, found.false_alerts) == (1, 2, 0)
    assert found.alerted == found.breaches - 1
    assert not found.clean  # so the command ends with 1
