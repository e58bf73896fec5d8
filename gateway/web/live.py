"""Server-sent events: a page is told that something it shows has changed, and fetches itself again.

What a page shows is given as a function; its answer is compared with the last, twice a second and
only while somebody watches. States are frozen and replaced, so comparing is cheap.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from typing import TYPE_CHECKING, Final

from fastapi import Request, Response
from fastapi.responses import StreamingResponse

from gateway.web.guard import COOKIE

if TYPE_CHECKING:
    from gateway.web.site import Site

LOOK_S: Final = 0.5  # within a second, the time to fetch included
ALIVE_S: Final = 15.0  # so often something is said, for proxies and for the page's clock
MOST: Final = 40  # pages that watch at once: desks, not the street
MOST_OF_ONE: Final = 8  # of them of one login: nobody takes the desk's
_watching: Counter[str] = Counter()  # by session


def events(request: Request, seen: Callable[[], object], now: Callable[[], int]) -> Response:
    """``seen``: what the page depends on, comparable; ``now``: ms, for clocks that count."""
    if _watching.total() >= MOST or _watching[_session(request)] >= MOST_OF_ONE:
        return Response(status_code=503, headers={"Retry-After": "30"})
    return StreamingResponse(
        _events(request, seen, now),
        media_type="text/event-stream",
        headers={"X-Accel-Buffering": "no"},
    )


async def _events(
    request: Request, seen: Callable[[], object], now: Callable[[], int]
) -> AsyncIterator[str]:
    session = _session(request)
    _watching[session] += 1
    try:
        last, said = seen(), 0.0
        time = asyncio.get_running_loop().time
        while not await request.is_disconnected():
            if time() - said >= ALIVE_S:
                said = time()
                if not await _is_still_on(request):
                    return  # the page asks again, and is led to the login
                yield f"event: time\ndata: {now()}\n\n"
            fresh = seen()
            if fresh != last:
                last = fresh
                yield "data: changed\n\n"
            await asyncio.sleep(LOOK_S)
    finally:
        _watching[session] -= 1
        if not _watching[session]:
            del _watching[session]


def _session(request: Request) -> str:
    return request.cookies.get(COOKIE, "")


async def _is_still_on(request: Request) -> bool:
    """Whether whoever began to watch may go on: that a page watches keeps no login alive."""
    site: Site = request.app.state.site
    found = await site.sessions.look(_session(request), site.memory.ledger)
    return found is not None and found == request.state.login
