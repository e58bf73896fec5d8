"""Waiting for an event or for a time, whichever comes first, with a sleep that is given."""

import asyncio
from collections.abc import Awaitable, Callable

Sleep = Callable[[float], Awaitable[None]]


async def event_or_time(event: asyncio.Event, seconds: float | None, sleep: Sleep) -> None:
    """Return when ``event`` is set or after ``seconds`` (None: only the event)."""
    if seconds is None:
        await event.wait()
        return
    if event.is_set():
        return

    async def slept() -> None:
        await sleep(max(0.0, seconds))

    waits = [asyncio.ensure_future(event.wait()), asyncio.ensure_future(slept())]
    try:
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for wait in waits:
            wait.cancel()
        await asyncio.gather(*waits, return_exceptions=True)
