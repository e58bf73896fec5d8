"""The duty desk: what its pages say and do, and that another grid's things do not exist."""

import gzip
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from gateway.ledger.model import Household, Protocol, Sensor, Window, WindowKind
from gateway.loading import load
from gateway.metrics import Metrics
from gateway.report.audit import audit
from rules.chain import HANDED_OVER
from rules.model import Door, Outcome
from rules.moment import DAY, HOUR, MINUTE
from tests.support.desk import LEDGER
from tests.support.house import MIDNIGHT
from tests.support.web import Web, csrf, web

HOMES = {
    "H3": Household("H3", "G2", "9栋1单元101", MIDNIGHT.date(), building="9", unit="1", room="101"),
    "平房": Household("平房", "G1", "门卫室旁", MIDNIGHT.date()),
}
ALL_DAY = Window("W1", "household:H2", WindowKind.MEDICAL, (0, 1, 2, 3, 4, 5, 6), 0, 1439)
TOWN = replace(
    LEDGER,
    households={
        key: replace(home, building=home.address[0], unit="2", room="501")
        for key, home in LEDGER.households.items()
    }
    | HOMES,
    sensors={**LEDGER.sensors, "S3": Sensor("S3", "H3", Protocol.JSON, "doors/S3")},
    windows={"W1": ALL_DAY},
)


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[Web]:
    async with web(tmp_path, TOWN) as found:
        yield found


async def say(client: httpx.AsyncClient, path: str, **data: str) -> httpx.Response:
    token = await csrf(client)
    return await client.post(path, data=data | {"csrf": token})


async def test_wall_shows_each_home_as_it_stands(here: Web) -> None:
    await here.desk.opens("S1")
    await here.desk.door(Door.CLOSED, "S2")
    await here.desk.door(Door.OPEN, "S2")
    page = (await (await here.client("member")).get("/")).text
    assert 'class="attention" href="/homes/H1">▲ 501' in page
    assert 'class="permitted" href="/homes/H2">◐ 501' in page
    assert 'class="unseen" href="/homes/%E5%B9%B3%E6%88%BF">⊘ 门卫室旁' in page
    assert "9栋" not in page and "/homes/H3" not in page


@pytest.mark.parametrize(
    ("providers", "down", "said"),
    [
        ((), (), "▲ no provider set up: no texts go out"),
        (("twilio", "modem"), ("modem",), "▲ texts do not go out"),
        (("twilio",), (), "· texts go out"),
    ],
)
async def test_the_wall_says_whether_texts_go_out(
    here: Web, providers: tuple[str, ...], down: tuple[str, ...], said: str
) -> None:
    here.site.metrics = Metrics((), providers)
    for name in down:
        here.site.metrics.provider_up(name, up=False)
    page = (await (await here.client("member")).get("/")).text
    assert said in page
    assert page.count("texts go out") + page.count("texts do not go out") == 1


async def test_an_incident_says_who_was_told_and_what_comes_next(here: Web) -> None:
    card = await here.desk.opens("S1")
    page = (await (await here.client("member")).get(f"/incidents/{card.id}")).text
    assert "the door is still open" in page
    assert "with the carrier" in page  # the text to the member
    assert "call 何洁, call 王敏, text 刘强" in page  # the next step, in five minutes
    assert f'data-until="{here.desk.clock.at + 5 * 60_000}"' in page


async def test_what_nobody_has_answered_comes_before_what_is_graver(here: Web) -> None:
    here.desk.clock.at += 17 * HOUR + 55 * MINUTE  # 05:55: curfew
    grave = await here.desk.opens("S1")
    await say(await here.client("member"), f"/incidents/{grave.id}/acknowledge")
    here.desk.clock.at += 6 * MINUTE
    fresh = await here.desk.opens("S3")
    page = (await (await here.client("command")).get("/incidents")).text
    assert (grave.body["severity"], fresh.body["severity"]) == ("critical", "high")
    assert page.index(f'id="i{fresh.id}"') < page.index(f'id="i{grave.id}"')


