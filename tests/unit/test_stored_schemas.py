"""An upgrade finds every earlier store readable, and can be undone: migrations only ever add.

The stores and statements in ``tests/data/schema`` were made by the releases themselves.
"""

import re
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.store.database import _statements
from gateway.store.schema import MIGRATIONS
from tests.support.cli import CONFIG, Run, Site, runner

STORED = Path(__file__).parents[1] / "data" / "schema"
STORES = sorted(STORED.glob("*.db"))
COMMENT = re.compile(r"--.*")
EACH = pytest.mark.parametrize("stored", STORES, ids=lambda path: path.stem)


def plain(sql: str) -> str:
    return " ".join(COMMENT.sub("", sql).split())


def shape(connection: sqlite3.Connection) -> dict[str, str]:
    rows = connection.execute("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL")
    return {name: plain(sql) for name, sql in rows}


def made(number: int) -> sqlite3.Connection:
    """A store of the first ``number`` migrations, in memory."""
    connection = sqlite3.connect(":memory:")
    for migration in MIGRATIONS[:number]:
        connection.executescript(migration)
    return connection


@pytest.fixture
def site(tmp_path: Path) -> Site:
    site = Site.__new__(Site)
    site.folder, site.config = tmp_path, tmp_path / "config.toml"
    site.config.write_text(CONFIG.format(broker="mqtt://127.0.0.1:1"))
    site.store.parent.mkdir()
    return site


@pytest.fixture
def run(site: Site, capsys: pytest.CaptureFixture[str]) -> Run:
    return runner(capsys, site)


# -- forward -------------------------------------------------------------------------------


@EACH
def test_a_released_migration_is_never_changed(stored: Path) -> None:
    connection = sqlite3.connect(f"file:{stored}?mode=ro", uri=True)
    assert shape(connection) == shape(made(int(stored.stem)))
    connection.close()


@EACH
def test_this_release_works_on_an_earlier_store(stored: Path, site: Site, run: Run) -> None:
    shutil.copyfile(stored, site.store)
    incidents = run("incidents", "list", "--json").json()
    assert (incidents[0]["state"], incidents[-1]["state"]) == ("resolved", "open")
    assert {one["household_id"] for one in incidents} == {"H1", "H2"}
    assert next(alert["status"] for one in incidents for alert in one["alerts"]) == "delivered"
    granted = run("passes", "grant", "--household", "H1", "--json")
    assert granted.status == 0, granted.err  # memory recalled, an input decided and committed
    last = str(incidents[-1]["id"])
    assert run("incidents", "resolve", f"id:{last}", "--outcome", "returned").status == 0
    again = run("incidents", "list", "--json").json()[-1]
    assert (again["state"], again["outcome"]) == ("resolved", "returned")
    replayed = run("replay", "--since", "2020-01-01", "--json").json()
    assert replayed["was"]["incidents"] == replayed["would_be"]["incidents"] >= len(incidents)
    assert sqlite3.connect(site.store).execute("PRAGMA user_version").fetchone() == (
        len(MIGRATIONS),
    )


# -- and back ------------------------------------------------------------------------------


def asked(stored: Path) -> list[str]:
    """Every statement of a release, once."""
    return stored.with_suffix(".sql").read_text().splitlines()


@EACH
def test_what_an_earlier_release_asks_is_answered_by_this_schema(
    stored: Path, site: Site, run: Run
) -> None:
    shutil.copyfile(stored, site.store)
    assert run("incidents", "list").status == 0  # brought up to this schema
    connection = sqlite3.connect(site.store, isolation_level=None)
    statements = asked(stored)
    assert len(statements) > 40
    for sql in statements:
        connection.execute("BEGIN")
        try:
            connection.execute(sql).fetchall()
        except sqlite3.IntegrityError as error:  # the very row is there already
            assert str(error).startswith("UNIQUE constraint failed"), sql
        connection.execute("ROLLBACK")
    connection.close()


@EACH
def test_the_statements_are_those_of_a_life_with_every_table(stored: Path) -> None:
    tables = {name for name, sql in shape(made(int(stored.stem))).items() if "CREATE TABLE" in sql}
    written = {
        match[1]
        for sql in asked(stored)
        if (match := re.match(r"(?:INSERT INTO|INSERT OR IGNORE INTO) (\w+)", sql))
    }
    assert written >= tables - {"replies"}


def every_statement() -> Iterator[tuple[int, str]]:
    for number, migration in enumerate(MIGRATIONS, 1):
        for sql in _statements(migration):
            yield number, plain(sql)


@pytest.mark.parametrize(("number", "sql"), [*every_statement()])
def test_a_migration_only_adds(number: int, sql: str) -> None:
    if sql.startswith("UPDATE "):  # of columns that this very migration has added
        columns = re.findall(r"(\w+) = ", sql.partition(" WHERE ")[0])
        added = re.findall(r"ADD COLUMN (\w+)", MIGRATIONS[number - 1])
        assert columns
        assert set(columns) <= set(added)
        return
    assert re.match(r"CREATE TABLE|CREATE INDEX|ALTER TABLE \w+ ADD COLUMN ", sql), sql
    if "ADD COLUMN" in sql:  # an earlier release does not fill it
        assert "NOT NULL" not in sql or "DEFAULT" in sql
        assert "UNIQUE" not in sql
        assert "CHECK" not in sql
