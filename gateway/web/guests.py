"""Connections of the listeners: so many at once, and no waiting for whoever never says what.

Every open connection is a file of the daemon's, and it needs its files for the store, the broker
and the provider. uvicorn has no limit of its own for a request that never ends.
"""

import asyncio
from typing import Any, Final

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

MOST: Final = 200  # at once: pages that watch, and those that load; a process has 1,024 files
MOST_OF_ONE: Final = 60  # from one address: an office has one
PATIENCE_S: Final = 20.0  # for a request's head, and for its body; twice that at the most
_PROXY: Final = frozenset({"127.0.0.1", "::1"})  # it speaks for many, and has limits of its own


class Guest(H11Protocol):
    """One connection."""

    _due: asyncio.TimerHandle | None = None
    _waits_for: tuple[object, object] | None = None  # what was not all there at the last look

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        host = _host(self)
        same = sum(_host(each) == host for each in self.connections)
        if len(self.connections) > MOST or (same > MOST_OF_ONE and host not in _PROXY):
            transport.abort()
            return
        self._waits_for = (self.conn.their_state, self.cycle)
        self._due = self.loop.call_later(PATIENCE_S, self._look)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._due is not None:
            self._due.cancel()
        super().connection_lost(exc)

    def _look(self) -> None:
        """Not from the last byte on: one byte now and then is no request either."""
        is_asked = self.conn.their_state not in (h11.IDLE, h11.SEND_BODY)
        if not is_asked and self._waits_for == (self.conn.their_state, self.cycle):
            self.transport.abort()
            return
        self._waits_for = None if is_asked else (self.conn.their_state, self.cycle)
        self._due = self.loop.call_later(PATIENCE_S, self._look)


def _host(one: Any) -> str:
    return one.client[0] if one.client else ""
