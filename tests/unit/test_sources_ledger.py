"""What the radio keeps of a sensor when the ledger changes: its count, no word said elsewhere."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from drivers.ble.decoders import BTHOME_UUID
from drivers.reading import Delivery
from gateway.clock import SystemClock
from gateway.config import load
from gateway.intake import Intake
from gateway.intake.news import News
from gateway.ledger.model import Grid, Household, Ledger, Protocol, Sensor
from gateway.loading import Before
from gateway.metrics import Metrics
from gateway.sources import Sources
from gateway.web.health import Health
from rules.model import Door
from simulators.bluez.bthome_sensor import seal
from simulators.bluez.door_packets import SWITCHBOT_COMPANY, SWITCHBOT_UUID, switchbot

T0 = 1_772_380_800_000
MAC, KEY = "3C:2E:F5:AA:BB:CC", bytes.fromhex("231d39c1d7cc1ab1aee224cd096db932")
SEALED = Sensor("S", "H", Protocol.BTHOME, MAC, KEY.hex())
PLAIN = Sensor("S", "H", Protocol.SWITCHBOT, MAC)
OPEN, CLOSED = Door.OPEN, Door.CLOSED


class Radio:
    """From the radio's callback to what the rules would get; no radio and no disk is there."""

    def __init__(self, folder: Path) -> None:
        (folder / "config.toml").write_text('[gateway]\nid = "gw"\n[store]\npath = "doors.db"\n')
        self.config = load(folder / "config.toml")
        self.intake = Intake()
        self.doors: list[tuple[str, Door]] = []
        self.restart()

    def restart(self) -> None:
        """A new process: what the last one remembered comes from its snapshot."""
        self.sources = Sources(
            self.config, self._take, SystemClock(T0), self.intake, Health(), Metrics((), ()),
            Before(None, {}),
        )  # fmt: skip

    def use(self, *sensors: Sensor) -> None:
        ledger = Ledger(
            grids={"G": Grid("G")},
            households={home: Household(home, "G", "1-101", date(2026, 1, 1)) for home in "HI"},
            sensors={sensor.sensor_id: sensor for sensor in sensors},
        )
        self.intake.use(ledger)
        self.sources.use(ledger)

    def sealed(self, count: int, *, is_open: bool) -> None:
        packet = seal(bytes([0x2D, is_open]), count, key=KEY, mac=MAC)
        self._hear({BTHOME_UUID: packet}, {})

    def plain(self, *, is_open: bool) -> None:
        service, company = switchbot(state=int(is_open), mac=MAC)
        self._hear({SWITCHBOT_UUID: service}, {SWITCHBOT_COMPANY: company})

    def _hear(self, services: dict[str, bytes], companies: dict[int, bytes]) -> None:
        assert self.sources._listener is not None
        self.sources._listener.heard("hci0", MAC, services, companies, -60)

    def _take(self, delivery: Delivery) -> None:
        found = self.intake.take(delivery.reading, T0)
        if isinstance(found, News) and found.seen is not None:
            self.doors.append((found.heard.household_id, found.seen.door))


@pytest.fixture
async def radio(tmp_path: Path) -> Radio:
    return Radio(tmp_path)


@pytest.mark.parametrize(
    "ledgers",
    [
        [[replace(SEALED, key=None)], [SEALED]],
        [[replace(SEALED, key="11" * 16)], [SEALED]],
        [[replace(SEALED, sensor_id="T")]],
        [[replace(SEALED, household_id="I")]],
        [[], [SEALED]],
    ],
)
@pytest.mark.parametrize("restarted", [False, True])
async def test_no_change_of_the_ledger_makes_a_recorded_packet_believed(
    radio: Radio, ledgers: list[list[Sensor]], restarted: bool
) -> None:
    radio.use(SEALED)
    radio.sealed(6_000, is_open=True)
    radio.sealed(6_001, is_open=False)
    radio.doors.clear()
    for sensors in ledgers:
        radio.use(*sensors)
    if restarted:
        radio.restart()
        radio.use(*ledgers[-1])
    radio.sealed(6_000, is_open=True)
    assert not radio.doors
    radio.sealed(6_002, is_open=True)
    assert [door for _, door in radio.doors] == [OPEN]


@pytest.mark.parametrize("row", [replace(PLAIN, household_id="I"), replace(PLAIN, sensor_id="T")])
async def test_the_same_bytes_are_the_first_word_of_another_home_or_id(
    radio: Radio, row: Sensor
) -> None:
    """A SwitchBot says the same until its door moves. Were that no word, its first opening would
    be taken for the state in which it was found."""
    radio.use(PLAIN)
    radio.plain(is_open=False)
    radio.plain(is_open=False)
    radio.use(row)
    radio.plain(is_open=False)
    radio.plain(is_open=True)
    home = row.household_id
    assert radio.doors == [("H", CLOSED), (home, CLOSED), (home, OPEN)]
