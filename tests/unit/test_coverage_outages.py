"""Time that nobody knows, and time without a gateway: both are gaps, wherever a clock is moved."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry

from gateway.coverage import Coverage
from gateway.coverage.pieces import PIECE
from gateway.ledger.model import Household, Ledger, Protocol, Sensor
from gateway.store.database import Database
from rules.grid import ReceiverChanged
from rules.model import ClockChanged, Resumed
from rules.moment import MINUTE, SECOND
from tests.support.watched import BOTH, DAY, LEDGER, Watched


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    database = await Database.open(tmp_path / "doorwatch.db")
    yield database
    await database.close()


@pytest.fixture
async def watched(database: Database) -> Watched:
    return await Watched(database).begin()


# -- the clock -------------------------------------------------------------------------------


async def test_a_door_seen_at_an_unknown_time_is_not_observed(watched: Watched) -> None:
    watched.give(10, ClockChanged(verified=False))
    await watched.look(10)
    watched.give(20, ClockChanged(verified=True))
    watched.hear(20, "B", "Z")
    await watched.look(20)
    assert (await watched.report(20))["broker"] == {"observed": 10, "clock": 10}


@pytest.mark.parametrize("by", [8 * 60, -8 * 60])
async def test_what_was_written_in_the_doubtful_time_moves_with_the_clock(
    watched: Watched, by: int
) -> None:
    doubtful = 10 - by if by < 0 else 10
    watched.give(doubtful, ClockChanged(verified=False))
    await watched.look(doubtful)
    watched.give(doubtful + 1, ReceiverChanged("broker", up=False))
    await watched.look(doubtful + 1)
    right = doubtful + 5 + by
    watched.give(right, ClockChanged(verified=True, offset=by * MINUTE))
    watched.give(right, ReceiverChanged("broker", up=True))
    watched.hear(right, "B", "Z")
    await watched.look(right)
    rows = [tuple(row) for row in await watched.database.rows(
        "SELECT cause, since, until FROM gaps WHERE subject IS NULL ORDER BY cause"
    )]  # fmt: skip
    assert watched.counted()["clock"] == 2 * 5
    first = doubtful + by
    assert rows == [
        ("broker", watched.at(first + 1), watched.at(right)),
        ("clock", watched.at(first), watched.at(right)),
    ]


async def test_a_clock_put_right_makes_nobody_silent(watched: Watched) -> None:
    watched.give(10, ClockChanged(verified=False))
    watched.hear(11, "Z")
    await watched.look(11)
    watched.give(192, ClockChanged(verified=True, offset=180 * MINUTE))  # Z speaks every 120
    watched.hear(192, "Z")
    await watched.look(192)
    assert await watched.rows("broker") == [(0, 0)]


async def test_a_clock_put_right_between_a_look_and_its_count(watched: Watched) -> None:
    watched.give(10, ClockChanged(verified=False))
    await watched.look(11)
    watched.give(192, ClockChanged(verified=True, offset=180 * MINUTE))
    await watched.coverage.count(watched.at(192))
    watched.hear(192, "B", "Z")
    await watched.look(192)
    assert watched.counted() == {"observed": 2 * 10, "clock": 2 * 2}


async def test_a_clock_put_right_in_the_middle_of_a_look(database: Database) -> None:
    names = [f"N{number}" for number in range(2 * PIECE)]
    homes = {name: Household(name, "G", name, DAY) for name in names}
    sensors = {
        name: Sensor(name, name, Protocol.JSON, name, supervision_minutes=120) for name in names
    }
    many = Ledger(LEDGER.grids, {}, LEDGER.households | homes, LEDGER.sensors | sensors)
    watched = await Watched(database, many).begin()
    watched.hear(0, *names)
    await watched.look(0)
    watched.give(10, ClockChanged(verified=False))
    watched.hear(11, *names)
    await watched.look(11)
    looking = asyncio.create_task(watched.coverage.look(watched.at(12)))
    await asyncio.sleep(0)
    assert not looking.done()  # it pauses after a piece
    watched.give(192, ClockChanged(verified=True, offset=180 * MINUTE))
    await looking
    watched.hear(192, *names)
    await watched.look(192)
    assert {tuple(await watched.rows(name)) for name in names} == {((0, 0),)}


# -- outages ---------------------------------------------------------------------------------


async def end_in_order(watched: Watched) -> None:
    await watched.coverage.stop(watched.at(20))


async def be_killed(watched: Watched) -> None:
    """The newest journal row is of minute 15."""


@pytest.mark.parametrize(("end", "since"), [(end_in_order, 20), (be_killed, 15)])
async def test_the_time_without_a_gateway_is_nobodys_compliance(
    watched: Watched, end: Callable[[Watched], Awaitable[None]], since: int
) -> None:
    watched.hear(15, "B", "Z")
    await watched.look(15)
    await end(watched)
    if end is end_in_order:
        expected = {"observed": 20, "power": 20}
        assert (await watched.report(40, runs=False))["broker"] == expected
    await watched.outage(15, 60)
    watched.reborn()
    watched.hear(15, "B", "Z")  # as the journal remembers
    watched.give(60, Resumed(watched.at(15)))
    await watched.coverage.start(watched.at(60))
    watched.hear(60, "B", "Z")
    await watched.look(60)
    assert (await watched.report(60))["broker"] == {"observed": since, "power": 60 - since}
    # What the last run could not count yet, before its sensors' next word, is counted now.
    assert watched.counted() == {"power": 2 * (60 - since)} | (
        {"observed": 2 * (since - 15)} if since > 15 else {}
    )
    assert (await watched.report(70))["broker"] == {"observed": since + 10, "power": 60 - since}


async def test_a_command_in_the_gateways_place_has_watched_nothing(watched: Watched) -> None:
    watched.hear(10, "B", "Z")
    await watched.look(10)
    await watched.outage(10, 30)  # an acknowledgement by command: it resumes, and is gone
    assert (await watched.report(30))["broker"] == {"observed": 10, "power": 20}
    await watched.outage(30, 60)
    watched.reborn()
    await watched.coverage.start(watched.at(60))
    assert (await watched.report(60))["broker"] == {"observed": 10, "power": 50}


async def test_a_process_that_stood_still_did_not_watch(watched: Watched) -> None:
    watched.coverage = Coverage(CollectorRegistry(), watched.memory, watched.database, BOTH)
    await watched.coverage.start(watched.at(1))
    watched.hear(21, "B", "Z")
    await watched.look(21)
    assert (await watched.report(21))["broker"] == {"observed": 1, "power": 20}


async def test_open_gaps_are_found_again_and_written_once(watched: Watched) -> None:
    watched.give(10, ReceiverChanged("radio", up=False))
    for second in range(5):
        await watched.look(10 + second * SECOND / MINUTE)
    watched.reborn()
    watched.give(12, ReceiverChanged("radio", up=False))
    await watched.coverage.start(watched.at(12))
    rows = await watched.database.rows("SELECT since, until FROM gaps WHERE cause = 'radio'")
    assert [tuple(row) for row in rows] == [(watched.at(10), None)]
