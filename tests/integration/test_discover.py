"""``sensors discover`` beside a running gateway: doors in the air and on the broker, nobody bound.

Unmodified bleak on a private D-Bus, a real mosquitto, the real daemon and the real command.
"""

import asyncio
import contextlib
import json
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from simulators.bluez.bthome_sensor import UUID, BTHomeSensor
from simulators.bluez.standin import BluezStandIn
from simulators.broker import Mosquitto
from simulators.mqtt.sender import Broker
from simulators.mqtt.zigbee2mqtt import Zigbee2Mqtt
from tests.integration.test_cli_daemon import run_command
from tests.support.site import Site

MINE, PLAIN, SEALED = "3C:2E:F5:AA:BB:01", "3C:2E:F5:AA:BB:02", "3C:2E:F5:AA:BB:03"
SIGNALS = {MINE: -50, PLAIN: -70, SEALED: -40}
DEADLINE = 60.0  # s; takes three here
Row = dict[str, Any]


class House:
    """A gateway with one bound radio sensor, two new ones in the air and one at the broker."""

    def __init__(self, site: Site, bluez: BluezStandIn, bridge: Zigbee2Mqtt) -> None:
        self.site = site
        self.bluez = bluez
        self.bridge = bridge
        self.air = [BTHomeSensor(MINE), BTHomeSensor(PLAIN, battery=80)]
        self.air.append(BTHomeSensor(SEALED, bytes(range(16))))

    async def talk(self) -> None:
        """All of them say again and again that their door is open."""
        while True:
            for sensor in self.air:
                packet = {UUID: sensor.packet(is_open=True)}
                rssi = SIGNALS[sensor.mac]
                await self.bluez.advertise(sensor.mac, service_data=packet, rssi=rssi)
            self.bridge.contact("3栋 2/501", is_open=False, battery=60)
            await asyncio.sleep(0.1)

    async def discovered(self, *keys: str) -> dict[str, Row]:
        """What ``--follow --json`` says until it has told of all these addresses; then Ctrl-C."""
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "gateway.cli", "sensors", "discover", "--follow", "--json",
            "--config", str(self.site.config), stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip
        assert process.stdout is not None
        rows: dict[str, Row] = {}
        async with asyncio.timeout(DEADLINE):
            while not rows.keys() >= {*keys}:
                line = await process.stdout.readline()
                assert line, "it ended by itself"
                row = json.loads(line)
                rows[row["address"]] = row
            process.send_signal(signal.SIGINT)
            await process.stdout.read()
            assert await process.wait() == 0, "Ctrl-C is no failure"
        return rows


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with BluezStandIn() as bluez, Mosquitto() as broker:
        with bluez.as_system_bus():
            site = Site(tmp_path, broker.url, None)
            site.tables["sensors"].append(["R1", "H1", "bthome", MINE])
            site.write_tables()
            text = site.config.read_text().replace("enabled = false", 'adapters = ["hci0"]')
            site.config.write_text(text)
            await site.import_ledger()
            bridge = Zigbee2Mqtt(Broker(broker.port))
            await bridge.start()
            try:
                await site.start()
                await site.ready()
                yield House(site, bluez, bridge)
            finally:
                await site.kill()
                await bridge.stop()


@contextlib.asynccontextmanager
async def talking(house: House) -> AsyncIterator[None]:
    task = asyncio.create_task(house.talk())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_what_is_heard_and_not_bound_is_listed(house: House) -> None:
    new = {PLAIN, SEALED, "3栋 2/501"}
    async with talking(house):
        rows = await house.discovered(*new)
        assert rows.keys() == new, "the bound one is not among them"
        at_broker = rows["3栋 2/501"]
        assert (at_broker["protocol"], at_broker["state"]) == ("zigbee2mqtt", "closed")
        assert (at_broker["battery"], at_broker["rssi"], at_broker["source"]) == (60, None, "mqtt")

        listed = await run_command(house.site, "sensors", "discover", "--seconds", "0", "--json")
        assert [(r["address"], r["rssi"]) for r in listed.json] == [
            (SEALED, -40),
            (PLAIN, -70),
            ("3栋 2/501", None),
        ], "the strongest first"
        sealed, plain, _ = listed.json
        assert (sealed["state"], sealed["needs_key"], sealed["sure"]) == (None, True, False)
        assert (plain["state"], plain["battery"], plain["needs_key"]) == ("open", 80, False)
        table = (await run_command(house.site, "sensors", "discover", "--seconds", "0")).out
        assert [line.split()[:4] for line in table.splitlines()[1:3]] == [
            ["bthome", SEALED, "-40", "dBm"],
            ["bthome", PLAIN, "-70", "dBm"],
        ]

        # Whatever a sender calls itself, it cannot write on the installer's screen.
        evil = {"sensor_id": "x\x1b[2Jy", "state": "open"}
        await house.bridge.sender.publish("doors/new", json.dumps(evil))
        await house.discovered(evil["sensor_id"])
        table = (await run_command(house.site, "sensors", "discover", "--seconds", "0")).out
        assert "\x1b" not in table
        assert "x?[2Jy" in table

        # Bound by an import, it is off the list at once.
        sensors = house.site.folder / "new.csv"
        sensors.write_text(f"sensor_id,household_id,protocol,address\nR2,H1,bthome,{PLAIN}\n")
        imported = await run_command(house.site, "ledger", "import", str(sensors), "--json")
        assert imported.json["in_force"]
        typed = await run_command(house.site, "sensors", "discover", "--seconds", "0", "--json")
        assert PLAIN not in {row["address"] for row in typed.json}
    assert await house.site.stop() == 0


async def test_without_a_gateway_there_is_a_remedy(house: House) -> None:
    assert await house.site.stop() == 0
    for words in (["--seconds", "0"], ["--follow"]):
        typed = await run_command(house.site, "sensors", "discover", *words)
        assert typed.status == 1
        assert "no gateway runs" in typed.err
        assert "start it with" in typed.err
