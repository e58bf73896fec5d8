"""What a sensor said of itself by Home Assistant's discovery holds after a restart of ours.

What the broker queued for us comes before any description is said again: without the one of the
earlier run, nobody would know whose it is.
"""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from simulators.broker import Mosquitto
from simulators.mqtt.sender import Broker, Sender
from tests.support.site import Site

CONFIG_TOPIC, STATE_TOPIC = "homeassistant/binary_sensor/d1/config", "cellar/door-1"
CONFIG = {"unique_id": "door-1", "device_class": "door", "state_topic": STATE_TOPIC}
READINGS = "SELECT door FROM journal WHERE subject = 'D1' ORDER BY id"


class House:
    def __init__(self, site: Site, sender: Sender) -> None:
        self.site = site
        self.sender = sender

    async def start(self) -> None:
        await self.site.start()
        await self.site.ready()

    async def describe(self) -> None:
        """Says what it is until the gateway has subscribed to its states and heard one."""
        await self.sender.publish(CONFIG_TOPIC, json.dumps(CONFIG), retain=True)
        async with asyncio.timeout(20):
            while not self.doors:
                await self.sender.publish(STATE_TOPIC, "OFF")
                await asyncio.sleep(0.05)

    @property
    def doors(self) -> list[int]:
        return [door for (door,) in self.site.rows(READINGS)]


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with Mosquitto() as broker:
        site = Site(tmp_path, broker.url, None)
        site.tables["sensors"].append(["D1", "H1", "homeassistant", "door-1"])
        site.write_tables()
        await site.import_ledger()
        sender = Sender(Broker(broker.port), "cellar")
        await sender.connect()
        try:
            yield House(site, sender)
        finally:
            if site.running:
                await site.kill()
            await sender.close()


async def test_an_opening_while_we_were_away_is_understood(house: House) -> None:
    await house.start()
    await house.describe()
    assert await house.site.stop() == 0
    await house.sender.publish(STATE_TOPIC, "ON")
    await house.start()
    await house.site.until(lambda: house.doors[-1:] == [1])
    # And what was kept outlives a run that heard nothing of it, and its sudden end.
    assert await house.site.stop() == 0
    await house.start()
    await house.site.kill()
    await house.sender.publish(STATE_TOPIC, "OFF")
    await house.start()
    await house.site.until(lambda: house.doors[-1:] == [0])
