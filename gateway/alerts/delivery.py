"""One alert and one provider: hand it over, learn what came of it, decide what follows.

Each method ends with the row's next step durable, or with a ``Doubt``: the provider may have it
and has to be asked before anything else is done. Knows nothing of other alerts or of loops.
"""

import asyncio
import logging
from collections.abc import Callable, Collection, Sequence
from typing import NamedTuple

from gateway.alerts.errors import ProviderError
from gateway.alerts.observer import Observer
from gateway.alerts.outbox import Outbox, advanced
from gateway.alerts.provider import Outgoing, Progress, Provider, Status
from gateway.alerts.retry import backoff
from gateway.alerts.segments import is_gsm
from gateway.alerts.status import ENDS, NO_ROUTE, AlertStatus
from gateway.store.alerts import AlertRow
from rules.model import Channel
from rules.moment import MINUTE, SECOND, Duration, Moment

log = logging.getLogger("doorwatch.alerts")

GUARD_S = 60.0  # a provider keeps its own deadlines (10 s); this one is for a provider's bug
# Seconds between looks into the provider's list before absence is believed: lists lag.
SETTLE_S = (1.0, 2.0, 3.0)
LONG_SETTLED: Duration = MINUTE  # what was handed over that long ago is in the list, or nowhere
# As long may a provider that owes us an answer be unable to give it, before another is used: a
# door that nobody hears of is worse than a text that comes twice.
PATIENCE: Duration = 2 * MINUTE
_CANNOT_SAY = (ProviderError, TimeoutError)

Route = Callable[[Channel, str], Sequence[Provider]]
Avoided = Callable[[AlertRow], Collection[str]]


def nobody(row: AlertRow) -> Collection[str]:
    """No provider is avoided."""
    return ()


class Doubt(NamedTuple):
    """A row in ``sending`` of which it is not known whether the provider has it."""

    row: AlertRow
    since: Moment  # when the doubt arose
    look_at: Moment
    looks: int = 0  # how often its list was read in vain
    failures: int = 0  # how often it could not be read


