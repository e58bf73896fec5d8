"""What a change of the ledger leaves of a sensor: its count never begins again, its door may."""

from dataclasses import replace
from datetime import date

import pytest

from drivers.reading import Decoded, Reading
from gateway.intake import Intake
from gateway.intake.news import News
from gateway.ledger.model import Grid, Household, Ledger, Protocol, Sensor
from rules.model import Door, DoorSeen
from rules.moment import MINUTE

T0 = 1_772_380_800_000
MAC, OTHER = "AA:BB:CC:DD:EE:FF", "AA:BB:CC:DD:EE:00"
KEY, NEW_KEY = "00" * 16, "11" * 16
S = Sensor("S", "H", Protocol.BTHOME, MAC, KEY)
OPEN, CLOSED = Door.OPEN, Door.CLOSED


def ledger(*sensors: Sensor) -> Ledger:
    return Ledger(
        grids={"G": Grid("G")},
        households={home: Household(home, "G", "1-101", date(2026, 1, 1)) for home in "HI"},
        sensors={sensor.sensor_id: sensor for sensor in sensors},
    )


def says(door: Door, count: int, address: str = MAC) -> Reading:
    return Reading("ble", "bthome", address, Decoded(door, replay_counter=count), T0)


@pytest.fixture
def intake() -> Intake:
    intake = Intake()
    intake.use(ledger(S))
    intake.take(says(CLOSED, 6_000), T0)
    return intake


TWO = (replace(S, address=OTHER), Sensor("T", "H", Protocol.BTHOME, MAC, KEY))


@pytest.mark.parametrize(
    ("ledgers", "sensor", "count"),
    [
        ([[S]], "S", 6_000),
        ([[replace(S, sensor_id="T")]], "T", 6_000),
        ([[replace(S, household_id="I")]], "S", 6_000),
        ([TWO], "T", 6_000),  # its id went to another device
        ([TWO], "S", None),
        ([TWO, [S]], "S", 6_000),
        ([[], [S]], "S", 6_000),  # retired, and bound again
        ([[replace(S, key=None)], [S]], "S", 6_000),
        ([[replace(S, key=NEW_KEY)]], "S", None),  # another key, another count
        ([[replace(S, key=NEW_KEY)], [S]], "S", 6_000),
        ([[replace(S, protocol=Protocol.XIAOMI)]], "S", None),
    ],
)
@pytest.mark.parametrize("restarted", [False, True])
def test_a_recorded_packet_is_believed_under_no_other_name(
    intake: Intake, ledgers: list[list[Sensor]], sensor: str, count: int | None, restarted: bool
) -> None:
    for sensors in ledgers:
        intake.use(ledger(*sensors))
        if restarted:
            memory, intake = intake.memory(), Intake()
            intake.use(ledger(*sensors))
            intake.recall(memory)
    assert intake.sensors[sensor].replay_counter == count


def test_where_an_old_battery_ended_is_kept_too(intake: Intake) -> None:
    heard = intake.sensors["S"]
    heard.counts_anew = 3
    heard.accept_new_count()
    intake.use(ledger())
    intake.use(ledger(S))
    assert (intake.sensors["S"].replay_counter, intake.sensors["S"].used_up_to) == (3, 6_000)


@pytest.mark.parametrize(
    ("row", "replaced"),
    [
        (S, frozenset()),
        (replace(S, place="kitchen"), frozenset()),
        (replace(S, key=NEW_KEY), frozenset()),
        (replace(S, household_id="I"), {"S"}),
        (replace(S, address=OTHER), {"S"}),
    ],
)
def test_the_first_word_at_another_home_is_told_though_nothing_changed(
    intake: Intake, row: Sensor, replaced: frozenset[str]
) -> None:
    """Else that home would take the first opening for the first word."""
    assert intake.use(ledger(row)) == replaced
    found = intake.take(says(CLOSED, 6_001, row.address), T0 + MINUTE)
    told = found.seen if isinstance(found, News) else None
    assert told == (DoorSeen("S", CLOSED, T0 + MINUTE) if replaced else None)


def test_a_snapshot_names_neither_addresses_nor_keys_of_retired_sensors(intake: Intake) -> None:
    intake.use(ledger())
    kept = repr(intake.memory())
    assert "6000" in kept
    assert MAC not in kept
    assert KEY not in kept
