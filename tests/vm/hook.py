"""Runs inside a release that the trial made, before the gateway: how a stage is made to stick.

`/run/doorwatch-stuck` says which stage and whose: `STAGE PID`. Only that process sticks, so the one
that systemd starts after it is well. The release is the shipped one and these lines, nothing else.
"""

import asyncio
import os
from pathlib import Path

from gateway.alerts.dispatch import Dispatcher
from gateway.store.database import Database

_ORDER = Path("/run/doorwatch-stuck")


def _stuck(stage: str) -> bool:
    return _ORDER.exists() and _ORDER.read_text().split() == [stage, str(os.getpid())]


_transaction, _due = Database.transaction, Dispatcher._start_what_is_due


async def transaction(self, work):
    """store: the disk does not answer."""
    if _stuck("store"):
        await asyncio.Event().wait()
    return await _transaction(self, work)


async def due(self):
    """dispatcher: it never looks again."""
    if _stuck("dispatcher"):
        await asyncio.Event().wait()
    return await _due(self)


Database.transaction, Dispatcher._start_what_is_due = transaction, due
