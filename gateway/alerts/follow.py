"""Follows what a provider accepted until it is known to have arrived, or not.

Asks for each alert's status at growing intervals; where the provider reaches us it tells, and
asking is for what it failed to tell. A status never goes backwards, whatever order the answers
come in. Sends nothing itself.
"""

import asyncio
import heapq
import logging
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, NamedTuple, Protocol

from gateway.alerts.errors import ProviderError, Reason
from gateway.alerts.observer import Observer, Silent
from gateway.alerts.outbox import Outbox, advanced
from gateway.alerts.provider import Progress, Provider, Status
from gateway.alerts.retry import poll_after
from gateway.alerts.status import AlertStatus
from gateway.alerts.waiting import Sleep, event_or_time
from gateway.store.alerts import AlertRow
from rules.model import Channel
from rules.moment import DAY, NEVER, SECOND, Duration, Moment

log = logging.getLogger("doorwatch.alerts")

FOLLOWED: Duration = DAY  # networks keep a text for a phone that is off about as long
NO_RECEIPT = "no_receipt"  # the error of an alert that stays accepted or sent
# A failure of these kinds after acceptance passes by itself, and the text surely did not
# arrive. Others are final, or leave open whether it arrived (the network's "unknown").
PASSING = frozenset(
    {
        Reason.ACCOUNT,
        Reason.QUEUE_FULL,
        Reason.RATE_LIMITED,
        Reason.UNREACHABLE,
        Reason.EXPIRED,
        Reason.PROVIDER_DOWN,
    }
)
MOST_ATTEMPTS = 3  # of one text after failures in the network: carriers fine identical texts
STORE_PAUSE_S = 1.0  # the disk refused
TOLD_EARLY = 256  # statuses that came before the answer to the send was kept: seconds' worth
FIRST_WHEN_TOLD = 9  # the place in ``poll_after`` at which the first question waits a minute
_WAY = (AlertStatus.ACCEPTED, AlertStatus.SENT)


class ArrivedNot(Protocol):
    """``Dispatcher.arrived_not``."""

    def __call__(
        self, row: AlertRow, progress: Progress, *, retryable: bool
    ) -> Awaitable[None]: ...


class _Watch(NamedTuple):
    row: AlertRow
    ask_at: Moment
    polls: int = 0


