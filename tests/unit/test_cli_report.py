"""``doorwatch report`` on a store beside which no gateway runs."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from drivers.reading import Decoded, Delivery, Reading, nothing
from gateway import loading, requests
from gateway.cli.asking import Unwatched
from gateway.clock import SystemClock
from gateway.clock.evidence import Machine
from gateway.config import load
from gateway.core import Core
from gateway.coverage import table
from gateway.coverage.gaps import Gap, State
from gateway.store import journal, ledgers
from gateway.store.database import Database
from rules.local import instant
from rules.model import Commissioned, Door
from rules.moment import DAY, MINUTE
from tests.support.cli import Run, Site, runner

ZONE = ZoneInfo("Asia/Shanghai")
TODAY = datetime.now(ZONE).date()
YESTERDAY = TODAY - timedelta(days=1)
MIDNIGHT = instant(YESTERDAY, 0, ZONE)
JUDGING = re.compile(r"complian|合规|遵守|守规", re.IGNORECASE)


def work(site: Site, do: Callable[[Database], Awaitable[object]]) -> None:
    """Something done to the store."""

    async def run() -> None:
        database = await Database.open(site.store)
        try:
            await do(database)
        finally:
            await database.close()

    asyncio.run(run())


def gap(cause: State, subject: str | None, first: int, last: int) -> Gap:
    """Minutes of yesterday."""
    return Gap(cause, subject, MIDNIGHT + first * MINUTE, MIDNIGHT + last * MINUTE)


async def watched_until_now(database: Database) -> None:
    """As if a gateway had run all the time."""
    row = journal.heard_row(1, {}, MIDNIGHT + 3 * DAY)
    await database.transaction(lambda c: c.execute(journal.INSERT, row))


async def with_gaps(database: Database) -> None:
    await watched_until_now(database)
    found = [
        gap(State.RADIO, None, 0, 60),
        gap(State.BROKER, None, 600, 660),
        gap(State.SENSOR, "H1", 630, 720),
        gap(State.CLOCK, None, 1380, 1440),
        gap(State.UNSUPERVISED, "H2", 0, 1440),
    ]
    await table.write(database, map(table.opened, found))


async def live(database: Database, site: Site) -> None:
    """A gateway for a moment: an opening, an installer, and a word for the clock."""
    clock = SystemClock(await loading.newest_moment(database))
    memory = await loading.load(database, load(site.config))
    core = Core(database, memory, clock, Unwatched(), lambda: None)
    await core.resume(0)
    version, ledger = await ledgers.latest(database)
    await core.use(ledger, version, core.memory.rules)
    running = asyncio.create_task(core.run())
    await core.ask("H3", Commissioned("S3", clock.now() + MINUTE))
    for door in (Door.CLOSED, Door.OPEN):
        reading = Reading("mqtt", "json", "S1", Decoded(door), clock.now())
        core.submit(Delivery(reading, nothing))
    core.stop()
    await running
    trust = Machine().trusted_by("P4")
    await requests.add(database, {"do": "trust_clock", **trust._asdict()}, clock.now())


@pytest.fixture
def site(tmp_path: Path) -> Site:
    site = Site(tmp_path)
    (site.ledger / "windows.csv").unlink()  # so that at any hour an opening is a breach
    return site


@pytest.fixture
def run(site: Site, capsys: pytest.CaptureFixture[str]) -> Run:
    run = runner(capsys, site)
    assert run("ledger", "import", *site.files).status == 0
    return run


def whole_day(run: Run, *words: str) -> Any:
    typed = run("report", "coverage", "--since", YESTERDAY, "--until", YESTERDAY, *words, "--json")
    assert typed.status == 0, typed.err
    return typed.json()


def minutes(line: dict[str, Any]) -> dict[str, int]:
    assert sum(line["by_state"].values()) == line["minutes"]
    assert round(sum(line["percent"].values()), 6) == 100
    return {state: count for state, count in line["by_state"].items() if count}


# -- coverage --------------------------------------------------------------------------------


def test_every_minute_has_its_state(run: Run, site: Site) -> None:
    work(site, with_gaps)
    found = whole_day(run)
    assert {line["household_id"]: minutes(line) for line in found["households"]} == {
        "H1": {"observed": 1440 - 60 - 60 - 60, "broker": 60, "sensor": 60, "clock": 60},
        "H2": {"unsupervised": 1440 - 60 - 60, "radio": 60, "clock": 60},
    }  # H3 does not isolate any more
    assert minutes(found["all"]) == minutes(found["grids"][0]) == minutes(found["days"][0])
    assert found["all"]["not_observed_minutes"] == 300
    assert found["households"][0]["longest_gap"]["minutes"] == 120  # broker, then sensor
    assert whole_day(run, "--household", "H2")["households"] == found["households"][1:]
    assert whole_day(run, "--grid", "G1") == found


def test_a_day_of_its_own_for_each_household(run: Run, site: Site) -> None:
    work(site, with_gaps)
    (line,) = whole_day(run, "--household", "H1")["households"]
    assert line["days"] == [
        {"day": YESTERDAY.isoformat(), "minutes": 1440, "not_observed_minutes": 180}
    ]


def test_without_since_it_is_all_of_the_isolation(run: Run, site: Site) -> None:
    work(site, with_gaps)
    found = run("report", "coverage", "--json").json()
    begins = datetime(2026, 3, 1, tzinfo=ZONE)
    assert found["since"] == begins.isoformat(timespec="milliseconds")
    passed = (datetime.now(ZONE) - begins) // timedelta(minutes=1)
    assert found["households"][0]["minutes"] in (passed, passed - 1)


def test_a_gateway_that_never_ran_saw_nothing(run: Run) -> None:
    found = whole_day(run)
    assert minutes(found["all"]) == {"power": 2 * 1440}


def test_sensors_of_earlier_ledgers_hide_no_gap(run: Run, site: Site) -> None:
    """H2 was heard by radio yesterday; today its sensor speaks to the broker."""
    work(site, with_gaps)
    sensors = "sensor_id,household_id,protocol,address\nS2,H2,json,S2\n"
    assert run("ledger", "import", site.write("sensors.csv", sensors)).status == 0
    (line,) = whole_day(run, "--household", "H2")["households"]
    assert minutes(line)["radio"] == 60


@pytest.mark.parametrize("by", ["household", "grid", "day"])
@pytest.mark.parametrize(("language", "unseen"), [("en", "not observed"), ("zh", "未观察")])
def test_for_people_in_their_language(
    run: Run, site: Site, by: str, language: str, unseen: str
) -> None:
    work(site, with_gaps)
    config = site.config.read_text()
    site.config.write_text(config.replace('language = "en"', f'language = "{language}"'))
    typed = run("report", "coverage", "--since", YESTERDAY, "--until", YESTERDAY, "--by", by)
    assert unseen in typed.out
    assert not JUDGING.search(typed.out)


@pytest.mark.parametrize(
    ("words", "names"),
    [
        (("--household", "H9"), "--household"),
        (("--grid", "G9"), "--grid"),
        (("--since", "soon"), "--since"),
        (("--since", "2036-01-01"), "--since is in the future: nothing is known of it yet"),
        (("--since", "2026-04-02", "--until", "2026-04-01"), "--until"),
    ],
)
def test_wrong_use_is_told_and_exits_2(run: Run, words: tuple[str, ...], names: str) -> None:
    typed = run("report", "coverage", *words)
    assert (typed.status, names in typed.err) == (2, True)


# -- what happened ---------------------------------------------------------------------------


def test_the_daily_report(run: Run, site: Site) -> None:
    work(site, lambda database: live(database, site))
    found = run("report", "daily", "--day", TODAY, "--json").json()
    (incident,) = found["incidents"]
    assert (incident["household_id"], incident["kind"]) == ("H1", "unauthorised_opening")
    assert [one["id"] for one in found["unresolved"]] == [incident["id"]]
    assert found["alerts"]["created"] == found["alerts"]["waiting"] >= 1
    assert found["latency"]["alerts"] == found["alerts"]["created"]
    decided = found["latency"]["stages"]["decided"]
    assert decided["count"] == found["alerts"]["created"]
    assert found["latency"]["worst"][0]["code"] == incident["code"]
    assert found["coverage"]["households"] == 2
    run("incidents", "resolve", "1", "--outcome", "returned", "--by", "P2")
    typed = run("report", "daily", "--day", TODAY)
    assert "not resolved yet: 0" in typed.out
    [shown] = [line.split() for line in typed.out.splitlines() if line.startswith("decided ")]
    numbers = (f"{decided[name]:.3f}" for name in ("p50", "p99", "max"))
    assert shown == ["decided", str(decided["count"]), *numbers]
    assert "returned" in typed.out
    assert not JUDGING.search(typed.out)
    assert "drill" not in typed.out


def test_a_drill_is_called_one(run: Run, site: Site) -> None:
    work(site, lambda database: live(database, site))
    sql = "UPDATE incidents SET body = json_set(body, '$.drill', json('true'))"
    work(site, lambda database: database.transaction(lambda c: c.execute(sql)))
    assert "drill: unauthorised_opening" in run("report", "daily", "--day", TODAY).out


@pytest.mark.parametrize(
    ("state", "outcome", "listed"),
    [("open", None, "unresolved"), ("resolved", "unverified", "unverified")],
)
def test_what_needs_somebody_stays_on_the_list_until_somebody_says(
    run: Run, site: Site, state: str, outcome: str | None, listed: str
) -> None:
    work(site, lambda database: live(database, site))

    async def days_ago(database: Database) -> None:
        sql = """UPDATE incidents SET state = ?1, raised_at = raised_at - 259200000,
            body = json_set(body, '$.state', ?1, '$.outcome', ?2)"""
        await database.transaction(lambda c: c.execute(sql, (state, outcome)))

    work(site, days_ago)
    found = run("report", "daily", "--json").json()
    lists = ("incidents", "unresolved", "unverified")
    assert {name for name in lists if found[name]} == {listed}


def test_the_night_says_what_was_not_observed(run: Run, site: Site) -> None:
    work(site, watched_until_now)
    found = run("report", "nightly", "--json").json()
    begin = datetime.fromisoformat(found["since"])
    assert (begin.hour, begin.minute) == (22, 0)
    night = datetime.fromisoformat(found["until"]) - begin
    assert timedelta(0) <= night <= timedelta(hours=8)
    typed = run("report", "nightly")
    assert "households with time not observed: 0 / 2" in typed.out


def test_a_day_that_is_none(run: Run) -> None:
    typed = run("report", "daily", "--day", "yesterday")
    assert (typed.status, "--day" in typed.err) == (2, True)


# -- audit -----------------------------------------------------------------------------------


def test_who_did_what(run: Run, site: Site) -> None:
    work(site, lambda database: live(database, site))
    run("incidents", "ack", "1", "--by", "P1")
    run("incidents", "resolve", "1", "--outcome", "returned", "--by", "P2")
    acts = run("report", "audit", "--json").json()
    assert [(one["who"], one["what"], one["about"], one["incident"]) for one in acts] == [
        ("cli", "ledger", None, None),  # stored
        (None, "ledger", None, None),  # in force
        (None, "commissioned", "S3", None),
        ("P4", "clock_trusted", None, None),
        ("P1", "acknowledged", "H1", 1),
        ("P2", "resolved", "H1", 1),
    ]
    assert acts[-1]["detail"] == "returned"
    assert "P2" in run("report", "audit").out
    assert run("report", "audit", "--until", "2026-03-01", "--json").json() == []
