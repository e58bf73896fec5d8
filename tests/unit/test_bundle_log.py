"""The log in a bundle: without names, and how to add it where it could not be read."""

import os
import pwd
import tarfile
from pathlib import Path

import pytest

from tests.support.cli import Run, Site, runner

LINES = """\
2026-03-02T22:14:00+0800 doorwatch[7]: level=info logger=doorwatch msg="running gateway=gw-03"
2026-03-02T22:14:01+0800 doorwatch[7]: Wang, 3-2-501, call +12025550101 about 3C:2E:F5:AA:BB:CC
2026-03-02T22:14:02+0800 doorwatch[7]: somebody of 9栋9单元909, 13800138000
"""
SECRETS = ("Wang", "3-2-501", "12025550101", "3C:2E:F5", "909", "13800138000")


@pytest.fixture
def run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    site = Site(tmp_path)
    run = runner(capsys, site)
    assert run("ledger", "import", *site.files).status == 0
    return run


def journal(monkeypatch: pytest.MonkeyPatch, folder: Path, says: str) -> None:
    """A journalctl that says this of our unit, and nothing of any other."""
    (folder / "says").write_text(says)
    program = folder / "bin" / "journalctl"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\n[ "$1 $2" = "-u doorwatch" ] && cat {folder}/says\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")


def log_in(file: Path) -> str:
    with tarfile.open(file) as tar:
        member = tar.extractfile("doorwatch-bundle/log.txt")
        assert member is not None
        return member.read().decode()


def test_it_is_the_journals_without_names_phones_and_addresses(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal(monkeypatch, tmp_path, LINES)
    made = run("doctor", "--bundle", tmp_path / "b.tar.gz")
    log = log_in(tmp_path / "b.tar.gz")
    assert log.count("\n") == LINES.count("\n")
    assert "running gateway=gw-03" in log
    assert "···, ···, call ··· about ···" in log
    assert [secret for secret in SECRETS if secret in log] == []
    assert "no log" not in made.err


@pytest.mark.parametrize("says", ["-- No entries --\n", ""])
def test_where_it_may_not_be_read_it_says_how_to_add_it(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, says: str
) -> None:
    journal(monkeypatch, tmp_path, says)
    made = run("doctor", "--bundle", tmp_path / "b.tar.gz")
    us = pwd.getpwuid(os.geteuid()).pw_name
    assert f"type sudo usermod -aG systemd-journal {us} and make" in log_in(tmp_path / "b.tar.gz")
    assert f"no log of a unit doorwatch that {us} may read" in made.err
