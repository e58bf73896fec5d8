"""The resident's page: its key, its PIN, passes of one's own, and the call for help."""

import re

import pytest

from gateway.accounts.rights import RIGHTS, May
from gateway.residents import tokens
from rules.model import Door, Role
from rules.moment import DAY
from tests.support.web import Web, web


async def key(here: Web, household: str = "H1", *, pin: bool = False) -> tokens.Issued:
    now = 1_800_000_000_000
    return await tokens.issue(
        here.desk.database, household, now + 3650 * DAY, now, by="cli", pin=pin
    )


async def test_a_resident_takes_a_pass_and_opens_the_door_once(tmp_path):
    async with web(tmp_path) as here:
        await here.desk.door(Door.CLOSED)
        issued, client = await key(here), await here.client()
        page = await client.get(issued.path)
        assert "1栋2单元501" in page.text and "取快递" in page.text
        answer = await client.post(issued.path, data={"do": "delivery"}, follow_redirects=True)
        assert "请开一次门" in answer.text
        await here.desk.door(Door.OPEN)
        assert here.desk.cards() == []
        (one,) = await here.desk.passes()
        assert (one["state"], one["own"], one["granted_by"]) == ("used", True, "resident")


async def test_the_days_passes_run_out(tmp_path):
    async with web(tmp_path) as here:
        issued, client = await key(here), await here.client()
        for _ in range(2):
            await client.post(issued.path, data={"do": "garbage"})
        answer = await client.post(issued.path, data={"do": "garbage"}, follow_redirects=True)
        assert "今天的次数用完了" in answer.text
        assert len(await here.desk.passes()) == 2


async def test_a_call_for_help_alerts_at_once_and_is_no_pass(tmp_path):
    async with web(tmp_path) as here:
        await here.desk.door(Door.CLOSED)
        issued, client = await key(here), await here.client()
        answer = await client.post(issued.path, data={"do": "emergency"}, follow_redirects=True)
        assert "已经通知了" in answer.text
        (card,) = here.desk.cards()
        assert (card.body["kind"], card.body["severity"]) == ("emergency", "critical")
        assert here.committed, "nobody was told that a text waits"
        assert await here.desk.passes() == []


async def test_the_page_tells_what_the_door_said(tmp_path):
    async with web(tmp_path) as here:
        await here.desk.door(Door.CLOSED)
        await here.desk.door(Door.OPEN)
        await here.desk.passes_by(3)
        await here.desk.door(Door.CLOSED)
        page = await (await here.client()).get((await key(here)).path)
        said = re.findall(r'<td class="num">(\d\d:\d\d)</td><td>(\w+)</td>', page.text)
        assert said == [("12:03", "关门"), ("12:00", "开门"), ("12:00", "关门")]


NAMES = {
    Role.MEMBER: ("网格员", "members"),
    Role.LEADER: ("网格长", "leader"),
    Role.COMMUNITY: ("社区", "community"),
    Role.COMMAND: ("指挥部", "command post"),
    Role.OPS: ("运维", "operations"),
    Role.INSTALLER: ("安装", "install"),
}
"""What each role is called in the sentence that says who sees a home's record."""


async def test_the_page_names_every_role_that_may_look_and_no_other(tmp_path):
    """Nothing asks whether somebody is on duty, so the page says that it makes no difference."""
    sees = {role for role in Role if May.LOOK in RIGHTS[role]}
    async with web(tmp_path) as here:
        client, path = await here.client(), (await key(here)).path
        for at, language, begins, duty in (
            (0, "zh", "能看到的人", "值班不值班"),
            (1, "en", "Who can see it", "on duty or not"),
        ):
            client.cookies.set("language", language)
            text = (await client.get(path)).text
            said = next(one for one in re.findall(r"<p>(.*?)</p>", text) if begins in one)
            assert {role for role in Role if NAMES[role][at] in said} == sees
            assert duty in said


@pytest.mark.parametrize("given", ["000000", "", "12345678901234567890"])
async def test_a_code_inside_the_home_asks_for_its_pin(tmp_path, given):
    async with web(tmp_path) as here:
        issued, client = await key(here, pin=True), await here.client()
        assert issued.pin is not None and issued.pin != "000000"
        assert "1栋2单元501" not in (await client.get(issued.path)).text
        wrong = await client.post(issued.path, data={"do": "pin", "pin": given})
        assert wrong.status_code == 401
        await client.post(issued.path, data={"do": "emergency"})
        assert here.desk.cards() == [], "without the PIN nothing is done"
        right = await client.post(
            issued.path, data={"do": "pin", "pin": issued.pin}, follow_redirects=True
        )
        assert "1栋2单元501" in right.text


async def test_pins_cannot_be_guessed(tmp_path):
    async with web(tmp_path) as here:
        issued, client = await key(here, pin=True), await here.client()
        for _ in range(5):
            await client.post(issued.path, data={"do": "pin", "pin": "000000"})
        locked = await client.post(issued.path, data={"do": "pin", "pin": issued.pin})
        assert locked.status_code == 429


async def test_the_pin_of_one_home_does_not_open_another(tmp_path):
    async with web(tmp_path) as here:
        mine, theirs = await key(here, pin=True), await key(here, "H2", pin=True)
        client = await here.client()
        opened = await client.post(mine.path, data={"do": "pin", "pin": mine.pin})
        cookie = opened.headers["set-cookie"].partition(";")[0]
        page = await client.get(theirs.path, headers={"cookie": cookie})
        assert "2栋2单元501" not in page.text


@pytest.mark.parametrize("how", ["revoked", "another", "over", "erased", "wrong"])
async def test_a_key_that_is_no_more_opens_nothing(tmp_path, how):
    async with web(tmp_path) as here:
        issued, client = await key(here), await here.client()
        path = issued.path
        if how == "revoked":
            assert await tokens.revoke(here.desk.database, "H1", 0, by="cli")
        elif how == "another":
            await key(here)
        elif how == "over":
            await tokens.issue(here.desk.database, "H2", 1, 0, by="cli", pin=False)
            path = (await tokens.issue(here.desk.database, "H1", 1, 0, by="cli", pin=False)).path
        elif how == "erased":
            ledger = here.site.memory.ledger
            here.site.memory.ledger = type(ledger)(grids=ledger.grids)
        else:
            path += "x"
        for answer in (await client.get(path), await client.post(path, data={"do": "emergency"})):
            assert answer.status_code == 404
            assert "119" in answer.text, "whoever is in danger still finds a number"
        assert here.desk.cards() == []


async def test_the_key_opens_nothing_else(tmp_path):
    async with web(tmp_path) as here:
        issued, client = await key(here), await here.client()
        await client.get(issued.path)
        token = issued.path.removeprefix("/r/")
        for path in ("/api/v1/incidents", "/api/v1/households/H1"):
            for headers in ({}, {"cookie": f"doorwatch_session={token}"}):
                assert (await client.get(path, headers=headers)).status_code == 401
