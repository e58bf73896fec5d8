"""The pages of operations: who sees what, runbooks, the audit and maintenance."""

import re
from dataclasses import replace
from itertools import product

import pytest

from gateway.accounts import users
from gateway.accounts.users import User
from gateway.ledger.model import Household, Sensor
from gateway.ledger.rows import Language, Protocol
from gateway.store.audit import Did
from gateway.web import words
from gateway.web.ops import runbooks
from tests.support.desk import LEDGER
from tests.support.house import MIDNIGHT
from tests.support.web import HASHED, PASSWORD, Web, csrf, web

PAGES = (
    "/ops", "/ops/sensors", "/ops/check", "/ops/rules", "/ops/audit", "/ops/maintenance",
    "/ops/runbooks", "/ops/runbooks/DoorwatchRadioDead",
)  # fmt: skip
GATEWAYS = ("/ops/check", "/ops/rules", "/ops/audit")
TWO_GRIDS = replace(
    LEDGER,
    households={**LEDGER.households, "H9": Household("H9", "G2", "9栋1单元101", MIDNIGHT.date())},
    sensors={**LEDGER.sensors, "S9": Sensor("S9", "H9", Protocol.JSON, "doors/S9")},
)


async def of_grid(here: Web, grid_id: str) -> object:
    """Somebody of operations who is for one grid only."""
    user = User("gridops", HASHED, None, "ops", grid_id, "en", 0)
    await here.desk.database.transaction(lambda c: users.put(c, user))
    client = await here.client()
    await client.post("/login", data={"name": "gridops", "password": PASSWORD})
    return client


async def test_only_operations_may_look(tmp_path):
    async with web(tmp_path) as here:
        nobody, member, installer, ops = [
            await here.client(who) for who in (None, "member", "installer", "ops")
        ]
        for path in PAGES:
            codes = [(await one.get(path)).status_code for one in (nobody, member, installer, ops)]
            assert codes == [303, 403, 403, 200], path


async def test_every_page_is_whole_in_both_languages(tmp_path):
    async with web(tmp_path) as here:
        ops = await here.client("ops")
        languages = (("zh", "运维"), ("en", "Operations"))
        for path, (language, word) in product(PAGES, languages):
            ops.cookies.set("language", language)
            text = (await ops.get(path)).text
            assert word in text and "{" not in re.sub(r"<pre.*?</pre>", "", text, flags=re.S)
            assert "style=" not in text and "<script>" not in text


async def test_operations_of_a_grid_see_its_sensors_and_nothing_of_the_whole_gateway(tmp_path):
    async with web(tmp_path, TWO_GRIDS) as here:
        theirs, all_of_it = await of_grid(here, "G2"), await here.client("ops")
        assert "1 sensors bound" in (await theirs.get("/ops")).text
        table = (await theirs.get("/ops/sensors")).text
        assert "S9" in table and "S1<" not in table and "1栋" not in table
        assert "S1<" in (await all_of_it.get("/ops/sensors")).text
        for path in GATEWAYS:
            assert (await theirs.get(path)).status_code == 404
        assert "/ops/rules" not in (await theirs.get("/ops")).text


async def test_no_phone_is_on_any_page(tmp_path):
    async with web(tmp_path) as here:
        ops = await here.client("ops")
        text = (await ops.get("/ops")).text
        assert "mainland" in text and "+86" in text
        for path in PAGES:
            assert "138000" not in (await ops.get(path)).text


# -- runbooks ----------------------------------------------------------------------------------


async def test_every_runbook_that_a_page_names_is_there_in_both_languages(tmp_path):
    async with web(tmp_path) as here:
        ops = await here.client("ops")
        named = set(re.findall(r"/ops/runbooks/(\w+)", (await ops.get("/ops")).text))
        assert {"DoorwatchBrokerDown", "DoorwatchSensorsSilent"} <= named
        for name in named | set(runbooks.names()):
            english, chinese = (runbooks.read(name, one) for one in (Language.EN, Language.ZH))
            assert english and chinese and english != chinese


@pytest.mark.parametrize("name", ["Nothing", "..%2F..%2Fabout", "zh%2FDoorwatchRadioDead"])
async def test_no_other_file_is_a_runbook(tmp_path, name):
    async with web(tmp_path) as here:
        assert (await (await here.client("ops")).get(f"/ops/runbooks/{name}")).status_code == 404


def test_a_runbook_inside_the_wheel_is_found(tmp_path, monkeypatch):
    (tmp_path / "zh").mkdir()
    (tmp_path / "zh/Own.md").write_text("# Own\n自己的")
    monkeypatch.setattr(runbooks, "PLACES", (tmp_path, *runbooks.PLACES))
    assert runbooks.read("Own", Language.ZH) == "# Own\n自己的"
    assert runbooks.read("Own", Language.EN) is None


def test_markdown_as_runbooks_use_it():
    text = "# Title\n\n## Do\nsee [that\npage](x.md) now\n\n- `one`\n  more\n- 两\n  个\n"
    text += "\n```sh\n# no head\n```\n"
    assert [tuple(block) for block in runbooks.blocks(text)] == [
        ("head", ("Do",)),
        ("text", ("see that page now",)),
        ("list", ("`one` more", "两个")),
        ("code", ("# no head",)),
    ]


# -- the audit, maintenance --------------------------------------------------------------------


async def test_the_audit_shows_who_logged_in_and_what_they_did(tmp_path):
    async with web(tmp_path) as here:
        ops = await here.client("ops")
        card = await here.desk.opens()
        await here.desk.says("member", f"1 {card.code}")
        text = (await ops.get("/ops/audit")).text
        assert "logged in" in text and "acknowledged" in text and "member" in text
        assert "acknowledged" not in (await ops.get("/ops/audit?q=logged_in")).text


def test_every_deed_has_a_word():
    missing = [did for did in Did if f"ops.did.{did}" not in words.ALL]
    assert missing == []


async def test_maintenance_begins_shows_what_it_hides_and_ends(tmp_path):
    async with web(tmp_path) as here:
        ops = await here.client("ops")
        token = await csrf(ops)
        form = {"csrf": token, "grid": "G1", "minutes": "30", "why": "new <antenna>"}
        assert (await ops.post("/ops/maintenance", data=form)).status_code == 303
        await here.desk.opens()
        page = (await ops.get("/ops/maintenance")).text
        assert "new &lt;antenna&gt;" in page and "Grid G1" in page
        assert "under maintenance" in (await ops.get("/ops")).text
        answer = await ops.post("/ops/maintenance/end", data={"csrf": token, "grid": "G1"})
        assert answer.status_code == 303
        assert "under maintenance:" not in (await ops.get("/ops")).text
        again = await ops.post("/ops/maintenance/end", data={"csrf": token, "grid": "G1"})
        assert again.status_code == 409 and "is not under maintenance" in again.text


async def test_maintenance_of_another_grid_or_of_all_is_not_theirs(tmp_path):
    async with web(tmp_path, TWO_GRIDS) as here:
        theirs = await of_grid(here, "G2")
        token = await csrf(theirs)
        for grid, code in (("G1", 404), ("", 404), ("G2", 303)):
            form = {"csrf": token, "grid": grid, "minutes": "5", "why": "x"}
            assert (await theirs.post("/ops/maintenance", data=form)).status_code == code
