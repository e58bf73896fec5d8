"""``doctor --bundle``: what a helper needs, in one file, without any personal data.

Rows become counts; sensors, households and grids become numbers; the configuration loses its
secrets and names. Last, every text loses whatever the ledger knows of people and homes, and what
``gateway.logs`` would mask.
"""

import io
import json
import os
import platform
import pwd
import re
import sqlite3
import subprocess
import tarfile
import time
import tomllib
from collections.abc import Iterable
from importlib import metadata
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from gateway import __version__, logs, running
from gateway.addresses import Broker, Listen
from gateway.backup import durable, last
from gateway.config import Config
from gateway.config.tables import Table
from gateway.doctor.ways import Finding
from gateway.ledger.model import Ledger
from gateway.store import ledgers
from gateway.store.database import Database
from gateway.store.journal import Entry

ROWS = 500  # of the journal, the newest: some hours of a site
LOG_LINES = 2_000
NO_LOG = "no log"
NO_ENTRIES = "-- No entries --"  # what journalctl says to whoever may not read them, too
_GIVEN = (
    "username", "account_sid", "api_key_sid", "messaging_service_sid", "device", "from_number",
    "chat", "command", "hotlines",
)  # fmt: skip
_LABEL = re.compile(r'(sensor_id|household_id|grid_id)="([^"]*)"')


