"""An ear at a broker: a link whose messages, states and answers a test can wait for."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from types import TracebackType
from typing import Any, Self, TypeVar

from drivers.mqtt.link import Link
from drivers.mqtt.message import Message
from drivers.mqtt.settings import MqttSettings

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
