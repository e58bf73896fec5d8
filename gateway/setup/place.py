"""Writes what was planned: all of it once it has been checked as a whole, or nothing.

Everything lies ready beside config.toml under other names, is judged there by what
``doorwatch check`` uses, and then takes its name; config.toml last.
"""

import contextlib
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from gateway.backup import durable
from gateway.check import check_all
from gateway.errors import Mistakes
from gateway.setup import document
from gateway.setup.plan import CERTIFICATE, FILE_KEYS

OURS = 0o600
READ_BY_GROUP = 0o640  # config.toml has no secret; the service may run as another of its group
PUBLIC = {CERTIFICATE: 0o644}
READY = ".setup-"  # before a name: not yet in force
_SIGNALS = {signal.SIGINT, signal.SIGTERM, signal.SIGHUP}


class Ready:
    """Files that only have to take their names; those that say what is there already do not."""

    def __init__(self, config: Path, tables: dict[str, Any], files: dict[str, str]) -> None:
        self.config = config
        self._folder = config.parent
        self._tables = tables
        self._text = document.text(tables)
        self._files = {n: c for n, c in files.items() if not _has(self._folder / n, c)}

    @property
    def checked(self) -> Path:
        """config.toml as it will be, with the names that its files have now."""
        return self._folder / f"{READY}checked-{self.config.name}"

    @contextlib.contextmanager
    def written(self) -> "Iterator[Ready]":
        """Lays everything ready. Raises ``Mistakes`` or OSError; in the end nothing of it stays
        that did not take its name."""
        ready = [self._folder / f"{READY}{name}" for name in self._files]
        final = self._folder / f"{READY}{self.config.name}"
        try:
            for path, content in zip(ready, self._files.values(), strict=True):
                _write(path, content, PUBLIC.get(path.name.removeprefix(READY), OURS))
            _write(self.checked, document.text(self._renamed()), OURS)
            _write(final, self._text, READ_BY_GROUP)
            if found := check_all(self.checked):
                name = self.config.name
                raise Mistakes(
                    m._replace(place=m.place.replace(self.checked.name, name)) for m in found
                )
            yield self
        finally:
            kept = [self._folder / f".{name}.bak.new" for name in (*self._files, self.config.name)]
            for path in (*ready, self.checked, final, *kept):
                path.unlink(missing_ok=True)

    def take_names(self) -> list[Path]:
        """In force from here on. What was there is kept as .bak."""
        names = self.names()
        for name in names:
            self._settle(f"{READY}{name}", name)
        return [self._folder / name for name in names]

    def names(self) -> list[str]:
        """What is to be written; config.toml last."""
        return [*self._files, *([] if _has(self.config, self._text) else [self.config.name])]

    def replaced(self) -> list[str]:
        return [name for name in self.names() if (self._folder / name).exists()]

    def _settle(self, ready: str, name: str) -> None:
        path = self._folder / name
        if path.exists():
            durable.write(path.with_name(f"{name}.bak"), path.read_bytes())
        durable.settle(self._folder / ready, path)

    def _renamed(self) -> dict[str, Any]:
        return {
            name: {
                key: f"{READY}{value}" if key in FILE_KEYS and value in self._files else value
                for key, value in table.items()
            }
            for name, table in self._tables.items()
        }


@contextlib.contextmanager
def undisturbed() -> Iterator[None]:
    """Signals that would end us wait until the names are taken."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _has(path: Path, content: str) -> bool:
    return path.is_file() and path.read_bytes() == content.encode()


def _write(path: Path, content: str, mode: int) -> None:
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OURS), "w") as file:
        os.fchmod(file.fileno(), mode)  # whatever the umask
        file.write(content)
