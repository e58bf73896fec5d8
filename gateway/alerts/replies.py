"""What people answer by text, found by asking the provider or brought by it, acted on once.

Owns that no answer is acted on twice or lost. Knows no incidents: how it is read is
``commands``'s, what a command does, and what is said back, is the caller's.
"""

import asyncio
import logging
import random as randomness
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import aiosqlite

from gateway.alerts.commands import Command, parse
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
QUIET_S = 300.0  # while nobody waits for one: what it was may be said the next morning
OVERLAP: Duration = 2 * MINUTE  # the provider's seconds are not ours; known replies are passed over
FIRST_LOOK: Duration = HOUR  # before the first start: nothing older can be meant for us


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
        wanted: Callable[[], bool] = lambda: True,
        sleep: Sleep = asyncio.sleep,
        random: Callable[[], float] = randomness.random,
        answered: Callable[[], None] = lambda: None,
        ignored: Callable[[], None] = lambda: None,
        interval: float = INTERVAL_S,
    ) -> None:
        """``person_at`` gives the roster's person of a phone (E.164), or None.

        ``on_reply`` acts and gives the text to answer with, or None; it may hear the same reply
        again after a crash. ``answered``: a row was put in the outbox. ``ignored``: somebody
        who is not on the roster wrote; he is never answered. ``active``: whether somebody may be
        answering now; else it is asked every ``QUIET_S``. ``wanted``: whether there is anything
        that a reply could mean; else nobody is asked, and a provider's client is not even loaded.
        """
        self._write = write
        self._providers = [p for p in providers if Channel.SMS in p.channels]
        self._person_at = person_at
        self._on_reply = on_reply
        self._now = now
        self._active = active
        self._wanted = wanted
        self._sleep = sleep
        self._random = random
        self._answered = answered
        self._ignored = ignored
        self._interval = interval
        self._since: Moment | None = None
        self._failures = 0
        self._awake = asyncio.Event()
        self._acting = asyncio.Lock()  # one answer may be found and brought at the same time

    def wake(self) -> None:
        """``active`` may have become true."""
        self._awake.set()

    async def run(self) -> None:
        """Ask until cancelled."""
        while True:
            self._awake.clear()
            wait = self._interval
            try:
                if self._wanted():
                    await self.poll()
                self._failures = 0
            except Exception as error:
                self._failures += 1
                asked = error.retry_after if isinstance(error, ProviderError) else None
                wait = max(self._interval, backoff(self._failures, asked, self._random))
                level = logging.WARNING if self._failures == 1 else logging.DEBUG  # once an outage
                log.log(level, "replies cannot be read: %s", _brief(error))
            if self._active():
                await self._sleep(wait)
            else:
                await self._until_awake(max(wait, QUIET_S))

    async def _until_awake(self, seconds: float) -> None:
        """For so long, or until somebody may be answering."""
        ends: list[asyncio.Future[Any]] = [asyncio.ensure_future(self._sleep(seconds))]
        ends.append(asyncio.ensure_future(self._awake.wait()))
        try:
            await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for end in ends:
                end.cancel()

    async def poll(self) -> int:
        """Ask once; returns how many replies were new. Raises what a provider or the store does."""
        if self._since is None:
            newest = await self._write(table.newest_reply)
            # A reply that was brought has our moment, and our clock may have been ahead.
            now = self._now()
            self._since = now - FIRST_LOOK if newest is None else min(newest, now)
        found: list[Reply] = []
        for provider in self._providers:
            found += await provider.replies(self._since - OVERLAP)
        if not found:
            return 0
        async with self._acting:
            new = await self._act_on(found)
        # By their clock. Where ours is behind, what comes next would seem to be older than those.
        self._since = min(max([self._since, *(reply.at for reply in new)]), self._now())
        return len(new)

    async def take(self, reply: Reply) -> None:
        """A reply that the provider brought unasked. Raises what the store does."""
        async with self._acting:
            await self._act_on([reply])

    async def _act_on(self, found: list[Reply]) -> list[Reply]:
        """Act on those that are new; gives them back."""
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
        return new

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
