"""``doorwatch maintenance`` on a store beside which no gateway runs."""

import asyncio
from pathlib import Path

import pytest

from rules.model import Door
from tests.support.cli import Run, Site, runner
from tests.unit.test_cli_incidents import live


@pytest.fixture
def run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    site = Site(tmp_path)
    run = runner(capsys, site)
    assert run("ledger", "import", *site.files).status == 0
    asyncio.run(live(site, ("S1", Door.CLOSED, None)))  # the ledger is in force
    return run


def test_it_is_started_listed_and_ended(run: Run) -> None:
    words = ("--minutes", "30", "--why", "new receiver", "--by", "P2", "--json")
    started = run("maintenance", "start", "--grid", "G1", *words)
    assert started.status == 0, started.err
    one = started.json()
    assert (one["grid_id"], one["by"], one["why"], one["lasts"]) == (
        "G1",
        "P2",
        "new receiver",
        True,
    )
    assert one["hidden"] == []
    assert run("maintenance", "start", "--gateway", "--minutes", "5").status == 0
    assert run("maintenance", "end", "--grid", "G1").status == 0
    both = run("maintenance", "list", "--json").json()
    assert [(row["grid_id"], row["lasts"], row["ended_by"]) for row in both] == [
        ("G1", False, "cli"),
        (None, True, None),
    ]
    lines = run("maintenance", "list").out.splitlines()
    assert "new receiver" in lines[1]
    assert lines[2].startswith("the gateway")
    again = run("maintenance", "end", "--grid", "G1")
    assert (again.status, "grid G1 is not under maintenance" in again.err) == (1, True)
    acts = run("report", "audit", "--json")
    assert acts.out.count("maintenance_started") == 2


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("start", "--minutes", "5"), "say either --grid G or --gateway"),
        (("end",), "say either --grid G or --gateway"),
        (("start", "--grid", "G1", "--gateway", "--minutes", "5"), "say either"),
        (("start", "--grid", "G9", "--minutes", "5"), "there is no grid 'G9'"),
        (("start", "--grid", "G1", "--minutes", "5", "--by", "P9"), "there is no person 'P9'"),
        (("start", "--grid", "G1", "--minutes", "1441"), "less than or equal to 1440"),
    ],
)
def test_what_is_refused_changes_nothing(run: Run, words: tuple[str, ...], said: str) -> None:
    refused = run("maintenance", *words)
    assert refused.status == 2
    assert said in refused.err
    assert run("maintenance", "list", "--json").json() == []
