"""``doorwatch backup`` and ``restore`` as somebody types them, on a small site."""

import json
import os
import pwd
import sqlite3
import stat
from pathlib import Path
from typing import Any

import pytest

from gateway.backup import deliver, last
from gateway.backup.errors import BackupError, Reason
from gateway.backup.last import Last
from gateway.backup.schedule import AGAIN, due_at
from gateway.config.tables import Backup
from gateway.lock import Lock
from rules.moment import HOUR
from tests.support.cli import Run, Site, runner

RULES = "[defaults]\nheld_open_minutes = 5\n"
BACKUP = '\n[backup]\npath = "away"\nkey_file = "backup_key"\nkeep = 2\n'


@pytest.fixture
def site(tmp_path: Path) -> Site:
    folder = tmp_path / "old"
    folder.mkdir()
    site = Site(folder)
    site.write("rules.toml", RULES)
    site.config.write_text(site.config.read_text() + BACKUP)
    (folder / "away").mkdir()
    return site


@pytest.fixture
def run(site: Site, capsys: pytest.CaptureFixture[str]) -> Run:
    run = runner(capsys, site)
    assert run("backup", "--new-key", site.folder / "backup_key").status == 0
    assert run("ledger", "import", *site.files).status == 0
    return run


@pytest.fixture
def blank(tmp_path: Path) -> Path:
    """Where the configuration of a blank gateway is to come."""
    folder = tmp_path / "new"
    folder.mkdir()
    return folder / "config.toml"


def taken(site: Site) -> list[Path]:
    return sorted((site.folder / "away").iterdir())


def contents(path: Path) -> dict[str, list[Any]]:
    """Every row of every table."""
    connection = sqlite3.connect(path)
    try:
        names = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        tables = [name for (name,) in names if not name.startswith("sqlite_")]
        return {name: connection.execute(f"SELECT * FROM {name}").fetchall() for name in tables}
    finally:
        connection.close()


def at(config: Path) -> Site:
    """Where there is nothing yet, or what a restore has made."""
    site = Site.__new__(Site)
    site.folder, site.config = config.parent, config
    return site


def bring_back(
    site: Site,
    blank: Path,
    capsys: pytest.CaptureFixture[str],
    *more: str,
    file: Path | None = None,
) -> Any:
    key = site.folder / "backup_key"
    return runner(capsys, at(blank))(
        "restore", file or taken(site)[-1], "--key-file", key, "--json", *more
    )