class Numbers:
    """Names that mean nothing outside: the same one always becomes the same one."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], str] = {}

    def of(self, kind: str, name: str) -> str:
        count = sum(known[0] == kind for known in self._known)
        return self._known.setdefault((kind, name), f"{kind}-{count + 1}")


class Cleaner:
    """Takes out what the ledger knows of people and homes."""

    def __init__(self, known: Iterable[Ledger]) -> None:
        words: set[str] = set()
        for ledger in known:
            for person in ledger.people.values():
                words |= {person.name, person.phone, person.chat or ""}
            for home in ledger.households.values():
                words |= {home.address, home.phone or ""}
            for sensor in ledger.sensors.values():
                words |= {sensor.address, sensor.key or ""}
        parts = [_whole(word) for word in sorted(words - {"", "-"}, key=len, reverse=True)]
        self._pattern = re.compile("|".join(parts)) if parts else None

    def clean(self, text: str) -> str:
        text = self._pattern.sub("···", text) if self._pattern else text
        return logs.masked(text)


def _whole(word: str) -> str:
    """A Latin name must stand alone: ``Li`` is in many words."""
    first = r"(?<![A-Za-z0-9])" if word[0].isascii() and word[0].isalnum() else ""
    end = r"(?![A-Za-z0-9])" if word[-1].isascii() and word[-1].isalnum() else ""
    return first + re.escape(word) + end


async def write(path: Path, config: Config, findings: list[Finding]) -> list[str]:
    """The file at ``path``, for its owner only; gives what is not in it, and how to add it.

    ``findings``: what ``doctor`` found. Raises ``OSError``.
    """
    files: dict[str, Any] = {
        "about.json": about(config),
        "config.json": configuration(config),
        "doctor.json": [finding._asdict() for finding in findings],
    }
    known, numbers = [Ledger.empty()], Numbers()
    if config.rules.path is not None:
        files["rules.json"] = rules(config.rules.path, numbers)
    if config.store.path.exists():
        database = await Database.open(config.store.path)
        try:
            files["store.json"] = await store(database, config)
            files["journal.json"] = await journal(database, numbers)
            known = [
                await ledgers.version(database, row[0])
                for row in await database.rows("SELECT version FROM ledger")
            ]
        finally:
            await database.close()
    if (text := await running.text(config)) is not None:
        files["metrics.txt"] = _LABEL.sub(lambda m: f'{m[1]}="{numbers.of(m[1], m[2])}"', text)
    files["log.txt"] = log = recent_log()
    cleaner, made = Cleaner(known), io.BytesIO()
    with tarfile.open(fileobj=made, mode="w:gz") as tar:
        for name, content in files.items():
            said = content if isinstance(content, str) else _json(content)
            data = cleaner.clean(said).encode()
            member = tarfile.TarInfo(f"doorwatch-bundle/{name}")
            member.size, member.mode, member.mtime = len(data), 0o600, int(time.time())
            tar.addfile(member, io.BytesIO(data))
    durable.write(path, made.getvalue())
    return [log.strip()] if log.startswith(NO_LOG) else []


def about(config: Config) -> dict[str, Any]:
    """What runs where."""
    names = ("aiosqlite", "bleak", "cryptography", "fastapi", "paho-mqtt", "pydantic", "uvicorn")
    known = last.read(config.store.path)
    return {
        "doorwatch": __version__,
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        "system": platform.platform(),
        "machine": platform.machine(),
        "libraries": {name: metadata.version(name) for name in names},
        "backup": {"last_at": known.at, "failed_at": known.failed_at, "why": known.why},
    }


def configuration(config: Config) -> dict[str, Any]:
    """Every key in force; of names at providers, hotlines and files only whether they are given,
    of addresses on the network neither user nor path."""
    return {name: _shown(name, getattr(config, name)) for name in Config.model_fields}


def _shown(key: str, value: Any) -> Any:
    """A value as JSON has it."""
    if isinstance(value, Table):
        return {name: _shown(name, getattr(value, name)) for name in type(value).model_fields}
    if isinstance(value, dict):
        return {name: _shown(name, one) for name, one in value.items()}
    if isinstance(value, Path) or key in _GIVEN:
        return "given" if value else ""
    if isinstance(value, str) and "://" in value:
        parts = urlsplit(value)
        host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
        return f"{parts.scheme}://{host}" + (f":{parts.port}" if parts.port else "")
    if isinstance(value, tuple) and not isinstance(value, Broker | Listen):
        return [_shown(key, one) for one in value]
    return value if isinstance(value, str | int | float | bool | None) else str(value)


def rules(path: Path, numbers: Numbers) -> dict[str, Any]:
    """The keys of rules.toml, without its comments."""
    try:
        written = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        return {"unreadable": type(error).__name__}
    for table in ("grid", "household"):
        own = written.get(table, {})
        written[table] = {numbers.of(f"{table}_id", name): keys for name, keys in own.items()}
    return written


async def store(database: Database, config: Config) -> dict[str, Any]:
    """Its shape and its counts."""
    tables = await database.rows(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
    )
    counts = {
        name: (await database.rows(f"SELECT COUNT(*) FROM {name}"))[0][0]  # noqa: S608  its own names
        for (name,) in tables
    }
    queries = {
        "incidents": "SELECT json_extract(body, '$.kind'), state, COUNT(*) FROM incidents"
        " GROUP BY 1, 2",
        "alerts": "SELECT kind, provider, status, COUNT(*) FROM alerts GROUP BY 1, 2, 3",
        "gaps": "SELECT cause, until IS NULL, COUNT(*) FROM gaps GROUP BY 1, 2",
        "purges": "SELECT at, until, body FROM purges",
        "schema": "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL",
        "check": "PRAGMA quick_check(5)",
    }
    found = {name: [list(row) for row in await database.rows(sql)] for name, sql in queries.items()}
    pragmas = ("user_version", "page_size", "page_count", "freelist_count", "journal_mode")
    shape = {name: (await database.rows(f"PRAGMA {name}"))[0][0] for name in pragmas}
    wal = config.store.path.with_name(f"{config.store.path.name}-wal")
    shape["wal_bytes"] = wal.stat().st_size if wal.exists() else 0
    return {"rows": counts, **shape, **found}


async def journal(database: Database, numbers: Numbers) -> list[dict[str, Any]]:
    """The newest rows, oldest first: what, about which, how long before the last; no content."""
    rows = await database.rows("SELECT * FROM journal ORDER BY id DESC LIMIT ?", (ROWS,))
    newest = rows[0]["received_at"] if rows else 0
    return [
        {
            "id": row["id"],
            "seconds": (row["received_at"] - newest) / 1000,
            "kind": _kind(row["kind"]),
            "subject": None if row["subject"] is None else numbers.of("subject", row["subject"]),
            "late_seconds": None if row["at"] is None else (row["received_at"] - row["at"]) / 1000,
            "door": row["door"],
            "has": [name for name in ("since", "counter", "message_id", "body") if row[name]],
        }
        for row in reversed(rows)
    ]


def recent_log() -> str:
    """The journal's newest lines of our unit, if this machine has one and we may read it."""
    words = [
        *("journalctl", "-u", "doorwatch", "-n", str(LOG_LINES), "-o", "short-iso"),
        *("--no-hostname", "--no-pager"),
    ]
    try:
        ended = subprocess.run(words, capture_output=True, timeout=30, check=False)  # noqa: S603
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"{NO_LOG}: {type(error).__name__}\n"
    said = ended.stdout.decode(errors="replace")
    if said.strip() in ("", NO_ENTRIES):
        us = pwd.getpwuid(os.geteuid()).pw_name
        return (
            f"{NO_LOG} of a unit doorwatch that {us} may read; to add it, type"
            f" sudo usermod -aG systemd-journal {us} and make the bundle again\n"
        )
    return said


def _kind(number: int) -> str:
    try:
        return Entry(number).name.lower()
    except ValueError:
        return str(number)  # of a later release


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=1, default=str)
