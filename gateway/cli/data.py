"""The way of every command to the configuration and the store, and what stands in it.

A command works beside a running gateway: SQLite lets one write at a time, briefly.
"""

import asyncio
import contextlib
import os
import pwd
import sqlite3
from collections.abc import AsyncIterator, Coroutine
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from gateway.cli import spoken
from gateway.cli.app import Failed, OtherUser

if TYPE_CHECKING:
    from gateway.config import Config
    from gateway.store.database import Database

T = TypeVar("T")


def configuration(path: Path) -> "Config":
    """The configuration, if we are who may use its data. Raises ``Mistakes`` or ``Failed``."""
    from gateway.config import load  # noqa: PLC0415

    _may_read(path)
    config = load(path)
    spoken.use(config.gateway.language)
    only_its_owner(config.store.path)
    return config


def only_its_owner(store: Path) -> None:
    """Refuses anybody but the owner of the data: files that another user makes beside it would
    stop the gateway. Before there is any data, its folder says whose it will be."""
    with contextlib.suppress(FileNotFoundError, PermissionError):  # not even ours to look into
        owner = store.stat().st_uid
        if owner != os.geteuid():
            raise OtherUser(_name(owner), str(store))
        return
    folder = store.parent
    with contextlib.suppress(FileNotFoundError):
        owner = folder.stat().st_uid
        if owner != os.geteuid() and (os.geteuid() == 0 or not os.access(folder, os.W_OK)):
            raise OtherUser(_name(owner), str(folder))


def run(work: Coroutine[Any, Any, T]) -> T:
    """Runs a command's work; a store that refuses is a failure, not a crash."""
    try:
        return asyncio.run(work)
    except sqlite3.Error as error:
        raise Failed(f"the store refuses: {error}") from error


@contextlib.asynccontextmanager
async def store(config: "Config", *, create: bool = False) -> "AsyncIterator[Database]":
    """The open store. Without ``create`` it must be there already."""
    from gateway.store.database import Database  # noqa: PLC0415

    path = config.store.path
    if create:
        make_folder(path)
    elif not path.exists():
        raise Failed(
            f"there is no data at {path} yet: import a ledger (doorwatch ledger import FILE...)"
            " or start the gateway (doorwatch run)"
        )
    os.umask(0o077)  # names and phones: nobody else reads what we make
    database = await Database.open(path)
    try:
        yield database
    finally:
        await database.close()


def make_folder(path: Path) -> None:
    """The folder of the store, where it may be made."""
    folder = path.parent
    try:
        folder.mkdir(mode=0o750, parents=True, exist_ok=True)
    except OSError as error:
        raise Failed(
            f"{folder} cannot be made ({error.strerror}); type\n"
            f"  sudo install -d -o {_name(os.geteuid())} -m 750 {folder}"
        ) from None


def _may_read(path: Path) -> None:
    """A configuration that is there, but not for us, belongs to the gateway's user."""
    if path.exists() and not os.access(path, os.R_OK):
        raise OtherUser(_name(path.stat().st_uid), str(path))


def _name(user: int) -> str:
    try:
        return pwd.getpwuid(user).pw_name
    except KeyError:
        return f"#{user}"  # as sudo takes a number
