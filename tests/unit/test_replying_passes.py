"""A pass by text that is asked for again, later, or where there is no home to permit anything."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from drivers.reading import Decoded, Delivery, Reading
from gateway.store.journal import DrillChanged
from rules.model import Door
from rules.moment import MINUTE
from tests.support.desk import Desk, desk


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[Desk]:
    async with desk(tmp_path) as one:
        yield one


async def test_two_said_again_says_how_long_it_still_holds(here: Desk) -> None:
    card = await here.opens()
    await here.says("member", f"2 {card.code} 30")
    here.clock.at += 7 * MINUTE
    again = f"【门磁】{card.code}已记为允许，请在3分内关好门。"
    assert await here.says("member", f"2 {card.code} 30") == again
    await here.passes_by(4)
    over = f"【门磁】{card.code}已经结束，不用再处理。"
    assert await here.says("member", f"2 {card.code} 30") == over


async def test_two_permits_anew_when_the_opening_that_it_permitted_was(here: Desk) -> None:
    card = await here.opens()
    await here.door(Door.CLOSED)
    await here.says("member", f"2 {card.code} 30")
    await here.passes_by(4)
    again = await here.says("member", f"2 {card.code} 30")
    assert again is not None
    assert "26分内可再开一次门" in again
    await here.door(Door.OPEN)
    await here.door(Door.CLOSED)
    again = await here.says("member", f"2 {card.code} 30")
    assert again is not None
    assert "，30分内可再开一次门" in again
    assert [one["state"] for one in await here.passes()] == ["used", "valid"]
    await here.passes_by(1)
    await here.door(Door.OPEN)
    await here.door(Door.CLOSED)
    await here.passes_by(10.1)  # over by itself, and no pass is left of it
    over = f"【门磁】{card.code}已经结束，不用再处理。"
    assert await here.says("member", f"2 {card.code} 30") == over


async def test_two_in_a_drill_is_an_answer_to_it(here: Desk) -> None:
    await here.core.ask(None, DrillChanged("G1", True, "cli"))
    for door in (Door.CLOSED, Door.OPEN, Door.CLOSED):
        reading = Reading("drill", "drill", "drill:G1", Decoded(door=door), here.clock.now())
        done = asyncio.Event()
        here.core.submit(Delivery(reading, done.set))
        await done.wait()
    await here.told()
    [card] = here.cards()
    said = f"【门磁演练】{card.code}已记您处理。门已关，请确认人在家。"
    assert await here.says("member", f"2 {card.code} 30") == said
    assert (card.state, await here.passes()) == ("acknowledged", [])
