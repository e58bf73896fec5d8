"""What D-Bus does not tell: quiet, an adapter that hangs, and two adapters that hear unequally."""

from collections.abc import AsyncIterator

import pytest

from drivers.ble.errors import Trouble
from drivers.ble.scan import Mode
from drivers.ble.scanner import Scanner
from rules.model import Door
from simulators.bluez.bthome_sensor import UUID
from tests.support.radio import PLAIN, STRANGER, House, radio_house


@pytest.fixture
async def house() -> AsyncIterator[House]:
    async with radio_house("hci0") as house:
        yield house


@pytest.fixture
async def two() -> AsyncIterator[House]:
    async with radio_house("hci0", "hci1") as house:
        yield house


async def stranger_passes(house: House, scanner: Scanner) -> None:
    """Somebody's telephone, heard by the adapter."""
    packets = scanner.packets
    await house.bluez.advertise(STRANGER, manufacturer_data={0x4C: bytes([packets % 256])})
    await house.until(lambda: scanner.packets > packets)


async def test_90_seconds_without_a_packet_restart_the_scan_and_are_no_gap(house: House) -> None:
    scanner = await house.started()
    await house.send(house.plain, is_open=False)
    await house.bluez.go_deaf()
    await house.pass_time(89)
    assert house.bluez.starts == 1
    await house.pass_time(1)
    await house.until(lambda: house.bluez.starts == 2)
    assert scanner.restarts == {Trouble.QUIET: 1}
    assert (await house.send(house.plain, is_open=True)).live
    assert house.states == [("hci0", True)]


async def test_only_what_can_be_decoded_counts_against_quiet(house: House) -> None:
    scanner = await house.started()
    await house.send(house.plain, is_open=False)
    for _ in range(9):
        await stranger_passes(house, scanner)
        await house.pass_time(10)
    await house.until(lambda: house.bluez.starts == 2)


async def test_an_adapter_that_hangs_is_switched_off_and_on(house: House) -> None:
    scanner = await house.started()
    await house.send(house.plain, is_open=False)
    await house.bluez.hang()
    await house.until(lambda: scanner.restarts[Trouble.QUIET] == 1, time_passes=True)
    assert scanner.up  # so far it may be a quiet night
    await house.until(lambda: house.states[-1] == ("hci0", False), time_passes=True)
    assert scanner.restarts == {Trouble.QUIET: 1, Trouble.DEAF: 1}
    await house.until(lambda: house.bluez.adapters["hci0"].listening)
    assert not scanner.up  # it has still to show that it hears
    await stranger_passes(house, scanner)
    assert scanner.up
    house.plain.packet(is_open=True)  # sent while it hung
    assert not (await house.send(house.plain, is_open=True)).live


async def test_what_we_switched_off_we_switch_on_again(house: House) -> None:
    scanner = await house.started()
    await house.bluez.hang()
    house.bluez.power_fails = True
    await house.until(lambda: scanner.trouble is Trouble.POWERED_OFF, time_passes=True)
    house.bluez.power_fails = False
    await house.until(lambda: house.bluez.adapters["hci0"].listening, time_passes=True)
    await house.send(house.plain, is_open=True)
    await house.until(lambda: scanner.up)


@pytest.mark.parametrize("mode", ["active", "passive"])
async def test_strangers_or_a_passive_scan_keep_a_quiet_house_from_being_called_deaf(
    house: House, mode: Mode
) -> None:
    scanner = await house.started(mode=mode)
    for vain in (1, 2, 3):
        if mode == "active":
            await stranger_passes(house, scanner)
        await house.until(lambda vain=vain: scanner.restarts.total() == vain, time_passes=True)  # type: ignore[misc]
        await house.until(lambda: house.clock.next_due() is not None)
    assert scanner.restarts == {Trouble.QUIET: 3}
    assert house.states == [("hci0", True)]


# -- two adapters ------------------------------------------------------------------------------


async def test_one_adapter_dies_the_other_goes_on_and_each_packet_is_one_reading(
    two: House,
) -> None:
    first, second = await two.started("hci0"), await two.started("hci1")
    await two.pass_time(10)
    await two.send(two.plain, is_open=False)
    await two.until(lambda: first.quiet_seconds == second.quiet_seconds == 0)  # both heard it
    await two.bluez.remove_adapter("hci0")
    await two.until(lambda: not first.up)
    assert second.up
    await two.send(two.plain, is_open=True)
    await two.bluez.add_adapter("hci0")
    await two.until(lambda: first.up)
    await two.pass_time(10)
    await two.send(two.plain, is_open=False)
    await two.until(lambda: first.quiet_seconds == second.quiet_seconds == 0)
    assert [(each.decoded.door, each.live) for each in two.readings] == [
        (Door.CLOSED, False),
        (Door.OPEN, True),  # the other one had been listening all the time
        (Door.CLOSED, True),
    ]


async def test_what_one_adapter_remembers_is_no_reading_after_the_other_heard_better(
    two: House,
) -> None:
    """The far one misses the closing; later it hears the sensor's signal, and nothing else."""
    first, second = await two.started("hci0"), await two.started("hci1")
    opened, closed = (two.plain.packet(is_open=door) for door in (True, False))
    await two.bluez.advertise(PLAIN, service_data={UUID: opened})
    await two.until(lambda: first.quiet_seconds == second.quiet_seconds == 0)
    await two.pass_time(10)
    await two.bluez.advertise(PLAIN, service_data={UUID: closed}, adapter="hci0")
    await two.until(lambda: len(two.readings) == 2)
    await two.pass_time(10)
    await two.bluez.rssi_only(PLAIN, -45)
    await two.until(lambda: second.quiet_seconds == 0)
    assert [each.decoded.door for each in two.readings] == [Door.OPEN, Door.CLOSED]
    await two.send(two.plain, is_open=True)
