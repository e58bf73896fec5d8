"""Secrets, from a file or from systemd's credentials. Never from the environment, never logged.

systemd hands credentials over as files in ``$CREDENTIALS_DIRECTORY``, named after table and key:
``mqtt_password``, ``twilio_auth_token``, ``twilio_api_key_secret``, ``web_session_key``,
``backup_key``. Commands that people run have none: they see only that there is one.
"""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from pydantic import SecretStr

from gateway.errors import Mistake

KEPT = Path("/etc/doorwatch-secrets")
"""Root's, a folder a table: from here the unit (deploy/systemd) hands them over."""
_LONGEST = 4096  # bytes; a secret is short, anything longer is the wrong file


def find(table: str, key: str, file: Path | None) -> SecretStr | None:
    """The secret ``key`` of ``table``: of its file if one is named, else the credential.

    None when there is neither. Raises OSError when the named file cannot be read.
    """
    if file is not None:
        return _read(file)
    credential = _credential(f"{table}_{key}")
    return _read(credential) if credential is not None else None


def is_given(table: str, key: str, file: Path | None) -> bool:
    """Whether the gateway has a file or credential for it."""
    kept = KEPT / table / key
    return file is not None or _credential(f"{table}_{key}") is not None or kept.is_file()


def mistakes(place: str, file: Path) -> Iterator[Mistake]:
    """What is wrong with a secret's file; ``place`` names the key that points to it."""
    try:
        mode = file.stat().st_mode
        text = _read(file)
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "it is not text"
        yield Mistake(
            place, f"{file} cannot be read: {why}", "put the secret there, and nothing else"
        )
        return
    if mode & stat.S_IROTH:
        yield Mistake(place, f"everybody can read {file}", f"run chmod 600 {file}")
    if not text.get_secret_value():
        yield Mistake(place, f"{file} is empty", "put the secret there, and nothing else")


def _credential(name: str) -> Path | None:
    folder = os.environ.get("CREDENTIALS_DIRECTORY")
    if not folder:
        return None
    path = Path(folder) / name
    return path if path.is_file() else None


def _read(path: Path) -> SecretStr:
    with path.open("rb") as file:
        return SecretStr(file.read(_LONGEST).decode().strip())
