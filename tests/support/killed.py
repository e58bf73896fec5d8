"""A gateway that is killed, and its surroundings, which live on.

A real mosquitto and the provider's stand-in. Every home opens once and closes again; every such
opening is a breach.
"""

import json
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from simulators.broker import Mosquitto
from simulators.mqtt.sender import Broker, Sender
from simulators.provider.standin import ProviderStandIn
from tests.support.site import ONE_STEP, Site

# No later step, and no rise in severity within the test.
RULES = f"""
[defaults]
held_open_minutes = 600
mass_openings = 1000
curfew = {{ start = "03:00", end = "03:01" }}
{ONE_STEP}
[budget."+852"]
texts_per_day = 1000
same_per_day = 1000
reserved_for_critical = 0
"""
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


@asynccontextmanager
async def town_in(folder: Path) -> AsyncIterator[Town]:
    """With its ledger; nothing of it runs on afterwards."""
    async with (
        Mosquitto() as broker,
        ProviderStandIn() as provider,
        Sender(Broker(broker.port), "doors") as doors,
    ):
        town = Town(folder, broker, provider, doors)
        await town.site.import_ledger()
        try:
            yield town
        finally:
            if town.site.running:
                await town.site.kill()
