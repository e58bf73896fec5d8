"""``doorwatch incidents`` and ``sensors`` on a store beside which no gateway runs."""

import asyncio
import json
import sqlite3
from contextlib import closing
from pathlib import Path

import aiosqlite
import pytest

from drivers.reading import Decoded, Delivery, Reading, nothing
from gateway import loading, requests
from gateway.batch import Batch
from gateway.cli.asking import Unwatched
from gateway.cli.incident_show import show_all
from gateway.clock import SystemClock
from gateway.config import load
from gateway.core import Core
from gateway.lock import Lock
from gateway.store import ledgers
from gateway.store.database import Database
from rules.model import Door
from tests.support.cli import Run, Site, runner

FIELDS = {
    "id", "code", "kind", "severity", "reason", "household_id", "grid_id", "sensor_ids",
    "raised_at", "occurred_at", "updated_at", "late_seconds", "clock_verified", "door_open",
    "state", "acknowledged_by", "acknowledged_at", "resolved_by", "resolved_at", "outcome",
    "next_step_at", "drill", "timeline", "alerts",
}  # fmt: skip
ALERT_FIELDS = {
    "id", "person_id", "kind", "provider", "step", "text", "status", "provider_id", "attempts",
    "created_at", "accepted_at", "delivered_at", "error", "reading_at", "latency",
}  # fmt: skip


async def live(site: Site, *said: tuple[str, Door, int | None]) -> None:
    """A gateway for a moment: takes the ledger in, hears these sensors, and is gone."""
    config = load(site.config)
    database = await Database.open(config.store.path)
    try:
        newest, trust = await loading.newest_moment(database), await requests.trusted(database)
        clock = SystemClock(newest, trust)
        core = Core(
            database, await loading.load(database, config), clock, Unwatched(), lambda: None
        )
        await core.resume(0)
        version, ledger = await ledgers.latest(database)
        await core.use(ledger, version, core.memory.rules)
        for sensor, door, battery in said:
            decoded = Decoded(door, battery)
            reading = Reading("mqtt", "json", sensor, decoded, clock.now())
            core.submit(Delivery(reading, nothing))
            await core.turn()
    finally:
        await database.close()


@pytest.fixture
def site(tmp_path: Path) -> Site:
    site = Site(tmp_path)
    (site.ledger / "windows.csv").unlink()  # so that at any hour an opening is a breach
    return site


@pytest.fixture
def run(site: Site, capsys: pytest.CaptureFixture[str]) -> Run:
    run = runner(capsys, site)
    assert run("ledger", "import", *site.files).status == 0
    asyncio.run(live(site, ("S1", Door.CLOSED, 88), ("S1", Door.OPEN, None)))
    return run


def test_list_and_show_have_every_public_field(run: Run) -> None:
    listed = run("incidents", "list", "--json").json()
    shown = run("incidents", "show", listed[0]["code"], "--json").json()
    assert listed == [shown]
    assert set(shown) >= FIELDS
    assert all(set(alert) == ALERT_FIELDS for alert in shown["alerts"])
    assert shown["household_id"] == "H1"
    assert shown["state"] == "open"
    assert shown["alerts"][0]["person_id"] == "P1"
    assert shown["alerts"][0]["status"] == "pending"
    assert shown["alerts"][0]["created_at"] == shown["raised_at"]
    assert shown["raised_at"].endswith("+08:00")
    assert "+1202" not in json.dumps(shown)  # nobody's number


@pytest.mark.parametrize(
    ("state", "count"), [("open", 1), ("all", 1), ("acknowledged", 0), ("resolved", 0)]
)
def test_list_by_state(run: Run, state: str, count: int) -> None:
    assert len(run("incidents", "list", "--state", state, "--json").json()) == count


@pytest.mark.parametrize(
    ("status", "why"),
    [("held", "texts_per_day"), ("merged", "other_way: by alert 2"), ("stale", "off_roster")],
)
def test_why_a_text_waits_or_never_leaves_is_shown(
    run: Run, site: Site, status: str, why: str
) -> None:
    with closing(sqlite3.connect(site.store)) as store, store:
        store.execute("UPDATE alerts SET status = ?, error = ? WHERE id = 1", (status, why))
    assert f"  P1  sms  {status}  ({why})  " in run("incidents", "show", "id:1").out
    alert = run("incidents", "show", "id:1", "--json").json()["alerts"][0]
    assert (alert["status"], alert["error"]) == (status, why)


