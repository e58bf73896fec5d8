"""Killed at the worst moment: nothing that was acknowledged is lost, nothing is said twice.

A real mosquitto and the provider's stand-in live on while the gateway is killed with SIGKILL.
Every home opens once and closes again; every such opening is a breach.
"""

import asyncio
import json
import random
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from simulators.broker import Mosquitto
from simulators.mqtt.sender import Broker, Sender
from simulators.provider.standin import ProviderStandIn
from tests.support.site import Site

CRASHING = (str(Path(__file__).with_name("crash_at.py")),)
# A text to the member and nothing else within the test: no later step, no rise in severity.
RULES = """
[defaults]
held_open_minutes = 600
mass_openings = 1000
curfew = { start = "03:00", end = "03:01" }
[[escalation]]
severity = "high"
after_minutes = 0
roles = ["member"]
kinds = ["sms"]
[[escalation]]
severity = "critical"
after_minutes = 0
roles = ["member"]
kinds = ["sms"]
[budget."+852"]
texts_per_day = 1000
same_per_day = 1000
reserved_for_critical = 0
"""
KILLS = 100
HOMES = 400


class Town:
    """The gateway's surroundings, which survive it."""

    def __init__(self, folder: Path, broker: Mosquitto, provider: ProviderStandIn, doors: Sender):
        self.site = Site(folder, broker.url, provider, households=HOMES, rules=RULES)
        self.provider = provider
        self._doors = doors
        self.acknowledged: list[tuple[str, int]] = []  # sensor and number, PUBACKed
        self.opened: set[str] = set()
        self._seq: Counter[str] = Counter()

    async def say(self, home: int, state: str) -> None:
        sensor = f"S{home}"
        self._seq[sensor] += 1
        number = self._seq[sensor]
        text = json.dumps({"sensor_id": sensor, "state": state, "seq": number})
        await self._doors.publish(f"doors/{sensor}", text)
        self.acknowledged.append((sensor, number))
        if state == "open":
            self.opened.add(f"H{home}")

    async def everything_told(self) -> None:
        """Runs the gateway, unharmed, until all that was promised is done."""
        await self.site.start()
        await self.site.ready()
        await self.site.until(lambda: self._journaled() >= len(self.acknowledged), 60)
        unsent = (
            "SELECT COUNT(*) FROM alerts WHERE status IN ('pending','sending','accepted','sent')"
        )
        await self.site.until(lambda: self.site.rows(unsent) == [(0,)], 120)
        assert await self.site.stop() == 0

    def _journaled(self) -> int:
        return int(self.site.rows("SELECT COUNT(*) FROM journal WHERE kind = 1")[0][0])

    def check(self) -> None:
        """What was promised, read off the disk and the provider."""
        journal = Counter(
            self.site.rows("SELECT subject, counter FROM journal WHERE kind = 1 ORDER BY id")
        )
        assert set(journal) == set(self.acknowledged)
        assert not [reading for reading, times in journal.items() if times > 1]
        incidents = Counter(incident["household_id"] for incident in self.site.incidents())
        assert set(incidents) == self.opened
        assert not [home for home, times in incidents.items() if times > 1]
        texts = Counter((message.to, message.body) for message in self.provider.messages)
        assert not [text for text, times in texts.items() if times > 1]
        for incident in self.site.incidents():
            found = [body for to, body in texts if incident["code"] in body]
            assert len(found) == 1, incident
        statuses = dict(self.site.rows("SELECT status, COUNT(*) FROM alerts GROUP BY status"))
        assert statuses == {"delivered": len(self.opened)}


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    async with (
        Mosquitto() as broker,
        ProviderStandIn() as provider,
        Sender(Broker(broker.port), "doors") as doors,
    ):
        town = Town(tmp_path, broker, provider, doors)
        await town.site.import_ledger()
        try:
            yield town
        finally:
            if town.site.running:
                await town.site.kill()


async def test_a_hundred_kills_at_random_moments(town: Town) -> None:
    chance = random.Random(20260302)
    await town.site.start()
    await town.site.ready()  # from here on the broker keeps a session for the gateway
    homes = list(range(1, HOMES + 1))
    for home in homes:
        await town.say(home, "closed")
    waiting = [(home, state) for home in homes for state in ("open", "closed")]
    # Every home opens before it closes; otherwise they come as they like.
    order = sorted(waiting, key=lambda each: (chance.random() + (each[1] == "closed"), each[0]))

    async def live() -> None:
        for home, state in order:
            await town.say(home, state)
            await asyncio.sleep(chance.uniform(0.0, 0.4))

    living = asyncio.create_task(live())
    for _ in range(KILLS):
        await asyncio.sleep(chance.uniform(0.0, 3.0))
        await town.site.kill()
        await town.site.start()
    await living
    await town.site.kill()
    await town.everything_told()
    town.check()


async def test_killed_once_at_every_boundary_of_a_commit(town: Town) -> None:
    await town.site.start()
    await town.site.ready()
    assert await town.site.stop() == 0
    unharmed, home = town.site._program, 0
    for place in ("begin", "commit", "committed", "sent"):
        for number in range(1, 13 if place != "sent" else 3):
            home += 1
            town.site._program = (*CRASHING, place, str(number), "run")
            await town.site.start()
            await town.say(home, "closed")
            await town.say(home, "open")
            await town.say(home, "closed")
            assert await asyncio.wait_for(town.site.wait(), 30) == -9, (place, number)
    town.site._program = unharmed
    await town.everything_told()
    town.check()
