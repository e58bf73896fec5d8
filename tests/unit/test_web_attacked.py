"""A hostile caller: routes of another grid, floods of guesses, bodies that are no bodies."""

import asyncio
from collections import Counter
from dataclasses import replace

import pytest
from fastapi.routing import iter_route_contexts

from gateway import requests
from gateway.accounts import devices, lockout, users
from gateway.accounts.lockout import Lockout, address
from gateway.accounts.rights import RIGHTS, May
from gateway.accounts.users import User
from gateway.ledger.model import Household, Protocol, Sensor
from gateway.report.audit import audit
from gateway.residents import tokens
from gateway.web import limits, live
from gateway.web.guard import COOKIE
from gateway.web.install.jobs import Job, Jobs, State
from rules.model import Door, Role
from tests.support.desk import LEDGER
from tests.support.house import MIDNIGHT
from tests.support.routes import OPEN, OURS, ROUTES, Route
from tests.support.web import HASHED, PASSWORD, Web, csrf, web

SECRETS = ("朱雀坊", "S1", ">H1<", "王敏", "doors/S")
BOTH = replace(
    LEDGER,
    households={
        **{key: replace(row, address=f"朱雀坊{key}") for key, row in LEDGER.households.items()},
        "H9": Household("H9", "G2", "9栋101", MIDNIGHT.date()),
    },
    sensors={**LEDGER.sensors, "S9": Sensor("S9", "H9", Protocol.JSON, "other/S9")},
)
FIGURES = {"openings": 10, "is_open": False, "heard": 20, "lost": 0, "loss": 0.0, "margin": None,
           "rssi": None}  # fmt: skip


def with_the_right(right: May | None) -> Role:
    return {May.INSTALL: Role.INSTALLER, May.OPERATE: Role.OPS}.get(right, Role.MEMBER)  # type: ignore[arg-type]


async def somebody(here: Web, role: Role, grid: str | None):
    """A client that is logged in with this role; its changes carry the token."""
    name = f"{role.value} of {grid}"
    user = User(name, HASHED, None, role.value, grid, "zh", 0)
    await here.desk.database.transaction(lambda c: users.put(c, user))
    client = await here.client()
    given = await client.post("/api/v1/login", json={"name": name, "password": PASSWORD})
    client.headers["x-csrf-token"] = given.json()["csrf"]
    return client


class Things:
    """What there is in G1."""

    def __init__(self, here: Web) -> None:
        self.here, self.made = here, {"incident": "", "job": "", "done": "", "used": ""}

    async def make(self) -> None:
        """Whatever is used up by being asked for is made anew."""
        desk = self.here.desk
        if not desk.cards():
            await desk.door(Door.CLOSED)
            await desk.passes_by(30)
            await desk.opens()
        jobs, now = Jobs(desk.database), desk.clock.now()
        job = await jobs.add(
            Job(0, "H1", "S1", "installer", now, state=State.TRIAL, protocol="json", until=now)
        )
        done = await jobs.add(
            Job(
                0,
                "H1",
                "S1",
                "installer",
                now,
                now,
                state=State.DONE,
                figures=FIGURES,
                protocol="json",
                address="doors/S1",
            )
        )
        asked = {"do": "grant", "household": "H3", "minutes": 30, "by": "leader"}
        used = await requests.carry_out(desk.core, asked)
        self.here.site.memory.intake.sensors["S2"].counts_anew = 1
        self.made = {
            "incident": str(desk.cards()[0].id),
            "job": str(job.id),
            "done": str(done.id),
            "used": used["pass"],
        }

    async def ask(self, client, method: str, route: Route, **headers: str):
        path = route.path.format(**self.made)
        body = {"json": dict(route.form)} if path.startswith("/api/") and route.form else {}
        if not body and method == "POST" and not path.startswith("/api/"):
            body = {"data": dict(route.form)}
        return await client.request(method, path, headers=headers, **body)

    async def acts(self) -> Counter[tuple[str, str]]:
        """Who did what, so far."""
        found = await audit(self.here.desk.database, self.here.site.zone, 0, 2**53)
        return Counter((one["who"], one["what"]) for one in found)


