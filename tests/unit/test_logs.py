"""One line of the log: pairs that a machine can read, a priority for the journal, and nobody's
phone or address."""

import io
import logging
import os
import re
import sys
from pathlib import Path

import pytest

from gateway import logs

PAIR = re.compile(r'(\w+)=("(?:[^"\\]|\\.)*"|[^\s"=]+)(?: |$)')


def line(
    level: int, text: str, *given: object, priority: bool = False, error: object = None
) -> str:
    made = logging.LogRecord("doorwatch.x", level, "x.py", 1, text, given, error)  # type: ignore[arg-type]
    return logs.KeyValue(with_priority=priority).format(made)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("stopped", "msg=stopped"),
        ("broker up=False", 'msg="broker up=False"'),
        ('it said "no"', 'msg="it said \\"no\\""'),
        ("two\nlines", 'msg="two\\nlines"'),
        ("", 'msg=""'),
        ("C:\\x y", 'msg="C:\\\\x y"'),
    ],
)
def test_a_line_is_pairs(text: str, said: str) -> None:
    found = line(logging.WARNING, text)
    assert found == f"level=warning logger=doorwatch.x {said}"
    assert PAIR.sub("", found) == ""


def test_an_error_is_one_line_too() -> None:
    try:
        raise ValueError("of +8613800138000\nand more")
    except ValueError:
        found = line(logging.ERROR, "it failed", error=sys.exc_info())
    assert "\n" not in found
    assert 'error="ValueError: of +···\\nand more"' in found
    assert re.search(r"at=test_logs\.py:\d+:test_an_error", found)


@pytest.mark.parametrize(
    ("level", "begins"),
    [
        (logging.DEBUG, "<7>"), (logging.INFO, "<6>"), (logging.WARNING, "<4>"),
        (logging.ERROR, "<3>"), (logging.CRITICAL, "<2>"),
    ],
)  # fmt: skip
def test_the_journal_is_told_how_grave_it_is(level: int, begins: str) -> None:
    assert line(level, "x", priority=True).startswith(f"{begins}level=")


@pytest.mark.parametrize("ours", [True, False])
def test_only_the_journals_own_stream_gets_priorities(
    ours: bool, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    with (tmp_path / "log").open("w+") as file:
        told = os.fstat(file.fileno())
        monkeypatch.setenv("JOURNAL_STREAM", f"{told.st_dev}:{told.st_ino + (not ours)}")
        monkeypatch.setattr(sys, "stderr", file)
        try:
            logs.install()
            logging.getLogger("doorwatch").info("running")
        finally:
            root.handlers[:], root.level = before, level
        file.seek(0)
        assert file.read().startswith("<6>level=info" if ours else "level=info")


def test_a_stream_without_a_file_is_no_journal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    assert logs._to_journal() is False


@pytest.mark.parametrize(
    "secret",
    ["+8613800138000", "+86 138 0013 8000", "13800138000", "+12025550101", "3栋2单元501",
     "12号楼1203室", "3 栋 2 单元 501", "3-2-501", "3C:2E:F5:AA:BB:CC"],
)  # fmt: skip
def test_what_must_not_be_there_is_masked(secret: str) -> None:
    found = line(logging.ERROR, "about %s: refused", secret)
    assert secret not in found
    assert not re.search(r"\d{4}|501|BB:CC", found)
    assert found.endswith(': refused"')


@pytest.mark.parametrize(
    "text",
    ["2026-11-23 19:45:21", "1795461519064", "127.0.0.1:10911", "incident 12345678901 of 3",
     "version=17 households=20000", "gw-03-20260301T033000Z.backup", "sensor S1-2-3",
     "1.5 s after 13.800138000"],
)  # fmt: skip
def test_what_helps_stays(text: str) -> None:
    assert logs.masked(text) == text
