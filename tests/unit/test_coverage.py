"""Observed, or why not: an unheard sensor, a dead source and an outage are never compliance."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry

from gateway.coverage import Coverage
from gateway.ledger.model import Grid, Household, Ledger, Protocol, Sensor
from gateway.rulesfile import RulesFile
from gateway.store import ledgers
from gateway.store.database import Database
from rules.grid import HeardFrom, ReceiverChanged
from rules.model import Door, DoorSeen, Tick
from tests.support.watched import DAY, LEDGER, Watched


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    database = await Database.open(tmp_path / "doorwatch.db")
    yield database
    await database.close()


@pytest.fixture
async def watched(database: Database) -> Watched:
    return await Watched(database).begin()


async def test_what_was_observed(watched: Watched) -> None:
    await watched.look(60)
    watched.hear(60, "B", "Z")
    await watched.look(60)
    everything = {"radio": {"observed": 60}, "broker": {"observed": 60}, "free": {}}
    # The switchbot's word is due every 30 minutes.
    assert await watched.report(60) == everything | {"radio": {"sensor": 60}}
    assert watched.counted() == {"observed": 60, "sensor": 60}


async def test_a_receiver_that_is_gone_is_its_own_households_gap(watched: Watched) -> None:
    watched.give(10, ReceiverChanged("radio", up=False))
    await watched.look(10)
    watched.give(55, ReceiverChanged("radio", up=True))
    watched.hear(55, "B", "Z")  # the switchbot could not be heard: no silence of its own
    await watched.look(55)
    assert await watched.report(55) == {
        "radio": {"observed": 10, "radio": 45}, "broker": {"observed": 55}, "free": {},
    }  # fmt: skip
    assert watched.counted() == {"observed": 65, "radio": 45}


async def test_silence_once_established_reaches_back_to_the_last_word(watched: Watched) -> None:
    watched.hear(30, "Z")
    for minute in range(0, 180, 20):
        watched.hear(minute, "B")
        await watched.look(minute)
    assert (await watched.report(160))["broker"] == {"observed": 30, "sensor": 130}
    assert watched.counted()["observed"] == 160 + 30  # it was never counted as observed
    assert watched.counted()["sensor"] == 130
    watched.hear(170, "Z")
    await watched.look(170)
    assert await watched.rows("broker") == [(0, 0), (30, 170)]  # one row, from first to last


async def test_silence_that_stood_still_with_its_receiver_reaches_back_all_the_same(
    watched: Watched,
) -> None:
    watched.give(60, ReceiverChanged("broker", up=False))
    await watched.look(60)
    watched.give(90, ReceiverChanged("broker", up=True))
    await watched.look(90)
    await watched.look(140)  # two hours after its word, half an hour of them deaf
    assert (await watched.report(140))["broker"] == {"observed": 60 + 50, "broker": 30}
    await watched.look(151)
    assert (await watched.report(151))["broker"] == {"sensor": 121, "broker": 30}


@pytest.mark.parametrize("told", [False, True])
async def test_silence_between_two_looks_is_not_overlooked(watched: Watched, told: bool) -> None:
    await watched.look(119)
    watched.give(120.01, Tick())  # silent since then, for a second
    watched.hear(120.02, "Z")
    if told:  # the grid knows already that it is back
        watched.give(120.03, HeardFrom(()))
        watched.give(120.03, ReceiverChanged("radio", up=True))
    await watched.look(121)
    assert (await watched.report(122))["broker"] == {"sensor": 121, "observed": 1}
    assert await watched.rows("broker") == [(0, 0), (0, 120.02)]


async def test_a_second_silent_sensor_reaches_further_back(database: Database) -> None:
    sensors = {
        name: Sensor(name, "broker", Protocol.JSON, name, supervision_minutes=every)
        for name, every in {"Z": 60, "Y": 120}.items()
    }
    ledger = Ledger(LEDGER.grids, {}, LEDGER.households, {**LEDGER.sensors, **sensors})
    watched = await Watched(database, ledger).begin()
    watched.hear(50, "Z", "Y")
    await watched.look(50)
    watched.hear(100, "Z")
    await watched.look(161)
    assert (await watched.report(161))["broker"] == {"sensor": 61 + 50, "observed": 50}
    await watched.look(171)
    assert (await watched.report(171))["broker"] == {"sensor": 171}


async def test_every_sensor_of_a_home_has_to_be_heard(database: Database) -> None:
    second = Sensor("Z2", "broker", Protocol.JSON, "door2", supervision_minutes=120)
    two = Ledger(LEDGER.grids, {}, LEDGER.households, {**LEDGER.sensors, "Z2": second})
    watched = await Watched(database, two).begin()
    watched.hear(10, "Z", "Z2")
    await watched.look(10)
    assert (await watched.report(10))["broker"] == {"sensor": 10}


@pytest.mark.parametrize("sensors", [{}, {"N": Sensor("N", "H", Protocol.JSON, "never")}])
async def test_a_home_that_nobody_hears_is_unobserved_from_the_first_moment(
    database: Database, sensors: dict[str, Sensor]
) -> None:
    ledger = Ledger({"G": Grid("G")}, {}, {"H": Household("H", "G", "1", DAY)}, sensors)
    watched = Watched(database, ledger)
    await ledgers.add(database, ledger, watched.at(0), after=0)
    await watched.coverage.start(watched.at(30))
    await watched.look(50)
    await watched.look(60)
    assert await watched.report(60) == {"H": {"sensor": 60}}
    assert watched.counted() == {"sensor": 30}  # since the gateway knows of it


async def test_whatever_was_heard_before_nobody_kept_the_gaps_then(database: Database) -> None:
    """The store of an earlier release."""
    watched = Watched(database)
    await ledgers.add(database, LEDGER, watched.at(0), after=0)
    watched.hear(0, "B", "Z", "F")
    await watched.coverage.start(watched.at(20))
    assert (await watched.report(30))["broker"] == {"sensor": 20, "observed": 10}


async def test_a_gateway_without_ears_for_a_sensor_does_not_hear_it(database: Database) -> None:
    watched = Watched(database)
    registry = CollectorRegistry()
    watched.coverage = Coverage(registry, watched.memory, database, {"broker"}, stalls=False)
    await watched.begin()
    await watched.look(10)
    assert await watched.report(10) == {
        "radio": {"radio": 10}, "broker": {"observed": 10}, "free": {},
    }  # fmt: skip


async def test_a_kind_that_says_nothing_between_openings_is_never_fine(
    database: Database,
) -> None:
    sensors = {"B": LEDGER.sensors["B"], "Z": Sensor("Z", "broker", Protocol.JSON, "door")}
    ledger = Ledger(LEDGER.grids, {}, LEDGER.households, sensors | {"F": LEDGER.sensors["F"]})
    watched = await Watched(database, ledger).begin()
    await watched.look(20)
    assert (await watched.report(20))["broker"] == {"unsupervised": 20}
    assert watched.counted() == {"observed": 20}  # the metric has only the causes


async def test_a_sensor_that_flaps_tells_nothing(watched: Watched) -> None:
    for count in range(6):
        door = at = 30 + count * 0.2
        watched.memory.intake.sensors["Z"].heard_at = watched.at(at)
        for door in (Door.OPEN, Door.CLOSED):
            moment_ = watched.at(at + (0 if door is Door.OPEN else 0.02))
            watched.memory.take(None, DoorSeen("Z", door, moment_), moment_)
    await watched.look(31.1)
    watched.hear(60, "Z")
    await watched.look(60)
    assert (await watched.report(60))["broker"] == {"observed": 29, "sensor": 31}


async def test_a_household_that_left_the_ledger_and_came_back_was_not_observed_meanwhile(
    watched: Watched,
) -> None:
    without = {key: row for key, row in LEDGER.households.items() if key != "broker"}
    sensors = {key: row for key, row in LEDGER.sensors.items() if key != "Z"}
    less = Ledger(LEDGER.grids, {}, without, sensors)
    watched.memory.use(less, 2, RulesFile.default(), watched.at(10))
    await watched.look(10)
    watched.memory.use(LEDGER, 3, RulesFile.default(), watched.at(20))
    await watched.look(20)
    watched.hear(30, "Z")
    await watched.look(30)
    assert (await watched.report(40))["broker"] == {"observed": 20, "sensor": 20}


async def test_every_state_of_every_grid_is_there_from_the_start(watched: Watched) -> None:
    states = {
        (sample.labels["grid_id"], sample.labels["state"])
        for metric in watched.registry.collect()
        for sample in metric.samples
        if sample.name == "doorwatch_coverage_seconds_total"
    }
    named = ("observed", "radio", "sensor", "clock", "power", "broker")
    assert states == {("G", state) for state in named}
