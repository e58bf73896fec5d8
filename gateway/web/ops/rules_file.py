"""rules.toml on the disk, for the page: reading it, judging a text, and replacing it whole.

The ones before stay beside it as rules.toml.1 (the newest) to rules.toml.5. Where the configuration
names a link, as the package makes one, all this happens where it leads.
"""

import difflib
import os
import tempfile
from hashlib import sha256
from pathlib import Path

from gateway import check
from gateway.backup import durable
from gateway.errors import Mistake, Mistakes
from gateway.ledger.model import Ledger
from gateway.rulesfile import RulesFile

KEPT = 5  # earlier ones
MOST = 200_000  # characters; the longest real one has some 20 kB


def read(path: Path | None) -> str:
    """What is written; blank where nothing is. Raises ``OSError``, ``UnicodeDecodeError``."""
    if path is None or not path.exists():
        return ""
    return path.read_bytes().decode("utf-8-sig").replace("\r\n", "\n")


def unixed(text: str) -> str:
    """As a form sends it, with the ends of lines that files have; the last line has one too."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    return lines if not lines or lines.endswith("\n") else lines + "\n"


def seal(text: str) -> str:
    """Tells one text from another."""
    return sha256(text.encode()).hexdigest()[:16]


def mistakes(text: str, name: str, ledger: Ledger) -> list[Mistake]:
    """All that ``doorwatch check`` would refuse in it, under this ledger."""
    if len(text) > MOST:
        return [Mistake(name, f"is longer than {MOST} characters", "shorten it")]
    with tempfile.TemporaryDirectory(prefix="doorwatch-") as folder:
        path = Path(folder) / name
        path.write_text(text, encoding="utf-8")
        try:
            rules = RulesFile.load(path)
        except Mistakes as error:
            return list(error.mistakes)
    return check.against(rules, ledger, name)


def diff(before: str, after: str, name: str) -> list[str]:
    """Unified, without the ends of lines; empty: they are the same."""
    lines = difflib.unified_diff(
        before.splitlines(), after.splitlines(), name, name, n=2, lineterm=""
    )
    return list(lines)[2:]


def may_write(path: Path) -> bool:
    """Whether this process can replace the file: a new one has to fit beside it."""
    path = path.resolve()
    there = not path.exists() or os.access(path, os.W_OK)
    return there and os.access(path.parent, os.W_OK)


def replace(path: Path, text: str) -> None:
    """The whole new file or the one before it, whenever the power goes. Raises ``OSError``."""
    path, mode = path.resolve(), 0o640
    if path.exists():
        mode = path.stat().st_mode & 0o777
        for number in range(KEPT - 1, 0, -1):
            older = _kept(path, number)
            if older.exists():
                older.replace(_kept(path, number + 1))
        durable.write(_kept(path, 1), path.read_bytes(), mode=mode)
    durable.write(path, text.encode(), mode=mode)


def _kept(path: Path, number: int) -> Path:
    return path.with_name(f"{path.name}.{number}")