def test_for_people(run: Run) -> None:
    listed = run("incidents", "list")
    assert "unauthorised_opening" in listed.out
    shown = run("incidents", "show", "id:1")
    assert "code" in shown.out.splitlines()[0]
    assert "P1  sms  pending" in shown.out


def test_what_is_not_known_has_no_line(run: Run, site: Site) -> None:
    """The second alert is time's: nothing was reached from its decision on."""
    with closing(sqlite3.connect(site.store)) as store, store:
        store.execute(
            "INSERT INTO alerts (incident_id, person_id, phone, kind, step, text, status,"
            " created_at, next_at) SELECT incident_id, person_id, phone, kind, 1, text, status,"
            " created_at, next_at FROM alerts WHERE id = 1"
        )
    lines = run("incidents", "show", "id:1").out.splitlines()
    assert sum("from the " in line for line in lines) == 1
    assert [line for line in lines if line.endswith((" ", ":"))] == []


def test_the_table_says_what_each_is_about(capsys: pytest.CaptureFixture[str]) -> None:
    door = {
        "id": 1, "code": "4071", "raised_at": "2026-03-02T22:14:00+08:00", "severity": "high",
        "kind": "unauthorised_opening", "state": "open", "acknowledged_by": None, "outcome": None,
        "door_open": True, "household_id": "H1", "household_ids": ["H1"], "grid_id": "G1",
        "about": "",
    }  # fmt: skip
    fault = {"household_id": None, "household_ids": [], "grid_id": None, "about": "provider:twilio"}
    many = {"household_id": None, "household_ids": ["H1", "H2", "H3"], "door_open": None}
    show_all(
        [
            door,
            door | fault | {"kind": "gateway_fault", "door_open": None},
            door | many | {"kind": "mass_opening"},
            door | {"kind": "battery_low", "about": "S1", "door_open": False},
        ]
    )
    rows = [line.split("  ") for line in capsys.readouterr().out.splitlines()]
    said = [[cell.strip() for cell in row if cell] for row in rows]
    assert [(row[3], row[7]) for row in said] == [
        ("about", "door"),
        ("H1", "open"),
        ("provider:twilio", "-"),
        ("H1 +2", "-"),
        ("H1 S1", "closed"),
    ]


@pytest.mark.parametrize(
    ("said", "outcome"),
    [
        ("误报", "false_alarm"),
        ("False  alarm", "false_alarm"),
        ("at_home", "at_home"),
        ("7", "at_home"),
    ],
)
def test_an_outcome_is_said_as_texts_say_it(run: Run, said: str, outcome: str) -> None:
    assert (
        run("incidents", "resolve", "1", "--outcome", said, "--json").json()["outcome"] == outcome
    )


def test_acknowledge_by_code_then_resolve_by_id(run: Run) -> None:
    code = run("incidents", "list", "--json").json()[0]["code"]
    taken = run("incidents", "ack", code, "--by", "P2", "--json")
    assert taken.status == 0, taken.err
    assert (taken.json()["state"], taken.json()["acknowledged_by"]) == ("acknowledged", "P2")
    assert taken.json()["next_step_at"] is None
    over = run("incidents", "resolve", "1", "--outcome", "emergency_exit", "--json").json()
    assert (over["state"], over["outcome"], over["resolved_by"]) == (
        "resolved", "emergency_exit", "cli",
    )  # fmt: skip
    assert run("incidents", "show", "1", "--json").json() == over


def test_an_answer_is_journaled_and_survives(run: Run, site: Site) -> None:
    run("incidents", "ack", "1")
    asyncio.run(live(site))  # a gateway starts and replays
    assert run("incidents", "show", "1", "--json").json()["acknowledged_by"] == "cli"
    with sqlite3.connect(site.store) as connection:
        kinds = [row[0] for row in connection.execute("SELECT kind FROM journal ORDER BY id")]
    connection.close()
    assert kinds.count(3) == 1


