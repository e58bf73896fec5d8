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

from gateway.alerts.budget import SHORT, Why
from gateway.alerts.budget_book import Book, Going, Site, Unlimited
from gateway.alerts.delivery import SETTLE_S, Avoided, Delivery, Doubt, Route, matched_by, nobody
from gateway.alerts.observer import Observer, Silent
from gateway.alerts.outbox import Change, Claimed, Outbox
from gateway.alerts.provider import Progress
from gateway.alerts.status import AlertStatus
from gateway.alerts.waiting import Sleep, event_or_time
from gateway.store.alerts import AlertRow
from rules.moment import DAY, MINUTE, SECOND, Duration, Moment

log = logging.getLogger("doorwatch.alerts")

SEND_DEADLINE: Duration = 10 * MINUTE  # rules.toml send_deadline_seconds
GIVE_UP: Duration = DAY  # a text a day late helps nobody; until then a breach is told
# Between two messages that a provider's list could not tell apart (two calls to one number, one
# text twice): more than the 30 s by which clocks are allowed to differ in ``Provider.find``, in
# case the id of the first is not known. For calls it is also about as long as the first rings.
APART: Duration = 35 * SECOND
STORE_PAUSE_S = 1.0  # the disk refused: long enough to breathe, short for a door

Job = Callable[[], Awaitable[Doubt | None]]
Wanted = Callable[[int, AlertRow], bool]
Reword = Callable[[AlertRow, Moment], str]
Rewords = Callable[[AlertRow, str], bool]


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
        site: Site | None = None,
        concurrency: int = 16,
        send_deadline: Duration = SEND_DEADLINE,
        settle: Sequence[float] = SETTLE_S,
    ) -> None:
        """``still_wanted(incident_id, row)`` is asked when a row is claimed. ``on_change`` hears
        every durable step of a row, its end included. ``reword`` gives the text of an alert
        that leaves after ``send_deadline``, so that it can say how late it is, or by another
        provider (by name) where ``rewords`` says that its words do not hold there. ``avoided``
        names the providers by which a row must not go, ``committed`` when it became durable.
        ``site`` knows what each number may get (None: whatever comes).
        """
        self._outbox = outbox
        self._still_wanted = still_wanted
        self._now = now
        self._sleep = sleep
        self._reword = reword
        self._rewords = rewords
        self._committed = committed
        self._concurrency = concurrency
        # Several are claimed in one commit: who waits for a place waits until half are free.
        self._refill = concurrency // 2
        self._deadline = send_deadline
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
        self._book = Book(site or Unlimited())
        self._on_change = on_change
        self._awake = asyncio.Event()
        self._pass = asyncio.Lock()
        self._jobs: dict[int, asyncio.Task[None]] = {}
        self._in_hand: dict[int, AlertRow] = {}  # being sent or in doubt
        self._doubts: dict[int, Doubt] = {}
        self._last: dict[tuple[str, ...], Moment] = {}  # when the last of its like was handed over
        self._left = False  # something is due and waits for the end of a job
        self._stopping = False

    def held(self) -> Iterable[AlertRow]:
        """What waits for its number, or for the end of maintenance."""
        return self._book.held()

    def wake(self) -> None:
        """Rows were committed, or something changed that may let one go."""
        self._awake.set()

    async def run(self) -> None:
        """Send until ``drain`` or cancellation. Begins with what an earlier run left in doubt."""
        await self._take_over()
        try:
            while not self._stopping:
                self._awake.clear()
                async with self._pass:
                    next_at = await self._start_what_is_due()
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
        overdue = self._now() - row.created_at > self._deadline
        await self._delivery.arrived_not(row, progress, retryable=retryable and not overdue)
        self._awake.set()

    # -- what to do now --------------------------------------------------------------------

    async def _take_over(self) -> None:
        while True:
            try:
                rows = await self._outbox.in_status([AlertStatus.SENDING])
                held = await self._outbox.in_status([AlertStatus.HELD])
                handed = await self._outbox.handed_since(self._now() - DAY)
                carried = await self._outbox.carried_since(self._now() - 2 * DAY)
                break
            except Exception:
                log.exception("the outbox cannot be read; trying again")
                await self._sleep(STORE_PAUSE_S)
        for row in rows:
            self._hold(self._delivery.doubt(row, 0.0))
        recent = self._now() - APART
        taken = [row for row in handed if row.accepted_at and row.accepted_at >= recent]
        for row in sorted(taken, key=lambda row: row.accepted_at or 0):
            self._last[matched_by(row)] = row.accepted_at or 0
        self._book.load([*handed, *held, *carried])

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
        waited = self._book.again(now)
        if waited:
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
        while self._last and now - next(iter(self._last.values())) >= APART:  # the oldest first
            del self._last[next(iter(self._last))]
        look_at: list[Moment] = []

        def decide(row: AlertRow, overtaken: bool) -> AlertRow | None:
            if not self._wanted(row, overtaken):
                return row._replace(status=AlertStatus.STALE.value)
            providers = self._delivery.providers(row)
            if not providers or now - row.created_at > GIVE_UP:
                why = "deadline" if providers else "no_route"
                return row._replace(status=AlertStatus.FAILED.value, error=row.error or why)
            like = matched_by(row)
            if like in busy:
                return None
            if like in self._last:
                look_at.append(self._last[like] + APART)
                return None
            busy.add(like)
            going.append(Going(row, [provider.name for provider in providers]))
            return row

        def allot() -> list[Change]:
            return self._book.allot(going, now, partial(self._claimed, now))

        self._left = True  # a job may end while we look
        claimed = await self._outbox.claim(
            now, decide, lambda: len(going) < free, allot, overdue_before=now - self._deadline
        )
        self._left = claimed.left
        started = self._start_claimed(claimed, now)
        if started < len(going):  # some wait, so there is room for others
            self._awake.set()
        look_at += [at for at in (claimed.next_at, self._book.next_at()) if at is not None]
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

    def _claimed(self, now: Moment, row: AlertRow, provider: str, text: str | None) -> AlertRow:
        """``row`` as it is handed to ``provider``; ``text``: its words now, if it says others."""
        # A text that a provider may know under its old words keeps them.
        is_late = now - row.created_at > self._deadline or row.error == Why.MAINTENANCE
        is_other = is_late or self._rewords(row, provider)
        may = row.sending_at is None and not self._book.says_several(row)
        if text is None and self._reword and is_other and may:
            text = self._reword(row._replace(provider=provider), now)
        return row._replace(
            status=AlertStatus.SENDING.value,
            text=text or row.text,
            provider=provider,
            attempts=row.attempts + 1,
            next_at=now,
            sending_at=row.sending_at or now,
            handed=row.handed + 1,
            handed_at=now,
            committed_at=row.committed_at or self._committed(row),
            first_handed_at=row.first_handed_at or self._now(),  # ``now`` may be before its commit
        )

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
            elif self._left and len(self._jobs) <= self._refill:
                self._awake.set()

    def _changed(self, row: AlertRow) -> None:
        self._book.note(row)
        if row.accepted_at is not None:
            like = matched_by(row)
            self._last.pop(like, None)  # to the end: they stand in the order of their moments
            self._last[like] = row.accepted_at
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
