"""The commands beside a gateway that runs, and on its data after it has ended."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from simulators.broker import Mosquitto
from simulators.mqtt.json_sensors import JsonSensors
from simulators.mqtt.sender import Broker
from simulators.provider import ProviderStandIn
from tests.support.site import Site

COMMAND_S = 30.0  # a command takes half a second; the machine may be busy


class Typed(NamedTuple):
    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        assert self.status in (0, 1), self.err
        return json.loads(self.out)


async def run_command(site: Site, *words: str) -> Typed:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "gateway.cli", *words, "--config", str(site.config),
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, err = await asyncio.wait_for(process.communicate(), COMMAND_S)
    return Typed(process.returncode or 0, out.decode(), err.decode())


class House:
    """A running gateway, its sensors, and a shell."""

    def __init__(self, site: Site, sensors: JsonSensors) -> None:
        self.site = site
        self.sensors = sensors

    async def type(self, *words: str) -> Typed:
        return await run_command(self.site, *words)

    async def opens(self, sensor: str = "S1") -> None:
        """Closed first: the first word of a sensor says how its door stands."""
        await self.sensors.say(f"doors/{sensor}", is_open=False, battery=77)
        await self.sensors.say(f"doors/{sensor}", is_open=True)
        await self.site.until(self.site.incidents)


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with Mosquitto() as broker, ProviderStandIn() as provider:
        site = Site(tmp_path, broker.url, provider)
        sensors = JsonSensors(Broker(broker.port))
        await sensors.start()
        try:
            await site.start()
            await site.ready()
            yield House(site, sensors)
        finally:
            await site.kill()
            await sensors.stop()


async def test_beside_a_running_gateway(house: House) -> None:
    files = [str(house.site.folder / f"{name}.csv") for name in ("grids", "people")]
    files += [str(house.site.folder / f"{name}.csv") for name in ("households", "sensors")]
    taken = (await house.type("ledger", "import", *files, "--json")).json
    assert (taken["version"], taken["running"], taken["in_force"]) == (1, True, True)

    await house.opens()
    (raised,) = (await house.type("incidents", "list", "--json")).json
    assert (raised["household_id"], raised["state"]) == ("H1", "open")
    acknowledged = (
        await house.type("incidents", "ack", raised["code"], "--by", "P2", "--json")
    ).json
    assert (acknowledged["state"], acknowledged["acknowledged_by"]) == ("acknowledged", "P2")
    resolved = (
        await house.type("incidents", "resolve", "1", "--outcome", "false_alarm", "--json")
    ).json
    assert (resolved["state"], resolved["outcome"]) == ("resolved", "false_alarm")
    refused = await house.type("incidents", "ack", "1")
    assert refused.status == 1
    assert "resolved already" in refused.err

    (sensor,) = (await house.type("sensors", "list", "--json")).json
    # Whoever resolved it says that the door is shut; the sensor has not said so.
    assert (sensor["state"], sensor["battery"]) == (None, 77)

    second = await house.type("run")
    assert second.status == 1, "two gateways on one store"
    assert "another gateway runs" in second.err

    trusted = (await house.type("doctor", "--trust-clock", "--by", "Zhao", "--json")).json
    assert (trusted["by"], trusted["running"]) == ("Zhao", True)
    found = {f["part"].split()[0]: f for f in (await house.type("doctor", "--json")).json}
    assert found["clock"]["ok"], found["clock"]
    assert found["broker"]["ok"], found["broker"]
    assert found["provider"]["ok"], found["provider"]
    assert found["disk"]["ok"]
    assert found["permissions"]["ok"], found["permissions"]
    assert "radio" not in found
    assert await house.site.stop() == 0


async def test_after_it_has_ended(house: House) -> None:
    await house.site.import_ledger()
    await house.site.until(lambda: house.site.rows("SELECT 1 FROM journal WHERE kind = 5"))
    await house.opens()
    assert await house.site.stop() == 0

    taken = (await house.type("incidents", "ack", "1", "--json")).json
    assert (taken["state"], taken["acknowledged_by"]) == ("acknowledged", "cli")
    people = house.site.folder / "people.csv"
    people.write_text(people.read_text().replace("王敏", "王大敏"))
    imported = await house.type("ledger", "import", str(people))
    assert imported.out.splitlines()[-1].endswith("takes effect when the gateway starts")

    await house.site.start()
    await house.site.ready()
    (kept,) = (await house.type("incidents", "list", "--json")).json
    assert (kept["id"], kept["state"]) == (1, "acknowledged")
    numbers = [row[0] for row in house.site.rows("SELECT id FROM journal ORDER BY id")]
    assert numbers == list(range(1, len(numbers) + 1))


async def test_doctor_with_nothing_there(tmp_path: Path) -> None:
    site = Site(tmp_path, "mqtt://localhost.invalid", None)
    await site.import_ledger()
    site.store.chmod(0o644)
    text = site.config.read_text()
    site.config.write_text(text.replace("enabled = false", 'adapters = ["hci7"]'))
    typed = await run_command(site, "doctor", "--json")
    assert typed.status == 1
    found = {finding["part"].split()[0]: finding for finding in typed.json}
    for part in ("radio", "broker", "provider", "permissions"):
        assert not found[part]["ok"], found[part]
        assert found[part]["remedy"]
    assert found["permissions"]["remedy"] == f"chmod o-rwx {site.store}"
    assert found["disk"]["ok"]
