"""What the radios hear becomes readings: once each, from known sensors, live or not."""

from collections.abc import Callable

import pytest

from drivers.ble.decoders import BTHOME_UUID
from drivers.ble.known import KnownSensor
from drivers.ble.listener import NO_RSSI, Listener, follows, is_late
from drivers.errors import Reason
from drivers.reading import Decoded, Reading, nothing
from rules.model import Door
from simulators.bluez.bthome_sensor import BTHomeSensor, seal
from tests.support.stairwell import KEY, MAC, Stairwell

STRANGER = "3C:2E:F5:00:00:01"


def test_a_reading_says_who_and_when() -> None:
    stairs = Stairwell()
    assert stairs.hear("440007016405e803002d01", rssi=-71)
    (reading,) = stairs.readings
    assert reading == Reading(
        source="ble",
        protocol="bthome",
        address=MAC,
        decoded=Decoded(door=Door.OPEN, battery=100, counter=7),
        received_at=1_001_000,
        live=False,
        rssi=-71,
    )


def test_nobody_waits_for_a_reading_of_the_radio() -> None:
    dones: list[Callable[[], None]] = []
    listener = Listener({MAC: KnownSensor(MAC, "bthome")}, lambda d: dones.append(d.done), int)
    listener.heard("hci0", MAC, {BTHOME_UUID: bytes.fromhex("402d01")}, {}, -60)
    assert dones == [nothing]


def test_the_same_bytes_again_are_no_reading_but_a_sign_of_life() -> None:
    stairs = Stairwell()
    for rssi in (-60, -61, -75):
        assert stairs.hear("4400072d01", rssi=rssi)
    assert len(stairs.readings) == 1
    assert [now for _, now in stairs.heard] == [1_001_000, 1_002_000, 1_003_000]


def test_the_same_bytes_again_prove_nothing_of_a_sensor_that_encrypts() -> None:
    stairs = Stairwell(KnownSensor(MAC, "bthome", KEY))
    packet = seal(bytes.fromhex("2d01"), 5, key=KEY, mac=MAC)
    assert all(stairs.hear(packet) for _ in range(3))
    assert len(stairs.readings) == 1
    assert len(stairs.heard) == 1


def test_data_from_memory_at_the_end_of_a_discovery_is_nothing() -> None:
    stairs = Stairwell()
    assert not stairs.hear("4400072d01", rssi=NO_RSSI)
    assert stairs.readings == []
    assert stairs.heard == []


@pytest.mark.parametrize(
    ("mac", "services", "sign_of_the_radio_s_life"),
    [
        (STRANGER, {BTHOME_UUID: b"\x40\x2d\x01"}, True),
        (STRANGER, {"0000180f-0000-1000-8000-00805f9b34fb": b"\x64"}, False),
        (STRANGER, {}, False),
        (MAC, {}, False),
        (MAC, {"0000180f-0000-1000-8000-00805f9b34fb": b"\x64"}, False),
    ],
)
def test_strangers_and_empty_advertisements(
    mac: str, services: dict[str, bytes], sign_of_the_radio_s_life: bool
) -> None:
    stairs = Stairwell()
    assert stairs.listener.heard("hci0", mac, services, {}, -60) is sign_of_the_radio_s_life
    assert (stairs.readings, stairs.heard, stairs.rejected) == ([], [], [])


@pytest.mark.parametrize(
    ("before", "packet", "live"),
    [
        (None, "44002a2d01", False),  # first ever
        (41, "44002a2d01", True),  # the very next: nothing was missed
        (40, "44002a2d01", False),  # one was missed
        (42, "44002a2d01", False),
        (255, "4400002d01", True),  # 255 is followed by 0
        (41, "442d01", False),  # says no counter
    ],
)
def test_the_first_packet_after_a_gap_is_live_only_if_nothing_was_missed(
    before: int | None, packet: str, live: bool
) -> None:
    stairs = Stairwell(KnownSensor(MAC, "bthome", counter=before))
    stairs.hear(packet)
    assert stairs.doors == [(Door.OPEN, live)]


@pytest.mark.parametrize(("last", "now", "live"), [(None, 5, False), (4, 5, True), (3, 5, False)])
def test_an_encrypted_counter_tells_it_too(last: int | None, now: int, live: bool) -> None:
    stairs = Stairwell(KnownSensor(MAC, "bthome", KEY, replay_counter=last))
    stairs.hear(seal(bytes.fromhex("2d01"), now, key=KEY, mac=MAC))
    assert stairs.doors == [(Door.OPEN, live)]


def test_a_radio_gap_ends_what_is_live() -> None:
    stairs = Stairwell()
    for packet in ("442d00", "442d01"):
        stairs.hear(packet)
    stairs.listener.gap("hci0")
    for packet in ("442d00", "442d01"):
        stairs.hear(packet)
    assert [live for _, live in stairs.doors] == [False, True, False, True]


def test_repeats_show_that_we_are_listening_again() -> None:
    stairs = Stairwell()
    stairs.hear("442d00")
    stairs.listener.gap("hci0")
    stairs.hear("442d00")
    stairs.hear("442d01")
    assert stairs.doors[-1] == (Door.OPEN, True)


