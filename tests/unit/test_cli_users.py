"""``doorwatch users``: adding, listing, changing and taking away logins."""

import io
import sqlite3
from pathlib import Path

import pytest

from gateway.accounts.passwords import _hasher
from tests.support.cli import Run, Site, runner

PASSWORD = "a long enough one"


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


@pytest.fixture
def run(site: Site, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    run = runner(capsys, site)
    assert run("ledger", "import", *site.files).status == 0
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{PASSWORD}\n" * 9))
    return run


def test_somebody_of_the_roster_gets_a_login(run: Run, site: Site) -> None:
    added = run("users", "add", "wang", "--person", "P1", "--json")
    assert added.json() == {"name": "wang", "person_id": "P1", "role": "member", "grid_id": "G1"}
    run("users", "add", "admin", "--role", "ops")
    assert [one["name"] for one in run("users", "list", "--json").json()] == ["admin", "wang"]
    store = sqlite3.connect(site.store)
    (stored,) = store.execute("SELECT password FROM users WHERE name = 'wang'").fetchone()
    store.close()
    assert stored.startswith("$argon2id$")
    assert _hasher().verify(stored, PASSWORD)


def test_a_login_is_taken_away(run: Run) -> None:
    run("users", "add", "admin", "--role", "ops")
    assert run("users", "remove", "admin").status == 0
    assert run("users", "list", "--json").json() == []


def test_who_changed_the_logins_is_kept(run: Run, site: Site) -> None:
    run("users", "add", "admin", "--role", "ops")
    run("users", "passwd", "admin")
    run("users", "remove", "admin")
    store = sqlite3.connect(site.store)
    acts = store.execute("SELECT who, what, subject FROM audit ORDER BY id").fetchall()
    store.close()
    assert acts[-3:] == [
        ("cli", "user_added", "admin"),
        ("cli", "user_changed", "admin"),
        ("cli", "user_removed", "admin"),
    ]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["add", "x"], "say who it is"),
        (["add", "x", "--person", "P1", "--role", "ops"], "say who it is"),
        (["add", "x", "--person", "P9"], "no person 'P9'"),
        (["add", "x", "--role", "boss"], "no role 'boss'"),
        (["add", "x", "--role", "member", "--grid", "G9"], "no grid 'G9'"),
        (["add", "x", "--person", "P1", "--grid", "G1"], "--grid goes with --role"),
        (["passwd", "x"], "no user 'x'"),
        (["remove", "x"], "no user 'x'"),
    ],
)
def test_what_cannot_be_changes_nothing(run: Run, words: list[str], said: str) -> None:
    typed = run("users", *words)
    assert typed.status == 2
    assert said in typed.err
    assert run("users", "list", "--json").json() == []


def test_a_short_password_changes_nothing(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("short\n"))
    typed = run("users", "add", "x", "--role", "ops")
    assert (typed.status, "10 to 256 characters" in typed.err) == (2, True)
    assert run("users", "list", "--json").json() == []
