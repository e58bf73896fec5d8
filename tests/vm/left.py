"""What a power cut left on a disk: the store as its own recovery finds it."""

import sqlite3
import subprocess
import tempfile
from collections import Counter
from pathlib import Path
from typing import NamedTuple

from tests.vm.gateway import STORE
from tests.vm.machine import Machine, copy

WHOLE = "whole"
Reading = tuple[str, int]
"""A sensor and the number it gave."""


class Left(NamedTuple):
    """What a cut left on the disk."""

    journal: Counter[Reading] | None  # None: there is no database that can be read
    says: str


def look(machine: Machine) -> Left:
    """The store on the disk as it lies there, from a copy; ext4's own log is applied first."""
    with tempfile.TemporaryDirectory(dir=machine.work) as folder:
        disk, store = Path(folder) / "disk.img", Path(folder) / "doorwatch.db"
        copy(machine.disk, disk)
        subprocess.run(["e2fsck", "-y", "-E", "journal_only", disk], capture_output=True,
                       check=False)  # fmt: skip
        for ending in ("", "-wal"):
            dump = f"dump {STORE}{ending} {store}{ending}"
            subprocess.run(["debugfs", "-R", dump, disk], capture_output=True, check=False)
        if not store.exists() or not store.stat().st_size:
            return Left(None, "there is none")
        connection = sqlite3.connect(store)
        try:
            (checked,) = connection.execute("PRAGMA integrity_check(1)").fetchone()
            rows = connection.execute("SELECT subject, counter FROM journal WHERE kind = 1")
            return Left(
                Counter(rows.fetchall()), WHOLE if checked == "ok" else f"not whole: {checked}"
            )
        except sqlite3.Error as error:
            return Left(None, str(error))
        finally:
            connection.close()
