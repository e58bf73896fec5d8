"""Whether there is a backup, and how old it is. Reads what ``gateway.backup.last`` kept."""

import time

from gateway.backup import last
from gateway.config import Config
from gateway.doctor.ways import Finding
from gateway.documents import document
from rules.moment import HOUR, Moment

LATE = 2  # intervals: one may fail and be tried again
_PAGE = document("docs/backup.md")
_SET_UP = f"doorwatch backup --new-key FILE, then [backup] in config.toml: {_PAGE}"
_NOW = f"doorwatch backup says why; see {_PAGE}"


def backup(config: Config, now: Moment | None = None) -> Finding:
    """``now``: the wall clock's, if not given."""
    if not config.backup.is_wanted:
        said = f"none is made: a card that breaks takes everything; to have some: {_SET_UP}"
        return Finding("backup", True, said)
    known = last.read(config.store.path)
    age = (time.time_ns() // 1_000_000 if now is None else now) - known.at
    failed = f"; the last try failed: {known.why}" if known.failed_at else ""
    if not known.at:
        return Finding("backup", not failed, f"none was made yet{failed}", _NOW if failed else None)
    said = f"{known.name}, {max(0, age) // HOUR} h old, {known.size:,} bytes{failed}"
    ok = age <= LATE * config.backup.every_hours * HOUR
    return Finding("backup", ok, said, None if ok else _NOW)
