"""Which advertisements of unknown addresses are offered as door sensors, and what is said of them.

A stairwell's other devices are never decoded, and nobody is while nobody discovers.
"""

from collections.abc import Mapping
from typing import Any

import pytest

from drivers.ble.advertisement import Advertisement, long_uuid
from drivers.ble.known import KnownSensor
from drivers.ble.listener import Listener
from drivers.ble.strangers import Strangers
from drivers.stranger import Stranger
from rules.model import Door
from simulators.bluez.bthome_sensor import UUID as BTHOME
from simulators.bluez.bthome_sensor import BTHomeSensor
from simulators.bluez.door_packets import (
    MCCGQ02HL,
    OPENING,
    QINGPING_UUID,
    SWITCHBOT_COMPANY,
    SWITCHBOT_UUID,
    XIAOMI_UUID,
    mibeacon,
    mibeacon_object,
    qingping_action,
    switchbot,
)

MAC, KEY = "3C:2E:F5:00:00:01", bytes(range(16))
OPENED = mibeacon_object(OPENING, b"\x00")
THERMOMETER = 0x055B  # LYWSD03MMC
CGH1 = 0x03D6
SERVICE, COMPANY = switchbot(state=0, mac=MAC, battery=70)
DW_PLAIN = BTHomeSensor(MAC, battery=90).packet(is_open=True)
DW_SEALED = BTHomeSensor(MAC, KEY).packet(is_open=True)
SEALED_OPENED = mibeacon(OPENED, 1, mac=MAC, key=KEY)


class Stairs:
    """A listener that knows nobody but ``MAC`` when told so."""

    def __init__(self, known: Mapping[str, KnownSensor] | None = None) -> None:
        self.met: list[Stranger] = []
        self.listener = Listener(known or {}, lambda delivery: None, lambda: 5)
        self.strangers = Strangers(self.met.append, lambda: 5)

    def discover(self) -> "Stairs":
        self.listener.on_stranger = self.strangers.heard
        return self

    def hear(
        self, services: Mapping[str, bytes], companies: Mapping[int, bytes] | None = None
    ) -> list[Stranger]:
        self.listener.heard("hci0", MAC, services, companies or {}, -61)
        return self.met


def stranger(protocol: str, door: Door | None, battery: int | None = None, **more: Any) -> object:
    return [Stranger("ble", protocol, MAC, 5, door, battery, -61, **more)]


@pytest.mark.parametrize(
    ("services", "expected"),
    [
        ({BTHOME: DW_PLAIN}, stranger("bthome", Door.OPEN, 90)),
        # encrypted: perhaps a door, perhaps a thermometer
        ({BTHOME: DW_SEALED},
         stranger("bthome", None, needs_key=True, sure=False, sealed=(BTHOME, DW_SEALED))),
        ({BTHOME: bytes.fromhex("4002ca09")}, []),  # a thermometer in plain
        ({BTHOME: b""}, []),
        ({XIAOMI_UUID: mibeacon(OPENED, 1, mac=MAC, version=2)}, stranger("xiaomi", Door.OPEN)),
        ({XIAOMI_UUID: SEALED_OPENED},
         stranger("xiaomi", None, needs_key=True, sealed=(XIAOMI_UUID, SEALED_OPENED))),
        ({XIAOMI_UUID: mibeacon(b"", 1, mac=MAC)}, stranger("xiaomi", None, needs_key=True)),
        ({XIAOMI_UUID: mibeacon(b"", 1, mac=MAC, product=CGH1)},
         stranger("xiaomi", None, needs_key=True)),
        ({XIAOMI_UUID: mibeacon(OPENED, 1, mac=MAC, key=KEY, product=THERMOMETER)}, []),
        ({XIAOMI_UUID: MCCGQ02HL.to_bytes(2, "little")}, []),
        ({QINGPING_UUID: qingping_action(state=1, counter=3, mac=MAC)},
         stranger("qingping", Door.CLOSED)),
        ({QINGPING_UUID: b"\x08\x04" + bytes(6)}, stranger("qingping", None)),
        ({QINGPING_UUID: b"\x08\x09" + bytes(6)}, []),  # another product of theirs
        ({SWITCHBOT_UUID: SERVICE}, stranger("switchbot", Door.CLOSED, 70)),
        ({SWITCHBOT_UUID: b"\x78" + SERVICE[1:]}, []),  # a blind
    ],
)  # fmt: skip
def test_who_is_offered(services: Mapping[str, bytes], expected: object) -> None:
    assert Stairs().discover().hear(services) == expected


def test_switchbot_s_fresher_data_counts() -> None:
    _, opened = switchbot(state=1, mac=MAC)
    (met,) = Stairs().discover().hear({SWITCHBOT_UUID: SERVICE}, {SWITCHBOT_COMPANY: opened})
    assert met.door is Door.OPEN


def test_nobody_is_looked_at_while_nobody_discovers() -> None:
    stairs = Stairs()
    assert stairs.hear({BTHOME: DW_PLAIN}) == []
    assert len(stairs.discover().hear({BTHOME: DW_PLAIN})) == 1
    stairs.listener.on_stranger = None
    assert len(stairs.hear({BTHOME: DW_PLAIN})) == 1


def test_a_sensor_of_the_ledger_is_no_stranger() -> None:
    assert Stairs({MAC: KnownSensor(MAC, "bthome")}).discover().hear({BTHOME: DW_PLAIN}) == []


def test_devices_of_other_formats_are_not_even_asked_about() -> None:
    asked: list[Advertisement] = []
    listener = Listener({}, lambda delivery: None, lambda: 5)
    listener.on_stranger = lambda advertisement, rssi: asked.append(advertisement)
    for number in range(500):
        mac = f"10:00:00:00:{number >> 8:02X}:{number & 255:02X}"
        listener.heard("hci0", mac, {long_uuid(0x180F): b"\x64"}, {76: b"\x02\x15"}, -70)
    assert asked == []
