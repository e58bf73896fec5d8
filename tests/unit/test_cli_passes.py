"""``doorwatch passes`` on a store beside which no gateway runs."""

import asyncio
from pathlib import Path

import pytest

from gateway.cli.passes import PassKind
from gateway.ledger.rows import WindowKind
from rules.model import Door
from tests.support.cli import Run, Site, runner
from tests.unit.test_cli_incidents import live

FIELDS = {
    "id", "state", "household_id", "granted_by", "granted_at", "starts_at", "ends_at",
    "max_open_minutes", "kind", "incident_id", "own", "used_at", "overrun_at", "revoked_by",
    "revoked_at",
}  # fmt: skip


@pytest.fixture
def site(tmp_path: Path) -> Site:
    site = Site(tmp_path)
    (site.ledger / "windows.csv").unlink()  # so that at any hour an opening is a breach
    return site


@pytest.fixture
def run(site: Site, capsys: pytest.CaptureFixture[str]) -> Run:
    run = runner(capsys, site)
    assert run("ledger", "import", *site.files).status == 0
    assert run("doctor", "--trust-clock").status == 0  # a pass covers nothing at an unknown time
    asyncio.run(live(site, ("S1", Door.CLOSED, None)))
    return run


def test_a_pass_is_granted_listed_and_used(run: Run, site: Site) -> None:
    granted = run(
        "passes", "grant", "--household", "H1", "--kind", "medical", "--by", "P2", "--json"
    )
    assert granted.status == 0, granted.err
    one = granted.json()
    assert set(one) == FIELDS
    assert (one["id"], one["household_id"], one["state"]) == ("pass-1", "H1", "valid")
    assert (one["kind"], one["granted_by"], one["own"]) == ("medical", "P2", False)
    assert one["granted_at"].endswith("+08:00")
    run("passes", "grant", "--household", "H2", "--minutes", "5")
    both = run("passes", "list", "--json").json()
    assert [p["id"] for p in both] == ["pass-1", "pass-2"]
    assert run("passes", "list", "--household", "H1", "--json").json() == both[:1]
    asyncio.run(live(site, ("S1", Door.OPEN, None)))
    used, unused = run("passes", "list", "--json").json()
    assert (used["state"], unused["state"]) == ("used", "valid")
    assert unused["granted_by"] == "cli"
    assert run("incidents", "list", "--json").json() == []
    assert "medical" in run("passes", "list").out.splitlines()[1]


def test_from_an_incident_it_covers_the_open_door(run: Run, site: Site) -> None:
    asyncio.run(live(site, ("S1", Door.OPEN, None)))
    (raised,) = run("incidents", "list", "--json").json()
    words = ("passes", "grant", "--household", "H1", "--incident", raised["code"], "--by", "P1")
    granted = run(*words, "--json")
    assert granted.status == 0, granted.err
    assert (granted.json()["state"], granted.json()["incident_id"]) == ("used", raised["id"])
    over = run("incidents", "show", f"id:{raised['id']}", "--json").json()
    assert (over["state"], over["outcome"]) == ("resolved", "permitted_after_all")
    assert over["resolved_by"] == "P1"
    again = run(*words)
    assert (again.status, again.out) == (1, "")
    assert "is over" in again.err


def test_a_pass_is_for_what_windows_are_for() -> None:
    assert [kind.value for kind in PassKind] == [kind.value for kind in WindowKind]


def test_it_is_taken_back_once(run: Run, site: Site) -> None:
    run("passes", "grant", "--household", "H1")
    taken = run("passes", "revoke", "pass-1", "--by", "P2", "--json").json()
    assert (taken["state"], taken["revoked_by"]) == ("revoked", "P2")
    again = run("passes", "revoke", "1")
    assert (again.status, "revoked already" in again.err) == (1, True)
    asyncio.run(live(site, ("S1", Door.OPEN, None)))
    assert len(run("incidents", "list", "--json").json()) == 1


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (["grant"], 2, "--household"),
        (["grant", "--household", "H9"], 2, "no household 'H9'"),
        (["grant", "--household", "H1", "--minutes", "4"], 2, "--minutes"),
        (["grant", "--household", "H1", "--minutes", "241"], 2, "--minutes"),
        (["grant", "--household", "H1", "--kind", "walk"], 2, "walk"),
        (["grant", "--household", "H1", "--by", "P9"], 2, "no person 'P9'"),
        (["grant", "--household", "H1", "--incident", "99"], 1, "no incident 99"),
        (["revoke", "pass-9"], 1, "no pass-9"),
        (["revoke", "first"], 2, "'first' is no pass"),
    ],
)
def test_wrong_use_changes_nothing(run: Run, words: list[str], status: int, said: str) -> None:
    typed = run("passes", *words)
    assert (typed.status, typed.out) == (status, "")
    assert said in typed.err
    assert run("passes", "list", "--json").json() == []
