"""What was lived through, rehearsed beside the gateway that goes on living."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from simulators.broker import Mosquitto
from simulators.mqtt.sender import Broker, Sender
from simulators.provider.standin import ProviderStandIn
from tests.support.site import Site

CALLS_ONLY = "".join(
    f"[[escalation]]\nseverity = '{severity}'\nafter_minutes = 0\n"
    "roles = ['leader']\nkinds = ['voice']\n"
    for severity in ("critical", "high", "medium")
)


@pytest.fixture
async def street(tmp_path: Path) -> AsyncIterator[tuple[Site, ProviderStandIn, Sender]]:
    async with Mosquitto() as broker, ProviderStandIn() as provider:
        site = Site(tmp_path, broker.url, provider, households=3)
        await site.import_ledger()
        await site.start()
        try:
            await site.ready()
            async with Sender(Broker(broker.port), "doors") as doors:
                yield site, provider, doors
        finally:
            if site.running:
                await site.kill()


async def replay(site: Site, *words: str) -> str:
    """The command as somebody types it, in a process of its own."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "gateway.cli", "replay", "--since", "2020-01-01",
        "--config", str(site.config), *words,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, err = await process.communicate()
    assert (process.returncode, err) == (0, b"")
    return out.decode()


async def test_the_journal_of_a_killed_and_a_running_gateway_decides_the_same_again(
    street: tuple[Site, ProviderStandIn, Sender],
) -> None:
    site, provider, doors = street
    seq = iter(range(1, 100))

    async def say(sensor: str, state: str) -> None:
        text = json.dumps({"sensor_id": sensor, "state": state, "seq": next(seq)})
        await doors.publish(f"doors/{sensor}", text)

    def alerts() -> int:
        return int(site.rows("SELECT COUNT(*) FROM alerts WHERE incident_id IS NOT NULL")[0][0])

    for sensor in ("S1", "S2", "S3"):
        await say(sensor, "closed")
    await say("S1", "open")
    await site.until(lambda: len(site.incidents()) == 1)
    await provider.wait_for(lambda: len(provider.messages) >= 1)
    provider.reply(site.member, f"1 {site.incidents()[0]['code']}")
    await site.until(lambda: site.incidents()[0]["state"] == "acknowledged")
    await site.kill()
    await say("S2", "open")
    await site.start()
    await site.ready()
    await site.until(lambda: len(site.incidents()) == 2)
    await say("S3", "open")
    await site.until(lambda: len(site.incidents()) == 3)

    same: dict[str, Any] = json.loads(await replay(site, "--json"))
    assert same["was"] == same["would_be"]
    assert same["was"]["incidents"] == 3
    assert same["was"]["texts"] + same["was"]["calls"] == alerts()
    assert {one["household_id"] for one in same["decisions"]} == {"H1", "H2", "H3"}

    sent, told = len(provider.messages), alerts()
    (site.folder / "calls.toml").write_text(CALLS_ONLY)
    words = await replay(site, "--rules", str(site.folder / "calls.toml"))
    texts = same["was"]["texts"]
    assert words.splitlines()[-1].startswith(f"按这些规则，会少发 {texts} 条短信")
    assert site.running
    assert (len(provider.messages), alerts()) == (sent, told)
