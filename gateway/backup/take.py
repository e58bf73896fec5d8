"""Making a backup: copied beside the running gateway, checked, sealed, read again, delivered."""

import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

from gateway import __version__
from gateway.backup import archive, deliver, last, store
from gateway.backup.errors import BackupError, Reason
from gateway.backup.sealed import Opened, Sealing
from gateway.config import Config
from gateway.lock import Lock

WORK = ".backup-"  # folders beside the store in which one is made, readable by us alone


class Taken(NamedTuple):
    """One that is whole, checked and delivered."""

    name: str
    size: int  # bytes
    manifest: dict[str, Any]
    delivered: list[str]  # where to, for people
    same_disk: list[str]  # of these, folders that would be lost together with the store


def take(config: Config, config_path: Path, key: bytes, folder: Path | None = None) -> Taken:
    """One backup, to ``folder`` or to where the configuration says; what came of it is noted
    beside the store. Raises ``BackupError``."""
    at = time.time_ns() // 1_000_000
    try:
        with _alone(config.store.path), _workshop(config.store.path) as work:
            name = deliver.name_of(config.gateway.id, at)
            manifest = _make(config, config_path, key, work, name)
            delivered = deliver.deliver(config, work / name, folder)
            size = (work / name).stat().st_size
    except OSError as error:
        failure = BackupError(Reason.DISK, f"{error.filename or 'the disk'}: {error.strerror}")
        last.failed(config.store.path, at, failure)
        raise failure from None
    except BackupError as failure:
        last.failed(config.store.path, at, failure)
        raise
    if folder is None:  # one by hand to anywhere is no reason to take the regular one for done
        last.succeeded(config.store.path, at, name, size)
    return Taken(name, size, manifest, delivered, deliver.on_same_disk(config, folder))


def _make(config: Config, config_path: Path, key: bytes, work: Path, name: str) -> dict[str, Any]:
    """The sealed file ``name`` in ``work``; gives its manifest."""
    copied = work / "doorwatch.db"
    store.copy(config.store.path, copied)
    named = archive.files_of(config, config_path)
    about = {
        "made_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "gateway": config.gateway.id,
        "release": __version__,
        **store.examine(copied, config),
        "left_out": named.left_out,
        "credentials": _credentials(),
    }
    made = work / name
    with made.open("xb") as file:
        with Sealing(file, key) as sealing:
            archive.write(sealing, about, {**named.inside, archive.STORE_FILE: copied})
        file.flush()
        os.fsync(file.fileno())
    with made.open("rb") as file:  # what cannot be read now cannot be read when it is needed
        read = archive.Archive(Opened(file, key))
        for _ in read.files():
            pass
    return read.manifest


def _credentials() -> list[str]:
    """The names of systemd's credentials; a command by hand sees none."""
    folder = os.environ.get("CREDENTIALS_DIRECTORY")
    return sorted(path.name for path in Path(folder).iterdir()) if folder else []


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    lock = Lock(path.with_name(f"{path.name}.backup"))
    if not lock.acquire():
        raise BackupError(Reason.BUSY, "another backup is being made; wait for it")
    try:
        yield
    finally:
        lock.release()


@contextmanager
def _workshop(path: Path) -> Iterator[Path]:
    """A folder of our own beside the store; what one that was killed has left is removed."""
    for left in path.parent.glob(f"{WORK}*"):
        shutil.rmtree(left, ignore_errors=True)
    with TemporaryDirectory(dir=path.parent, prefix=WORK) as work:
        yield Path(work)
