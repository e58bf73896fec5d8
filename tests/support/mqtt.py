"""An ear at a broker, and a source that has one: what a test can wait for."""

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from types import TracebackType
from typing import Any, Self, TypeVar

from drivers.errors import Reason
from drivers.mqtt.dialects import Dialect
from drivers.mqtt.link import Link
from drivers.mqtt.message import Message
from drivers.mqtt.settings import MqttSettings
from drivers.mqtt.source import MqttSource
from drivers.reading import Delivery, Reading
from drivers.stranger import Stranger

T = TypeVar("T")
DEADLINE = 15.0  # s; nothing here takes a tenth of it


def now_ms() -> int:
    return time.time_ns() // 1_000_000


async def within(waited: Awaitable[T], seconds: float = DEADLINE) -> T:
    async with asyncio.timeout(seconds):
        return await waited


class Ear:
    """``async with Ear(port, "doors/#") as ear: message = await ear.next()``"""

    def __init__(
        self,
        port: int,
        *filters: str,
        take: Callable[[Message], None] | None = None,
        **settings: Any,
    ) -> None:
        base = MqttSettings("127.0.0.1", port, "ear", retry_first=0.1, retry_most=0.4)
        self.messages: asyncio.Queue[Message] = asyncio.Queue()
        self.states: list[tuple[bool, str]] = []
        self.answers: list[list[str]] = []
        self._changed = asyncio.Event()
        self.link = Link(
            replace(base, **settings),
            clock=now_ms,
            on_message=take or self.messages.put_nowait,
            on_state=self._state,
            on_subscribed=self._subscribed,
        )
        self.link.set_filters(filters)

    def _state(self, up: bool, reason: str) -> None:
        self.states.append((up, reason))
        self._changed.set()

    def _subscribed(self, refused: list[str]) -> None:
        self.answers.append(refused)
        self._changed.set()

    async def until(self, true: Callable[[], object]) -> None:
        """Looks again at every change of state."""
        async with asyncio.timeout(DEADLINE):
            while not true():
                self._changed.clear()
                await self._changed.wait()

    async def subscribed(self, times: int = 1) -> None:
        await self.until(lambda: len(self.answers) >= times)

    async def down(self) -> str:
        await self.until(lambda: self.states and not self.states[-1][0])
        return self.states[-1][1]

    async def next(self) -> Message:
        return await within(self.messages.get())

    async def __aenter__(self) -> Self:
        await self.link.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.link.stop()


class Heard:
    """A source whose readings a test can wait for; each is acknowledged unless told otherwise."""

    def __init__(
        self,
        port: int,
        *protocols: str,
        known: set[tuple[str, str]] | None = None,
        last_contact: int | None = None,
        settle: float = 60.0,
        discover: bool = False,
        descriptions: dict[str, str] | None = None,
        dialects: Mapping[str, Dialect] | None = None,
    ) -> None:
        self.readings: asyncio.Queue[Reading] = asyncio.Queue()
        self.waiting: list[Callable[[], None]] = []
        self.unknown: list[tuple[str, str]] = []
        self.strangers: list[Stranger] = []
        self.states: list[tuple[bool, str]] = []
        self.rejected: Counter[Reason] = Counter()
        self.acknowledge = True
        self._changed = asyncio.Event()
        self.source = MqttSource(
            MqttSettings("127.0.0.1", port, "gateway", retry_first=0.1, retry_most=0.2),
            self._take,
            clock=now_ms,
            last_contact=last_contact,
            known=None if known is None else lambda *address: address in known,
            on_state=self._state,
            on_rejected=self._reject,
            on_unknown=self._lose,
            on_stranger=self._meet,
            settle=settle,
            descriptions=descriptions,
            dialects=dialects,
        )
        if known and not protocols:
            self.source.use(known)
        else:
            self.source.set_protocols(protocols)
        if discover:
            self.source.discover(True)

    def _take(self, delivery: Delivery) -> None:
        self.readings.put_nowait(delivery.reading)
        if self.acknowledge:
            delivery.done()
        else:
            self.waiting.append(delivery.done)

    def _lose(self, protocol: str, address: str) -> None:
        self.unknown.append((protocol, address))
        self._changed.set()

    def _meet(self, stranger: Stranger) -> None:
        self.strangers.append(stranger)
        self._changed.set()

    def _state(self, up: bool, reason: str) -> None:
        self.states.append((up, reason))
        self._changed.set()

    def _reject(self, reason: Reason) -> None:
        self.rejected[reason] += 1
        self._changed.set()

    async def until(self, true: object) -> None:
        assert callable(true)
        async with asyncio.timeout(DEADLINE):
            while not true():
                self._changed.clear()
                await self._changed.wait()

    async def next(self) -> Reading:
        return await within(self.readings.get())

    async def __aenter__(self) -> "Heard":
        await self.source.start()
        await self.until(lambda: (True, "") in self.states)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.source.stop()
