"""The machine's clock, as ``doctor`` finds it, and a person's word for it."""

import contextlib
import sqlite3

from gateway import loading, requests
from gateway.clock import SystemClock
from gateway.clock.evidence import CLOSE, EARLIEST, Machine, Trust
from gateway.config import Config
from gateway.doctor.ways import Finding
from gateway.store.database import Database
from rules.local import local
from rules.moment import Moment

VERIFY = (
    "sudo timedatectl set-ntp true; without a network: sudo date -s 'YYYY-MM-DD HH:MM:SS',"
    " then doorwatch doctor --trust-clock"
)


class NotTrusted(Exception):
    """The machine's clock cannot be right; the text says why, and what to type."""


async def clock(config: Config, machine: Machine | None = None) -> Finding:
    """Whether anything vouches for the machine's clock."""
    machine = machine or Machine()
    newest, trust = 0, None
    with contextlib.suppress(sqlite3.Error):  # a gateway that cannot use its store says so itself
        newest, trust = await _stored(config)
    why = SystemClock(newest, trust, machine).why()
    if why is not None:
        return Finding("clock", True, f"verified by {why}")
    wall, zone = machine.wall(), config.gateway.timezone
    said = f"nothing vouches for {local(wall, zone):%Y-%m-%d %H:%M:%S}"
    if wall < newest - CLOSE:
        said += f", and the newest stored moment is {local(newest, zone):%Y-%m-%d %H:%M:%S}"
    return Finding("clock", False, said, VERIFY)


async def _stored(config: Config) -> tuple[Moment, Trust | None]:
    """The newest moment in the store, and the last person's word for the clock."""
    if not config.store.path.exists():
        return 0, None
    database = await Database.open(config.store.path)
    try:
        return await loading.newest_moment(database), await requests.trusted(database)
    finally:
        await database.close()


async def vouch(
    database: Database, config: Config, by: str, *, back: bool, machine: Machine | None = None
) -> tuple[Moment, int]:
    """Puts the request to trust the machine's clock; returns the time it shows, and the request.

    ``back``: the time may be earlier than what is stored. Raises ``NotTrusted``.
    """
    machine = machine or Machine()
    wall, newest = machine.wall(), await loading.newest_moment(database)
    zone = config.gateway.timezone
    shown = f"{local(wall, zone):%Y-%m-%d %H:%M:%S}"
    remedy = "set it: sudo date -s 'YYYY-MM-DD HH:MM:SS'"
    if wall < EARLIEST:
        raise NotTrusted(f"the machine's clock shows {shown}; {remedy}")
    if wall < newest - CLOSE and not back:
        raise NotTrusted(
            f"the machine's clock shows {shown}, but what is stored goes on until"
            f" {local(newest, zone):%Y-%m-%d %H:%M:%S}; {remedy}; or, if it is right and what is"
            " stored came from a clock that was ahead, add --back"
        )
    body = {"do": "trust_clock", **machine.trusted_by(by)._asdict()}
    return wall, await requests.add(database, body, wall)
