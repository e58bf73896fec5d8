"""An answer to an incident, carried out by the running gateway, or in its place if none runs."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from drivers.errors import Reason
from drivers.reading import Reading
from gateway import loading, requests
from gateway.cli.app import Failed
from gateway.clock import SystemClock
from gateway.config import Config
from gateway.core import Core
from gateway.granting import Refused
from gateway.households import Said
from gateway.incidents import Card
from gateway.lock import Lock
from gateway.privacy.purge import erase
from gateway.store.database import Database
from rules.moment import Moment

ANSWER_S = 10.0  # a running gateway looks every quarter of a second
LOOK_S = 0.05


async def ask(database: Database, config: Config, body: dict[str, Any]) -> dict[str, Any]:
    """The answer, once the request is carried out and durable. Raises ``Failed``."""
    lock = Lock(config.store.path)
    if not lock.acquire():
        request = await requests.add(database, body, time.time_ns() // 1_000_000)
        return await answered(database, request)
    try:
        return await _in_its_place(database, config, partial(_carry_out, database, body))
    finally:
        lock.release()


async def answered(database: Database, request: int) -> dict[str, Any]:
    """What the running gateway says once it has carried out the request. Raises ``Failed``."""
    deadline = time.monotonic() + ANSWER_S
    while (answer := await requests.answer_of(database, request)) is None:
        if time.monotonic() > deadline:
            raise Failed(
                "the running gateway has not answered yet; it carries the request out as soon as"
                " it can (doorwatch doctor may say what hinders it)"
            )
        await asyncio.sleep(LOOK_S)
    if "error" in answer:
        raise Failed(answer["error"])
    return answer


async def _carry_out(database: Database, body: dict[str, Any], core: Core) -> dict[str, Any]:
    if body["do"] == "erase":
        return await erase(core, database, body["household"], force=body["force"])
    return await requests.carry_out(core, body)


async def _in_its_place(
    database: Database, config: Config, work: Callable[[Core], Awaitable[dict[str, Any]]]
) -> dict[str, Any]:
    """One turn of the gateway's core, without ears and mouth.

    It resumes first, as the gateway does at its start: steps that fell due while nobody watched
    become one alert a person, which waits in the outbox for the gateway.
    """
    memory = await loading.load(database, config)
    newest, trust = await loading.newest_moment(database), await requests.trusted(database)
    clock = SystemClock(newest, trust)
    core = Core(database, memory, clock, Unwatched(), lambda: None)
    await core.resume(newest)
    running = asyncio.create_task(core.run())
    asked = asyncio.ensure_future(work(core))
    try:
        # A core that the disk has ended would leave us waiting for ever.
        await asyncio.wait({running, asked}, return_when=asyncio.FIRST_COMPLETED)
        if not asked.done():
            await running
        return await asked
    except Refused as refusal:
        raise Failed(str(refusal)) from None
    finally:
        asked.cancel()
        core.stop()
        await asyncio.gather(running, asked, return_exceptions=True)


class Unwatched:
    """A ``gateway.watch.Watch`` for a single turn: whoever typed sees what came of it."""

    def heard(self, reading: Reading) -> None: ...

    def possible(self, reading: Reading) -> None: ...

    def rejected(self, source: str, reason: Reason) -> None: ...

    def said(self, said: Said, cards: list[Card], reading_at: Moment | None) -> None: ...

    def latency(self, stage: str, seconds: float) -> None:
        pass

    def turned(self, readings: int) -> None: ...

    def committed(self, seconds: float) -> None: ...

    def store_failed(self, error: Exception) -> None:
        """Unlike the gateway, a command does not wait for a disk to come to its senses."""
        raise error
