"""A sensor that hangs there: weak, wrong, replaced, moved, taken out; battery, text and paper."""

import re
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from gateway.ledger.model import Ledger
from gateway.web.install import codes
from rules.model import Door
from tests.support.desk import LEDGER
from tests.support.fitting import (
    HOMES,
    KEY,
    NEW,
    OTHER,
    Stairwell,
    bound,
    heading,
    stairwell,
)
from tests.support.web import web


@pytest.fixture
async def stairs(tmp_path: Path) -> AsyncIterator[Stairwell]:
    async with stairwell(tmp_path) as here:
        yield here


# -- a weak one, a wrong one, another one ------------------------------------------------------


async def test_a_weak_signal_says_what_to_change(stairs: Stairwell) -> None:
    await bound(stairs)
    await stairs.ten(rssi=-88)
    page = await stairs.get(stairs.job)
    assert "The signal is weak" in page
    assert heading(await stairs.step("done")) == "Heard all ten"
    page = await stairs.step("done", anyway="yes")
    assert heading(page) == "201 is fitted, not passed"
    assert "▲ not passed" in await stairs.get(stairs.job.replace("/i/", "/certificate/"))


async def test_the_wrong_one_is_let_go(stairs: Stairwell) -> None:
    await bound(stairs)
    page = await stairs.step("wrong")
    assert heading(page).startswith("Now open")
    assert stairs.ledger.sensors.keys() == {"S1"}
    stairs.stirs(Door.OPEN, Door.CLOSED, address=OTHER)
    await stairs.step("bind")
    assert stairs.ledger.sensors["A2-1"].address == OTHER


async def test_a_replaced_sensor_keeps_its_id_and_not_its_key(stairs: Stairwell) -> None:
    assert "Replace it" in await stairs.get("/install/h/A1")
    await stairs.begin("A1", kind="replace", sensor="S1")
    stairs.stirs(Door.OPEN, Door.CLOSED)
    await stairs.step("bind")
    row = stairs.ledger.sensors["S1"]
    assert (row.household_id, row.address, row.key) == ("A1", NEW, None)
    assert await stairs.noted() == [("fitter", "S1", "bound to another device")]


async def test_a_sensor_moves_to_another_home(stairs: Stairwell) -> None:
    assert "Move it to which home?" in await stairs.get("/install?move=S1&building=10")
    assert "Move the sensor of S1 here?" in await stairs.get("/install/h/B1?move=S1")
    page = await stairs.begin("B1", kind="move", sensor="S1")
    assert heading(page) == "Open and close, ten times"
    row = stairs.ledger.sensors["S1"]
    assert (row.household_id, row.key) == ("B1", KEY.hex())
    assert await stairs.noted() == [("fitter", "S1", "moved to another home")]


async def test_a_sensor_is_taken_out(stairs: Stairwell) -> None:
    assert (await stairs.post("/install/sensor/S1/retire")).headers["location"] == "/install/h/A1"
    assert not stairs.ledger.sensors
    assert (await stairs.post("/install/sensor/S1/retire")).status_code == 404


async def test_a_new_battery_is_one_tap(stairs: Stairwell) -> None:
    heard = stairs.here.site.memory.intake.sensors["S1"]
    heard.replay_counter, heard.counts_anew = 900, 3
    for page in ("/install", "/install/h/A1"):
        assert "Yes, it was changed" in await stairs.get(page)
    for _ in range(2):
        assert (await stairs.post("/install/sensor/S1/battery")).status_code == 303
        assert (heard.counts_anew, heard.replay_counter) == (None, 3)
    assert "Yes, it was changed" not in await stairs.get("/install")


# -- a text, and paper -------------------------------------------------------------------------


async def test_a_text_to_oneself(stairs: Stairwell) -> None:
    await bound(stairs)
    await stairs.ten()
    await stairs.step("done")
    before = len(stairs.here.committed)
    page = await stairs.step("text", step="t")
    assert "The text is on its way" in page
    await stairs.step("text", step="t")
    assert await stairs.alerts() == 1
    assert len(stairs.here.committed) == before + 1
    await stairs.here.desk.database.transaction(
        lambda c: c.execute("UPDATE alerts SET status = 'delivered'")
    )
    assert "The text has arrived" in await stairs.get(stairs.job)


async def test_a_grid_s_codes_lead_to_its_homes(stairs: Stairwell) -> None:
    page = await stairs.get("/install/codes?grid=G1")
    assert re.findall("<figcaption>(.*?)</figcaption>", page) == [
        "3栋1单元101", "3栋2单元201", "3栋2单元1001", "10栋1单元101"
    ]  # fmt: skip
    for address in re.findall('<img src="([^"]+)"', page):
        answer = await stairs.phone.get(address)
        assert answer.headers["content-type"] == "image/svg+xml"
        assert answer.text.startswith("<svg ")
    assert (await stairs.phone.get("/install/code/C1.svg")).status_code == 404


def test_a_code_says_the_address_of_the_home_and_nothing_else() -> None:
    assert codes.link("https://gw.example", HOMES["A2"]) == "https://gw.example/install/h/A2"
    odd = replace(HOMES["A2"], household_id="3栋/5 01?x")
    assert codes.link("https://gw.example", odd).endswith("/h/3%E6%A0%8B%2F5%2001%3Fx")


async def test_no_household_yet_shows_the_way(tmp_path: Path) -> None:
    people = {"installer": LEDGER.people["installer"]}
    async with web(tmp_path, Ledger(people=people)) as here:
        phone = await here.client("installer")
        assert "doorwatch ledger import" in (await phone.get("/install")).text
        assert (await phone.get("/install/codes")).status_code == 200
