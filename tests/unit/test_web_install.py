"""The installer's pages without a browser: who sees what, which step changes what, and only once."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import date
from pathlib import Path

import httpx
import pytest

from drivers.reading import Decoded, Delivery, Reading, nothing
from drivers.stranger import Stranger
from gateway.ledger.model import Household, Ledger, Person, Protocol, Sensor
from gateway.rulesfile import RulesFile
from gateway.store import ledgers
from rules.model import Door, Role
from rules.moment import MINUTE
from rules.step import Tick
from simulators.bluez.bthome_sensor import UUID, BTHomeSensor
from tests.support.desk import LEDGER
from tests.support.web import Web, csrf, web

DAY = date(2026, 3, 1)
KEY = bytes(range(16))
NEW, OTHER = "3C:2E:F5:00:00:01", "3C:2E:F5:00:00:02"
ROOMS = {
    "A1": ("G1", "3", "1", "101"), "A2": ("G1", "3", "2", "201"), "A10": ("G1", "3", "2", "1001"),
    "B1": ("G1", "10", "1", "101"), "C1": ("G2", "1", "1", "101"),
}  # fmt: skip
HOMES = {
    key: Household(key, grid, f"{building}栋{unit}单元{room}", DAY, None, building, unit, room)
    for key, (grid, building, unit, room) in ROOMS.items()
}
FITTERS = {
    "fitter": Person("fitter", "吴刚", "+85251230061", Role.INSTALLER, "G1"),
    "neighbour": Person("neighbour", "郑伟", "+85251230062", Role.INSTALLER, "G2"),
}
SITE = replace(
    LEDGER,
    people={**LEDGER.people, **FITTERS},
    households=HOMES,
    sensors={"S1": Sensor("S1", "A1", Protocol.BTHOME, "3C:2E:F5:AA:BB:01", KEY.hex())},
)


class Stairwell:
    """An installer's phone, and the sensors around it."""

    def __init__(self, here: Web, phone: httpx.AsyncClient, token: str) -> None:
        self.here, self.phone, self._token = here, phone, token
        self.job = ""
        self._count = 0

    @property
    def now(self) -> int:
        return self.here.desk.clock.at

    @property
    def ledger(self) -> Ledger:
        return self.here.site.memory.ledger

    async def get(self, path: str) -> str:
        answer = await self.phone.get(path)
        assert answer.status_code == 200, (path, answer.status_code)
        return answer.text

    async def post(self, path: str, **form: str) -> httpx.Response:
        return await self.phone.post(path, data={"csrf": self._token, **form})

    async def begin(self, home: str, **form: str) -> str:
        """The first screen."""
        answer = await self.post(f"/install/h/{home}/begin", **form)
        assert answer.status_code == 303, answer.text
        self.job = answer.headers["location"]
        return await self.get(self.job)

    async def step(self, act: str, **form: str) -> str:
        """A tap on the screen as it is, and the screen after it."""
        answer = await self.post(f"{self.job}/{act}", **form)
        assert answer.status_code == 303, answer.text
        return await self.get(self.job)

    def stirs(self, *doors: Door, address: str = NEW, **said: object) -> None:
        for door in doors:
            self.here.desk.clock.at += 100
            stranger = Stranger("ble", "bthome", address, self.now, door, 98, -65, **said)
            self.here.site.discovery.heard(stranger)

    async def says(self, door: Door, *, address: str = NEW, rssi: int = -65) -> None:
        """A bound sensor."""
        self._count += 1
        self.here.desk.clock.at += 1_000
        decoded = Decoded(door=door, counter=self._count % 256, battery=98)
        reading = Reading("ble", "bthome", address, decoded, self.now, rssi=rssi)
        self.here.site.core.submit(Delivery(reading, nothing))
        await self.here.site.core.ask(None, Tick())

    async def ten(self, **said: object) -> None:
        for _ in range(10):
            await self.says(Door.OPEN, **said)
            await self.says(Door.CLOSED, **said)

    async def noted(self) -> list[tuple[str, str | None, str]]:
        rows = await self.here.desk.database.rows(
            "SELECT who, subject, detail FROM audit WHERE what = 'ledger' ORDER BY id"
        )
        return [tuple(row) for row in rows]

    async def alerts(self) -> int:
        return len(await self.here.desk.database.rows("SELECT 1 FROM alerts"))


def heading(page: str) -> str:
    found = re.search(r"<h1[^>]*>(.*?)</h1>", page, re.DOTALL)
    assert found is not None
    return found[1]


def texts(page: str, tag: str) -> list[str]:
    return re.findall(rf"<{tag}>(.*?)</{tag}>", page)


@asynccontextmanager
async def stairwell(folder: Path, person: str = "fitter") -> AsyncIterator[Stairwell]:
    async with web(folder, SITE) as here:
        await ledgers.add(here.desk.database, SITE, 0, after=0)

        async def take() -> None:
            version, ledger = await ledgers.latest(here.desk.database)
            await here.site.core.use(ledger, version, RulesFile.default())

        here.site.take_ledger = take
        phone = await here.client(person)
        yield Stairwell(here, phone, await csrf(phone))


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
        ("?building=3&unit=2", "Which home?", ["201", "1001"]),
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
        for path in ("/", "/incidents", "/passes", "/report", "/ops"):
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


# -- a weak one, a wrong one, another one ------------------------------------------------------


async def bound(stairs: Stairwell) -> None:
    await stairs.begin("A2")
    stairs.stirs(Door.OPEN, Door.CLOSED)
    await stairs.step("bind")


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
    assert page.count("<svg viewBox") == 4 + 1, "each a picture, and the mark"
    assert "style=" not in page


async def test_no_household_yet_shows_the_way(tmp_path: Path) -> None:
    people = {"installer": LEDGER.people["installer"]}
    async with web(tmp_path, Ledger(people=people)) as here:
        phone = await here.client("installer")
        assert "doorwatch ledger import" in (await phone.get("/install")).text
        assert (await phone.get("/install/codes")).status_code == 200