@pytest.fixture
def no_streams(monkeypatch):
    """A stream that is allowed is answered 503 instead of going on for ever."""
    monkeypatch.setattr(live, "MOST", 0)


async def test_every_route_is_in_the_table(tmp_path):
    async with web(tmp_path) as here:
        served = {
            (method, route.path)
            for route in iter_route_contexts(here.app.routes)
            for method in (route.methods or ())
            if method != "HEAD"
        }
    assert served == OPEN | set(ROUTES)
    assert not OPEN & set(ROUTES)


@pytest.mark.usefixtures("no_streams")
@pytest.mark.parametrize("carried", ["nothing", "a resident's token"])
async def test_without_a_login_no_route_gives_anything(tmp_path, carried):
    async with web(tmp_path, BOTH) as here:
        things = Things(here)
        await things.make()
        issued = await tokens.issue(here.desk.database, "H1", 2**52, 0, by="cli", pin=False)
        client = await here.client()
        token = issued.path.removeprefix(tokens.PATH)
        headers = {} if carried == "nothing" else {"cookie": f"{COOKIE}={token}"}
        before = await things.acts()
        for (method, path), route in ROUTES.items():
            answer = await things.ask(client, method, route, **headers)
            assert answer.status_code == (401 if path.startswith("/api") else 303), path
            assert answer.headers.get("location", "/login").startswith("/login"), path
            assert all(secret not in answer.text for secret in SECRETS), path
        assert await things.acts() == before


@pytest.mark.usefixtures("no_streams")
@pytest.mark.parametrize("role", Role)
async def test_without_the_right_every_route_is_refused(tmp_path, role):
    async with web(tmp_path, BOTH) as here:
        things = Things(here)
        await things.make()
        client = await somebody(here, role, None)
        before = await things.acts()
        for (method, path), route in ROUTES.items():
            if route.right is not None and route.right not in RIGHTS[role]:
                answer = await things.ask(client, method, route)
                assert answer.status_code == route.refused, path
                assert all(secret not in answer.text for secret in SECRETS), path
        assert await things.acts() == before


@pytest.mark.usefixtures("no_streams")
@pytest.mark.parametrize("right", [*May, None])
async def test_another_grids_things_are_nowhere(tmp_path, right):
    async with web(tmp_path, BOTH) as here:
        things = Things(here)
        await things.make()
        client = await somebody(here, with_the_right(right), "G2")
        before = await things.acts()
        for (method, path), route in ROUTES.items():
            if route.right is not right or "logged_out" in route.by:
                continue
            answer = await things.ask(client, method, route)
            assert answer.status_code == route.stranger, path
            for secret in SECRETS:
                assert secret not in answer.text, f"{path} tells {secret}"
        assert await things.acts() == before, "a stranger changed something"


@pytest.mark.usefixtures("no_streams")
@pytest.mark.parametrize("right", [*May, None])
async def test_a_change_needs_the_token_and_says_who_made_it(tmp_path, right):
    async with web(tmp_path, BOTH) as here:
        things, role = Things(here), with_the_right(right)
        client = await somebody(here, role, None)
        for (method, path), route in ROUTES.items():
            if method == "GET" or route.right is not right:
                continue
            await things.make()
            before = await things.acts()
            token = client.headers.pop("x-csrf-token")
            assert (await things.ask(client, method, route)).status_code == 403, path
            assert await things.acts() == before
            client.headers["x-csrf-token"] = token
            answer = await things.ask(client, method, route)
            assert answer.status_code in (200, 201, 204, 303, 409), f"{path}: {answer.text}"
            done = await things.acts() - before
            assert bool(done) is bool(route.by), f"{path}: {done}"
            assert not route.by or done[f"{role.value} of None", route.by], f"{path}: {done}"
            if route.by == "logged_out":
                client = await somebody(here, role, None)


