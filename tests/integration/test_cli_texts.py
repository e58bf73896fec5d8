"""``doorwatch texts``: what carriers are to be shown, and a text that tries a number."""

import json
import time
from pathlib import Path

import pytest

from gateway.alerts.segments import fits
from gateway.store.database import Database
from rules.moment import HOUR
from simulators.broker import Mosquitto
from simulators.provider import ProviderStandIn
from tests.integration.test_cli_daemon import run_command
from tests.support.cli import Run, Site, runner
from tests.support.site import Site as Running

PHONE = "+8613800000001"  # two texts in the same words a day
REGISTERED = Path(__file__).parent.parent / "data" / "texts.txt"
SAID = "【门磁演练】这是测试短信，不用回复。"


async def sent_before(site: Running, times: int) -> None:
    """The same text, an hour ago."""
    at = time.time_ns() // 1_000_000 - HOUR
    database = await Database.open(site.store)
    sql = (
        "INSERT INTO alerts (person_id, phone, kind, step, text, status, created_at, next_at,"
        " handed, handed_at) VALUES ('P1', ?, 'sms', 0, ?, 'delivered', ?, ?, 1, ?)"
    )
    for _ in range(times):
        await database.transaction(lambda c: c.execute(sql, (PHONE, SAID, at, at, at)))
    await database.close()


@pytest.fixture
def run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    return runner(capsys, Site(tmp_path))


def test_every_wording_is_listed_with_its_length(run: Run) -> None:
    listed = run("texts", "list", "--json").json()
    names = {(one["name"], one["language"]) for one in listed}
    for name in ("unauthorised_opening", "answer.taken", "choose", "merged", "test"):
        assert {(name, "zh"), (name, "en")} <= names
    for name in ("answer.taken.drill", "choose.more", "merged.urgent", "merged.date.reply"):
        assert {(name, "zh"), (name, "en")} <= names  # registered, too, for they are sent
    assert len(names) == len(listed)
    assert {one["segments"] for one in listed} == {1}
    assert all(fits(one["text"]) and one["units"] >= len(one["text"]) for one in listed)
    printed = run("texts", "list")
    assert printed.status == 0
    assert "merged.codes.reply" in printed.out


def test_no_wording_changes_unnoticed(run: Run) -> None:
    """Carriers have registered them: who changes one registers it again, and says so. To renew:
    ``doorwatch texts list > tests/data/texts.txt``."""
    assert run("texts", "list").out == REGISTERED.read_text()


def test_a_test_needs_a_person_and_a_gateway_that_runs(run: Run, tmp_path: Path) -> None:
    files = sorted(map(str, (tmp_path / "ledger").glob("*.csv")))
    assert run("ledger", "import", *files).status == 0
    unknown = run("texts", "test", "--person", "P9")
    assert (unknown.status, "no person 'P9'" in unknown.err) == (2, True)
    alone = run("texts", "test", "--person", "P1")
    assert (alone.status, "does not run" in alone.err) == (1, True)


@pytest.mark.parametrize(
    ("earlier", "status", "error", "exits"),
    [(0, "delivered", None, 0), (2, "stale", "same_per_day", 1)],
)
async def test_a_test_text_takes_the_way_of_every_alert(
    tmp_path: Path, earlier: int, status: str, error: str | None, exits: int
) -> None:
    async with Mosquitto() as broker, ProviderStandIn() as provider:
        site = Running(tmp_path, broker.url, provider, member=PHONE)
        await site.import_ledger()
        await sent_before(site, earlier)
        await site.start()
        try:
            await site.ready()
            typed = await run_command(site, "texts", "test", "--person", "P1", "--json")
            found = json.loads(typed.out)
            assert (typed.status, found["status"], found["error"]) == (exits, status, error)
            assert found["text"] == SAID
            left = [(PHONE, SAID)] if status == "delivered" else []
            assert [(m.to, m.body) for m in provider.messages] == left
            assert site.incidents() == []
            noted = site.rows("SELECT who, what, subject FROM audit WHERE what = 'text_tested'")
            assert noted == [("cli", "text_tested", "P1")]
        finally:
            await site.kill()
