"""``doorwatch household`` as somebody types it, without a gateway that runs; and what a replay says
of what is gone."""

from pathlib import Path

import pytest

from gateway.store.database import Database
from tests.support.cli import Run, Site, runner


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


@pytest.fixture
async def run(site: Site, capsys: pytest.CaptureFixture[str]) -> Run:
    site.store.parent.mkdir()
    await (await Database.open(site.store)).close()
    return runner(capsys, site)


def imported(run: Run, site: Site) -> None:
    assert run("ledger", "import", *site.files).status == 0


def test_exported_then_erased(site: Site, run: Run) -> None:
    imported(run, site)
    assert run("household", "export", "H3").json()["ledger"][0]["sensors"][0]["sensor_id"] == "S3"
    erased = run("household", "erase", "H3")
    assert erased.status == 0, erased.err
    assert erased.out.startswith("H3: erased (1 of households")
    assert run("household", "export", "H3").status == 2
    shown = run("ledger", "show").out
    assert "3-2-503" not in shown
    assert b"3-2-503" not in site.store.read_bytes()


def test_one_that_isolates_is_not_erased_by_mistake(site: Site, run: Run) -> None:
    imported(run, site)
    refused = run("household", "erase", "H1")
    assert refused.status == 1
    assert "--force erases it all the same" in refused.err
    assert run("household", "export", "H1").status == 0
    assert run("household", "erase", "H1", "--force", "--json").json()["erased"]["households"] == 1
    assert run("household", "export", "H1").status == 2


def test_a_replay_says_what_it_cannot_know(site: Site, run: Run) -> None:
    imported(run, site)
    words = ("replay", "--since", "2026-03-01")
    assert run(*words, "--json").json()["purged_until"] is None
    assert "purged" not in run(*words).out
    assert run("household", "erase", "H3").status == 0
    assert run(*words, "--json").json()["purged_until"] is not None
    assert "were purged: neither side has them" in run(*words).out


def test_nobody_known_by_that_name(site: Site, run: Run) -> None:
    imported(run, site)
    assert run("household", "export", "H9").status == 2
    assert run("household", "erase", "H9").status == 1
