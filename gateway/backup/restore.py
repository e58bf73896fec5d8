"""Bringing a backup back: onto a blank gateway, or over one that has ended.

Everything is opened, checked and written beside its place first; only then do files take their
names, the database last. Whatever stops it before that has changed nothing.
"""

import os
import shutil
import stat
import tomllib
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

from gateway import config as configuration
from gateway.backup import durable, key_back, store
from gateway.backup.archive import CONFIG, CONFIG_FILE, DATA, STORE_FILE, Archive
from gateway.backup.errors import BackupError, Reason
from gateway.backup.sealed import Opened
from gateway.config import Config
from gateway.errors import Mistakes
from gateway.lock import Lock
from gateway.secrets import is_given

WORK = ".restore-"
_CHUNK = 1 << 20  # bytes


class Restored(NamedTuple):
    """What is in place now, or would be."""

    manifest: dict[str, Any]
    store: Path
    files: list[str]
    missing: list[str]  # what has to be put back by hand before a gateway can start


def manifest_of(file: Path, key: bytes) -> dict[str, Any]:
    """What a backup says of itself; read from its first to its last byte."""
    with _opened(file, key) as read:
        for _ in read.files():
            pass
        return read.manifest


def store_of(file: Path, key: bytes, config_path: Path) -> Path:
    """Where its own configuration, once at ``config_path``, has the store."""
    with _opened(file, key) as read:
        for name, content in read.files():
            if name == CONFIG_FILE:
                text = content.read().decode()
                path = tomllib.loads(text).get("store", {}).get("path")
                default = configuration.Config().store.path
                return config_path.parent.absolute() / path if path else default
    raise BackupError(Reason.DAMAGED, f"{file} holds no configuration")


def restore(
    file: Path,
    key: bytes,
    config_path: Path,
    path: Path,
    *,
    key_file: Path | None = None,
    force: bool = False,
) -> Restored:
    """``path``: as ``store_of`` gave it; its folder is there. ``key_file``: where a person gave
    the key, which is put where the configuration wants it. Raises ``BackupError``."""
    lock = Lock(path)
    if not lock.acquire():
        raise BackupError(Reason.BUSY, f"a gateway runs on {path}: stop it first")
    try:
        with _workshops() as beside:
            try:
                manifest, files = _unpack(file, key, config_path, path, beside)
                places = _places(files, config_path, path)
                if not force and (there := [str(p) for p in places.values() if _differs(p, files)]):
                    raise BackupError(
                        Reason.THERE,
                        f"there is already {', '.join(there)}; --force replaces what is there",
                    )
                store.examine(files[STORE_FILE], _config_for(path))
                _settle(files, places, path)
            except OSError as error:
                what = f"{error.filename or path.parent}: {error.strerror}"
                raise BackupError(Reason.DISK, f"{what}; nothing was replaced") from None
    finally:
        lock.release()
    kept = key_back.put(key, config_path) if key_file is not None else None
    missing = _missing(manifest, config_path, key_file)
    found = [*places.values(), *([kept] if kept else [])]
    return Restored(manifest, path, [str(place) for place in found], missing)


@contextmanager
def _opened(file: Path, key: bytes) -> Iterator[Archive]:
    try:
        with file.open("rb") as content:
            yield Archive(Opened(content, key))
    except OSError as error:
        raise BackupError(Reason.DAMAGED, f"{file} cannot be read: {error.strerror}") from None


def _sweep(folder: Path) -> None:
    """What one that was killed has left."""
    for left in folder.glob(f"{WORK}*"):
        shutil.rmtree(left, ignore_errors=True)


@contextmanager
def _workshops() -> Iterator[Callable[[Path], Path]]:
    """A folder of our own in each that is asked for."""
    made: dict[Path, Path] = {}
    with ExitStack() as stack:

        def beside(folder: Path) -> Path:
            folder = folder.resolve()
            if folder not in made:
                _sweep(folder)
                try:
                    work = TemporaryDirectory(dir=folder, prefix=WORK)
                except PermissionError as error:
                    what = f"{folder} cannot be written ({error.strerror}); nothing was changed"
                    raise BackupError(Reason.DISK, what) from None
                made[folder] = Path(stack.enter_context(work))
            return made[folder]

        yield beside


def _unpack(
    file: Path, key: bytes, config_path: Path, path: Path, beside: Callable[[Path], Path]
) -> tuple[dict[str, Any], dict[str, Path]]:
    """Every file of the backup, each on the disk on which it is to live."""
    found = {}
    with _opened(file, key) as read:
        for number, (name, content) in enumerate(read.files()):
            place = _place(name, config_path, path)
            # A folder below the configuration's is made when all is well.
            made = found[name] = beside(_nearest(place.parent)) / str(number)
            with os.fdopen(os.open(made, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
                shutil.copyfileobj(content, out, _CHUNK)
        return read.manifest, found


def _places(files: dict[str, Path], config_path: Path, path: Path) -> dict[str, Path]:
    """Where each belongs; the database last: with it, a gateway may start."""
    places = {name: _place(name, config_path, path) for name in files if name != STORE_FILE}
    return {**places, STORE_FILE: path}


def _place(name: str, config_path: Path, path: Path) -> Path:
    """Where a link of ours leads, as the package's to the rules that a page may save."""
    if name.startswith(DATA):
        return path if name == STORE_FILE else path.with_name(name.removeprefix(DATA))
    place = config_path if name == CONFIG_FILE else config_path.parent / name.removeprefix(CONFIG)
    return place.resolve() if place.is_symlink() and place.resolve().parent.is_dir() else place


def _nearest(folder: Path) -> Path:
    """The folder, or the first above it that is there."""
    return folder if folder.is_dir() else _nearest(folder.parent)


def _differs(place: Path, files: dict[str, Path]) -> bool:
    """Whether something else stands there: a restore that was interrupted may be repeated."""
    if not place.exists():
        return False
    size = place.stat().st_size
    same = (made for made in files.values() if made.stat().st_size == size)
    return not any(made.read_bytes() == place.read_bytes() for made in same)


def _settle(files: dict[str, Path], places: dict[str, Path], path: Path) -> None:
    for name, place in places.items():
        place.parent.mkdir(mode=0o750, parents=True, exist_ok=True)
        if name == STORE_FILE:
            for end in ("-wal", "-shm"):  # of the one before; it would be read into the new one
                path.with_name(path.name + end).unlink(missing_ok=True)
        elif place.exists():
            files[name].chmod(stat.S_IMODE(place.stat().st_mode))
        durable.settle(files[name], place)


def _config_for(path: Path) -> Config:
    """Enough of a configuration to read a store by."""
    return configuration.Config.model_validate({"store": configuration.tables.Store(path=path)})


def _missing(manifest: dict[str, Any], config_path: Path, key_file: Path | None) -> list[str]:
    """What the backup left out and this machine has not; what keeps the configuration from use."""
    found = [path for path in manifest["left_out"] if not Path(path).exists()]
    credentials = [
        name
        for name in manifest["credentials"]
        if not is_given(name.partition("_")[0], name.partition("_")[2], None)
    ]
    by_hand = key_back.by_hand(config_path, key_file, credentials) if key_file else None
    found += [
        f"the systemd credential {name}"
        for name in credentials
        if by_hand is None or name != key_back.CREDENTIAL
    ]
    found += [by_hand] if by_hand else []
    try:
        configuration.load(config_path)
    except Mistakes as mistakes:
        said = [one for one in mistakes.mistakes if not (by_hand and key_back.PLACE in one.place)]
        found += map(str, said)
    return found
