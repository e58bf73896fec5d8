"""Sends what waits in the outbox, many alerts at a time, each exactly once.

A row is claimed (``sending``, committed) before a provider hears of it. A row in ``sending``
that is in nobody's hands (a crash, a lost answer, a record that the disk refused) is looked for
in the provider's own list before it is sent again: ``gateway.alerts.delivery``. Knows nothing
of incidents: it asks ``still_wanted``. An alert that is still wanted is tried until ``GIVE_UP``.
"""

import asyncio
import logging
import random as randomness
from collections.abc import Awaitable, Callable, Iterable, Sequence
from functools import partial

from gateway.alerts.apart import Apart
from gateway.alerts.budget import SHORT, Why
from gateway.alerts.budget_book import Book, Going, Site, Unlimited
from gateway.alerts.delivery import SETTLE_S, Avoided, Delivery, Doubt, Route, matched_by, nobody
from gateway.alerts.leaving import SEND_DEADLINE, Leaving, Reword, Rewords
from gateway.alerts.observer import Observer, Silent
from gateway.alerts.outbox import Change, Claimed, Outbox
from gateway.alerts.overtaken import SURELY_NEWEST
from gateway.alerts.provider import Progress
from gateway.alerts.status import NO_ROUTE, AlertStatus
from gateway.alerts.waiting import Sleep, event_or_time
from gateway.store.alerts import AlertRow
from rules.moment import DAY, SECOND, Duration, Moment

log = logging.getLogger("doorwatch.alerts")

GIVE_UP: Duration = DAY  # a text a day late helps nobody; until then a breach is told
STORE_PAUSE_S = 1.0  # the disk refused: long enough to breathe, short for a door

Job = Callable[[], Awaitable[Doubt | None]]
Wanted = Callable[[int, AlertRow], bool]