@pytest.mark.usefixtures("no_streams")
async def test_the_table_asks_for_things_that_are_there(tmp_path):
    """Else a 404 for a stranger would prove nothing."""
    async with web(tmp_path, BOTH) as here:
        things = Things(here)
        await things.make()
        for right in May:
            client = await somebody(here, with_the_right(right), None)
            for (method, path), route in ROUTES.items():
                if method == "GET" and route.right is right and "draft" not in path:
                    answer = await things.ask(client, method, route)
                    wanted = 503 if path.endswith("/events") else OURS
                    if path != "/search":  # one home: it leads there
                        assert answer.status_code == wanted, path


# -- guesses -------------------------------------------------------------------------------------


async def test_guesses_that_come_at_once_are_not_all_looked_at(tmp_path):
    async with web(tmp_path) as here:
        await here.add_user("member")
        client = await here.client()
        tries = (
            client.post("/login", data={"name": "member", "password": f"a guess {n}"})
            for n in range(3 * lockout.FREE)
        )
        said = [answer.status_code for answer in await asyncio.gather(*tries)]
        assert said.count(401) == lockout.FREE
        assert said.count(429) == 2 * lockout.FREE


async def test_pins_that_come_at_once_are_not_all_looked_at(tmp_path):
    async with web(tmp_path) as here:
        issued = await tokens.issue(here.desk.database, "H1", 2**52, 0, by="cli", pin=True)
        client = await here.client()
        tries = (
            client.post(issued.path, data={"do": "pin", "pin": f"{n:06}"})
            for n in range(3 * lockout.FREE)
        )
        said = [answer.status_code for answer in await asyncio.gather(*tries)]
        assert said.count(429) == 2 * lockout.FREE
        rows = await here.desk.database.rows("SELECT who, what, subject FROM audit")
        assert ("resident", "locked_out", "H1") in [tuple(row) for row in rows]
        locked = await client.get(issued.path)
        assert "tel:119" in locked.text, "whoever is in danger still finds a number"


async def test_a_strangers_guesses_do_not_lock_a_browser_that_was_here_before(tmp_path):
    async with web(tmp_path) as here:
        desk = await here.client("member")
        stranger = await here.client()
        for _ in range(2 * lockout.FREE_FROM):
            await stranger.post("/login", data={"name": "member", "password": "a guess"})
        right = {"name": "member", "password": PASSWORD}
        assert (await stranger.post("/login", data=right)).status_code == 429
        assert (await desk.post("/login", data=right)).status_code == 303


async def test_a_known_browser_guesses_no_faster(tmp_path):
    async with web(tmp_path) as here:
        desk = await here.client("member")
        wrong = {"name": "member", "password": "a guess"}
        said = [(await desk.post("/login", data=wrong)).status_code for _ in range(8)]
        assert said == [401] * lockout.FREE + [429] * 3


@pytest.mark.parametrize(
    ("name", "cookie", "is_known"),
    [("ann", "{}", True), ("bob", "{}", False), ("ann", "x{}", False), ("ann", "", False)],
)
def test_a_known_browser_is_one_persons(name, cookie, is_known):
    given = cookie.format(devices.sealed(b"key", "ann"))
    assert (devices.known(b"key", name, given) is not None) is is_known
    assert devices.known(b"another key", name, given) is None


def test_an_office_may_mistype_more_often_than_a_person():
    door, office = Lockout(), address("192.0.2.7")
    for _ in range(lockout.FREE_FROM - 1):
        door.failed(0.0, office)
    assert door.wait(0.0, office) == 0
    door.failed(0.0, office)
    assert door.wait(0.0, office) == lockout.FIRST_S


def test_one_line_has_one_count_however_many_addresses_it_has():
    assert address("2001:db8:1:2::a") == address("2001:db8:1:2:ffff::1") != address("2001:db8::1")


def test_a_right_password_undoes_no_guess_at_another_name():
    door, origin = Lockout(), address("192.0.2.7")
    for _ in range(lockout.FREE_FROM):
        door.failed(0.0, origin)
        door.failed(0.0, origin)
        door.not_failed(0.0, origin)
    assert door.wait(0.0, origin) > 0


def test_what_was_mistyped_this_morning_is_forgotten():
    door = Lockout()
    for _ in range(lockout.FREE):
        door.failed(0.0, "user x")
    later = lockout.FIRST_S + lockout.FORGOTTEN_S
    door.failed(later, "user x")
    assert door.wait(later, "user x") == 0


