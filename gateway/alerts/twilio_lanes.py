"""Several requests to Twilio at a time, off the event loop: threads, each with its connection.

Owns threads and deadlines. Imported when first needed: the official client costs 6 MB.

Why threads and not the client's asyncio transport: that one needs aiohttp, 10 MB more, and
cannot say whether a failed request had left.
"""

import asyncio
import contextlib
import threading
from collections.abc import Callable
from queue import SimpleQueue
from typing import TypeVar

from twilio.base.exceptions import TwilioException  # type: ignore[import-untyped]
from twilio.rest import Client  # type: ignore[import-untyped]

from gateway.alerts.errors import ProviderError, Reason
from gateway.alerts.twilio_api import Api
from gateway.alerts.twilio_wire import DEADLINE_SECONDS, Wire

T = TypeVar("T")

LANES = 8  # at 200 ms a round trip 40 texts a second, far above what one number may send


class Lane:
    """A thread with its own client and connection.

    A daemon thread: a request that hangs in the resolver must not hold up the process's end.
    """

    def __init__(self, wire: Wire, api: Api, number: int) -> None:
        self.wire = wire
        self._api = api
        self._jobs: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        threading.Thread(target=self._work, name=f"twilio-{number}", daemon=True).start()

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            job()
        self.wire.close()

    async def run(self, job: Callable[[Api], T]) -> T:
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()

        def settle(result: T | None, error: Exception | None) -> None:
            if future.done():
                return
            if error is not None:
                future.set_exception(error)
            else:
                future.set_result(result)  # type: ignore[arg-type]

        def work() -> None:
            result: T | None = None
            failed: Exception | None = None
            try:
                result = job(self._api)
            except Exception as error:  # whatever it is, it belongs to the one who waits
                failed = error
            with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits any more
                loop.call_soon_threadsafe(settle, result, failed)

        self._jobs.put(work)
        return await future

    def end(self) -> None:
        self.wire.abort()
        self._jobs.put(None)


class Lanes:
    """At most ``LANES`` requests at a time, the connection used last first: it is the warmest."""

    def __init__(self, *, username: str, password: str, account_sid: str, base_url: str) -> None:
        self._credentials = (username, password, account_sid)
        self._base_url = base_url
        self._free = asyncio.Semaphore(LANES)
        self._idle: list[Lane] = []
        self._busy: set[Lane] = set()
        self._opened = 0

    def _api(self, wire: Wire) -> Api:
        username, password, account_sid = self._credentials
        # An environment that is not empty: otherwise the client reads ours (TWILIO_EDGE, ...).
        nothing = {"": ""}
        client = Client(username, password, account_sid, http_client=wire, environment=nothing)
        return Api(client, wire, self._base_url)

    def _lane(self) -> Lane:
        self._opened += 1
        wire = Wire(self._base_url)
        return Lane(wire, self._api(wire), self._opened)

    async def run(self, job: Callable[[Api], T], *, creating: bool) -> T:
        """Run ``job`` with a client; ``ProviderError`` is all it raises."""
        async with self._free:
            lane = self._idle.pop() if self._idle else self._lane()
            self._busy.add(lane)
            whole = False
            try:
                async with asyncio.timeout(DEADLINE_SECONDS):
                    result = await lane.run(job)
                whole = True
                return result
            except TimeoutError:
                uncertain = creating and lane.wire.sent
                raise ProviderError(Reason.TIMEOUT, retryable=True, uncertain=uncertain) from None
            except ProviderError:
                whole = True
                raise
            except (TwilioException, ValueError, KeyError, TypeError, AttributeError) as error:
                whole = True
                raise ProviderError(
                    Reason.BAD_ANSWER,
                    retryable=True,
                    uncertain=creating,
                    code=type(error).__name__,
                ) from None
            finally:
                self._busy.discard(lane)
                if whole:
                    self._idle.append(lane)
                else:  # given up while it was at work: its connection can never be used again
                    lane.end()

    def close(self) -> None:
        for lane in (*self._idle, *self._busy):
            lane.end()
        self._idle.clear()