def test_a_blank_gateway_is_the_old_one_after_one_command(
    site: Site, run: Run, blank: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (site.store.with_name("web_session_key")).write_text("k" * 64)
    assert run("backup").status == 0
    restored = bring_back(site, blank, capsys)
    assert restored.status == 0, restored.err
    assert contents(blank.parent / "data/doorwatch.db") == contents(site.store)
    assert blank.read_text() == site.config.read_text()
    assert (blank.parent / "rules.toml").read_text() == RULES
    assert (blank.parent / "data/web_session_key").read_text() == "k" * 64
    for file in restored.json()["files"]:
        assert stat.S_IMODE(Path(file).stat().st_mode) == 0o600
    assert restored.json()["missing"] == []
    kept = blank.parent / "backup_key"  # the key is in none: it is the given one
    assert str(kept) in restored.json()["files"]
    assert kept.read_text() == (site.folder / "backup_key").read_text()
    listed = runner(capsys, at(blank))("users", "list")
    assert listed.status == 0, listed.err


def test_a_key_that_cannot_be_put_where_it_belongs_is_said_with_the_line_to_type(
    site: Site, run: Run, blank: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    safe = tmp_path / "safe place"
    safe.mkdir()
    key = (site.folder / "backup_key").read_text()
    (safe / "key").write_text(key)
    (safe / "key").chmod(0o600)
    text = site.config.read_text().replace('"backup_key"', f'"{safe}/key"')
    site.config.write_text(text)
    assert run("backup").status == 0
    (safe / "key").unlink()
    safe.rmdir()
    safe.write_text("no folder")
    restored = bring_back(site, blank, capsys)
    assert restored.status == 0, restored.err
    us = pwd.getpwuid(os.geteuid()).pw_name
    assert restored.json()["missing"] == [
        "the key of backups, by typing sudo install -D -m 600"
        f" -o {us} {site.folder}/backup_key '{safe}/key'"
    ]


def test_a_key_that_was_systemds_is_said_with_the_line_to_type(
    site: Site, run: Run, blank: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    credentials = tmp_path / "credentials"
    credentials.mkdir()
    (credentials / "backup_key").write_text((site.folder / "backup_key").read_text())
    site.config.write_text(site.config.read_text().replace('key_file = "backup_key"\n', ""))
    with monkeypatch.context() as patch:
        patch.setenv("CREDENTIALS_DIRECTORY", str(credentials))
        assert run("backup").status == 0
    restored = bring_back(site, blank, capsys)
    assert restored.json()["missing"] == [
        "the key of backups, by typing sudo install -D -m 600"
        f" {site.folder}/backup_key /etc/doorwatch-secrets/backup/key"
    ]


def test_a_key_that_is_there_stays(
    site: Site, run: Run, blank: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("backup").status == 0
    (blank.parent / "backup_key").write_text("f" * 64)
    assert bring_back(site, blank, capsys).status == 0
    assert (blank.parent / "backup_key").read_text() == "f" * 64


def test_nothing_of_it_can_be_read_without_the_key(site: Site, run: Run) -> None:
    assert run("backup").status == 0
    (file,) = taken(site)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    content = file.read_bytes()
    for text in ("Wang", "+12025550101", "3-2-501", "doorwatch.db", "household_id"):
        assert text.encode() not in content
    assert [path.name for path in site.store.parent.iterdir() if path.is_dir()] == []


def test_the_last_success_is_what_the_disk_has(site: Site, run: Run) -> None:
    assert last.success_s(site.store) == 0
    assert run("backup").status == 0
    known = last.read(site.store)
    assert (known.name, known.size) == (taken(site)[0].name, taken(site)[0].stat().st_size)
    assert last.success_s(site.store) * 1000 == known.at > 0
    (site.folder / "away").rename(site.folder / "unplugged")
    failed = run("backup")
    assert failed.status == 1
    assert "mount its disk" in failed.err
    after = last.read(site.store)
    assert (after.at, after.why) == (known.at, "disk")
    assert after.failed_at > 0


def test_one_by_hand_to_elsewhere_does_not_count(site: Site, run: Run, tmp_path: Path) -> None:
    there = tmp_path / "stick"
    there.mkdir()
    found = run("backup", "--to", there, "--json").json()
    assert Path(found["delivered"][0]).parent == there
    assert found["same_disk"] == [str(there)]
    assert last.read(site.store) == Last()
    assert taken(site) == []


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("key_file", "backup.key_file: is blank; make a key"),
        ("path", "nothing says where to: give --to FOLDER"),
    ],
)
def test_what_is_not_set_up_is_said_with_its_remedy(
    site: Site, run: Run, change: str, said: str
) -> None:
    lines = site.config.read_text().splitlines()
    site.config.write_text("\n".join(line for line in lines if not line.startswith(change)))
    if change == "path":
        site.config.write_text(site.config.read_text().replace("[store]", '[store]\npath = "x.db"'))
        (site.folder / "x.db").write_bytes(site.store.read_bytes())
    refused = run("backup")
    assert refused.status == 2
    assert said in refused.err


def test_a_damaged_store_is_never_backed_up(site: Site, run: Run) -> None:
    connection = sqlite3.connect(site.store)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    pages = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'journal'")
    [(page,)] = pages.fetchall()
    connection.close()
    with site.store.open("r+b") as file:
        file.seek((page - 1) * 1024)
        file.write(os.urandom(1024))
    refused = run("backup")
    assert refused.status == 1, refused.out
    assert taken(site) == []
    assert last.read(site.store).why == "store"


def test_only_so_many_are_kept_and_nobody_elses_is_touched(site: Site, run: Run) -> None:
    away = site.folder / "away"
    old = [away / f"gw-03-2026010{day}T000000Z.backup" for day in (1, 2, 3)]
    others = [away / "gw-031-20260101T000000Z.backup", away / "gw-03-notes.txt"]
    for file in (*old, *others):
        file.touch()
    assert run("backup").status == 0
    left = [file for file in taken(site) if file not in others]
    assert left == [old[2], left[-1]]  # ``keep``: the new one, and one more
    assert [file for file in others if not file.exists()] == []


# -- by a command --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "command",
    [
        ["sh", "-c", "cat > '{here}/got'"],
        ["cp", "{{file}}", "{here}/got"],
    ],
)
def test_a_command_takes_it_away(
    site: Site, run: Run, tmp_path: Path, command: list[str],
    blank: Path, capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    words = json.dumps([word.format(here=tmp_path) for word in command])
    site.config.write_text(site.config.read_text().replace('path = "away"', f"command = {words}"))
    assert run("backup").status == 0
    assert taken(site) == []
    assert last.read(site.store).at > 0
    assert bring_back(site, blank, capsys, "--check", file=tmp_path / "got").status == 0


def test_a_command_that_fails_is_a_failure_with_its_own_words(site: Site, run: Run) -> None:
    words = '["sh", "-c", "echo no space on {name} >&2; exit 3"]'
    site.config.write_text(site.config.read_text().replace('path = "away"', f"command = {words}"))
    failed = run("backup")
    assert failed.status == 1
    assert "sh ended with 3: no space on gw-03-" in failed.err
    assert last.read(site.store).at == 0


# -- refusals ------------------------------------------------------------------------------


def test_what_is_there_is_not_replaced_without_force(
    site: Site, run: Run, blank: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("backup").status == 0
    before = contents(site.store)
    people = (site.ledger / "people.csv").read_text().replace("Wang", "Sun")
    assert run("ledger", "import", site.write("people.csv", people)).status == 0
    later = contents(site.store)
    refused = bring_back(site, site.config, capsys)
    assert refused.status == 2
    assert f"there is already {site.store}; --force replaces" in refused.err
    assert contents(site.store) == later
    assert bring_back(site, site.config, capsys, "--force").status == 0
    assert contents(site.store) == before != later


def test_one_that_was_interrupted_may_be_repeated(
    site: Site, run: Run, blank: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("backup").status == 0
    blank.write_bytes(site.config.read_bytes())  # it had come so far
    assert bring_back(site, blank, capsys).status == 0


def test_it_refuses_while_a_gateway_runs(
    site: Site, run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("backup").status == 0
    lock = Lock(site.store)
    assert lock.acquire()
    try:
        refused = bring_back(site, site.config, capsys, "--force")
    finally:
        lock.release()
    assert refused.status == 1
    assert "stop it first" in refused.err


def test_a_damaged_backup_changes_nothing(
    site: Site, run: Run, blank: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("backup").status == 0
    (file,) = taken(site)
    file.write_bytes(file.read_bytes()[:-1])
    for words in ((), ("--check",)):
        refused = bring_back(site, blank, capsys, *words)
        assert refused.status == 2
        assert "damaged or cut off" in refused.err
    assert list(blank.parent.iterdir()) == []


def test_another_key_is_refused(
    site: Site, run: Run, blank: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("backup").status == 0
    (site.folder / "backup_key").unlink()
    assert run("backup", "--new-key", site.folder / "backup_key").status == 0
    refused = bring_back(site, blank, capsys)
    assert refused.status == 2
    assert "sealed with another key" in refused.err


# -- when ----------------------------------------------------------------------------------

NOW = 1_000 * HOUR


@pytest.mark.parametrize(
    ("known", "due"),
    [
        (Last(), NOW),  # there was none: at once
        (Last(at=NOW - HOUR), NOW + 23 * HOUR),
        (Last(at=NOW - 30 * HOUR), NOW - 6 * HOUR),
        (Last(at=NOW - 30 * HOUR, failed_at=NOW - 1), NOW - 1 + AGAIN),
        (Last(at=NOW + HOUR), NOW),  # the clock was wrong then
        (Last(failed_at=NOW + HOUR), NOW),
    ],
)
def test_when_the_next_one_is_due(known: Last, due: int) -> None:
    assert max(due_at(known, 24 * HOUR, NOW), min(due, NOW)) == due


def test_a_name_leads_nowhere_else() -> None:
    assert deliver.name_of("../gw 3", 0) == "___gw_3-19700101T000000Z.backup"


def test_what_may_go_well_later_is_known() -> None:
    assert [reason for reason in Reason if BackupError(reason, "").retryable] == [
        Reason.DISK, Reason.COMMAND, Reason.BUSY,
    ]  # fmt: skip


def test_nowhere_to_bring_it_is_not_wanted() -> None:
    assert not Backup().is_wanted
    assert Backup(command=("true",)).is_wanted
