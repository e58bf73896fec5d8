"""The installer's pages without a browser: who sees what; each step changes what it may, once."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from drivers.stranger import Stranger
from rules.model import Door
from rules.moment import MINUTE
from simulators.bluez.bthome_sensor import UUID, BTHomeSensor
from tests.support.fitting import (
    KEY,
    NEW,
    OTHER,
    SITE,
    Stairwell,
    heading,
    stairwell,
    texts,
)
from tests.support.web import csrf


@pytest.fixture
async def stairs(tmp_path: Path) -> AsyncIterator[Stairwell]:
    async with stairwell(tmp_path) as here:
        yield here


# -- which home --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "question", "tiles"),
    [
        ("", "Which building?", ["Building 3", "Building 10"]),
        ("?building=3", "Which unit?", ["Unit 1", "Unit 2"]),
        ("?building=3&unit=2", "Which home?", ["1001", "201"]),
        ("?building=10", "Which home?", ["101"]),  # one unit only: not asked
        ("?grid=G2&building=10", "Which home?", ["101"]),  # another's grid is no grid
    ],
)
async def test_one_question_at_a_time(
    stairs: Stairwell, asked: str, question: str, tiles: list[str]
) -> None:
    page = await stairs.get(f"/install{asked}")
    assert (heading(page), texts(page, "strong")) == (question, tiles)


async def test_another_grid_does_not_exist(tmp_path: Path) -> None:
    async with stairwell(tmp_path) as ours:
        await ours.begin("A2")
        theirs = await ours.here.client("neighbour")
        token = await csrf(theirs)
        for path in ("/install/h/A2", "/install/h/A2/events", ours.job, ours.job + "/events",
                     "/install/certificate/1", "/install/codes?grid=G1", "/install/h/X",
                     "/install/i/99", "/install?move=S1", "/install/h/C1?move=S1"):  # fmt: skip
            assert (await theirs.get(path)).status_code == 404, path
        for path, form in (
            ("/install/h/A2/begin", {}),
            ("/install/h/C1/begin", {"kind": "move", "sensor": "S1"}),
            ("/install/h/C1/begin", {"kind": "replace", "sensor": "S1"}),
            (ours.job + "/leave", {}),
            ("/install/sensor/S1/retire", {}),
            ("/install/sensor/S1/battery", {}),
        ):
            answer = await theirs.post(path, data={"csrf": token, **form})
            assert answer.status_code == 404, path
        assert heading(await ours.get(ours.job)).startswith("Now open")
        assert ours.ledger == SITE


async def test_an_installer_sees_no_incident_and_a_member_installs_nothing(
    tmp_path: Path,
) -> None:
    async with stairwell(tmp_path) as here:
        for path in ("/incidents", "/passes", "/report", "/ops"):
            assert (await here.phone.get(path)).status_code in (403, 404), path
        member = await here.here.client("member")
        assert (await member.get("/install")).status_code == 403
        assert (await member.get("/install/codes")).status_code == 403


async def test_a_tap_without_the_page_s_token_is_nobody_s(stairs: Stairwell) -> None:
    assert (await stairs.phone.post("/install/h/A2/begin")).status_code == 403


# -- which sensor ------------------------------------------------------------------------------


async def test_the_one_that_stirs_is_bound_tried_and_certified(stairs: Stairwell) -> None:
    stairs.stirs(Door.CLOSED, address=OTHER)
    page = await stairs.begin("A2")
    assert "Waiting for the door" in page
    stairs.stirs(Door.OPEN, address=OTHER)
    stairs.stirs(Door.OPEN, Door.CLOSED)
    page = await stairs.get(stairs.job)
    assert texts(page, "em") == ["this one"]
    assert f'name="address" value="{NEW}"' in page
    page = await stairs.step("bind", address=NEW, protocol="bthome")
    assert heading(page) == "Open and close, ten times"
    row = stairs.ledger.sensors["A2-1"]
    assert (row.household_id, row.protocol, row.address) == ("A2", "bthome", NEW)
    assert await stairs.noted() == [("fitter", "A2-1", "bound")]

    await stairs.step("tap", ago="300")
    tapped = stairs.now - 300
    await stairs.says(Door.OPEN)
    assert heading(await stairs.get(stairs.job)) == "Heard it open. Close it"
    await stairs.says(Door.CLOSED)
    page = await stairs.get(stairs.job)
    assert heading(page) == "9 more times"
    assert f"{(stairs.now - 1_000 - tapped) / 1000:.1f} s" in page
    assert heading(await stairs.step("done")) == "9 more times", "not before it is ten"
    await stairs.ten()
    assert heading(await stairs.get(stairs.job)) == "Heard all ten"
    page = await stairs.step("done")
    assert heading(page) == "201 is done"
    assert await stairs.alerts() == 0, "a trial disturbs nobody"

    paper = await stairs.get(stairs.job.replace("/i/", "/certificate/"))
    for said in ("A2-1", NEW, "吴刚", "3栋2单元201", "25 dB", "0 of", "✓ passed", "1.3 s", "98 %"):
        assert said in paper, said
    assert "+852" not in paper
    stairs.here.desk.clock.at += MINUTE
    await stairs.says(Door.OPEN)
    assert await stairs.alerts() > 0, "from now on somebody is told"


async def test_two_that_did_both_are_not_guessed(stairs: Stairwell) -> None:
    await stairs.begin("A2")
    for address in (NEW, OTHER):
        stairs.stirs(Door.OPEN, Door.CLOSED, address=address)
    page = await stairs.get(stairs.job)
    assert "2 of them opened and closed" in page
    page = await stairs.step("bind")  # as from a stairwell without a signal
    assert "More than one opened and closed" in page
    page = await stairs.step("again")
    assert "Waiting for the door" in page
    stairs.stirs(Door.OPEN, Door.CLOSED)
    await stairs.step("bind")
    assert stairs.ledger.sensors["A2-1"].address == NEW


async def test_a_line_that_is_tapped_is_the_one(stairs: Stairwell) -> None:
    await stairs.begin("A2")
    stairs.stirs(Door.CLOSED)
    page = await stairs.get(f"{stairs.job}?protocol=bthome&address={NEW}")
    assert texts(page, "em") == ["your choice"]
    assert "Bind to 201" in page


async def test_what_a_sensor_calls_itself_is_text(stairs: Stairwell) -> None:
    await stairs.begin("A2")
    stairs.stirs(Door.OPEN, name="<script>alert(1)</script>")
    page = await stairs.get(stairs.job)
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page


# -- its key -----------------------------------------------------------------------------------


async def test_a_wrong_key_is_told_at_once(stairs: Stairwell) -> None:
    await stairs.begin("A2")
    sensor = BTHomeSensor(NEW, KEY)
    for is_open in (True, False):
        stairs.here.desk.clock.at += 100
        packet = (UUID, sensor.packet(is_open=is_open))
        stairs.here.site.discovery.heard(
            Stranger("ble", "bthome", NEW, stairs.now, rssi=-60, needs_key=True, sealed=packet)
        )
    assert texts(await stairs.get(stairs.job), "em") == ["most likely"]
    assert heading(await stairs.step("bind")) == "Its key"
    for wrong in ("00" * 16, "no key", "12"):
        page = await stairs.step("key", key=wrong)
        assert "This key does not fit" in page, wrong
        assert f'value="{wrong}"' not in page
    assert "A2-1" not in stairs.ledger.sensors
    page = await stairs.step("key", key=KEY.hex(" ").upper())
    assert heading(page) == "Open and close, ten times"
    assert stairs.ledger.sensors["A2-1"].key == KEY.hex()


# -- once, and late ----------------------------------------------------------------------------


async def test_a_step_that_comes_twice_is_taken_once(stairs: Stairwell) -> None:
    await stairs.begin("A2")
    stairs.stirs(Door.OPEN, Door.CLOSED)
    await stairs.step("bind", step="0.bind")
    page = await stairs.step("unheard", step="1.unheard")
    assert "Not counted: 1" in page
    for step in ("1.unheard", "0.bind"):
        assert "Not counted: 1" in await stairs.step("unheard", step=step)
    assert "Not counted: 2" in await stairs.step("unheard", step="2.unheard")
    assert len(await stairs.noted()) == 1


async def test_a_home_that_is_under_way_is_gone_on_with(stairs: Stairwell) -> None:
    await stairs.begin("A2")
    first = stairs.job
    await stairs.begin("A2")
    assert stairs.job == first
    assert "Go on with" in await stairs.get("/install")
    await stairs.post(f"{stairs.job}/leave")
    assert "Go on with" not in await stairs.get("/install")
    await stairs.begin("A2")
    assert stairs.job != first


async def test_ten_minutes_then_openings_count_again(stairs: Stairwell) -> None:
    await stairs.begin("A2")
    stairs.stirs(Door.OPEN, Door.CLOSED)
    await stairs.step("bind")
    stairs.here.desk.clock.at += 10 * MINUTE
    assert "Time is up" in await stairs.get(stairs.job)
    assert "Tap as you open it" in await stairs.step("again")
