"""The key of backups: 32 random bytes, as 64 hex digits in a file or a systemd credential.

Whoever has it and a backup has everything: it must not lie where the backups lie. Without it they
are lost: it must not lie on this machine alone.
"""

import hashlib
import os
import secrets
from pathlib import Path

from gateway import secrets as ours
from gateway.backup.errors import BackupError, Reason
from gateway.config.tables import Backup

BYTES = 32  # AES-256
_ID_DIGITS = 8  # enough to tell one's own keys apart, and no help to anybody
REMEDY = (
    "make one with doorwatch backup --new-key FILE, keep a copy of it elsewhere,"
    " and name the file in config.toml: [backup] key_file"
)


def new(path: Path) -> str:
    """Writes a new key to ``path``, for its owner only; returns its text. Never overwrites."""
    text = secrets.token_hex(BYTES)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise BackupError(
            Reason.THERE, f"{path} is there already: a key that is lost loses its backups"
        ) from None
    except OSError as error:
        raise BackupError(Reason.DISK, f"{path} cannot be made: {error.strerror}") from None
    with os.fdopen(descriptor, "w") as file:
        file.write(text + "\n")
        file.flush()
        os.fsync(file.fileno())
    return text


def parse(text: str) -> bytes:
    """The key that a file holds. Raises ``ValueError``."""
    digits = "".join(text.split())  # people may have typed it from paper, in groups
    try:
        key = bytes.fromhex(digits)
    except ValueError:
        key = b""
    if len(key) != BYTES:
        raise ValueError(f"it is no key: {2 * BYTES} hex digits are")
    return key


def key_id(key: bytes) -> str:
    """Which key it is, without giving it away; a backup says so in the clear."""
    return hashlib.sha256(b"doorwatch backup key" + key).hexdigest()[:_ID_DIGITS]


def find(backup: Backup, file: Path | None = None) -> bytes:
    """The key in ``file``, else the configured one. Raises ``BackupError``."""
    named = file or backup.key_file
    try:
        secret = ours.find("backup", "key", named)
        if secret is None:
            raise BackupError(Reason.KEY, f"there is no key for backups: {REMEDY}")
        return parse(secret.get_secret_value())
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or str(error)
        raise BackupError(Reason.KEY, f"{named or 'the credential backup_key'}: {why}") from None
