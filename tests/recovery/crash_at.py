"""``doorwatch run`` that kills itself with SIGKILL at one exact place: PLACE NUMBER, then as usual.

begin      before the NUMBERth transaction begins
commit     when all its rows are written and only COMMIT is missing
committed  right after COMMIT, before anybody is told: no acknowledgement, nothing sent
sent       when the provider has taken the NUMBERth message and nothing is recorded
"""

import itertools
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from typing import Any

import aiosqlite

from gateway.alerts.provider import Outgoing, Progress
from gateway.alerts.twilio import TwilioProvider
from gateway.cli.main import main
from gateway.store.database import Database

place, number = sys.argv.pop(1), int(sys.argv.pop(1))
count = itertools.count(1)
transaction, send = Database.transaction, TwilioProvider.send


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


async def crashing(
    database: Database, work: Callable[[aiosqlite.Connection], Awaitable[Any]]
) -> Any:
    now = next(count) == number

    async def then(connection: aiosqlite.Connection) -> Any:
        result = await work(connection)
        if now and place == "commit":
            die()
        return result

    if now and place == "begin":
        die()
    result = await transaction(database, then)
    if now and place == "committed":
        die()
    return result


async def sending(provider: TwilioProvider, outgoing: Outgoing) -> Progress:
    progress = await send(provider, outgoing)
    if next(count) == number:
        die()
    return progress


if place == "sent":
    TwilioProvider.send = sending  # type: ignore[method-assign]
else:
    Database.transaction = crashing  # type: ignore[method-assign]
main()
