"""The pages of operations: who sees what, what state each part has, the audit and maintenance."""

import json
import re
from dataclasses import replace
from itertools import product
from pathlib import Path

import pytest

from gateway.accounts import users
from gateway.accounts.users import User
from gateway.backup import last
from gateway.config import load
from gateway.ledger.model import Household, Sensor
from gateway.ledger.rows import Language, Protocol
from gateway.store.audit import Did
from gateway.web import words
from gateway.web.ops import parts, runbooks
from gateway.web.ops.figures import Figures
from rules.grid import Lost
from rules.model import Door
from rules.moment import HOUR, MINUTE
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


def by_key(here: Web, *, wall: int = 0) -> dict[str, parts.Part]:
    figures = Figures(here.site.metrics.registry)
    found = parts.parts(here.site, figures, parts.Errors(), wall)
    return {f"{one.key} {one.name}".strip(): one for one in found}


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


# -- the states of the parts -------------------------------------------------------------------


async def test_what_nobody_measures_is_not_observed(tmp_path):
    async with web(tmp_path, config=_config(tmp_path)) as here:
        found = by_key(here)
        assert found["heartbeat"].standing == "unseen"
        assert found["store"].standing == "unseen"
        assert found["broker"].standing == "unseen"  # nobody has said how it is


async def test_a_part_is_as_it_says(tmp_path):
    text = '[ble]\nadapters = ["hci0", "hci1"]\n'
    async with web(tmp_path, config=_config(tmp_path, text)) as here:
        health, metrics = here.site.health, here.site.metrics
        health.sources |= {"hci0": True, "hci1": False, "broker": False}
        metrics.outbox_pending.set(3)
        found = by_key(here)
        states = {name: part.standing.value for name, part in found.items()}
        assert states["radio hci0"] == "quiet"
        assert states["radio hci1"] == "attention"
        assert states["broker"] == "attention"
        assert states["outbox"] == "permitted"
        metrics.unsent(1, 1)
        assert by_key(here)["outbox"].standing == "attention"


async def test_a_backup_is_judged_by_its_interval(tmp_path):
    text = '[backup]\npath = "there"\nkey_file = "key"\nevery_hours = 10\n'
    (tmp_path / "there").mkdir()
    (tmp_path / "key").write_text("00" * 32)
    (tmp_path / "key").chmod(0o600)
    async with web(tmp_path, config=_config(tmp_path, text)) as here:
        store = here.site.config.store.path
        assert by_key(here)["backups"].standing == "attention"
        last.succeeded(store, 1_000_000, "one", 10)
        for hours, state in ((14, "quiet"), (16, "attention")):
            assert by_key(here, wall=1_000_000 + hours * HOUR)["backups"].standing == state


async def test_no_backup_at_all_is_something_to_act_on(tmp_path):
    async with web(tmp_path, config=_config(tmp_path)) as here:
        part = by_key(here)["backups"]
        assert (part.standing, part.facts[0].key) == ("attention", "no_backup")


async def test_the_budget_of_a_number_is_told_by_the_people_who_have_it(tmp_path):
    async with web(tmp_path) as here:
        ops = await here.client("ops")
        for used, state in ((0, "enough"), (3, "kept for critical"), (4, "none left")):
            here.site.metrics.texts_to = lambda phone, used=used: used
            text = (await ops.get("/ops")).text
            assert f"{used} / 4" in text and state in text


async def test_a_providers_last_error_is_shown_without_the_number(tmp_path):
    async with web(tmp_path) as here:
        here.site.metrics.provider_up("twilio", False)
        await here.desk.opens()
        await here.desk.database.transaction(
            lambda c: c.execute(
                "UPDATE alerts SET provider = 'twilio', error = '21211 +8613800138000 is invalid'"
            )
        )
        text = (await (await here.client("ops")).get("/ops")).text
        assert "21211 +··· is invalid" in text


async def test_a_sensor_is_what_was_heard_of_it(tmp_path):
    async with web(tmp_path) as here:
        ops, desk = await here.client("ops"), here.desk
        await desk.door(Door.CLOSED, "S1")
        await desk.door(Door.CLOSED, "S2")
        desk.core.memory.intake.sensors["S2"].battery = 15
        desk.core.memory.intake.unknown("json", "doors/S1")
        await desk.core.ask(None, Lost("S1"))
        for be, there in (("lost", "S1"), ("battery_low", "S2"), ("never", "S3")):
            text = (await ops.get(f"/ops/sensors?be={be}")).text
            assert re.findall(r"<strong>(S\d)</strong>", text) == [there]
        assert "look after: 3" in (await ops.get("/ops")).text  # lost, low, and never heard
        assert (await ops.get("/ops/sensors?be=nonsense")).status_code == 422


async def test_sensors_are_searched_and_sorted(tmp_path):
    async with web(tmp_path) as here:
        ops, desk = await here.client("ops"), here.desk
        for sensor in ("S2", "S1"):
            await desk.door(Door.CLOSED, sensor)
            desk.clock.at += MINUTE

        async def shown(query: str) -> list[str]:
            text = (await ops.get(f"/ops/sensors?{query}")).text
            return re.findall(r"<strong>(S\d)</strong>", text)

        assert await shown("") == ["S3", "S2", "S1"]
        assert await shown("order=newest") == ["S1", "S2", "S3"]
        assert await shown("order=id") == ["S1", "S2", "S3"]
        assert await shown("q=2栋") == ["S2"]
        assert await shown("q=nobody") == []


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


def _config(folder: Path, more: str = "") -> object:
    path = folder / "config.toml"
    path.write_text(f'[store]\npath = "{json.dumps(str(folder / "doorwatch.db"))[1:-1]}"\n{more}')
    return load(path)
