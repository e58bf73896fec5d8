"""Logins: wrong passwords, locked names, sessions that end, forms from elsewhere, other grids."""

import pytest

from gateway.accounts import lockout, passwords, sessions, users
from gateway.accounts.lockout import Lockout
from gateway.accounts.rights import RIGHTS, May, Who
from gateway.web.guard import COOKIE
from rules.model import Role
from rules.moment import HOUR
from tests.support.web import PASSWORD, csrf, web


async def test_a_wrong_password_says_no_more_than_that(tmp_path):
    async with web(tmp_path) as here:
        await here.add_user("member")
        client = await here.client()
        wrong = await client.post("/login", data={"name": "member", "password": "not it, really"})
        nobody = await client.post("/login", data={"name": "nobody", "password": "not it, really"})
        assert wrong.status_code == nobody.status_code == 401
        assert wrong.text.replace("member", "nobody") == nobody.text


async def test_a_name_is_locked_after_some_failures_and_says_for_how_long(tmp_path):
    async with web(tmp_path) as here:
        await here.add_user("member")
        client = await here.client()
        for _ in range(lockout.FREE):
            await client.post("/login", data={"name": "member", "password": "not it, really"})
        locked = await client.post("/login", data={"name": "member", "password": PASSWORD})
        assert locked.status_code == 429
        assert int(locked.headers["retry-after"]) >= lockout.FIRST_S - 1
        said = await here.desk.database.rows("SELECT who, what FROM audit")
        assert ("member", "locked_out") in [tuple(row) for row in said]


@pytest.mark.parametrize(
    ("failures", "seconds"), [(4, 0), (5, 30), (6, 60), (7, 120), (9, 480), (10, 900), (99, 900)]
)
def test_the_wait_doubles_and_has_a_limit(failures, seconds):
    door = Lockout()
    for _ in range(failures):
        door.failed(100.0, "user x")
    assert door.wait(100.0, "user x", "from y") == seconds
    door.succeeded("user x")
    assert door.wait(100.0, "user x") == 0


def test_names_that_nobody_has_do_not_fill_the_memory():
    door = Lockout()
    for number in range(lockout.MOST + 10):
        door.failed(0.0, f"user {number}")
    assert len(door._failed) == lockout.MOST


@pytest.mark.parametrize(
    ("looks", "lasts"),
    [
        ([sessions.IDLE], True),
        ([sessions.IDLE + 1], False),
        ([HOUR * n for n in range(1, 12)], True),
        ([*(HOUR * n for n in range(1, 12)), sessions.LIVES], False),
    ],
)
async def test_a_session_ends_without_a_request_and_in_any_case(
    tmp_path, monkeypatch, looks, lasts
):
    begun = 1_800_000_000_000
    monkeypatch.setattr(sessions, "_now", lambda: begun)
    async with web(tmp_path) as here:
        client = await here.client("member")
        for after in looks:
            monkeypatch.setattr(sessions, "_now", lambda after=after: begun + after)
            found = await here.site.sessions.find(client.cookies[COOKIE], here.site.memory.ledger)
        assert (found is not None) is lasts


@pytest.mark.parametrize("how", ["password", "removed", "off the roster", "logout"])
async def test_whoever_loses_the_login_is_out_at_once(tmp_path, how):
    async with web(tmp_path) as here:
        client = await here.client("member")
        token = client.cookies[COOKIE]
        ledger = here.site.memory.ledger
        if how == "password":
            await here.add_user("member")
        elif how == "removed":
            await here.desk.database.transaction(lambda c: users.remove(c, "member"))
        elif how == "off the roster":
            ledger = type(ledger).empty()
        else:
            answer = await client.post("/logout", data={"csrf": await csrf(client)})
            assert answer.headers["location"] == "/login"
        assert await here.site.sessions.find(token, ledger) is None


@pytest.mark.parametrize(
    ("data", "headers"),
    [
        ({}, {}),
        ({"csrf": "0" * 64}, {}),
        ({"csrf": "right"}, {"sec-fetch-site": "cross-site"}),
        ({"csrf": "right"}, {"sec-fetch-site": "same-site"}),
        ({"csrf": "right"}, {"origin": "https://elsewhere.test"}),
    ],
)
async def test_a_change_from_elsewhere_is_refused(tmp_path, data, headers):
    async with web(tmp_path) as here:
        client = await here.client("member")
        if data.get("csrf") == "right":
            data = {"csrf": await csrf(client)}
        assert (await client.post("/logout", data=data, headers=headers)).status_code == 403
        found = await here.site.sessions.find(client.cookies[COOKIE], here.site.memory.ledger)
        assert found is not None


@pytest.mark.parametrize("wanted", ["https://elsewhere.test/", "//elsewhere.test", "/\\elsewhere"])
async def test_a_login_never_leads_elsewhere(tmp_path, wanted):
    async with web(tmp_path) as here:
        await here.add_user("member")
        client = await here.client()
        data = {"name": "member", "password": PASSWORD, "next": wanted}
        answer = await client.post("/login", data=data)
        assert answer.headers["location"] == "/"
        cookie = answer.headers["set-cookie"].lower()
        assert "httponly" in cookie and "samesite=lax" in cookie


@pytest.mark.parametrize("role", Role)
async def test_whoever_opens_the_first_page_comes_to_where_their_work_begins(tmp_path, role):
    async with web(tmp_path) as here:
        client = await here.client(role.value)  # so are the people called
        client.headers["accept"] = "*/*"  # no word of HTML: it is a page all the same
        answer = await client.get("/")
        if role is Role.INSTALLER:
            assert (answer.status_code, answer.headers["location"]) == (303, "/install")
            assert (await client.get("/install")).status_code == 200
        else:
            assert answer.status_code == 200


def test_every_role_has_its_rights_and_only_an_operator_all():
    assert set(RIGHTS) == set(Role)
    assert [role for role in Role if RIGHTS[role] == set(May)] == [Role.OPS]
    assert not Who("ann", Role.INSTALLER).may(May.LOOK)


@pytest.mark.parametrize(
    ("grid", "asked", "sees"), [(None, "G1", True), ("G1", "G1", True), ("G1", "G2", False)]
)
def test_whose_grid_is_seen(grid, asked, sees):
    assert Who("ann", Role.MEMBER, grid).sees(asked) is sees


@pytest.mark.parametrize("password", ["short", "x" * 257])
def test_a_password_has_a_sensible_length(password):
    assert passwords.mistake(password) is not None


async def test_nobody_without_a_password_gets_in():
    assert not await passwords.fits(None, "nobody has this password")
