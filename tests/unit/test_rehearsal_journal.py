"""``doorwatch replay --since``: what was beside what would have been."""

import asyncio
import hashlib
import os
import pty
import sqlite3
import subprocess
import sys
from pathlib import Path

import aiosqlite
import pytest

from gateway.cli import replay_journal
from gateway.store.database import Database
from rules.moment import MINUTE, SECOND
from tests.support.cli import Run, Site, Typed, runner
from tests.support.replayed import lived

NIGHT = "2026-03-02 05:00"  # where every story begins: in the curfew until six
HELD = [(2 * 60 * MINUTE, "open S1"), (11 * MINUTE, "look"), (0, "close S1")]  # 07:00 in its window


@pytest.fixture
def site(tmp_path: Path) -> Site:
    site = Site(tmp_path)
    site.store.parent.mkdir()
    return site


@pytest.fixture
def run(site: Site, capsys: pytest.CaptureFixture[str]) -> Run:
    return runner(capsys, site)


def live(site: Site, *story: tuple[int, str]) -> None:
    async def work() -> None:
        _, database = await lived(site, story, site.store)
        await database.close()

    asyncio.run(work())


def replay(run: Run, *words: object) -> dict:
    typed: Typed = run("replay", "--since", NIGHT, "--json", *words)
    assert typed.status == 0, typed.err
    return typed.json()


def sums(side: dict) -> tuple[int, int, int]:
    return side["incidents"], side["texts"], side["calls"]


def test_the_same_rules_would_have_sent_the_same(run: Run, site: Site) -> None:
    live(site, *HELD, (MINUTE, "ack H1 P1"))
    found = replay(run)
    assert found["was"] == found["would_be"]
    assert sums(found["was"]) == (1, 1, 0)
    assert [(one["verdict"], one["at"][11:16]) for one in found["decisions"]] == [
        ("permitted", "07:00"),
        ("held_open", "07:10"),
    ]
    typed = run("replay", "--since", NIGHT)
    assert typed.out.splitlines() == [
        "from 2026-03-02 05:00:00 to 2026-03-02 07:12:00",
        "kind       incidents was  would be  texts was  would be  calls was  would be",
        "held_open  1              1         1          1         0          0",
        "all        1              1         1          1         0          0",
        "These rules would have sent as much: 1 text and 0 calls.",
    ]


def test_other_rules_by_kind_and_household(run: Run, site: Site) -> None:
    """A door opens by night at 05:30; the other rules end the curfew at five."""
    live(site, (30 * MINUTE, "open S3"), (MINUTE, "close S3"), (2 * MINUTE, "ack H3 P1"))
    rules = site.write("trial.toml", "[defaults]\ncurfew = {start = '23:00', end = '05:00'}\n")
    typed = run("replay", "--since", NIGHT, "--rules", rules)
    assert typed.out.splitlines()[1:] == [
        "kind                  incidents was  would be  texts was  would be  calls was  would be",
        "unauthorised_opening  1              1         2          1         1          0",
        "all                   1              1         2          1         1          0",
        "3-2-503: 2 texts -> 1, 1 call -> 0, critical -> high",
        "These rules would have sent 1 text less and 1 call less.",
    ]


def test_other_rules_hold_from_since_on(run: Run, site: Site) -> None:
    """An incident from before goes on as it was, now by the other rules' chain."""
    live(site, (30 * MINUTE, "open S3"), (SECOND, "close S3"), (30 * MINUTE, "look"))
    rules = site.write(
        "trial.toml",
        "[[escalation]]\nseverity = 'critical'\nafter_minutes = 20\n"
        "roles = ['member']\nkinds = ['voice']\n",
    )
    typed = run("replay", "--since", "2026-03-02 05:36", "--rules", rules, "--json")
    found = typed.json()
    assert (found["was"]["incidents"], found["would_be"]["incidents"]) == (0, 0)
    assert found["was"]["by_household"]["H3"]["texts"] > 0
    assert found["decisions"] == []


# -- answers -------------------------------------------------------------------------------

GRACE = "[defaults]\nwindow_grace_minutes = 30\n"  # the window of seven then covers 06:50
AT_0650 = [(110 * MINUTE, "open S3"), (SECOND, "close S3")]
AT_0900 = [(130 * MINUTE, "open S3"), (SECOND, "close S3"), (MINUTE, "ack H3 P1")]


def test_an_answer_goes_to_the_incident_that_this_door_has_here(run: Run, site: Site) -> None:
    """The second incident is the first one here; the answer to the first finds none."""
    live(site, *AT_0650, (0, "resolve H3 returned"), *AT_0900, (60 * MINUTE, "look"))
    found = replay(run, "--rules", site.write("trial.toml", GRACE))
    assert sums(found["was"]) == (2, 2, 0)
    assert sums(found["would_be"]) == (1, 1, 0)  # nobody else is called: it was answered
    assert found["answers_dropped"] == 1


def test_an_answer_to_what_these_rules_did_not_raise_is_dropped(run: Run, site: Site) -> None:
    early = [(65 * MINUTE, "open S3"), (SECOND, "close S3"), (0, "resolve H3 returned")]
    live(site, *early, (45 * MINUTE, "open S3"), (0, "close S3"), (0, "ack H3 P1"))
    found = replay(run, "--rules", site.write("trial.toml", GRACE))
    assert sums(found["was"]) == (2, 2, 0)
    assert sums(found["would_be"]) == (1, 1, 0)
    assert found["answers_dropped"] == 1
    typed = run("replay", "--since", NIGHT, "--rules", site.folder / "trial.toml")
    assert typed.out.splitlines()[-2:] == [
        "1 answer found no incident: these rules had none at that door then.",
        "These rules would have sent 1 text less.",
    ]