def test_no_gap_while_another_adapter_hears_the_sensor() -> None:
    stairs = Stairwell()
    stairs.hear("442d00", adapter="hci0")
    stairs.hear("442d00", adapter="hci1")
    stairs.listener.gap("hci0")
    stairs.hear("442d01", adapter="hci0")
    assert stairs.doors[-1] == (Door.OPEN, True)


def test_two_adapters_one_reading_and_no_step_back_in_time() -> None:
    stairs = Stairwell()
    sensor = BTHomeSensor(MAC)
    opened, closed = sensor.packet(is_open=True), sensor.packet(is_open=False)
    for adapter, packet in (
        ("hci0", opened),
        ("hci0", closed),
        ("hci1", opened),
        ("hci1", closed),
        ("hci0", closed),
    ):
        assert stairs.hear(packet, adapter=adapter)
    assert [door for door, _ in stairs.doors] == [Door.OPEN, Door.CLOSED]


def test_a_signal_without_news_repeats_what_is_known_and_never_what_was_overtaken() -> None:
    stairs = Stairwell()
    opened, closed = (bytes.fromhex(packet) for packet in ("4400072d01", "4400082d00"))
    for adapter, packet, news in (
        ("hci1", opened, True),
        ("hci0", closed, True),
        ("hci1", opened, False),
        ("hci0", closed, False),
    ):
        stairs.seconds += 60
        assert stairs.listener.heard(adapter, MAC, {BTHOME_UUID: packet}, {}, -60, news=news)
    assert [door for door, _ in stairs.doors] == [Door.OPEN, Door.CLOSED]
    assert len(stairs.heard) == 3  # the overtaken one is no sign of the sensor's life


@pytest.mark.parametrize(
    ("counter", "last", "elapsed", "late"),
    [
        (5, 6, 1.0, True),
        (255, 0, 1.0, True),
        (6, 6, 1.0, False),  # other bytes with the same number: a sender that never moves it
        (7, 6, 1.0, False),
        (5, 6, 5.0, False),  # too long ago to be late: restarted
        (5, 80, 1.0, False),  # too far back to be late: restarted
        (None, 6, 1.0, False),
        (5, None, 1.0, False),
    ],
)
def test_late_packets(counter: int | None, last: int | None, elapsed: float, late: bool) -> None:
    assert is_late(Decoded(door=Door.OPEN, counter=counter), last, elapsed) is late


def test_the_authenticated_counter_decides_over_the_packet_id() -> None:
    decoded = Decoded(door=Door.OPEN, counter=5, replay_counter=100)
    assert follows(decoded, 77, 99)
    assert not follows(decoded, 4, 98)
    assert not is_late(decoded, 6, 1.0)


@pytest.mark.parametrize(
    ("sensor", "packet", "reason"),
    [
        (KnownSensor(MAC, "bthome"), "402d02", Reason.MALFORMED),
        (KnownSensor(MAC, "bthome"), "402d", Reason.TRUNCATED),
        (KnownSensor(MAC, "bthome"), "202d01", Reason.UNSUPPORTED),
        (KnownSensor(MAC, "bthome"), "45ec62ac85c2d26e170000eac34d7c", Reason.NO_KEY),
        (KnownSensor(MAC, "bthome", bytes(16)), "45ec62ac85c2d26e170000eac34d7c", Reason.WRONG_KEY),
        (KnownSensor(MAC, "bthome", KEY), "402d01", Reason.UNENCRYPTED),
        (KnownSensor(MAC, "bthome", KEY, 6000), "45ec62ac85c2d26e170000eac34d7c", Reason.REPLAY),
    ],
)
def test_refused_packets_are_counted_once_and_are_no_life(
    sensor: KnownSensor, packet: str, reason: Reason
) -> None:
    stairs = Stairwell(sensor)
    assert not any(stairs.hear(packet, rssi=rssi) for rssi in (-60, -65, -70))
    assert stairs.rejected == [reason]
    assert stairs.readings == []
    assert stairs.heard == []


def test_the_last_packet_before_a_restart_still_in_the_air_is_no_attack() -> None:
    stairs = Stairwell(KnownSensor(MAC, "bthome", KEY, replay_counter=5998))
    assert stairs.hear("45ec62ac85c2d26e170000eac34d7c")
    assert stairs.rejected == []
    assert stairs.readings == []


def test_replay_counters_are_kept_for_the_next_packet() -> None:
    stairs = Stairwell(KnownSensor(MAC, "bthome", KEY))
    closed, opened = "45ec62ac85c2d26e170000eac34d7c", "4517fca6a3adb86f170000f5b5e472"
    for packet in (closed, opened, closed):
        stairs.hear(packet)
    assert stairs.doors == [(Door.CLOSED, False), (Door.OPEN, True)]
    assert stairs.rejected == [Reason.REPLAY]
    assert (stairs.sensor.replay_counter, stairs.sensor.counter) == (5999, 135)


def test_packets_without_a_door_tell_only_news_of_the_battery() -> None:
    stairs = Stairwell()
    for packet in ("4000010164", "4000020164", "4000030163", "40000402ca09", "4000050163"):
        assert stairs.hear(packet)
    assert [each.decoded.battery for each in stairs.readings] == [100, 99]
    assert {each.decoded.reason for each in stairs.readings} == {Reason.NO_STATE}
    assert len(stairs.heard) == 5
