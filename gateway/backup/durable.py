"""Files that are whole or not there at all, whenever the power goes."""

import os
from pathlib import Path


def settle(made: Path, path: Path) -> None:
    """``made``, in the folder of ``path``, takes its name; durable when this returns."""
    with made.open("rb") as file:
        os.fsync(file.fileno())
    made.replace(path)
    descriptor = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write(path: Path, content: bytes, *, mode: int = 0o600) -> None:
    """The whole file, or the one before it."""
    made = path.with_name(f".{path.name}.new")
    made.unlink(missing_ok=True)
    with os.fdopen(os.open(made, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
        os.fchmod(file.fileno(), mode)  # whatever our umask is
        file.write(content)
    settle(made, path)
