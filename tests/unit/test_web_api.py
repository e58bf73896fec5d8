"""``/api/v1`` over a desk's core: what it tells, what it changes, and whose it is."""

import pytest

from gateway.incident_json import STATES
from rules.model import Door
from tests.support.web import PASSWORD, Web, web


async def logged_in(here: Web, person: str):
    client = await here.client()
    await here.add_user(person)
    given = {"name": person, "password": PASSWORD}
    session = await client.post("/api/v1/login", json=given)
    assert session.status_code == 200, session.text
    client.headers["x-csrf-token"] = session.json()["csrf"]
    return client


async def test_an_incident_is_seen_taken_and_resolved(tmp_path):
    async with web(tmp_path) as here:
        card = await here.desk.opens()
        client = await logged_in(here, "member")
        (incident,) = (await client.get("/api/v1/incidents?state=open")).json()
        assert (incident["id"], incident["code"], incident["door_open"]) == (
            card.id,
            card.code,
            True,
        )
        assert {one["person_id"] for one in incident["alerts"]} == {"member", "mainland"}
        taken = await client.post(f"/api/v1/incidents/{card.id}/acknowledge")
        assert (taken.json()["state"], taken.json()["acknowledged_by"]) == (
            "acknowledged",
            "member",
        )
        over = await client.post(
            f"/api/v1/incidents/{card.id}/resolve", json={"outcome": "at_home"}
        )
        assert (over.json()["state"], over.json()["outcome"]) == ("resolved", "at_home")
        again = await client.post(f"/api/v1/incidents/{card.id}/acknowledge")
        assert again.status_code in (200, 409)


async def test_a_pass_is_granted_and_taken_back(tmp_path):
    async with web(tmp_path) as here:
        client = await logged_in(here, "leader")
        given = {"household_id": "H1", "minutes": 30, "kind": "medical"}
        granted = await client.post("/api/v1/passes", json=given)
        assert granted.status_code == 201
        one = granted.json()
        assert (one["state"], one["granted_by"], one["kind"]) == ("valid", "leader", "medical")
        assert (await client.get("/api/v1/passes?household_id=H1")).json() == [one]
        revoked = await client.delete(f"/api/v1/passes/{one['id']}")
        assert revoked.json()["state"] == "revoked"
        assert (await client.delete(f"/api/v1/passes/{one['id']}")).status_code == 409


async def test_homes_say_whether_their_door_is_open(tmp_path):
    async with web(tmp_path) as here:
        await here.desk.door(Door.CLOSED, "S2")
        card = await here.desk.opens()
        client = await logged_in(here, "member")
        homes = (await client.get("/api/v1/households")).json()
        assert [(h["household_id"], h["door_open"], h["incident_id"]) for h in homes[:2]] == [
            ("H1", True, card.id), ("H2", False, None),
        ]  # fmt: skip
        assert homes[0]["sensors"][0]["state"] == "open"
        assert (await client.get("/api/v1/households/H2")).json() == homes[1]


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/api/v1/incidents/{id}", None),
        ("POST", "/api/v1/incidents/{id}/acknowledge", None),
        ("POST", "/api/v1/incidents/{id}/resolve", {"outcome": "at_home"}),
        ("GET", "/api/v1/households/H1", None),
        ("POST", "/api/v1/passes", {"household_id": "H1"}),
        ("DELETE", "/api/v1/passes/pass-1", None),
    ],
)
async def test_another_grid_sees_nothing_and_changes_nothing(tmp_path, method, path, body):
    async with web(tmp_path) as here:
        card = await here.desk.opens()
        ours = await logged_in(here, "member")
        await ours.post("/api/v1/passes", json={"household_id": "H1"})
        theirs = await logged_in(here, "other")
        before = await here.desk.journal()
        answer = await theirs.request(method, path.format(id=card.id), json=body)
        assert answer.status_code == 404
        assert await here.desk.journal() == before
        mine = await ours.request("GET", f"/api/v1/incidents/{card.id}")
        assert mine.json()["state"] == "open"
        for listed in ("incidents", "passes", "households"):
            assert (await theirs.get(f"/api/v1/{listed}")).json() == []


async def test_of_a_long_history_only_what_is_asked_for_is_read(tmp_path, monkeypatch):
    """The newest of their grid and in the state, oldest first, each with its alerts."""
    async with web(tmp_path) as here:
        card = await here.desk.opens()
        await here.desk.database.transaction(lambda c: copied(c, card.id, 60))
        read: list[int] = []
        rows = here.desk.database.rows

        async def counted(sql, values=()):
            found = await rows(sql, values)
            read.append(len(found))
            return found

        everywhere, of_grid = await logged_in(here, "command"), await logged_in(here, "other")
        monkeypatch.setattr(here.desk.database, "rows", counted)
        for client, query, ids in (
            (everywhere, "limit=3", [59, 60, 61]),
            (everywhere, "limit=2&state=acknowledged", [58, 61]),
            (of_grid, "limit=3", [57, 59, 61]),
            (of_grid, "limit=2&state=resolved", [53, 59]),
            (of_grid, "limit=500&state=open", [3, 9, 15, 21, 27, 33, 39, 45, 51, 57]),
        ):
            read.clear()
            found = (await client.get(f"/api/v1/incidents?{query}")).json()
            assert [one["id"] for one in found] == ids, query
            assert all(
                [alert["text"] for alert in one["alerts"]] == [str(one["id"])] for one in found
            )
            assert max(read) == len(ids), query


async def copied(connection, incident_id, times):
    """So many more like it, half of them of another grid, their states in turn."""
    for number in range(incident_id + 1, incident_id + 1 + times):
        state, grid = STATES[number % 3], ("G1", "G2")[number % 2]
        await connection.execute(
            "INSERT INTO incidents SELECT ?, household_id, ?, ?, ?, raised_at, updated_at,"
            " json_set(body, '$.id', ?, '$.grid_id', ?, '$.state', ?)"
            " FROM incidents WHERE id = ?",
            (number, number, str(number), state, number, grid, state, incident_id),
        )
        await connection.execute(
            "INSERT INTO alerts (incident_id, person_id, phone, kind, step, text, status,"
            " created_at, next_at) VALUES (?, 'member', '', 'sms', 0, ?, 'delivered', 1, 1)",
            (number, str(number)),
        )


@pytest.mark.parametrize("person", [None, "installer"])
async def test_without_the_right_there_is_nothing(tmp_path, person):
    async with web(tmp_path) as here:
        client = await (logged_in(here, person) if person else here.client())
        for path in ("incidents", "passes", "households"):
            assert (await client.get(f"/api/v1/{path}")).status_code == (403 if person else 401)


async def test_a_change_needs_the_token_besides_the_cookie(tmp_path):
    async with web(tmp_path) as here:
        client = await logged_in(here, "member")
        del client.headers["x-csrf-token"]
        answer = await client.post("/api/v1/passes", json={"household_id": "H1"})
        assert answer.status_code == 403
        assert await here.desk.passes() == []


async def test_the_document_names_every_call(tmp_path):
    async with web(tmp_path) as here:
        document = (await (await here.client()).get("/api/openapi.json")).json()
        assert {path.split("/")[3] for path in document["paths"] if path.startswith("/api/v1")} == {
            "login", "logout", "session", "incidents", "passes", "households",
        }  # fmt: skip
        for path, calls in document["paths"].items():
            for call in calls.values():
                if path.startswith("/api/v1/") and not path.endswith("/login"):
                    assert call["security"], f"{path} says nothing of its login"