def test_nobody_talks_a_wait_away_with_other_names():
    door = Lockout()
    for _ in range(lockout.FREE):
        door.failed(0.0, "user desk")
    for number in range(2 * lockout.MOST):
        door.failed(1.0, f"user {number}")
    assert door.wait(1.0, "user desk") > 0


async def test_logging_in_again_ends_the_session_before(tmp_path):
    async with web(tmp_path) as here:
        client = await here.client("member")
        before = client.cookies[COOKIE]
        await client.post("/login", data={"name": "member", "password": PASSWORD})
        assert client.cookies[COOKIE] != before
        assert await here.site.sessions.find(before, here.site.memory.ledger) is None


async def test_a_password_is_taken_as_it_is(tmp_path):
    async with web(tmp_path) as here:
        await here.add_user("member")
        client = await here.client()
        for body in ({"password": f" {PASSWORD}"}, {"password": f"{PASSWORD} "}):
            given = {"name": "member", **body}
            assert (await client.post("/api/v1/login", json=given)).status_code == 401
            assert (await client.post("/login", data=given)).status_code == 401


# -- what is no request ---------------------------------------------------------------------------

JSON = {"content-type": "application/json"}
FORM = {"content-type": "application/x-www-form-urlencoded"}
PARTS = {"content-type": "multipart/form-data; boundary=x"}


@pytest.mark.parametrize(
    ("path", "body", "headers", "status"),
    [
        ("/api/v1/login", b'{"name": "\\ud800", "password": "\\udfff"}', JSON, 422),
        ("/api/v1/login", b'{"name": NaN, "password": 1e999}', JSON, 422),
        ("/api/v1/login", b"[" * 100_000, JSON, 400),
        ("/api/v1/login", b'{"name": "\xff"}', JSON, 400),
        ("/login", b"name=\xff%00&password=%ff", FORM, 401),
        ("/login", b"name=%ed%a0%80&password=%ed%a0%80", FORM, 401),
        ("/login", b"a" * (limits.LONGEST + 1), FORM, 413),
        ("/login", b"&" * (limits.MOST_FIELDS + 1), FORM, 413),
        ("/api/v1/login", b" " * (limits.LONGEST + 1), JSON, 413),
        ("/login", b"--x\r\n\r\n" + b"a" * limits.LONGEST_PARTS, PARTS, 413),
        ("/r/nobody", b"a" * (limits.LONGEST + 1), FORM, 413),
    ],
)
async def test_a_body_that_is_none_is_refused(tmp_path, path, body, headers, status):
    async with web(tmp_path) as here:
        client = await here.client()
        answer = await client.post(path, content=body, headers=headers)
        assert answer.status_code == status


async def test_what_was_sent_is_not_said_again(tmp_path):
    async with web(tmp_path) as here:
        body = {"name": "member", "password": "my password", "more": 1}
        answer = await (await here.client()).post("/api/v1/login", json=body)
        assert answer.status_code == 422
        assert answer.json()["detail"][0]["loc"] == ["body", "more"]
        assert "my password" not in answer.text


HUGE = 10**20
ADDRESSES = [
    f"/incidents/{HUGE}", f"/incidents/{HUGE}/events", f"/install/i/{HUGE}",
    f"/install/certificate/{HUGE}", f"/api/v1/incidents/{HUGE}", "/report?day=0001-01-01",
    "/report?day=9999-12-31", "/static/x/%00.css", f"/static/x/{'a' * 5000}.css",
    "/static/x/..%2f..%2fapp.py", f"/ops/runbooks/{'X' * 5000}", "/ops/runbooks/..%2fREADME",
    "/r/%ed%a0%80", f"/r/{'x' * 5000}", "/login?next=//[", "/homes/%00", "/search?q=%ed%a0%80",
]  # fmt: skip


@pytest.mark.parametrize("path", ADDRESSES)
async def test_an_address_that_is_none_is_answered_all_the_same(tmp_path, path):
    async with web(tmp_path) as here:
        client = await here.client("ops")
        assert (await client.get(path)).status_code < 500


