"""Server-sent events: a page is told that something it shows has changed, and fetches itself again.

What a page shows is given as a function; its answer is compared with the last, twice a second and
only while somebody watches. States are frozen and replaced, so comparing is cheap.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Final

from fastapi import Request, Response
from fastapi.responses import StreamingResponse

LOOK_S: Final = 0.5  # within a second, the time to fetch included
ALIVE_S: Final = 15.0  # so often something is said, for proxies and for the page's clock
MOST: Final = 40  # pages that watch at once: desks, not the street
_watching = 0


def events(request: Request, seen: Callable[[], object], now: Callable[[], int]) -> Response:
    """``seen``: what the page depends on, comparable; ``now``: ms, for clocks that count."""
    if _watching >= MOST:
        return Response(status_code=503, headers={"Retry-After": "30"})
    return StreamingResponse(
        _events(request, seen, now),
        media_type="text/event-stream",
        headers={"X-Accel-Buffering": "no"},
    )


async def _events(
    request: Request, seen: Callable[[], object], now: Callable[[], int]
) -> AsyncIterator[str]:
    global _watching
    _watching += 1
    try:
        last, said = seen(), 0.0
        time = asyncio.get_running_loop().time
        while not await request.is_disconnected():
            if time() - said >= ALIVE_S:
                said = time()
                yield f"event: time\ndata: {now()}\n\n"
            fresh = seen()
            if fresh != last:
                last = fresh
                yield "data: changed\n\n"
            await asyncio.sleep(LOOK_S)
    finally:
        _watching -= 1