class Delivery:
    """What becomes of alerts at the providers of their route."""

    def __init__(
        self,
        outbox: Outbox,
        route: Route,
        *,
        now: Callable[[], Moment],
        random: Callable[[], float],
        observer: Observer,
        on_change: Callable[[AlertRow], None],
        settle: Sequence[float] = SETTLE_S,
        avoided: Avoided = nobody,
    ) -> None:
        self._outbox = outbox
        self._route = route
        self._now = now
        self._random = random
        self._observer = observer
        self._on_change = on_change
        self._settle = tuple(settle)
        self._avoided = avoided
        self._said_no_route = False
        self._refused: dict[int, set[str]] = {}  # providers that finally refused an alert

    def providers(self, row: AlertRow) -> list[Provider]:
        """Those that did not refuse it: in the order of the route, from the last tried on."""
        route = list(self._route(Channel(row.kind), row.phone))
        names = [provider.name for provider in route]
        refused = self._refused.get(row.id, set()).union(self._avoided(row))
        start = names.index(row.provider) + 1 if row.provider in names else 0
        return [p for p in route[start:] + route[:start] if p.name not in refused]

    def provider(self, row: AlertRow) -> Provider | None:
        """The one that has the row; None: it is no longer configured."""
        route = self._route(Channel(row.kind), row.phone)
        return next((p for p in route if p.name == row.provider), None)

    async def send(self, row: AlertRow, provider: Provider) -> Doubt | None:
        """Hand a claimed row over, once; never to who may have it from before without asking."""
        if _may_be_out(row):
            try:
                found = await self._asked(row, provider)
            except _CANNOT_SAY as error:
                await self._again(row._replace(handed=row.handed - 1), _retry_after(error))
                return None
            if found is not None:
                await self._taken(row, found)
                return None
        try:
            async with asyncio.timeout(GUARD_S):
                progress = await provider.send(outgoing(row))
        except ProviderError as error:
            self._observer.provider_up(provider.name, not (error.retryable or error.uncertain))
            noted = row._replace(error=str(error))
            if error.uncertain:
                return self.doubt(noted, self._settle[0])
            if error.retryable:
                await self._again(_untaken(noted), error.retry_after)
            else:
                await self._refuse(_untaken(noted))
        except Exception:
            log.exception("provider %s broke on alert %d", provider.name, row.id)
            return self.doubt(row._replace(error="provider_broke"), self._settle[0])
        else:
            self._observer.provider_up(provider.name, True)
            await self._taken(row, progress)
        return None

    async def resolve(self, doubt: Doubt) -> Doubt | None:
        """Ask the provider's list whether it has the row; send again only when it has not."""
        row = doubt.row
        provider = self.provider(row)
        if provider is None:  # nobody can be asked
            await self.move(row, row._replace(status=AlertStatus.PENDING.value))
            return None
        try:
            found = await self._asked(row, provider)
        except _CANNOT_SAY as error:
            others = len(self._route(Channel(row.kind), row.phone)) > 1
            return await self._cannot_ask(doubt, error, others=others)
        if found is not None:
            await self._taken(row, found)
            return None
        if doubt.looks + 1 < len(self._settle) and self._now() - row.next_at < LONG_SETTLED:
            look_at = self._now() + int(self._settle[doubt.looks + 1] * SECOND)
            return doubt._replace(looks=doubt.looks + 1, look_at=look_at)
        absent = row._replace(handed=row.handed - 1)
        if self._now() - row.next_at >= LONG_SETTLED:  # nobody has its words: they may change
            absent = _unsent(absent)
        if row.error:  # it answered the send with trouble: as any failed attempt
            await self._again(absent, None)
        else:  # we died; no fault of the provider's, so the same one at once
            again = absent._replace(status=AlertStatus.PENDING.value, next_at=self._now())
            await self.move(row, again._replace(provider=None))
        return None

    async def arrived_not(self, row: AlertRow, progress: Progress, *, retryable: bool) -> None:
        """An accepted alert did not arrive after all: try again, hand on, or let it be failed."""
        told = row._replace(provider_id=progress.provider_id, error=progress.error)
        if retryable:
            await self._again(_unsent(told), None)
        else:
            await self._refuse(_unsent(told))

    def doubt(self, row: AlertRow, seconds: float) -> Doubt:
        """A new doubt, to be looked into after ``seconds``."""
        now = self._now()
        return Doubt(row, since=now, look_at=now + int(seconds * SECOND))

    async def move(self, old: AlertRow, new: AlertRow) -> bool:
        """Take one durable step and tell of it; False when the row was elsewhere already."""
        moved = await self._outbox.move(old, new)
        if moved:
            self.tell(new)
        return moved

    def tell(self, row: AlertRow) -> None:
        """A step of ``row`` is durable."""
        if AlertStatus(row.status) in ENDS:
            self._refused.pop(row.id, None)
        if row.error == NO_ROUTE and not self._said_no_route:
            self._said_no_route = True  # it is the configuration's: so it is with the next ones
            log.warning(
                "no provider serves %s to a number: failed (%s); said once", row.kind, NO_ROUTE
            )
        self._observer.transition(row.kind, row.provider or "", row.status)
        self._on_change(row)

    async def _asked(self, row: AlertRow, provider: Provider) -> Progress | None:
        """The row as the provider's list has it. Raises ``_CANNOT_SAY``."""
        known = await self._outbox.known_ids(row.phone, provider.name)
        since = row.sending_at or row.created_at
        try:
            async with asyncio.timeout(GUARD_S):
                found = await provider.find(outgoing(row), since, known)
        except _CANNOT_SAY:
            self._observer.provider_up(provider.name, False)
            raise
        self._observer.provider_up(provider.name, True)
        return found

    async def _cannot_ask(self, doubt: Doubt, error: Exception, *, others: bool) -> Doubt | None:
        row, now = doubt.row, self._now()
        if others and now - doubt.since >= PATIENCE:
            log.warning("alert %d: %s cannot say; handing on", row.id, row.provider)
            await self.move(row, row._replace(status=AlertStatus.PENDING.value, next_at=now))
            return None
        wait = backoff(doubt.failures + 1, _retry_after(error), self._random)
        return doubt._replace(failures=doubt.failures + 1, look_at=now + int(wait * SECOND))

    async def _taken(self, row: AlertRow, progress: Progress) -> None:
        now = self._now()
        if progress.status is Status.FAILED:  # taken first: who follows it deals with the rest
            progress = progress._replace(status=Status.ACCEPTED, error=None)
        new = advanced(row, progress, now)
        if new is not None and await self.move(row, new) and row.reading_at is not None:
            self._observer.latency("accepted", (now - row.reading_at) / SECOND)

    async def _again(self, row: AlertRow, retry_after: float | None) -> None:
        """Not taken, for now: the next provider at once, the same ones after a while."""
        names = [p.name for p in self._route(Channel(row.kind), row.phone)]
        here = names.index(row.provider) if row.provider in names else len(names)
        left = self.providers(row)  # the one that has just failed is the last of them
        more = bool(left) and names.index(left[0].name) > here
        wait = 0.0 if more else backoff(row.attempts, retry_after, self._random)
        next_at = self._now() + int(wait * SECOND)
        await self.move(row, row._replace(status=AlertStatus.PENDING.value, next_at=next_at))

    async def _refuse(self, row: AlertRow) -> None:
        """Finally not by this provider: by another, or it is failed."""
        self._refused.setdefault(row.id, set()).add(row.provider or "")
        if not self.providers(row):
            await self.move(row, row._replace(status=AlertStatus.FAILED.value))
            return
        pending = row._replace(status=AlertStatus.PENDING.value, next_at=self._now())
        await self.move(row, pending)


def matched_by(row: AlertRow) -> tuple[str, ...]:
    """By what a provider's list knows the row again: a call carries no text."""
    return (row.kind, row.phone) if row.kind == Channel.VOICE else (row.kind, row.phone, row.text)


def outgoing(row: AlertRow) -> Outgoing:
    """English texts keep to the GSM alphabet and Chinese ones cannot: that tells them apart."""
    language = "en" if is_gsm(row.text) else "zh"
    return Outgoing(row.id, Channel(row.kind), row.phone, row.text, language)


def _retry_after(error: Exception) -> float | None:
    return error.retry_after if isinstance(error, ProviderError) else None


def _may_be_out(row: AlertRow) -> bool:
    """Whether an attempt before the one of ``handed_at`` may have been taken: none knows.

    It is durable, and it may have been any provider of the route."""
    return row.sending_at is not None and row.sending_at < (row.handed_at or 0)


def _unsent(row: AlertRow) -> AlertRow:
    """This attempt is known not to have arrived: the next is looked for from its own beginning,
    unless one before it may have been taken."""
    return row._replace(sending_at=row.sending_at if _may_be_out(row) else None, accepted_at=None)


def _untaken(row: AlertRow) -> AlertRow:
    """Known not to have been taken: it counts against no budget."""
    return _unsent(row)._replace(handed=row.handed - 1)
