"""The running gateway writes its gaps down, and finds them again after it was gone."""

import asyncio
from pathlib import Path

from gateway import running
from gateway.config import load
from simulators.broker import Mosquitto
from simulators.mqtt.json_sensors import JsonSensors
from simulators.mqtt.sender import Broker
from simulators.provider import ProviderStandIn
from tests.support.site import Site


async def test_gaps_from_the_first_start_to_the_next(tmp_path: Path) -> None:
    async with Mosquitto() as broker, ProviderStandIn() as provider:
        site = Site(tmp_path, broker.url, provider)
        await site.import_ledger()

        def open_gaps() -> set[str]:
            return {cause for (cause,) in site.rows("SELECT cause FROM gaps WHERE until IS NULL")}

        await site.start()
        try:
            await site.ready()
            await site.until(lambda: open_gaps() == {"sensor", "unsupervised"})  # never heard
            async with asyncio.timeout(20):
                await speak(broker)
            await site.until(lambda: open_gaps() == {"unsupervised"})
            await broker.stop()
            await site.until(lambda: open_gaps() == {"unsupervised", "broker"})
            await broker.start()
            await site.until(lambda: open_gaps() == {"unsupervised"})
            assert await site.stop() == 0
            assert open_gaps() == {"unsupervised", "power"}
            await site.start()
            await site.ready()
            await site.until(lambda: open_gaps() == {"unsupervised"})
            outages = site.rows("SELECT since < until FROM gaps WHERE cause = 'power'")
            assert outages == [(1,)]
            now = await running.look(load(site.config))
            assert now is not None
            seconds = now.values("doorwatch_coverage_seconds_total", "state", grid_id="G1")
            assert seconds["power"] > 0
            assert "unsupervised" not in seconds
        finally:
            await site.kill()


async def speak(broker: Mosquitto) -> None:
    """The one sensor says how its door stands."""
    sensors = JsonSensors(Broker(broker.port))
    await sensors.start()
    await sensors.say("doors/S1", is_open=False)
    await sensors.stop()
