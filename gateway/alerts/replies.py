"""What people answer: ``1`` or ``1 CODE``, found by asking the provider, acted on once.

Owns how an answer is read and that none is acted on twice or lost. Knows no incidents: what a
command does, and what is said back, is the caller's.
"""

import asyncio
import logging
import random as randomness
import re
import unicodedata
from collections.abc import Awaitable, Callable, Sequence
from typing import NamedTuple, TypeAlias

import aiosqlite

from gateway.alerts.errors import ProviderError
from gateway.alerts.outbox import Write
from gateway.alerts.provider import Provider, Reply
from gateway.alerts.retry import backoff
from gateway.alerts.waiting import Sleep
from gateway.store import alerts as table
from rules.model import Channel
from rules.moment import HOUR, MINUTE, Duration, Moment

log = logging.getLogger("doorwatch.alerts")

INTERVAL_S = 5.0  # an answer should stop the next step, and steps are minutes apart
OVERLAP: Duration = 2 * MINUTE  # the provider's seconds are not ours; known replies are passed over
FIRST_LOOK: Duration = HOUR  # before the first start: nothing older can be meant for us


class Acknowledge(NamedTuple):
    """``1``: I take it. Without a code: the one open incident, if there is one."""

    code: str | None = None


class Unknown(NamedTuple):
    """Anything else."""


Command: TypeAlias = Acknowledge | Unknown

_MARKS = re.compile(r"[\s,.;:!?，。；：！？、·~'\"“”()（）\[\]【】+#*_-]+")
_YES = r"(?:回?复?1|收到|知道了|好的?|ok|okay|我?来处理)"
_COMMAND = re.compile(rf"{_YES} ?(?:编号|code)? ?([0-9]{{4,6}})?(?: ?我?来处理)?", re.IGNORECASE)


def parse(text: str) -> Command:
    """Read an answer as people type it: full-width digits, stray blanks, ``收到``, a full stop."""
    plain = _MARKS.sub(" ", unicodedata.normalize("NFKC", text)).strip()
    found = _COMMAND.fullmatch(plain)
    return Acknowledge(found[1]) if found else Unknown()


OnReply = Callable[[Reply, Command], Awaitable[str | None]]


class ReplyReader:
    """Asks the providers for replies while somebody may be answering."""

    def __init__(
        self,
        write: Write,
        providers: Sequence[Provider],
        person_at: Callable[[str], str | None],
        on_reply: OnReply,
        *,
        now: Callable[[], Moment],
        active: Callable[[], bool] = lambda: True,
        sleep: Sleep = asyncio.sleep,
        random: Callable[[], float] = randomness.random,
        answered: Callable[[], None] = lambda: None,
        ignored: Callable[[], None] = lambda: None,
        interval: float = INTERVAL_S,
    ) -> None:
        """``person_at`` gives the roster's person of a phone (E.164), or None.

        ``on_reply`` acts and gives the text to answer with, or None; it may hear the same reply
        again after a crash. ``answered``: a row was put in the outbox. ``ignored``: somebody
        who is not on the roster wrote; he is never answered. ``active``: whether to ask at all.
        """
        self._write = write
        self._providers = [p for p in providers if Channel.SMS in p.channels]
        self._person_at = person_at
        self._on_reply = on_reply
        self._now = now
        self._active = active
        self._sleep = sleep
        self._random = random
        self._answered = answered
        self._ignored = ignored
        self._interval = interval
        self._since: Moment | None = None
        self._failures = 0
        self._awake = asyncio.Event()

    def wake(self) -> None:
        """``active`` may have become true."""
        self._awake.set()

    async def run(self) -> None:
        """Ask until cancelled."""
        while True:
            self._awake.clear()
            wait: float | None = None
            if self._active():
                try:
                    await self.poll()
                    self._failures, wait = 0, self._interval
                except Exception as error:
                    self._failures += 1
                    asked = error.retry_after if isinstance(error, ProviderError) else None
                    wait = max(self._interval, backoff(self._failures, asked, self._random))
                    log.warning("replies cannot be read: %s", _brief(error))
            if wait is None:
                await self._awake.wait()
            else:
                await self._sleep(wait)

    async def poll(self) -> int:
        """Ask once; returns how many replies were new. Raises what a provider or the store does."""
        if self._since is None:
            newest = await self._write(table.newest_reply)
            self._since = self._now() - FIRST_LOOK if newest is None else newest
        found: list[Reply] = []
        for provider in self._providers:
            found += await provider.replies(self._since - OVERLAP)
        if not found:
            return 0
        ids = [reply.provider_id for reply in found]
        unseen = await self._write(lambda connection: table.unseen(connection, ids))
        new = sorted((r for r in found if r.provider_id in unseen), key=lambda reply: reply.at)
        failed: Exception | None = None
        for reply in new:  # one that cannot be acted on must not hold up the others
            try:
                await self._act(reply)
            except Exception as error:
                failed = failed or error
        if failed is not None:
            raise failed
        self._since = max([self._since, *(reply.at for reply in new)])
        return len(new)

    async def _act(self, reply: Reply) -> None:
        """Act, then note it together with the answer: a crash between repeats the acting only."""
        person_id = self._person_at(reply.sender)
        text = None
        if person_id is None:
            self._ignored()
        else:
            text = await self._on_reply(reply, parse(reply.text))
        now = self._now()

        async def work(connection: aiosqlite.Connection) -> bool:
            fresh = await table.remember_reply(connection, reply.provider_id, reply.at)
            if fresh and text is not None and person_id is not None:
                row = table.new_row(
                    incident_id=None,
                    person_id=person_id,
                    phone=reply.sender,
                    kind=Channel.SMS.value,
                    step=0,
                    text=text,
                    created_at=now,
                )
                await connection.execute(table.INSERT, row)
            return fresh

        if await self._write(work) and text is not None:
            self._answered()


def _brief(error: Exception) -> str:
    """A provider's error says nothing private; of others only the type is logged."""
    return str(error) if isinstance(error, ProviderError) else type(error).__name__