def test_what_is_said_of_an_older_incident_answers_no_later_one(run: Run, site: Site) -> None:
    """The second of three, said when the third was open: here it would be the second's number."""
    live(
        site, *AT_0650, (0, "resolve H3 returned"), *AT_0900[:2], (0, "resolve H3 returned"),
        (30 * MINUTE, "open S3"), (0, "close S3"), (0, "resolve-older H3"), (60 * MINUTE, "look"),
    )  # fmt: skip
    found = replay(run, "--rules", site.write("trial.toml", GRACE))
    assert found["was"]["incidents"] - found["would_be"]["incidents"] == 1
    assert found["was"]["calls"] == found["would_be"]["calls"] > 0


# -- what it reads and what it leaves alone ------------------------------------------------


def test_nothing_is_written(run: Run, site: Site) -> None:
    live(site, *HELD)
    folder = site.store.parent

    def seen() -> dict[str, str]:
        return {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in folder.iterdir()}

    before = seen()
    replay(run)
    assert seen() == before == {"doorwatch.db": before["doorwatch.db"]}


async def test_the_store_it_reads_cannot_be_written(site: Site) -> None:
    await (await Database.open(site.store)).close()
    async with replay_journal.read_only(site.store) as database:

        async def work(connection: aiosqlite.Connection) -> None:
            await connection.execute("DELETE FROM journal")

        with pytest.raises(sqlite3.OperationalError, match="readonly"):
            await database.transaction(work)


def test_until_ends_both_sides(run: Run, site: Site) -> None:
    live(site, (30 * MINUTE, "open S3"), (SECOND, "close S3"), (60 * MINUTE, "look"))
    found = replay(run, "--until", "2026-03-02 05:35")
    assert found["was"] == found["would_be"]
    assert sums(found["was"]) == (1, 2, 2)  # at once, and the step of that very moment
    assert found["until"] == "2026-03-02T05:35:00.000+08:00"


def test_a_date_alone_is_its_whole_day(run: Run, site: Site) -> None:
    live(site, (30 * MINUTE, "open S3"), (SECOND, "close S3"))
    typed = run("replay", "--since", "2026-03-02", "--until", "2026-03-02", "--json")
    assert typed.json()["since"] == "2026-03-02T00:00:00.000+08:00"
    assert typed.json()["until"] == "2026-03-02T23:59:59.999+08:00"
    assert len(typed.json()["decisions"]) == 1


def test_after_the_last_row_there_is_nothing(run: Run, site: Site) -> None:
    live(site, *HELD)
    typed = run("replay", "--since", "2026-03-09")
    assert typed.status == 0
    assert typed.out.splitlines() == [
        "nothing is stored after 2026-03-02 07:11:00: choose an earlier --since"
    ]
    typed = run("replay", "--since", "2026-03-09", "--until", "2026-03-09 01:00")
    assert typed.out == (
        "nothing is stored after 2026-03-02 07:11:00 until 2026-03-09 01:00:00: choose an earlier"
        " --since\n"
    )


def test_a_household_whose_incidents_are_graver(run: Run, site: Site) -> None:
    """Without the curfew an opening at 05:30 is no critical one."""
    live(site, (30 * MINUTE, "open S3"), (MINUTE, "close S3"), (2 * MINUTE, "look"))
    rules = site.write("trial.toml", "[defaults]\ncurfew = {start = '23:00', end = '05:00'}\n")
    lines = run("replay", "--since", NIGHT, "--rules", rules).out.splitlines()
    (line,) = [line for line in lines if line.startswith("3-2-503: ")]
    assert line.endswith("critical -> high")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "doorwatch: say --since T (the stored journal) or --readings FILE.csv"),
        (["--since", NIGHT, "--readings", "log.csv"], "doorwatch: say --since T"),
        (["--since", "yesterday"], "doorwatch: --since: "),
        (["--since", NIGHT, "--until", "2026-03-01 05:00"], "doorwatch: --until is before"),
        (["--since", NIGHT, "--ledger", "."], "doorwatch: --ledger: "),
        (["--since", NIGHT, "--rules", "none.toml"], "none.toml"),
    ],
)
def test_wrong_use(run: Run, site: Site, words: list[str], said: str) -> None:
    live(site, *HELD)
    typed = run("replay", *words)
    assert (typed.status, typed.out) == (2, "")
    assert typed.err.startswith(said)


def test_rules_for_strangers_are_refused(run: Run, site: Site) -> None:
    live(site, *HELD)
    rules = site.write("trial.toml", "[household.H9]\nmerge_minutes = 5\n")
    typed = run("replay", "--since", NIGHT, "--rules", rules)
    assert typed.status == 2
    assert typed.err.startswith("trial.toml: household.H9: there is no household")


def test_without_a_store_it_says_so(run: Run) -> None:
    typed = run("replay", "--since", NIGHT)
    assert typed.status == 1
    assert "there is no data" in typed.err


def test_a_bar_is_for_terminals_only(site: Site) -> None:
    live(site, *HELD)
    words = [sys.executable, "-m", "gateway.cli", "replay", "--since", NIGHT]
    master, terminal = pty.openpty()
    try:
        done = subprocess.run(
            [*words, "--config", str(site.config)],
            stdout=subprocess.PIPE,
            stderr=terminal,
            check=True,
        )
        assert b"replaying" in os.read(master, 65_536)
        assert b"replaying" not in done.stdout
    finally:
        os.close(terminal)
        os.close(master)