@pytest.mark.parametrize(
    ("path", "data", "state", "outcome"),
    [
        ("acknowledge", {}, "acknowledged", None),
        ("hand-over", {"to": "leader"}, "acknowledged", None),
        ("pass", {"minutes": "30"}, "resolved", "permitted_after_all"),
        *(
            ("resolve", {"outcome": outcome.value}, "resolved", outcome.value)
            for outcome in Outcome
            if outcome not in (Outcome.UNVERIFIED, Outcome.ISOLATION_ENDED, Outcome.CLEARED)
        ),
    ],
)
async def test_what_a_person_says_of_an_incident(
    here: Web, path: str, data: dict[str, str], state: str, outcome: str | None
) -> None:
    card = await here.desk.opens("S1")
    client = await here.client("member")
    answer = await say(client, f"/incidents/{card.id}/{path}", **data)
    assert (answer.status_code, answer.headers["location"]) == (303, f"/incidents/{card.id}")
    assert (card.state, card.body["outcome"]) == (state, outcome)
    assert here.committed


@pytest.mark.parametrize(
    ("path", "data"),
    [
        ("hand-over", {"to": "other"}),  # of another grid
        ("hand-over", {"to": "nobody"}),
        ("pass", {"minutes": "1"}),
        ("resolve", {"outcome": "unverified"}),  # no person's word
    ],
)
async def test_what_cannot_be_done_is_said_and_changes_nothing(
    here: Web, path: str, data: dict[str, str]
) -> None:
    card = await here.desk.opens("S1")
    before = await here.desk.journal()
    answer = await say(await here.client("member"), f"/incidents/{card.id}/{path}", **data)
    assert answer.status_code == 409 and "▲ Not done" in answer.text
    assert (await here.desk.journal(), card.state) == (before, "open")


async def test_whoever_hands_over_has_it_until_the_other_says_so(here: Web) -> None:
    card = await here.desk.opens("S1")
    await say(await here.client("member"), f"/incidents/{card.id}/hand-over", to="leader")
    assert (card.state, card.body["acknowledged_by"]) == ("acknowledged", "member")
    rows = await here.desk.database.rows(
        "SELECT person_id, kind FROM alerts WHERE step = ?", (HANDED_OVER,)
    )
    assert [tuple(row) for row in rows] == [("leader", "sms")]
    await here.desk.told()
    await here.desk.says("leader", f"1 {card.code}")
    assert card.body["acknowledged_by"] == "leader"


async def test_handing_over_is_in_timeline_audit_and_journal(here: Web) -> None:
    card = await here.desk.opens("S1")
    await say(await here.client("member"), f"/incidents/{card.id}/hand-over", to="leader")
    lines = [(line["what"], line["detail"]) for line in card.body["timeline"]]
    assert ("acknowledged", "member") in lines and ("handed_over", "leader") in lines
    acts = await audit(here.desk.database, here.site.zone, 0, here.desk.clock.at + 1)
    said = [(one["who"], one["detail"], one["incident"]) for one in acts
            if one["what"] == "handed_over"]  # fmt: skip
    assert said == [("member", "leader", card.id)]


async def test_a_restart_knows_who_was_asked(here: Web, tmp_path: Path) -> None:
    card = await here.desk.opens("S1")
    await here.desk.core.snapshot()
    await say(await here.client("member"), f"/incidents/{card.id}/hand-over", to="leader")
    memory = here.site.memory
    again = await load(here.desk.database, here.site.config)
    again.use(memory.ledger, 1, memory.rules, here.desk.clock.at)
    assert again.homes["H1"].incident == memory.homes["H1"].incident