def test_what_is_over_cannot_be_acknowledged(run: Run) -> None:
    run("incidents", "resolve", "1", "--outcome", "returned")
    typed = run("incidents", "ack", "1")
    assert (typed.status, typed.out) == (1, "")
    assert "resolved already" in typed.err


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (["show", "99"], 1, "no incident 99"),
        (["show", "first"], 2, "neither an incident's id nor a code"),
        (["show", "name:1"], 2, "neither an incident's id nor a code"),
        (["ack", "99"], 1, "no incident 99"),
        (["ack", "1", "--by", "P9"], 2, "no person 'P9'"),
        (["resolve", "1"], 2, "--outcome"),
        (["resolve", "1", "--outcome", "unverified"], 2, "'unverified' is not known; say one of"),
        (["list", "--state", "lost"], 2, "lost"),
    ],
)
def test_wrong_use_changes_nothing(run: Run, words: list[str], status: int, said: str) -> None:
    typed = run("incidents", *words)
    assert (typed.status, typed.out) == (status, "")
    assert said in typed.err
    assert run("incidents", "show", "1", "--json").json()["state"] == "open"


def test_a_code_that_is_another_ones_id_is_asked_back(run: Run, site: Site) -> None:
    with sqlite3.connect(site.store) as connection:
        connection.execute("UPDATE incidents SET code = '2'")
        connection.execute(
            "INSERT INTO incidents SELECT 2, household_id, 9, '77', 'resolved', raised_at,"
            " updated_at, body FROM incidents"
        )
    connection.close()
    assert run("incidents", "show", "2").status == 2
    assert "write code:2 or id:2" in run("incidents", "show", "2").err
    assert run("incidents", "show", "code:2").status == 0


def test_a_running_gateway_is_asked_and_its_refusal_told(run: Run, site: Site) -> None:
    """Whoever holds the lock answers; here a refusal stands ready under the next number."""
    lock = Lock(site.store)
    assert lock.acquire()

    async def refuse(database: Database, request: int) -> dict[str, str]:
        return {"error": f"request {request} is refused"}

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(requests, "answer_of", refuse)
        typed = run("incidents", "ack", "1")
    lock.release()
    assert (typed.status, typed.err) == (1, "doorwatch: request 1 is refused\n")


def test_a_gateway_that_does_not_answer(
    run: Run, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.cli.asking.ANSWER_S", 0.0)
    lock = Lock(site.store)
    assert lock.acquire()
    typed = run("incidents", "ack", "1")
    lock.release()
    assert typed.status == 1
    assert "has not answered yet" in typed.err


def test_a_full_disk_is_a_failure_and_changes_nothing(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The resuming still fits on the disk, the answer does not."""
    write, calls = Batch.write, []

    async def full(batch: Batch, connection: aiosqlite.Connection) -> None:
        calls.append(batch)
        if len(calls) > 1:
            raise sqlite3.OperationalError("database or disk is full")
        await write(batch, connection)

    with monkeypatch.context() as patch:
        patch.setattr(Batch, "write", full)
        typed = run("incidents", "ack", "1")
    assert (typed.status, typed.out) == (1, "")
    assert typed.err == "doorwatch: the store refuses: database or disk is full\n"
    assert run("incidents", "show", "1", "--json").json()["state"] == "open"


def test_sensors(run: Run) -> None:
    first, inner, radio, third = run("sensors", "list", "--json").json()
    assert [first["sensor_id"], inner["sensor_id"]] == ["S1", "S1b"]
    assert (first["state"], first["battery"], first["has_key"]) == ("open", 88, False)
    assert first["last_heard_at"].endswith("+08:00")
    assert (inner["state"], inner["last_heard_at"], inner["place"]) == (None, None, "inner")
    assert (radio["protocol"], radio["has_key"]) == ("bthome", True)
    assert third["household_id"] == "H3"
    table = run("sensors", "list").out.splitlines()
    assert table[1].split()[:5] == ["S1", "H1", "json", "front", "open"]
    assert "231d39c1" not in "".join(table)