class Dispatcher:
    """One a gateway. ``wake`` it whenever rows were committed."""

    def __init__(
        self,
        outbox: Outbox,
        route: Route,
        still_wanted: Wanted,
        *,
        now: Callable[[], Moment],
        sleep: Sleep = asyncio.sleep,
        random: Callable[[], float] = randomness.random,
        observer: Observer | None = None,
        on_change: Callable[[AlertRow], None] = lambda row: None,
        reword: Reword | None = None,
        rewords: Rewords = lambda row, name: False,
        avoided: Avoided = nobody,
        committed: Callable[[AlertRow], Moment | None] = lambda row: None,
        not_theirs: Callable[[AlertRow, Moment], str | None] = lambda row, now: None,
        site: Site | None = None,
        concurrency: int = 16,
        send_deadline: Duration = SEND_DEADLINE,
        settle: Sequence[float] = SETTLE_S,
    ) -> None:
        """``still_wanted(incident_id, row)`` is asked when a row is claimed, and ``not_theirs``
        why it is another's to hear by now. ``on_change`` hears every durable step of a row,
        its end included. ``reword``, ``rewords``, ``committed``: see ``Leaving``. ``avoided``
        names the providers by which a row must not go. ``site`` knows what each number may get
        (None: whatever comes).
        """
        self._outbox = outbox
        self._still_wanted = still_wanted
        self._now = now
        self._sleep = sleep
        self._not_theirs = not_theirs
        self._concurrency = concurrency
        self._observer = observer or Silent()
        self._delivery = Delivery(
            outbox,
            route,
            now=now,
            random=random,
            observer=self._observer,
            on_change=self._changed,
            settle=settle,
            avoided=avoided,
        )
        self._book = book = Book(site or Unlimited())
        self._leaving = Leaving(now, reword, rewords, committed, book.says_several, send_deadline)
        self._on_change = on_change
        self._awake = asyncio.Event()
        self.looked = asyncio.Event()  # at what is due: whoever clears it learns of the next look
        self._pass = asyncio.Lock()
        self._jobs: dict[int, asyncio.Task[None]] = {}
        self._in_hand: dict[int, AlertRow] = {}  # being sent or in doubt
        self._doubts: dict[int, Doubt] = {}
        self._apart = Apart()
        self._loaded = False
        self._left = False  # something is due and waits for the end of a job
        self._stopping = False

    def held(self) -> Iterable[AlertRow]:
        """What waits for its number, or for the end of maintenance."""
        return self._book.held()

    def texts_to(self, phone: str) -> int:
        """How many texts the number got in the last 24 h."""
        return self._book.texts_to(phone, self._now())

    def wake(self) -> None:
        """Rows were committed, or something changed that may let one go."""
        self._awake.set()

    async def load(self) -> None:
        """What earlier runs left: what was sent, and what waits. Raises what the store does."""
        held = await self._outbox.in_status([AlertStatus.HELD])
        handed = await self._outbox.handed_since(self._now() - DAY)
        carried = await self._outbox.carried_since(self._now() - 2 * DAY)
        self._apart.load(handed, self._now())
        self._book.load([*handed, *held, *carried])
        self._loaded = True

    async def run(self) -> None:
        """Send until ``drain`` or cancellation. Begins with what an earlier run left in doubt."""
        await self._take_over()
        try:
            while not self._stopping:
                self._awake.clear()
                async with self._pass:
                    next_at = await self._start_what_is_due()
                self.looked.set()
                seconds = None if next_at is None else max(0, next_at - self._now()) / SECOND
                await event_or_time(self._awake, seconds, self._sleep)
        finally:
            if not self._stopping:
                await self._cancel()

    async def drain(self, seconds: float) -> None:
        """Claim nothing more; let what is being sent end, and leave the rest to the next start."""
        self._stopping = True
        self._awake.set()
        try:
            async with asyncio.timeout(seconds):
                async with self._pass:
                    jobs = list(self._jobs.values())
                if jobs:
                    await asyncio.wait(jobs)
        except TimeoutError:
            log.warning("%d alerts are left to the next start", len(self._jobs))
        await self._cancel()

    async def arrived_not(self, row: AlertRow, progress: Progress, *, retryable: bool) -> None:
        """An accepted alert did not arrive after all. Raises what the store raises."""
        overdue = self._leaving.is_late(row, self._now())
        await self._delivery.arrived_not(row, progress, retryable=retryable and not overdue)
        self._awake.set()

    # -- what to do now --------------------------------------------------------------------

    async def _take_over(self) -> None:
        while True:
            try:
                rows = await self._outbox.in_status([AlertStatus.SENDING])
                if not self._loaded:
                    await self.load()
                break
            except Exception:
                log.exception("the outbox cannot be read; trying again")
                await self._sleep(STORE_PAUSE_S)
        for row in rows:
            self._hold(self._delivery.doubt(row, 0.0))

    async def _start_what_is_due(self) -> Moment | None:
        """Start jobs for what is due; returns when to look again (None: when woken)."""
        now = self._now()
        for doubt in sorted(self._doubts.values(), key=lambda doubt: doubt.look_at):
            if doubt.look_at <= now and doubt.row.id not in self._jobs and self._free():
                del self._doubts[doubt.row.id]
                self._start(doubt.row, partial(self._delivery.resolve, doubt))
        self._left = not self._free()
        if self._left:
            return None  # a job that ends wakes us
        later = [doubt.look_at for doubt in self._doubts.values()]
        try:
            await self._let_go(now)
            later += await self._claim(now)
        except Exception:
            log.exception("alerts cannot be claimed; trying again")
            later.append(now + int(STORE_PAUSE_S * SECOND))
        return min(later, default=None)

    async def _let_go(self, now: Moment) -> None:
        """What waited for its number, or for another alert in vain, may want to leave now."""
        others = (row.id for row in self._book.held() if self._not_theirs(row, now))
        if waited := {*self._book.again(now), *others}:
            for row in await self._outbox.again(sorted(waited), now):
                self._delivery.tell(row)
            self._book.let_go(waited)

    def _free(self) -> int:
        return self._concurrency - len(self._jobs)

    async def _claim(self, now: Moment) -> list[Moment]:
        """Start what may leave; the moments at which more may."""
        busy = {matched_by(row) for row in self._in_hand.values()}
        going: list[Going] = []
        free = self._free()
        look_at: list[Moment] = []

        def decide(row: AlertRow, overtaken: bool) -> AlertRow | None:
            if not self._wanted(row, overtaken):
                return row._replace(status=AlertStatus.STALE.value)
            if why := self._not_theirs(row, now):
                return row._replace(status=AlertStatus.STALE.value, error=why)
            providers = self._delivery.providers(row)
            if not providers or now - row.created_at > GIVE_UP:
                why = "deadline" if providers else NO_ROUTE
                return row._replace(status=AlertStatus.FAILED.value, error=row.error or why)
            like = matched_by(row)
            if like in busy:
                return None
            if (at := self._apart.free_at(row, now)) is not None:
                look_at.append(at)
                return None
            busy.add(like)
            going.append(Going(row, [provider.name for provider in providers]))
            return row

        def allot() -> list[Change]:
            return self._book.allot(going, now, partial(self._leaving.claimed, now))

        self._left = True  # a job may end while we look
        claimed = await self._outbox.claim(
            now, decide, lambda: len(going) < free, allot, overdue_before=now - SURELY_NEWEST
        )
        self._left = claimed.left
        started = self._start_claimed(claimed, now)
        if started < len(going):  # some wait, so there is room for others
            self._awake.set()
        look_at += [at for at in (claimed.next_at, self._book.next_at(now)) if at is not None]
        return look_at

    def _start_claimed(self, claimed: Claimed, now: Moment) -> int:
        started = 0
        for row in claimed.changed:
            self._delivery.tell(row)
            if row.status == AlertStatus.SENDING.value:
                provider = self._delivery.provider(row)
                assert provider is not None  # it has just been chosen
                self._start(row, partial(self._delivery.send, row, provider))
                started += 1
            elif row.status in (AlertStatus.HELD, AlertStatus.MERGED):
                self._observer.held((row.error or "").partition(":")[0])
        for row in claimed.unheard:
            if row.next_at - now > SHORT:
                log.error("nobody can be told of incident %s: %s", row.incident_id, row.error)
                self._observer.held(Why.NOBODY)
        return started

    def _wanted(self, row: AlertRow, overtaken: bool) -> bool:
        if row.incident_id is None:
            return True
        return not overtaken and self._still_wanted(row.incident_id, row)

    # -- jobs ------------------------------------------------------------------------------

    def _start(self, row: AlertRow, job: Job) -> None:
        self._in_hand[row.id] = row
        self._jobs[row.id] = asyncio.create_task(self._watched(row, job), name=f"alert-{row.id}")

    async def _watched(self, row: AlertRow, job: Job) -> None:
        doubt = None
        try:
            doubt = await job()
        except Exception:  # the store refused: what the provider has is asked again
            log.exception("what came of alert %d could not be recorded", row.id)
            doubt = self._delivery.doubt(row, STORE_PAUSE_S)
        finally:
            del self._jobs[row.id]
            del self._in_hand[row.id]
            if doubt is not None:
                self._hold(doubt)
                self._awake.set()
            elif self._left and len(self._jobs) <= self._concurrency // 2:
                self._awake.set()  # several are claimed in one commit: half of the places are free

    def _changed(self, row: AlertRow) -> None:
        self._book.note(row)
        self._apart.note(row)
        if row.status == AlertStatus.PENDING or self._book.is_freed:  # to be tried, and when
            self._awake.set()
        self._on_change(row)

    def _hold(self, doubt: Doubt) -> None:
        self._in_hand[doubt.row.id] = doubt.row
        self._doubts[doubt.row.id] = doubt

    async def _cancel(self) -> None:
        jobs = list(self._jobs.values())
        for job in jobs:
            job.cancel()
        await asyncio.gather(*jobs, return_exceptions=True)
        await self._outbox.flushed()