async def test_a_pass_is_granted_and_taken_back(here: Web) -> None:
    await here.desk.door(Door.CLOSED, "S1")
    client = await here.client("member")
    answer = await say(client, "/passes", household="1栋2单元501", minutes="30", kind="test")
    assert answer.status_code == 303
    page = (await client.get("/passes")).text
    assert "1栋2单元501" in page and "Swabs" in page
    assert "◐ 501" in (await client.get("/")).text
    await say(client, "/passes/pass-1/revoke")
    (one,) = await here.desk.passes()
    assert (one["state"], one["revoked_by"]) == ("revoked", "member")


async def test_an_address_of_several_homes_grants_nothing(here: Web) -> None:
    answer = await say(await here.client("member"), "/passes", household="501", minutes="30")
    assert answer.status_code == 409 and "2 homes fit" in answer.text
    assert not await here.desk.passes()


async def test_history_tells_what_permitted_an_opening(here: Web) -> None:
    card = await here.desk.opens("S1")
    await here.desk.door(Door.CLOSED, "S2")
    await here.desk.door(Door.OPEN, "S2")
    here.desk.clock.at += 120_000
    await here.desk.door(Door.CLOSED, "S2")
    client = await here.client("member")
    first, second = [(await client.get(f"/homes/{key}")).text for key in ("H1", "H2")]
    assert f'<a href="/incidents/{card.id}">' in first and "still open" in first
    assert "permitted hours Medical" in second and "open for 2 min" in second


async def test_whoever_looks_at_a_record_is_written_down(here: Web) -> None:
    await (await here.client("member")).get("/homes/H1")
    rows = await here.desk.database.rows("SELECT who, subject FROM audit WHERE what = 'showed'")
    assert [tuple(row) for row in rows] == [("member", "H1")]


@pytest.mark.parametrize(
    ("asked", "leads_to"),
    [
        ("H2", "/homes/H2"),
        ("h2", "/homes/H2"),
        ("2栋2单元501", "/homes/H2"),
        ("门卫", "/homes/%E5%B9%B3%E6%88%BF"),
    ],
)
async def test_search_leads_to_the_one_home(here: Web, asked: str, leads_to: str) -> None:
    answer = await (await here.client("member")).get("/search", params={"q": asked})
    assert answer.headers["location"] == leads_to


async def test_search_by_building_lists_and_by_code_opens(here: Web) -> None:
    card = await here.desk.opens("S1")
    client = await here.client("member")
    assert "1栋2单元501" in (await client.get("/search", params={"q": "2单元"})).text
    answer = await client.get("/search", params={"q": card.code})
    assert answer.headers["location"] == f"/incidents/{card.id}"


async def test_todays_figures_count_what_was_decided(here: Web) -> None:
    await here.desk.opens("S1")
    await here.desk.door(Door.CLOSED, "S2")
    await here.desk.door(Door.OPEN, "S2")
    count = here.site.memory.today.of("grid:G1", here.desk.clock.at)
    assert (count.openings, count.permitted, count.uncovered, count.inferred) == (2, 1, 1, 0)
    assert here.site.memory.today.of("grid:G1", here.desk.clock.at + DAY).openings == 0


async def test_without_a_household_the_wall_shows_the_import(tmp_path: Path) -> None:
    empty = replace(LEDGER, households={}, sensors={})
    async with web(tmp_path, empty) as here:
        page = (await (await here.client("command")).get("/")).text
    assert "doorwatch ledger import" in page


async def test_without_an_incident_there_is_nothing_to_act_on(here: Web) -> None:
    for path in ("/", "/incidents"):
        assert "Nothing to act on" in (await (await here.client("member")).get(path)).text


async def test_whoever_has_all_grids_gets_the_one_with_most_to_do(here: Web) -> None:
    client = await here.client("command")
    assert "Grid G1" in (await client.get("/")).text
    await here.desk.opens("S3")
    assert "/homes/H3" in (await client.get("/")).text
    assert "/homes/H1" in (await client.get("/", params={"grid": "G1"})).text


