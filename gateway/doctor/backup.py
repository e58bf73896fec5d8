"""Whether there is a backup, and how old it is. Reads what ``gateway.backup.last`` kept."""

import time

from gateway.backup import last
from gateway.config import Config
from gateway.doctor.ways import Finding
from rules.moment import HOUR, Moment

LATE = 2  # intervals: one may fail and be tried again
_SET_UP = "doorwatch backup --new-key FILE, then [backup] in config.toml: docs/backup.md"
_NOW = "doorwatch backup says why; see docs/backup.md"


def backup(config: Config, now: Moment | None = None) -> Finding:
    """``now``: the wall clock's, if not given."""
    if not config.backup.is_wanted:
        return Finding("backup", True, "none is made: a card that breaks takes everything", _SET_UP)
    known = last.read(config.store.path)
    age = (time.time_ns() // 1_000_000 if now is None else now) - known.at
    failed = f"; the last try failed: {known.why}" if known.failed_at else ""
    if not known.at:
        return Finding("backup", not failed, f"none was made yet{failed}", _NOW)
    said = f"{known.name}, {max(0, age) // HOUR} h old, {known.size:,} bytes{failed}"
    ok = age <= LATE * config.backup.every_hours * HOUR
    return Finding("backup", ok, said, "" if ok else _NOW)
