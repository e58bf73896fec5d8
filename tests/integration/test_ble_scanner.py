"""Unmodified bleak on a private D-Bus: what is heard, and how deafness is noticed and mended."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from typing import Any, TypeVar

import pytest

from drivers.ble.errors import Trouble
from drivers.ble.known import KnownSensor
from drivers.ble.listener import Listener
from drivers.ble.scanner import Limits, Mode, Scanner
from drivers.errors import Reason
from drivers.reading import Reading
from rules.model import Door
from simulators.bluez.bthome_sensor import UUID, BTHomeSensor
from simulators.bluez.standin import BluezStandIn

KEY = bytes.fromhex("231d39c1d7cc1ab1aee224cd096db932")
PLAIN, SEALED = "3C:2E:F5:AA:BB:01", "3C:2E:F5:AA:BB:02"
QUICK = Limits(grace=0.1, retry_first=0.05, retry_most=0.2)
DEADLINE = 10.0
T = TypeVar("T")
Fault = Callable[[BluezStandIn], Coroutine[Any, Any, None]]


class House:
    """Two sensors, a listener, and whatever scanners a test starts."""

    def __init__(self, bluez: BluezStandIn) -> None:
        self.bluez = bluez
        self.plain = BTHomeSensor(PLAIN)
        self.sealed = BTHomeSensor(SEALED, KEY)
        self.readings: list[Reading] = []
        self.rejected: list[Reason] = []
        self.states: list[tuple[str, bool]] = []
        self.happened = asyncio.Event()
        self.scanners: list[tuple[Scanner, asyncio.Task[None]]] = []
        self.listener = Listener(
            {PLAIN: KnownSensor(PLAIN, "bthome"), SEALED: KnownSensor(SEALED, "bthome", KEY)},
            lambda delivery: self._note(self.readings, delivery.reading),
            lambda: time.time_ns() // 1_000_000,
            on_heard=lambda mac, now: self.happened.set(),
            on_rejected=lambda reason: self._note(self.rejected, reason),
        )

    def _note(self, notes: list[T], note: T) -> None:
        notes.append(note)
        self.happened.set()

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(DEADLINE):
            while not condition():
                self.happened.clear()
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self.happened.wait(), 0.02)

    def start(
        self, adapter: str = "hci0", limits: Limits = QUICK, mode: Mode = "active"
    ) -> Scanner:
        scanner = Scanner(
            adapter,
            mode,
            self.listener,
            on_state=lambda name, up: self._note(self.states, (name, up)),
            limits=limits,
        )
        self.scanners.append((scanner, asyncio.create_task(scanner.run())))
        return scanner

    async def started(self, adapter: str = "hci0", limits: Limits = QUICK) -> Scanner:
        scanner = self.start(adapter, limits)
        await self.until(lambda: scanner.up)
        return scanner

    async def send(self, sensor: BTHomeSensor, *, is_open: bool) -> Reading:
        """The sensor sends until it is heard, as a real one does for some seconds."""
        count = len(self.readings)
        packet = sensor.packet(is_open=is_open)
        await self.bluez.advertise(sensor.mac, service_data={UUID: packet})
        await self.until(lambda: len(self.readings) > count)
        return self.readings[-1]

    async def close(self) -> None:
        for scanner, task in self.scanners:
            await scanner.stop()
            await task


@pytest.fixture
async def bluez() -> AsyncIterator[BluezStandIn]:
    async with BluezStandIn() as standin:
        with standin.as_system_bus():
            yield standin


@pytest.fixture
async def house(bluez: BluezStandIn) -> AsyncIterator[House]:
    house = House(bluez)
    try:
        yield house
    finally:
        await house.close()


async def test_plain_and_encrypted_doors_are_heard(house: House) -> None:
    await house.started()
    for sensor in (house.plain, house.sealed):
        for is_open in (False, True, False):
            await house.send(sensor, is_open=is_open)
    assert [(each.address, each.decoded.door, each.live) for each in house.readings] == [
        (PLAIN, Door.CLOSED, False),
        (PLAIN, Door.OPEN, True),
        (PLAIN, Door.CLOSED, True),
        (SEALED, Door.CLOSED, False),
        (SEALED, Door.OPEN, True),
        (SEALED, Door.CLOSED, True),
    ]
    assert {each.decoded.battery for each in house.readings} == {100}


async def test_signal_changes_with_remembered_data_are_no_readings(house: House) -> None:
    await house.started()
    await house.send(house.plain, is_open=True)
    for rssi in (-70, -50, -80):
        await house.bluez.rssi_only(PLAIN, rssi)
    await house.send(house.plain, is_open=False)
    assert [each.decoded.door for each in house.readings] == [Door.OPEN, Door.CLOSED]


async def test_a_replayed_packet_is_refused(house: House) -> None:
    await house.started()
    old = house.sealed.packet(is_open=False)
    await house.bluez.advertise(SEALED, service_data={UUID: old})
    await house.send(house.sealed, is_open=True)
    await house.bluez.advertise(SEALED, service_data={UUID: old})
    await house.until(lambda: house.rejected == [Reason.REPLAY])
    assert house.readings[-1].decoded.door == Door.OPEN


async def power_cycle(bluez: BluezStandIn) -> None:
    await bluez.power_off()
    await bluez.power_on()


async def plug_out_and_in(bluez: BluezStandIn) -> None:
    await bluez.remove_adapter()
    await bluez.add_adapter()


@pytest.mark.parametrize(
    "fault",
    [
        power_cycle,
        plug_out_and_in,
        BluezStandIn.restart,
        BluezStandIn.stop_discovery_behind_our_back,
    ],
    ids=lambda fault: fault.__name__,
)
async def test_deafness_is_noticed_and_mended(house: House, fault: Fault) -> None:
    scanner = await house.started()
    await house.send(house.plain, is_open=False)
    began = time.monotonic()
    await fault(house.bluez)
    await house.until(lambda: house.states[1:] == [("hci0", False), ("hci0", True)])
    assert time.monotonic() - began < 5
    assert scanner.up
    house.plain.packet(is_open=True)  # sent while nobody listened
    found = await house.send(house.plain, is_open=True)
    assert (found.decoded.door, found.live) == (Door.OPEN, False)


@pytest.mark.parametrize(
    ("breaks", "mends", "trouble"),
    [
        (BluezStandIn.power_off, BluezStandIn.power_on, Trouble.POWERED_OFF),
        (BluezStandIn.remove_adapter, BluezStandIn.add_adapter, Trouble.NO_ADAPTER),
        (BluezStandIn.stop_bluetoothd, BluezStandIn.start_bluetoothd, Trouble.NO_BLUETOOTHD),
    ],
    ids=lambda value: getattr(value, "__name__", str(value)),
)
@pytest.mark.parametrize("from_the_start", [True, False])
async def test_trouble_has_a_name_and_an_end(
    house: House,
    breaks: Fault,
    mends: Fault,
    trouble: Trouble,
    from_the_start: bool,
) -> None:
    if from_the_start:
        await breaks(house.bluez)
        scanner = house.start()
    else:
        scanner = await house.started()
        await breaks(house.bluez)
    await house.until(lambda: scanner.trouble is trouble and not scanner.up)
    await mends(house.bluez)
    await house.until(lambda: scanner.up)
    assert scanner.trouble is None
    await house.send(house.plain, is_open=True)


async def test_the_very_next_packet_after_a_gap_is_live(house: House) -> None:
    scanner = await house.started()
    await house.send(house.plain, is_open=False)
    await house.bluez.power_off()
    await house.until(lambda: not scanner.up)
    await house.bluez.power_on()
    await house.until(lambda: scanner.up)
    assert (await house.send(house.plain, is_open=True)).live


async def test_long_quiet_restarts_the_scan_and_is_no_gap(house: House) -> None:
    scanner = await house.started(limits=QUICK._replace(quiet=0.3, quiet_most=0.3))
    house.plain.packet(is_open=False)
    await house.send(house.plain, is_open=False)
    await house.bluez.go_deaf()
    starts = house.bluez.starts
    await house.until(lambda: house.bluez.starts > starts and scanner.quiet_restarts > 0)
    house.plain.packet(is_open=True)
    assert (await house.send(house.plain, is_open=True)).live
    assert house.states == [("hci0", True)]


async def test_a_stop_that_raises_is_no_obstacle(house: House) -> None:
    house.bluez.stop_fails = True
    scanner = await house.started()
    await house.bluez.power_off()
    await house.until(lambda: not scanner.up)
    await house.bluez.power_on()
    await house.until(lambda: scanner.up)
    await house.send(house.plain, is_open=True)
    await scanner.stop()
    assert not scanner.up


async def test_two_adapters_one_reading() -> None:
    async with BluezStandIn(("hci0", "hci1")) as standin:
        with standin.as_system_bus():
            house = House(standin)
            try:
                first, second = await house.started("hci0"), await house.started("hci1")
                await house.send(house.plain, is_open=False)
                await standin.remove_adapter("hci0")
                await house.until(lambda: not first.up)
                assert second.up
                await house.send(house.plain, is_open=True)
            finally:
                await house.close()
    assert [each.decoded.door for each in house.readings] == [Door.CLOSED, Door.OPEN]
    assert house.readings[-1].live  # the other one had been listening all the time


async def test_without_a_system_bus_it_waits_for_one(
    monkeypatch: pytest.MonkeyPatch, tmp_path: object
) -> None:
    monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", f"unix:path={tmp_path}/nobody")
    async with BluezStandIn() as standin:
        house = House(standin)
        try:
            scanner = house.start()
            await house.until(lambda: scanner.trouble is Trouble.NO_BUS)
            with standin.as_system_bus():
                await house.until(lambda: scanner.up)
                await house.close()
        finally:
            await house.close()


@pytest.mark.parametrize("fault", [plug_out_and_in, BluezStandIn.restart], ids=["plug", "restart"])
async def test_a_passive_scan_hears_and_recovers_too(house: House, fault: Fault) -> None:
    scanner = house.start(mode="passive")
    await house.until(lambda: scanner.up)
    await house.send(house.plain, is_open=False)
    await fault(house.bluez)
    await house.until(lambda: house.states[1:] == [("hci0", False), ("hci0", True)])
    await house.send(house.plain, is_open=True)
    assert not house.bluez.adapters["hci0"].discovering


async def test_a_bluez_that_cannot_scan_passively_is_said_plainly(house: House) -> None:
    house.bluez.passive = False
    scanner = house.start(mode="passive")
    await house.until(lambda: scanner.trouble is Trouble.REFUSED)
    assert "experimental" in scanner.detail