class Follower:
    """One a gateway. ``seen`` is told of every durable step (``Dispatcher``'s ``on_change``)."""

    def __init__(
        self,
        outbox: Outbox,
        provider_named: Callable[[str], Provider | None],
        arrived_not: ArrivedNot,
        *,
        now: Callable[[], Moment],
        sleep: Sleep = asyncio.sleep,
        observer: Observer | None = None,
        on_change: Callable[[AlertRow], None] = lambda row: None,
        concurrency: int = 4,  # half of what the provider does at a time: sending goes first
        is_told: bool = False,
    ) -> None:
        """``is_told``: the provider tells us by ``told``; then questions can wait."""
        self._outbox = outbox
        self._provider_named = provider_named
        self._arrived_not = arrived_not
        self._now = now
        self._sleep = sleep
        self._observer = observer or Silent()
        self._on_change = on_change
        self._concurrency = concurrency
        self._first = FIRST_WHEN_TOLD if is_told else 0
        self._watched: dict[int, _Watch] = {}
        self._by_provider_id: dict[str, int] = {}  # of those watched
        self._early: dict[str, list[Progress]] = {}  # told of what is not known to be accepted yet
        self._order: list[tuple[Moment, int]] = []  # a heap: when to ask for which alert
        self._next_at: Moment = NEVER  # what ``run`` waits for
        self._asking: set[asyncio.Task[None]] = set()
        self._telling: set[asyncio.Task[None]] = set()
        self._changed = asyncio.Event()

    def seen(self, row: AlertRow) -> None:
        """Follow ``row`` if it is on its way, else let go of it."""
        if row.status not in _WAY or row.provider_id is None or self._is_silent(row):
            self._forget(row.id)
            return
        self._watch(_Watch(row, self._now() + int(poll_after(self._first) * SECOND), self._first))
        for progress in self._early.pop(row.provider_id, ()):
            self._start(self.told(progress), f"told-{row.id}")

    async def told(self, progress: Progress) -> None:
        """The provider says, unasked, how far one of its messages or calls has come.

        May be said late, twice and in any order. Raises what the store raises.
        """
        if progress.provider_id not in self._by_provider_id:
            if len(self._early) >= TOLD_EARLY:
                del self._early[next(iter(self._early))]  # the oldest: it is nobody's of ours
            self._early.setdefault(progress.provider_id, []).append(progress)
            return
        while (watch := self._watch_of(progress.provider_id)) is not None:
            await self._follow(watch.row, progress)
            if self._watch_of(progress.provider_id) is watch:
                return  # it was nothing new; else somebody took a step meanwhile: look again

    async def run(self) -> None:
        """Follow until cancelled. Begins with what was on its way before."""
        await self._take_over()
        try:
            while True:
                self._changed.clear()
                self._next_at = self._ask_what_is_due()
                wait = max(0, self._next_at - self._now()) / SECOND
                seconds = None if self._next_at == NEVER else wait
                await event_or_time(self._changed, seconds, self._sleep)
        finally:
            tasks = [*self._asking, *self._telling]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await self._outbox.flushed()

    async def _take_over(self) -> None:
        since = self._now() - 2 * FOLLOWED
        while True:
            try:
                rows = await self._outbox.in_status(_WAY, since=since)
                break
            except Exception:
                log.exception("the outbox cannot be read; trying again")
                await self._sleep(STORE_PAUSE_S)
        for row in rows:
            on_its_way = row.provider_id is not None and row.error != NO_RECEIPT
            if on_its_way and not self._is_silent(row) and row.id not in self._watched:
                self._watch(_Watch(row, self._now()))

    def _is_silent(self, row: AlertRow) -> bool:
        """Whether the provider has said all that it ever says."""
        provider = self._provider_named(row.provider or "")
        is_sent = row.status == AlertStatus.SENT
        return is_sent and provider is not None and not provider.promises.receipts

    def _watch_of(self, provider_id: str) -> _Watch | None:
        return self._watched.get(self._by_provider_id.get(provider_id, 0))

    def _forget(self, alert_id: int) -> None:
        watch = self._watched.pop(alert_id, None)
        if watch is not None:
            self._by_provider_id.pop(watch.row.provider_id or "", None)

    def _start(self, work: Coroutine[Any, Any, None], name: str) -> None:
        task = asyncio.create_task(self._telling_safely(work), name=name)
        self._telling.add(task)
        task.add_done_callback(self._telling.discard)

    async def _telling_safely(self, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except Exception:  # the store refused: the next question finds it out
            log.exception("what the provider told could not be kept")

    def _watch(self, watch: _Watch) -> None:
        self._forget(watch.row.id)
        self._watched[watch.row.id] = watch
        self._by_provider_id[watch.row.provider_id or ""] = watch.row.id
        heapq.heappush(self._order, (watch.ask_at, watch.row.id))
        if watch.ask_at < self._next_at:
            self._changed.set()

    def _ask_what_is_due(self) -> Moment:
        """Ask for those that are due, a few at a time; when the next is (NEVER: when woken)."""
        now = self._now()
        while self._order:
            ask_at, alert_id = self._order[0]
            watch = self._watched.get(alert_id)
            if watch is None or watch.ask_at != ask_at:  # over, or put off
                heapq.heappop(self._order)
                continue
            if ask_at > now:
                return ask_at
            if len(self._asking) >= self._concurrency:
                break  # an answer wakes us
            heapq.heappop(self._order)
            task = asyncio.create_task(self._ask(watch), name=f"follow-{alert_id}")
            self._asking.add(task)
            task.add_done_callback(self._answered)
        return NEVER

    def _answered(self, task: asyncio.Task[None]) -> None:
        self._asking.discard(task)
        if self._order and self._order[0][0] < self._next_at:
            self._changed.set()

    async def _ask(self, watch: _Watch) -> None:
        row = watch.row
        try:
            progress = await self._progress(row)
            done = await self._follow(row, progress) if progress else False
            if not done:
                done = await self._late(row)
        except Exception:  # the store refused, or a provider's bug: ask again
            log.exception("alert %d could not be followed", row.id)
            done = False
        if self._watched.get(row.id) is watch:  # else a step was seen, or it is over
            if done:
                self._forget(row.id)
            else:
                ask_at = self._now() + int(poll_after(watch.polls + 1) * SECOND)
                self._watch(_Watch(row, ask_at, watch.polls + 1))

    async def _progress(self, row: AlertRow) -> Progress | None:
        provider = self._provider_named(row.provider or "")
        if provider is None or row.provider_id is None:
            return None
        try:
            progress = await provider.fetch(Channel(row.kind), row.provider_id)
        except ProviderError as error:
            self._observer.provider_up(provider.name, not (error.retryable or error.ours))
            return None
        self._observer.provider_up(provider.name, True)
        return progress

    async def _follow(self, row: AlertRow, progress: Progress) -> bool:
        """Take the step that ``progress`` says; True when it was taken."""
        new = advanced(row, progress, self._now())
        if new is None:
            return False
        if progress.status is Status.FAILED:
            retryable = _passing(progress.error) and row.attempts < MOST_ATTEMPTS
            await self._arrived_not(row, progress, retryable=retryable)
            return True
        if not await self._outbox.move(row, new):
            return True  # somebody else took a step; he tells ``seen``
        self._observer.transition(new.kind, new.provider or "", new.status)
        if new.delivered_at is not None and new.reading_at is not None:
            self._observer.latency("delivered", (new.delivered_at - new.reading_at) / SECOND)
        self.seen(new)
        self._on_change(new)
        return True

    async def _late(self, row: AlertRow) -> bool:
        """Whether to stop asking: the status stays as it is, and says that no receipt came."""
        if self._now() - (row.accepted_at or row.created_at) < FOLLOWED:
            return False
        await self._outbox.move(row, row._replace(error=NO_RECEIPT))
        return True


def _passing(error: str | None) -> bool:
    """``error`` is "reason code" (``Progress.error``)."""
    word = (error or "").partition(" ")[0]
    return word in {reason.value for reason in PASSING}
