"""What strangers' Bluetooth devices cost: the whole gateway's CPU with 500 around it and with none.

A real bleak in a real ``doorwatch run``, on a private D-Bus with a stand-in of BlueZ. The doors
are the same either way: one of a few opens or closes every second, and nobody isolates. Each
stranger is heard once a second, each time with other bytes: D-Bus then tells every packet.
"""

import asyncio
import statistics
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from benchmarks import procfs
from benchmarks.broker import free_port
from benchmarks.seats import doorwatch
from drivers.ble.listener import Listener
from simulators.bluez.bthome_sensor import UUID, BTHomeSensor
from simulators.bluez.standin import BluezStandIn

STRANGERS = 500
_DOORS = 10
_SLICES = 20  # of a second: so evenly do the strangers send
_START_S = 30.0  # a start takes two seconds
_STOP_S = 15.0  # three times what SIGTERM is promised to take
_SETTLE_S = 2.0  # what follows a start or a change is not measured
_APPLE = 0x004C  # most of what is in the air: "find my" and its like, some twenty bytes

_CONFIG = """[gateway]
id = "gw-stairwell"
country = "CN"
[store]
path = "{folder}/doorwatch.db"
[ble]
adapters = ["hci0"]
[web]
listen = "127.0.0.1:{web}"
[metrics]
listen = "127.0.0.1:{metrics}"
"""
_LEDGER = {
    "grids": ["grid_id,community,subdistrict", "G1,东湖,滨江"],
    "people": ["person_id,name,phone,role,grid_id", "M1,员,+8613800000000,member,G1"],
    "households": ["household_id,grid_id,address,isolation_start,isolation_end"],
    "sensors": ["sensor_id,household_id,protocol,address"],
}


@dataclass(frozen=True)
class Shares:
    """The gateway's share of a core, by trial, and how many strangers a second it was told of."""

    none: list[float]
    strangers: list[float]
    per_second: float


def measure(folder: Path, seconds: float, pairs: int) -> Shares:
    """``seconds`` without and with strangers, in turn, so many times."""
    folder.mkdir(parents=True)
    return asyncio.run(_measure(folder, seconds, pairs))


async def _measure(folder: Path, seconds: float, pairs: int) -> Shares:
    doors = [BTHomeSensor(f"3C:2E:F5:AA:00:{number:02X}") for number in range(_DOORS)]
    config = _write(folder, doors)
    none, strangers, told = [], [], []
    async with BluezStandIn() as bluez:
        with bluez.as_system_bus(), (folder / "log").open("wb") as log:
            gateway = await asyncio.create_subprocess_exec(
                doorwatch(), "run", "--config", str(config), stdout=log, stderr=log
            )
            try:
                await _until(lambda: bluez.adapters["hci0"].listening)
                for _ in range(pairs):
                    none.append((await _share(gateway.pid, bluez, doors, seconds, 0))[0])
                    share, packets = await _share(gateway.pid, bluez, doors, seconds, STRANGERS)
                    strangers.append(share)
                    told.append(packets / seconds)
            finally:
                await _leave(bluez)
                gateway.terminate()
                await asyncio.wait_for(gateway.wait(), _STOP_S)
    return Shares(none, strangers, statistics.median(told))


async def _share(
    pid: int, bluez: BluezStandIn, doors: list[BTHomeSensor], seconds: float, strangers: int
) -> tuple[float, int]:
    """The process's share of a core while so many strangers send, and how often they did."""
    await _air(bluez, doors, _SETTLE_S, strangers)
    cpu, began = procfs.cpu_seconds(pid), time.monotonic()
    packets = await _air(bluez, doors, seconds, strangers)
    return (procfs.cpu_seconds(pid) - cpu) / (time.monotonic() - began), packets


async def _air(
    bluez: BluezStandIn, doors: list[BTHomeSensor], seconds: float, strangers: int
) -> int:
    """What is sent in so many seconds; how many packets of strangers."""
    began, packets = time.monotonic(), 0
    for turn in range(round(seconds * _SLICES)):
        if turn % _SLICES == 0:
            second = turn // _SLICES
            door = doors[second % len(doors)]
            packet = door.packet(is_open=second // len(doors) % 2 == 0)
            await bluez.advertise(door.mac, service_data={UUID: packet})
        for number in range(turn % _SLICES, strangers, _SLICES):
            data = bytes([0x12, 0x19, turn % 256]) + bytes(20)
            await bluez.advertise(
                _mac(number), manufacturer_data={_APPLE: data}, rssi=-60 - turn % 30
            )
            packets += 1
        await asyncio.sleep(max(0.0, began + (turn + 1) / _SLICES - time.monotonic()))
    return packets


async def _leave(bluez: BluezStandIn) -> None:
    """One by one: all their signals at once, at the end of the scan, would fill the socket."""
    for number in range(STRANGERS):
        await bluez.forget(_mac(number))
        await asyncio.sleep(0.001)


def _mac(number: int) -> str:
    return f"4A:00:00:00:{number // 256:02X}:{number % 256:02X}"


async def _until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(_START_S):
        while not condition():  # noqa: ASYNC110 - the stand-in tells nobody
            await asyncio.sleep(0.05)


def _write(folder: Path, doors: list[BTHomeSensor]) -> Path:
    """The configuration; the ledger is imported."""
    config = folder / "config.toml"
    config.write_text(_CONFIG.format(folder=folder, web=free_port(), metrics=free_port()))
    tables = {name: list(rows) for name, rows in _LEDGER.items()}
    for number, door in enumerate(doors):
        tables["households"].append(f"H{number},G1,{number}号,2120-01-01,2120-01-15")
        tables["sensors"].append(f"S{number},H{number},bthome,{door.mac}")
    files = []
    for name, rows in tables.items():
        file = folder / f"{name}.csv"
        file.write_text("\n".join(rows) + "\n", encoding="utf-8")
        files.append(str(file))
    command = [doorwatch(), "ledger", "import", *files, "--config", str(config)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    if done.returncode:
        raise RuntimeError(f"ledger import: {done.stdout[-2000:]}{done.stderr[-2000:]}")
    return config


def own_microseconds(packets: int = 200_000) -> float:
    """Of our own code, without bleak's, for one packet of a stranger."""
    listener = Listener({}, lambda delivery: None, int)
    data = {_APPLE: bytes(23)}
    began = time.perf_counter()
    for _ in range(packets):
        listener.heard("hci0", "4A:00:00:00:00:01", {}, data, -60)
    return (time.perf_counter() - began) / packets * 1e6
