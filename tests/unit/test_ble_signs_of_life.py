"""Packets that say nothing of the door: life, and no proof that nothing was missed before."""

import pytest

from drivers.ble.known import KnownSensor
from rules.model import Door
from simulators.bluez.bthome_sensor import BTHomeSensor, seal
from simulators.bluez.door_packets import (
    OPENING,
    SWITCHBOT_COMPANY,
    SWITCHBOT_UUID,
    XIAOMI_UUID,
    mibeacon,
    mibeacon_object,
    switchbot,
)
from tests.support.stairwell import KEY, MAC, Stairwell


class MiStairwell(Stairwell):
    """The same with a Xiaomi sensor: events numbered ``counter``, and beacons that say nothing."""

    def __init__(self, key: bytes | None) -> None:
        super().__init__(KnownSensor(MAC, "xiaomi", key))

    def send(self, state: int | None, counter: int) -> bool:
        objects = b"" if state is None else mibeacon_object(OPENING, bytes([state]))
        self.seconds += 1
        packet = mibeacon(objects, counter, mac=MAC, key=self.sensor.key)
        return self.listener.heard("hci0", MAC, {XIAOMI_UUID: packet}, {}, -60)


@pytest.mark.parametrize("key", [None, KEY])
def test_beacons_between_two_copies_of_an_event_are_life_and_nothing_else(
    key: bytes | None,
) -> None:
    stairs = MiStairwell(key)
    for state in (0, None, 0, None, None, 0):
        assert stairs.send(state, 0x4A2)
    assert stairs.doors == [(Door.OPEN, False)]
    assert stairs.rejected == []
    assert len(stairs.heard) == (6 if key is None else 4)  # a sealed packet played again is none


@pytest.mark.parametrize("key", [None, KEY])
@pytest.mark.parametrize(
    ("events", "live"),
    [
        ([(0, 8)], True),  # the very next
        ([(None, 7), (0, 8)], True),
        ([(0, 9)], False),  # one was missed
        ([(None, 8), (0, 9)], False),  # a beacon has the number of the event that was missed
        ([(None, 8), (None, 8), (0, 9)], False),
        ([(1, 7), (0, 9)], True),  # the last event once more: from then on we listened
    ],
)
def test_a_beacon_after_a_gap_does_not_make_the_next_state_an_event(
    key: bytes | None, events: list[tuple[int | None, int]], live: bool
) -> None:
    stairs = MiStairwell(key)
    stairs.send(1, 7)
    stairs.listener.gap("hci0")
    for state, counter in events:
        stairs.send(state, counter)
    assert stairs.doors[-1] == (Door.OPEN, live)


@pytest.mark.parametrize("key", [None, KEY])
def test_a_battery_report_after_a_gap_does_not_make_the_next_state_an_event(
    key: bytes | None,
) -> None:
    stairs = Stairwell(KnownSensor(MAC, "bthome", key))
    sensor = BTHomeSensor(MAC, key)

    def battery() -> bytes:
        sensor.packet(is_open=True)  # takes the numbers
        objects = bytes([0x00, sensor.packet_id, 0x01, sensor.battery])
        if key is None:
            return b"\x44" + objects
        return seal(objects, sensor.counter, key=key, mac=MAC)

    stairs.hear(sensor.packet(is_open=False))
    stairs.listener.gap("hci0")
    sensor.packet(is_open=True)  # nobody hears it
    report = battery()
    for packet in (report, report, sensor.packet(is_open=True), sensor.packet(is_open=False)):
        stairs.hear(packet)
    assert [each for each in stairs.doors if each[0]] == [
        (Door.CLOSED, False),
        (Door.OPEN, False),
        (Door.CLOSED, True),
    ]


def test_a_silent_packet_that_follows_proves_that_nothing_was_missed() -> None:
    stairs = Stairwell()
    for packet in ("4400072d00", "4400080164", "4400092d01"):
        if packet == "4400080164":
            stairs.listener.gap("hci0")
        stairs.hear(packet)
    assert stairs.doors[-1] == (Door.OPEN, True)


def test_a_switchbot_is_read_as_soon_as_its_scan_response_has_told_what_it_is() -> None:
    stairs = Stairwell(KnownSensor(MAC, "switchbot"))
    for state, with_service in ((0, False), (0, True), (1, True), (1, True)):
        service, company = switchbot(state=state, mac=MAC)
        services = {SWITCHBOT_UUID: service} if with_service else {}
        heard = stairs.listener.heard("hci0", MAC, services, {SWITCHBOT_COMPANY: company}, -60)
        assert heard is with_service
    assert stairs.doors == [(Door.CLOSED, False), (Door.OPEN, True)]
    assert len(stairs.heard) == 3
