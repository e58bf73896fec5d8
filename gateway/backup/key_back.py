"""The key of backups after a restore, to where the restored configuration wants it.

No backup holds it, and no command takes a configuration whose key_file is not there. Where it
cannot be put, this knows the line that a person types.
"""

import os
import pwd
import shlex
import tomllib
from collections.abc import Collection
from pathlib import Path

from gateway.backup import durable
from gateway.secrets import KEPT

PLACE = "backup.key_file"
CREDENTIAL = "backup_key"


def put(key: bytes, config_path: Path) -> Path | None:
    """Where it is now, ours alone; None: something is there, or it cannot be put there."""
    if (place := _wanted(config_path)) is None:
        return None
    try:
        place.parent.mkdir(mode=0o750, parents=True, exist_ok=True)
        durable.write(place, f"{key.hex()}\n".encode())
    except OSError:
        return None
    return place


def by_hand(config_path: Path, key_file: Path, credentials: Collection[str]) -> str | None:
    """What to type, if it still is not where it has to be. ``credentials``: those that the old
    machine had and this one has not."""
    if place := _wanted(config_path):
        return _line(key_file, place, "-o", pwd.getpwuid(os.geteuid()).pw_name)
    return _line(key_file, KEPT / "backup" / "key") if CREDENTIAL in credentials else None


def _wanted(config_path: Path) -> Path | None:
    """Where the configuration has it, if nothing is there."""
    with config_path.open("rb") as file:
        name = tomllib.load(file).get("backup", {}).get("key_file")
    place = config_path.parent.absolute() / name if name else None
    return None if place is None or os.path.lexists(place) else place


def _line(key_file: Path, place: Path, *owner: str) -> str:
    words = ("sudo", "install", "-D", "-m", "600", *owner, str(key_file.absolute()), str(place))
    return f"the key of backups, by typing {shlex.join(words)}"
