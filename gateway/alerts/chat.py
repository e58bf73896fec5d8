"""Messages to chat groups, by mail and the like: one file of addresses, through apprise.

Owns which addresses an alert goes to and what their answers mean together. A service that has
taken a message says no more of it: ``sent`` is the last word, nobody is known to have read it,
and nobody can answer there. Logs nothing: an address is a secret.
"""

import asyncio
import logging
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from typing import Any

from gateway.alerts.chat_urls import Way
from gateway.alerts.chat_words import refusal
from gateway.alerts.errors import ProviderError, Reason
from gateway.alerts.provider import Outgoing, Progress, Promises, Reply, Status
from rules.model import Channel
from rules.moment import Moment

log = logging.getLogger("doorwatch.alerts")

# Apprise gives a service 4 s to connect and 4 s to answer, a long text in a few parts.
DEADLINE_S = 20.0
AT_A_TIME = 4  # threads: a service that hangs must not hold up another
REMEMBERED = 256  # alerts of which some addresses have taken theirs and others not yet


class ChatProvider:
    """A ``gateway.alerts.provider.Provider``. Use and close it on one event loop."""

    channels = frozenset({Channel.CHAT})
    promises = Promises(receipts=False, once=False)

    def __init__(
        self, name: str, ways: Sequence[Way], group_of: Callable[[str], str | None]
    ) -> None:
        """``group_of``: the chat group of whoever has this phone (E.164), by the ledger."""
        self.name = name
        self._ways = tuple(ways)
        self._group_of = group_of
        self._services: dict[int, Any] = {}  # by line
        self._taken: dict[int, set[int]] = {}  # the lines that have an alert that others lack
        self._threads = ThreadPoolExecutor(AT_A_TIME, thread_name_prefix="chat")

    def can_reply(self, phone: str) -> bool:
        return False

    async def send(self, outgoing: Outgoing) -> Progress:
        """To every address of the recipient's group.

        Tried again it goes to those that did not take it; a restart forgets which did.
        """
        if outgoing.channel is not Channel.CHAT:
            raise ProviderError(Reason.NOT_SERVED, retryable=False)
        group = self._group_of(outgoing.to) or ""
        ways = [way for way in self._ways if way.serves(group)]
        if not ways:
            raise ProviderError(Reason.NOT_FOUND, retryable=False, code="group")
        taken = self._taken.pop(outgoing.alert_id, set())
        missing = [way for way in ways if way.line not in taken]
        errors = await asyncio.gather(*(self._say(way, outgoing.text) for way in missing))
        taken |= {way.line for way, error in zip(missing, errors, strict=True) if error is None}
        failed = [error for error in errors if error is not None]
        again = [error for error in failed if error.retryable]
        if again or (failed and not taken):
            self._remember(outgoing.alert_id, taken)
            raise (again or failed)[0]
        said = str(failed[0]) if failed else None
        return Progress(f"{self.name}-{outgoing.alert_id}", Status.SENT, said, None)

    async def fetch(self, channel: Channel, provider_id: str) -> Progress:
        return Progress(provider_id, Status.SENT, None, None)

    async def find(
        self, outgoing: Outgoing, since: Moment, known: Collection[str] = ()
    ) -> Progress | None:
        return None

    async def replies(self, since: Moment) -> list[Reply]:
        """Never any; asked all the same (``doctor``), it says whether it could send."""
        for way in self._ways:
            await self._in_thread(self._service, way)
        return []

    async def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def _say(self, way: Way, text: str) -> ProviderError | None:
        try:
            async with asyncio.timeout(DEADLINE_S):
                service = await self._in_thread(self._service, way)
                heard, ok = await self._in_thread(_wire().say, service, text)
        except ProviderError as error:
            return error
        except TimeoutError:
            return ProviderError(Reason.TIMEOUT, retryable=True, uncertain=True)
        except Exception as error:  # a plugin's own; its words may hold the address
            code = type(error).__name__
            return ProviderError(Reason.REFUSED, retryable=True, uncertain=True, code=code)
        return refusal(heard, ok)

    async def _in_thread(self, work: Callable[..., Any], *given: Any) -> Any:
        return await asyncio.get_running_loop().run_in_executor(self._threads, work, *given)

    def _service(self, way: Way) -> Any:
        if way.line not in self._services:
            service = _wire().understood(way.url)
            if service is None:
                raise ProviderError(Reason.AUTH, retryable=True, code=f"line {way.line}")
            self._services[way.line] = service
        return self._services[way.line]

    def _remember(self, alert_id: int, taken: set[int]) -> None:
        if taken:
            self._taken[alert_id] = taken
        while len(self._taken) > REMEMBERED:
            del self._taken[next(iter(self._taken))]


def _wire() -> Any:
    """Apprise and its 13 MB, when first needed: a second or two on a Pi."""
    try:
        return import_module("gateway.alerts.chat_wire")
    except ModuleNotFoundError as error:
        log.error("chat needs the library %s: pip install apprise", error.name)
        raise ProviderError(Reason.NOT_SERVED, retryable=True, code="no_apprise") from None
