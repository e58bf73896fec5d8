"""Bringing a backup away: into a folder, and to a command. Knows not what is in it."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from gateway.backup import durable
from gateway.backup.errors import BackupError, Reason
from gateway.config import Config
from rules.moment import SECOND, Moment

COMMAND_S = 3600.0  # a slow line takes a while; one that hangs must not stop the next one
_SUFFIX = ".backup"
_STAMP = "[0-9]" * 8 + "T" + "[0-9]" * 6 + "Z"
_TOLD = 300  # characters of what a failed command said


def name_of(gateway: str, at: Moment) -> str:
    """``gw-03-20260301T033000Z.backup``: they sort by time."""
    return f"{_stem(gateway)}-{datetime.fromtimestamp(at / SECOND, UTC):%Y%m%dT%H%M%SZ}{_SUFFIX}"


def deliver(config: Config, made: Path, folder: Path | None) -> list[str]:
    """To ``folder``, or to everywhere that the configuration names. Raises ``BackupError``, and
    ``OSError`` for a folder; only when all of it went well are older ones let go."""
    if folder is not None:
        return [_put(made, folder)]
    backup, done = config.backup, []
    if backup.path is not None:
        done.append(_put(made, backup.path))
    if backup.command:
        done.append(_run(backup.command, made))
    if not done:
        raise BackupError(
            Reason.DISK,
            "nothing says where to: give --to FOLDER, or write [backup] path or command",
        )
    if backup.path is not None:
        for old in _kept(backup.path, config.gateway.id)[backup.keep :]:
            old.unlink(missing_ok=True)
    return done


def on_same_disk(config: Config, folder: Path | None) -> list[str]:
    """Folders on the store's own file system: a broken card takes both."""
    here = config.store.path.parent.stat().st_dev
    found = [folder or config.backup.path] if folder or not config.backup.command else []
    return [str(one) for one in found if one is not None and one.stat().st_dev == here]


def _stem(gateway: str) -> str:
    return re.sub(r"[^A-Za-z0-9_-]", "_", gateway)


def _put(made: Path, folder: Path) -> str:
    if not folder.is_dir():
        raise BackupError(Reason.DISK, f"{folder} is no folder; make it, or mount its disk")
    part = folder / f".{made.name}.part"
    try:
        shutil.copyfile(made, part)
        part.chmod(0o600)
        durable.settle(part, folder / made.name)
    finally:
        part.unlink(missing_ok=True)
    return str(folder / made.name)


def _kept(folder: Path, gateway: str) -> list[Path]:
    """This gateway's backups there, the newest first; nobody else's."""
    return sorted(folder.glob(f"{_stem(gateway)}-{_STAMP}{_SUFFIX}"), reverse=True)


def _run(command: tuple[str, ...], made: Path) -> str:
    words = list(_words(command, made))
    try:
        with made.open("rb") as content:
            ended = subprocess.run(  # noqa: S603 - the site's own words, and no shell
                words, stdin=content, capture_output=True, timeout=COMMAND_S, check=False
            )
    except subprocess.TimeoutExpired:
        raise BackupError(Reason.COMMAND, f"{words[0]} took longer than an hour") from None
    except OSError as error:
        raise BackupError(Reason.COMMAND, f"{words[0]}: {error.strerror}") from None
    if ended.returncode:
        said = ended.stderr.decode(errors="replace").strip()[-_TOLD:] or "it said nothing"
        raise BackupError(Reason.COMMAND, f"{words[0]} ended with {ended.returncode}: {said}")
    return words[0]


def _words(command: tuple[str, ...], made: Path) -> Iterator[str]:
    for word in command:
        yield word.replace("{file}", os.fspath(made)).replace("{name}", made.name)
