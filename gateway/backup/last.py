"""The last backup, as the disk has it: a small file beside the store, which survives a restart."""

import contextlib
import json
from pathlib import Path
from typing import NamedTuple

from gateway.backup import durable
from gateway.backup.errors import BackupError
from rules.moment import SECOND, Moment


class Last(NamedTuple):
    """What is known of earlier ones. Moments are ms by the wall clock."""

    at: Moment = 0  # of the last that went well; 0: none has
    name: str = ""
    size: int = 0  # bytes
    failed_at: Moment = 0  # of a failure since; 0: there is none
    why: str = ""  # ``errors.Reason``


def file_of(store: Path) -> Path:
    """Where it is kept."""
    return store.with_name(f"{store.name}.backup.json")


def read(store: Path) -> Last:
    """What is known; ``Last()`` when nothing is, or the file is no longer ours."""
    with contextlib.suppress(OSError, ValueError, TypeError, AttributeError):
        values = json.loads(file_of(store).read_text())
        return Last(**{name: values[name] for name in Last._fields if name in values})
    return Last()


def succeeded(store: Path, at: Moment, name: str, size: int) -> None:
    """One is whole, checked, and where it belongs."""
    _write(store, Last(at, name, size))


def failed(store: Path, at: Moment, error: BackupError) -> None:
    """One was not made; the last good one stays the last good one."""
    with contextlib.suppress(OSError):  # a full disk is why it failed
        _write(store, read(store)._replace(failed_at=at, why=error.reason.value))


def success_s(store: Path) -> float:
    """For the metric: seconds since 1970, 0 when there was none yet."""
    return read(store).at / SECOND


def _write(store: Path, last: Last) -> None:
    durable.write(file_of(store), json.dumps(last._asdict()).encode())