SEEN_BY_ITS_OWN = (
    "/?grid=G2", "/events?grid=G2", "/homes/H3", "/incidents/{id}", "/incidents/{id}/events",
)  # fmt: skip
DONE_BY_ITS_OWN: tuple[tuple[str, dict[str, str], int], ...] = (
    ("/incidents/{id}/acknowledge", {}, 404),
    ("/incidents/{id}/hand-over", {"to": "member"}, 404),
    ("/incidents/{id}/resolve", {"outcome": "at_home"}, 404),
    ("/incidents/{id}/pass", {"minutes": "30"}, 404),
    ("/passes", {"household": "H3", "minutes": "30"}, 404),
    ("/passes/pass-1/revoke", {}, 404),
)


async def test_another_grids_things_do_not_exist(here: Web) -> None:
    card = await here.desk.opens("S3")
    command = await here.client("command")
    await say(command, "/passes", household="H3", minutes="30")
    before = await here.desk.journal()
    client = await here.client("member")
    for path in SEEN_BY_ITS_OWN:
        assert (await client.get(path.format(id=card.id))).status_code == 404, path
    for path, data, wanted in DONE_BY_ITS_OWN:
        answer = await say(client, path.format(id=card.id), **data)
        assert answer.status_code == wanted, path
    for path in (
        "/",
        "/incidents",
        "/passes",
        "/report",
        "/search?q=9栋",
        f"/search?q={card.code}",
    ):
        answer = await client.get(path)
        assert answer.status_code == 200 and "9栋1单元101" not in answer.text, path
        assert f"/incidents/{card.id}" not in answer.text, path
    assert await here.desk.journal() == before


async def test_an_installer_sees_no_page_of_the_desk(here: Web) -> None:
    card = await here.desk.opens("S1")
    client = await here.client("installer")
    for path in ("/events", "/incidents", f"/incidents/{card.id}", "/homes/H1", "/passes",
                 "/search", "/report"):  # fmt: skip
        assert (await client.get(path)).status_code == 403, path
    assert (await say(client, f"/incidents/{card.id}/acknowledge")).status_code == 403


async def test_nobody_sees_anything_before_logging_in(here: Web) -> None:
    client = await here.client()
    for path in ("/", "/events", "/incidents", "/incidents/1", "/homes/H1", "/passes", "/search",
                 "/report"):  # fmt: skip
        answer = await client.get(path)
        assert (answer.status_code, "/login" in answer.headers["location"]) == (303, True), path


async def test_an_address_is_text_and_no_markup(tmp_path: Path) -> None:
    homes = {"H1": replace(LEDGER.households["H1"], address="<b>x</b>")}
    sensors = {"S1": LEDGER.sensors["S1"]}
    async with web(tmp_path, replace(LEDGER, households=homes, sensors=sensors)) as here:
        card = await here.desk.opens("S1")
        client = await here.client("member")
        for path in ("/", f"/incidents/{card.id}", "/homes/H1", "/incidents", "/report"):
            assert "<b>x</b>" not in (await client.get(path)).text, path


async def test_two_thousand_homes_weigh_less_than_sixty_kilobytes(tmp_path: Path) -> None:
    homes = {}
    for n in range(2000):
        room = f"{n % 36 // 2 + 1}{n % 2 + 1:02}"
        homes[f"H{n}"] = Household(
            f"H{n}", "G1", f"{n // 72}栋{n // 36 % 2}单元{room}", MIDNIGHT.date(), None,
            str(n // 72), str(n // 36 % 2), room,
        )  # fmt: skip
    async with web(tmp_path, replace(LEDGER, households=homes, sensors={})) as here:
        client = await here.client("member")
        page = await client.get("/")
        files = [path for path in page.text.split('"') if path.startswith("/static/")]
        weights = [len(gzip.compress((await client.get(path)).content)) for path in files]
        assert page.text.count("/homes/") == 2000
        assert len(gzip.compress(page.content)) + sum(weights) < 60_000
