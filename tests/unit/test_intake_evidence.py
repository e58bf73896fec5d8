"""Openings that nobody heard, and what a sensor says of itself: from readings to the rules' input,
and the same again from the journal."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from drivers.reading import Decoded, Reading
from gateway.intake import Intake
from gateway.intake.evidence import MISSED, NONE, POSSIBLE
from gateway.intake.news import News, Repeat
from gateway.ledger.model import Grid, Household, Ledger, Protocol, Sensor
from gateway.rulesfile import RulesFile
from gateway.store import journal
from gateway.store.journal import Row
from rules.model import Door, DoorSeen, Sensed
from rules.moment import MINUTE

T0 = 1_772_380_800_000
OPEN, CLOSED = Door.OPEN, Door.CLOSED
MAC = "AA:BB:CC:DD:EE:FF"
LEDGER = Ledger(
    grids={"G": Grid("G")},
    households={"H": Household("H", "G", "1-101", None)},  # type: ignore[arg-type]
    sensors={
        "J": Sensor("J", "H", Protocol.JSON, "doors/J"),
        "B": Sensor("B", "H", Protocol.BTHOME, MAC),
        "Z": Sensor("Z", "H", Protocol.ZIGBEE2MQTT, "front"),
    },
)
BY_DOOR = RulesFile.parse('[counters]\njson = "door"\nbthome = "door"')
ADDRESSES = {"J": "doors/J", "B": MAC, "Z": "front"}


@pytest.fixture
def intake() -> Intake:
    intake = Intake()
    intake.use(LEDGER, BY_DOOR)
    return intake


def says(sensor_id: str, door: Door | None, counter: int | None = None, **more: Any) -> Reading:
    own = {key: more.pop(key) for key in ("at", "tamper", "battery", "battery_low") if key in more}
    source = "ble" if sensor_id == "B" else "mqtt"
    decoded = Decoded(door=door, counter=counter, **own)
    protocol = LEDGER.sensors[sensor_id].protocol
    return Reading(source, protocol, ADDRESSES[sensor_id], decoded, T0, **more)


def news(intake: Intake, reading: Reading, now: int) -> News:
    found = intake.take(reading, now)
    assert isinstance(found, News), found
    return found


def seen(intake: Intake, *told: Reading) -> DoorSeen | None:
    """What the rules get of the last of them, a minute apart each."""
    for index, reading in enumerate(told):
        last = intake.take(reading, T0 + index * MINUTE)
    return last.seen if isinstance(last, News) else None


@pytest.mark.parametrize("sensor", ["J", "B"])
@pytest.mark.parametrize(
    ("told", "expected"),
    [
        (((CLOSED, 41), (CLOSED, 44)), (CLOSED, 1, 0, True)),
        (((CLOSED, 41), (OPEN, 44)), (OPEN, 1, 0, True)),
        (((OPEN, 41), (CLOSED, 42)), (CLOSED, 1, None, False)),
        (((CLOSED, 41), (CLOSED, 41)), None),  # it lives
        (((CLOSED, 41), (CLOSED, 41), (CLOSED, 43)), (CLOSED, 2, 1, True)),  # sure until then
        (((CLOSED, 200), (CLOSED, 3)), (CLOSED, 1, None, False)),  # counts anew
        (((CLOSED, 200), (CLOSED, 3), (OPEN, 6)), (OPEN, 2, 1, True)),
        (((CLOSED, 41), (OPEN, None), (CLOSED, 44)), (CLOSED, 2, None, False)),  # who knows
        (((CLOSED, 41), (OPEN, 42), (CLOSED, 41), (CLOSED, 43)), (CLOSED, 3, None, False)),
    ],
)
def test_a_doors_own_counter_tells_what_was_not_heard(
    intake: Intake, sensor: str, told: Sequence[tuple[Door, int | None]], expected: Any
) -> None:
    found = seen(intake, *(says(sensor, *each) for each in told))
    if expected is not None:
        door, at, since, missed = expected
        since = None if since is None else T0 + since * MINUTE
        assert found == DoorSeen(sensor, door, T0 + at * MINUTE, since, missed)
    else:
        assert found is None


def test_a_heartbeat_with_the_same_number_never_reaches_the_disk(intake: Intake) -> None:
    """However long after the last, and by whatever time of its own."""
    intake.take(says("J", CLOSED, 41, at=T0), T0)
    for hours in range(1, 5):
        now = T0 + hours * 60 * MINUTE
        assert intake.take(says("J", CLOSED, 41, at=now), now) == Repeat()
    assert intake.sensors["J"].sure_at == now


def test_late_readings_are_bounded_by_their_own_times(intake: Intake) -> None:
    """Both come in the evening; the opening was between them, not between their arrivals."""
    intake.take(says("J", CLOSED, 41, at=T0), T0 + 500 * MINUTE)
    late = news(intake, says("J", CLOSED, 44, at=T0 + 15 * MINUTE), T0 + 501 * MINUTE)
    assert late.seen == DoorSeen("J", CLOSED, T0 + 15 * MINUTE, T0, missed=True)


def test_a_reading_of_the_past_proves_nothing_of_the_counter(intake: Intake) -> None:
    intake.take(says("J", CLOSED, 44, at=T0 + MINUTE), T0 + MINUTE)
    late = news(intake, says("J", CLOSED, 60, at=T0), T0 + 2 * MINUTE)
    assert late.seen == DoorSeen("J", CLOSED, T0)
    assert (intake.sensors["J"].counter, intake.sensors["J"].sure_at) == (44, T0 + MINUTE)


def test_what_a_broker_kept_and_lost_lies_after_the_last_sure_moment(intake: Intake) -> None:
    intake.take(says("J", CLOSED, 41), T0)
    kept = {"queued_since": T0 + MINUTE, "live": False}
    intake.take(says("J", OPEN, 42, **kept), T0 + 9 * MINUTE)
    found = news(intake, says("J", CLOSED, 45, **kept), T0 + 9 * MINUTE)
    assert found.seen == DoorSeen("J", CLOSED, T0 + 9 * MINUTE, T0, missed=True)


def test_a_counter_that_beacons_move_makes_it_possible_and_no_more() -> None:
    intake = Intake()
    intake.use(LEDGER)
    told = [(CLOSED, 41), (CLOSED, 42), (CLOSED, 50), (CLOSED, 51), (OPEN, 52), (OPEN, 60)]
    found = [intake.take(says("B", *each), T0 + n) for n, each in enumerate(told)]
    assert [type(each).__name__ for each in found] == [
        "News", "Repeat", "Repeat", "Repeat", "News", "Repeat"
    ]  # fmt: skip
    assert [each.evidence for each in found if not isinstance(each, str)] == [
        NONE, NONE, POSSIBLE, NONE, NONE, POSSIBLE
    ]  # fmt: skip
    opened = found[4]
    assert isinstance(opened, News)
    assert opened.seen == DoorSeen("B", OPEN, T0 + 4)


# -- what a sensor says of itself ----------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "now", "sensed"),
    [
        ({}, {"tamper": True}, {"tamper": True}),
        ({"tamper": True}, {"tamper": True}, None),
        ({"tamper": True}, {"tamper": False}, {"tamper": False}),
        ({"battery": 20}, {"battery": 14}, {"battery": 14}),
        ({"battery": 20}, {}, None),  # it says nothing of it
        ({"battery": 20, "battery_low": False}, {"battery": 20, "battery_low": True},
         {"battery_low": True}),
        ({"battery": 9, "tamper": True}, {"battery": 9, "tamper": True}, None),
    ],
)  # fmt: skip
@pytest.mark.parametrize("door", [CLOSED, None])
@pytest.mark.parametrize("sensor", ["Z", "B"])
def test_only_a_change_of_its_own_conditions_is_news(
    intake: Intake,
    sensor: str,
    door: Door | None,
    before: dict[str, Any],
    now: dict[str, Any],
    sensed: dict[str, Any] | None,
) -> None:
    intake.take(says(sensor, door, **before), T0)
    found = intake.take(says(sensor, door, **now), T0 + 1)
    if sensed is None:
        assert found == Repeat()
    else:
        assert isinstance(found, News)
        assert found.sensed == Sensed(sensor, **sensed)


def test_a_low_battery_is_heard_though_the_doors_counter_stands(intake: Intake) -> None:
    intake.take(says("J", CLOSED, 41, battery=20), T0)
    low = news(intake, says("J", CLOSED, 41, battery=14), T0 + 1)
    assert low.sensed == Sensed("J", battery=14)
    assert low.seen == DoorSeen("J", CLOSED, T0 + 1)


# -- from the journal ----------------------------------------------------------------------

STORY = [
    says("J", CLOSED, 41, battery=80, tamper=False),
    says("J", CLOSED, 44),
    says("J", OPEN, 45, queued_since=T0 + 90_000, live=False),
    says("J", None, tamper=True),
    says("J", CLOSED, 46, battery_low=True, live=False),
    says("B", OPEN, 7),
    says("B", OPEN, 9, battery=50),
]


def test_the_journal_gives_the_rules_the_same_inputs_and_the_intake_the_same_memory(
    intake: Intake,
) -> None:
    again = Intake()
    again.use(LEDGER, BY_DOOR)
    for index, reading in enumerate(STORY):
        found = news(intake, reading, T0 + index * MINUTE)
        row = Row(*found.row)
        assert journal.inputs_of(row) == [x for x in (found.seen, found.sensed) if x is not None]
        again.restore(row)
        for sensor in ("J", "B"):
            assert again.sensors[sensor] == intake.sensors[sensor]


@pytest.mark.parametrize("moment", range(len(STORY)))
def test_a_snapshot_at_any_moment_leaves_nothing_out(intake: Intake, moment: int) -> None:
    for index, reading in enumerate(STORY[: moment + 1]):
        intake.take(reading, T0 + index * MINUTE)
    again = Intake()
    again.use(LEDGER, BY_DOOR)
    again.recall(intake.memory())
    for sensor in ("J", "B"):
        heard = intake.sensors[sensor]
        assert again.sensors[sensor] == heard
    later = says("J", CLOSED, 99)
    now = T0 + 60 * MINUTE
    assert again.take(later, now) == intake.take(later, now)


def test_a_snapshot_of_an_earlier_release_is_read(intake: Intake) -> None:
    intake.recall({"J": ["closed", 1, 2, 3, 80, 41, None, [[41, None, "closed", 1]]]})
    heard = intake.sensors["J"]
    assert (heard.door, heard.counter, heard.battery, heard.tamper) == (CLOSED, 41, 80, None)


def test_what_was_heard_without_news_is_told_once_and_restored(intake: Intake) -> None:
    intake.take(says("Z", CLOSED), T0)
    intake.take(says("B", CLOSED, 1), T0)
    assert intake.unsaved() == {}
    intake.take(says("Z", CLOSED), T0 + MINUTE)  # says its state again
    intake.alive("bthome", MAC, T0 + 2 * MINUTE)  # lives, no more
    row = journal.heard_row(5, intake.unsaved(), T0 + 3 * MINUTE)
    assert intake.unsaved() == {}
    again = Intake()
    again.use(LEDGER, BY_DOOR)
    again.restore(row)
    known = {key: (heard.heard_at, heard.sure_at) for key, heard in again.sensors.items()}
    assert known == {
        "J": (0, 0),
        "Z": (T0 + MINUTE, T0 + MINUTE),
        "B": (T0 + 2 * MINUTE, T0),
    }
    assert again.unsaved() == {}


@pytest.mark.parametrize(("sure", "lost"), [(True, False), (False, True)])
def test_a_sensor_given_up_is_lost_until_it_has_said_its_state(
    intake: Intake, sure: bool, lost: bool
) -> None:
    """Through a snapshot and a row of what was heard after it."""
    intake.take(says("Z", CLOSED), T0)
    intake.unknown("zigbee2mqtt", "front")
    again = Intake()
    again.use(LEDGER, BY_DOOR)
    again.recall(intake.memory())
    if sure:
        intake.take(says("Z", CLOSED), T0 + MINUTE)
    else:
        intake.alive("zigbee2mqtt", "front", T0 + MINUTE)
    again.restore(journal.heard_row(5, intake.unsaved(), T0 + MINUTE))
    assert again.sensors["Z"].lost is lost


def test_other_rules_for_counters_hold_from_the_next_reading_on(intake: Intake) -> None:
    intake.take(says("J", CLOSED, 41), T0)
    intake.use(replace(LEDGER), RulesFile.default())
    assert intake.take(says("J", CLOSED, 44), T0 + 1) == Repeat(None, POSSIBLE)
    intake.use(LEDGER, BY_DOOR)
    assert news(intake, says("J", CLOSED, 46), T0 + 2).evidence is MISSED


@pytest.mark.parametrize(
    ("every", "since"), [("30", T0), ("", None)], ids=["a beacon", "it speaks only at openings"]
)
def test_a_beacon_that_contradicts_what_is_known_repairs_it(every: str, since: int | None) -> None:
    """The packet of the opening itself was not heard, and this one comes some numbers later."""
    minutes = int(every) if every else None
    sensors = {"B": replace(LEDGER.sensors["B"], supervision_minutes=minutes)}
    intake = Intake()
    intake.use(replace(LEDGER, sensors=sensors))
    found = seen(intake, says("B", CLOSED, 7), says("B", OPEN, 12))
    assert found is not None
    assert (found.since, found.missed) == (since, False)
