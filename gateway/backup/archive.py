"""What a backup holds: a manifest, the configuration with the files it names, then the data.

Files that config.toml names are in it when they lie in its folder, secrets too: the whole is
sealed, and the store's own content is worth no less. Never in it: the key that seals it, systemd's
credentials, and files elsewhere; the manifest names those, so that a restore can say what to put
back.
"""

import hashlib
import io
import json
import os
import tarfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO, NamedTuple

from gateway.backup.errors import BackupError, Reason
from gateway.config import Config

FORMAT = 1
MANIFEST = "manifest.json"
CONFIG = "config/"  # what lies in config.toml's folder; it itself is called config.toml there
DATA = "data/"  # what lies beside the store; it itself is called doorwatch.db there
CONFIG_FILE, STORE_FILE = f"{CONFIG}config.toml", f"{DATA}doorwatch.db"
BESIDE_STORE = ("web_session_key",)  # else links and logins would end with the old machine
_CHUNK = 1 << 20  # bytes


class Named(NamedTuple):
    """The files of a configuration: those to take along, and those that lie elsewhere."""

    inside: dict[str, Path]
    left_out: list[str]


def files_of(config: Config, config_path: Path) -> Named:
    """``config_path`` and all that it names, by their names in the archive."""
    folder = config_path.parent.absolute()
    inside, left_out = {CONFIG_FILE: config_path}, []
    for path in sorted(set(_named(config))):
        whole = Path(os.path.normpath(path))
        if whole.is_relative_to(folder):
            inside[CONFIG + whole.relative_to(folder).as_posix()] = path
        else:
            left_out.append(str(path))
    for name in BESIDE_STORE:
        if (path := config.store.path.with_name(name)).exists():
            inside[DATA + name] = path
    return Named(inside, left_out)


def _named(config: Config) -> Iterator[Path]:
    for name in type(config).model_fields:
        if name not in ("store", "backup"):
            values = dict(getattr(config, name)).values()
            yield from (value for value in values if isinstance(value, Path))
    yield from config.channels.chat_files()


def digest(path: Path) -> str:
    """SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def write(file: io.RawIOBase, about: dict[str, Any], files: dict[str, Path]) -> None:
    """``about`` becomes the manifest, with every file's size and digest; the store goes last."""
    told: dict[str, dict[str, Any]] = {
        name: {"bytes": p.stat().st_size, "sha256": digest(p)} for name, p in files.items()
    }
    manifest = json.dumps({"format": FORMAT, **about, "files": told}, ensure_ascii=False).encode()
    with tarfile.open(fileobj=file, mode="w|gz", format=tarfile.PAX_FORMAT) as tar:
        _add(tar, MANIFEST, len(manifest), io.BytesIO(manifest))
        for name, path in files.items():
            with path.open("rb") as content:
                _add(tar, name, told[name]["bytes"], content)


def _add(tar: tarfile.TarFile, name: str, size: int, content: BinaryIO) -> None:
    member = tarfile.TarInfo(name)
    member.size, member.mode = size, 0o600
    tar.addfile(member, content)


class Archive:
    """One that is being read, in order: the manifest first. Errors are ``BackupError``."""

    def __init__(self, file: io.RawIOBase) -> None:
        self._file = file
        try:
            self._tar = tarfile.open(fileobj=file, mode="r|gz")  # noqa: SIM115 - read piece by piece
            first = self._tar.next()
            if first is None or first.name != MANIFEST:
                raise BackupError(Reason.DAMAGED, "it has no manifest")
            content = self._tar.extractfile(first)
            assert content is not None
            self.manifest: dict[str, Any] = json.load(content)
        except (tarfile.TarError, EOFError, OSError, ValueError) as error:
            raise BackupError(Reason.DAMAGED, f"it cannot be read: {error}") from None
        if self.manifest["format"] != FORMAT:
            raise BackupError(
                Reason.DAMAGED, "it is of a later release: install that one, then restore"
            )

    def files(self) -> Iterator[tuple[str, BinaryIO]]:
        """Each file's name and its content, to be read before the next one. A name leads nowhere
        outside. When this ends, all of it was there and as it was."""
        expected = dict(self.manifest["files"])
        try:
            while (member := self._tar.next()) is not None:
                told = expected.pop(member.name, None)
                content = self._tar.extractfile(member)
                if told is None or content is None or ".." in PurePosixPath(member.name).parts:
                    raise BackupError(Reason.DAMAGED, f"{member.name!r} does not belong in it")
                checked = _Checked(content)
                yield member.name, checked  # type: ignore[misc]  # all that anybody does is read
                if checked.rest() != told["sha256"]:
                    raise BackupError(Reason.DAMAGED, f"{member.name} is another than it was")
            while self._file.read(_CHUNK):  # to the sealed end: cut off would show there
                pass
        except (tarfile.TarError, EOFError, OSError) as error:
            raise BackupError(Reason.DAMAGED, f"it cannot be read: {error}") from None
        if expected:
            raise BackupError(Reason.DAMAGED, f"{', '.join(expected)} is missing in it")


class _Checked:
    """What was read of a file, digested on the way."""

    def __init__(self, content: Any) -> None:
        self._content, self._sum = content, hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        found: bytes = self._content.read(size)
        self._sum.update(found)
        return found

    def rest(self) -> str:
        """The digest of the whole, read or not."""
        while self.read(_CHUNK):
            pass
        return self._sum.hexdigest()
