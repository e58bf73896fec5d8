"""Unmodified bleak on a private D-Bus: what is heard, and how deafness is noticed and mended.

The limits are the shipped ones. Time stands still unless a test moves it: what is noticed
meanwhile was told by D-Bus.
"""

from collections.abc import AsyncIterator, Callable, Coroutine
from typing import Any

import pytest

from drivers.ble.errors import Trouble
from drivers.errors import Reason
from rules.model import Door
from simulators.bluez.bthome_sensor import UUID
from simulators.bluez.standin import BluezStandIn
from tests.support.radio import PLAIN, SEALED, House, radio_house

Fault = Callable[[BluezStandIn], Coroutine[Any, Any, None]]


@pytest.fixture
async def house() -> AsyncIterator[House]:
    async with radio_house("hci0") as house:
        yield house


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
    ("fault", "reason"),
    [
        (power_cycle, Trouble.POWERED_OFF),
        (plug_out_and_in, Trouble.NO_ADAPTER),
        (BluezStandIn.restart, Trouble.NO_BLUETOOTHD),
    ],
    ids=lambda value: getattr(value, "__name__", str(value)),
)
async def test_what_d_bus_tells_is_noticed_and_mended_at_once(
    house: House, fault: Fault, reason: Trouble
) -> None:
    scanner = await house.started()
    await house.send(house.plain, is_open=False)
    await fault(house.bluez)
    await house.until(lambda: house.states[1:] == [("hci0", False), ("hci0", True)])
    assert scanner.restarts == {reason: 1}
    house.plain.packet(is_open=True)  # sent while nobody listened
    found = await house.send(house.plain, is_open=True)
    assert (found.decoded.door, found.live) == (Door.OPEN, False)


async def test_a_discovery_that_somebody_ended_is_noticed_after_two_seconds(house: House) -> None:
    scanner = await house.started()
    await house.send(house.plain, is_open=False)
    packets = scanner.packets
    await house.bluez.stop_discovery_behind_our_back()
    await house.until(lambda: house.clock.next_due() == pytest.approx(2))  # it may be a blink
    house.clock.advance(2)
    await house.until(lambda: house.states[1:] == [("hci0", False), ("hci0", True)])
    assert scanner.restarts == {Trouble.DISCOVERY_STOPPED: 1}
    assert scanner.packets == packets  # BlueZ told of every device that its signal is gone
    await house.send(house.plain, is_open=True)


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
    assert (scanner.trouble, scanner.restarts) == (None, {trouble: 1})
    await house.send(house.plain, is_open=True)


async def test_the_very_next_packet_after_a_gap_is_live(house: House) -> None:
    scanner = await house.started()
    await house.send(house.plain, is_open=False)
    await house.bluez.power_off()
    await house.until(lambda: not scanner.up)
    await house.bluez.power_on()
    await house.until(lambda: scanner.up)
    assert (await house.send(house.plain, is_open=True)).live


async def test_a_scan_that_bluez_refuses_is_tried_again(house: House) -> None:
    house.bluez.start_fails = True
    scanner = house.start()
    await house.until(lambda: scanner.trouble is Trouble.REFUSED)
    house.bluez.start_fails = False
    await house.until(lambda: scanner.up, time_passes=True)
    assert scanner.restarts == {Trouble.REFUSED: 1}


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


async def test_without_a_system_bus_it_waits_for_one(
    monkeypatch: pytest.MonkeyPatch, tmp_path: object
) -> None:
    async with BluezStandIn() as standin:
        monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", f"unix:path={tmp_path}/nobody")
        house = House(standin)
        try:
            scanner = house.start()
            await house.until(lambda: scanner.trouble is Trouble.NO_BUS, time_passes=True)
            with standin.as_system_bus():
                await house.until(lambda: scanner.up, time_passes=True)
                await house.close()
        finally:
            await house.close()


async def test_a_system_bus_that_ends_takes_nothing_with_it() -> None:
    async with BluezStandIn() as first:
        with first.as_system_bus():
            house = House(first)
            scanner = await house.started()
    try:
        await house.until(lambda: scanner.trouble is Trouble.NO_BUS, time_passes=True)
        async with BluezStandIn() as house.bluez:
            with house.bluez.as_system_bus():
                await house.until(lambda: scanner.up, time_passes=True)
                assert scanner.restarts.total() <= 2  # bluetoothd may be seen to end before the bus
                await house.send(house.plain, is_open=True)
                await house.close()
    finally:
        await house.close()


@pytest.mark.parametrize("fault", [plug_out_and_in, BluezStandIn.restart], ids=["plug", "restart"])
async def test_a_passive_scan_hears_and_recovers_too(house: House, fault: Fault) -> None:
    await house.started(mode="passive")
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
