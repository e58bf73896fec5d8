"""The whole gateway on a stand-in of BlueZ: a fault of the radio, and what ops see of it."""

import csv
from pathlib import Path
from typing import Any

from gateway.running import Running
from simulators.bluez.bthome_sensor import UUID, BTHomeSensor
from simulators.bluez.standin import BluezStandIn
from tests.integration.test_cli_daemon import run_command
from tests.support.site import Site

MAC = "3C:2E:F5:AA:BB:01"


async def metrics(site: Site) -> Running:
    _, text = await site.get("/metrics", site.metrics)
    return Running(text)


async def radio_in_doctor(site: Site) -> dict[str, Any]:
    typed = await run_command(site, "doctor", "--json")
    (found,) = (each for each in typed.json if each["part"].startswith("radio"))
    assert isinstance(found, dict)
    return found


async def until_up(site: Site, up: bool) -> None:
    while (await metrics(site)).value("doorwatch_radio_up", adapter="hci0") != up:
        assert site.running, site.log.read_text()[-2000:]


async def test_a_radio_switched_off_and_on_beside_a_running_gateway(tmp_path: Path) -> None:
    site = Site(tmp_path, "mqtt://127.0.0.1:1", None)
    site.config.write_text(site.config.read_text().replace("enabled = false", "enabled = true"))
    site.tables["sensors"] = [site.tables["sensors"][0], ["S1", "H1", "bthome", MAC]]
    with (tmp_path / "sensors.csv").open("w", newline="") as file:
        csv.writer(file).writerows(site.tables["sensors"])
    await site.import_ledger()
    sensor = BTHomeSensor(MAC)
    async with BluezStandIn() as bluez:
        with bluez.as_system_bus():
            await site.start()
            await site.ready()

            await bluez.power_off()
            await until_up(site, False)
            found = await radio_in_doctor(site)
            assert not found["ok"]
            assert found["said"].startswith("it is off (present, not powered, no active scan;")
            assert "rfkill" in found["remedy"]
            trouble = (await metrics(site)).values("doorwatch_radio_trouble", "reason")
            assert [reason for reason, is_so in trouble.items() if is_so] == ["powered_off"]

            await bluez.power_on()
            await until_up(site, True)
            for is_open in (False, True):
                packet = sensor.packet(is_open=is_open)
                await bluez.advertise(MAC, service_data={UUID: packet})
            await site.until(site.incidents)
            found = await radio_in_doctor(site)
            assert found["ok"], found
            assert found["said"].startswith("present, powered, scanning; last packet ")
            assert found["said"].endswith("1 restarts (powered_off 1)")
            assert await site.stop() == 0