@pytest.mark.parametrize("wanted", ["//[", "https://[::1", "/\t/elsewhere.test", "/\\elsewhere"])
async def test_no_form_leads_elsewhere(tmp_path, wanted):
    async with web(tmp_path) as here:
        client = await here.client()
        answer = await client.post("/language", data={"to": "en", "back": wanted})
        assert answer.headers["location"] == "/"


async def test_the_way_to_the_login_names_no_host(tmp_path):
    async with web(tmp_path) as here:
        answer = await (await here.client()).get("/incidents", headers={"host": "elsewhere.test"})
        assert answer.headers["location"] == "/login?next=%2Fincidents"


@pytest.mark.parametrize("outcome", ["unverified", "isolation_ended", "cleared"])
async def test_nobody_says_what_only_the_rules_can_know(tmp_path, outcome):
    async with web(tmp_path) as here:
        card = await here.desk.opens()
        client = await somebody(here, Role.COMMAND, None)
        path = f"/api/v1/incidents/{card.id}/resolve"
        assert (await client.post(path, json={"outcome": outcome})).status_code == 409
        assert here.desk.cards() != []


async def test_the_name_of_a_home_is_never_markup(tmp_path):
    evil = "<script>alert(1)</script>\"'><u>"
    home = replace(LEDGER.households["H1"], address=evil, room=evil, building=evil, unit=evil)
    member = replace(LEDGER.people["member"], name=evil)
    ledger = replace(
        LEDGER,
        households={"H1": home},
        sensors={"S1": replace(LEDGER.sensors["S1"], place=evil, address="doors/S1")},
        people={**LEDGER.people, "member": member},
    )
    async with web(tmp_path, ledger) as here:
        things = Things(here)
        await here.desk.opens()
        things.made["incident"] = str(here.desk.cards()[0].id)
        client = await somebody(here, Role.OPS, None)
        issued = await tokens.issue(
            here.desk.database, "H1", 2_000_000_000_000, 0, by="cli", pin=False
        )
        paths = [
            "/", "/incidents", "/incidents/{incident}", "/homes/H1", "/passes", "/report",
            "/install", "/install/h/H1", "/install/codes?grid=G1", "/ops", "/ops/sensors",
            "/ops/audit", f"/search?q={evil}", f"/ops/sensors?q={evil}",
            f"/passes?household={evil}",
            issued.path, f"{issued.path}?said={evil}",
        ]  # fmt: skip
        for path in paths:
            answer = await client.get(path.format(**things.made), follow_redirects=True)
            assert answer.status_code == 200, path
            assert "<script>alert" not in answer.text and "<u>" not in answer.text, path
            assert "\"'>" not in answer.text, path


# -- pages that watch -----------------------------------------------------------------------------


async def test_whoever_logs_out_watches_no_more(tmp_path, monkeypatch):
    monkeypatch.setattr(live, "ALIVE_S", 0.0)
    monkeypatch.setattr(live, "LOOK_S", 0.001)
    async with web(tmp_path) as here:
        client = await here.client("member")
        watching = asyncio.create_task(client.get("/events?grid=G1"))
        while not live._watching:
            await asyncio.sleep(0)
        assert not watching.done()
        await client.post("/logout", data={"csrf": await csrf(client)})
        async with asyncio.timeout(10):
            assert (await watching).status_code == 200
        assert not live._watching


async def test_one_login_does_not_take_every_place(tmp_path, monkeypatch):
    monkeypatch.setattr(live, "LOOK_S", 0.001)
    async with web(tmp_path) as here:
        client, other = await here.client("member"), await here.client("leader")
        path = "/events?grid=G1"
        many = [asyncio.create_task(client.get(path)) for _ in range(live.MOST_OF_ONE)]
        while live._watching.total() < live.MOST_OF_ONE:
            await asyncio.sleep(0)
        assert (await client.get(path)).status_code == 503
        others = asyncio.create_task(other.get(path))
        while live._watching.total() == live.MOST_OF_ONE:
            await asyncio.sleep(0)
        for task in (*many, others):
            task.cancel()
        await asyncio.gather(*many, others, return_exceptions=True)
