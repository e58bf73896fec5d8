"""The list of texts that ModemManager keeps: answers in it, when they came, and what is in the way.

The SIM is the gateway's own: what was read and acted on is taken off it, and so is what is old, or
it fills up and the network keeps the next answer. Acts on nothing itself.
"""

import asyncio
import contextlib
import hashlib
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Protocol

from gateway.alerts.errors import ProviderError
from gateway.alerts.modem_bus import ModemBus, Sms
from gateway.alerts.modem_words import RECEIVED, SmsState
from gateway.alerts.observer import Observer
from gateway.alerts.provider import Reply
from gateway.alerts.waiting import Sleep, event_or_time
from rules.moment import DAY, SECOND, Duration, Moment

KEPT: Duration = DAY  # an answer to what is older helps nobody; a report comes within it
LOOK_S = 30.0  # also when nothing wakes us: a signal may be lost


class Inbox:
    """What is on one modem."""

    def __init__(
        self, bus: ModemBus, e164: Callable[[str], str], now: Callable[[], Moment]
    ) -> None:
        self._bus = bus
        self._e164 = e164
        self._now = now
        self._instance = ""
        self._seen: dict[str, Moment] = {}  # by path: since when, by our clock, it is there
        self._paths: dict[str, tuple[str, str]] = {}  # of replies, by their id: modem, text

    async def texts(self, modem: str) -> list[Sms]:
        """All that is in the list, in the order in which it came into it."""
        paths = sorted(await self._bus.texts(modem), key=_number)
        read = [await self._bus.read(path) for path in paths]
        return [sms for sms in read if sms is not None]

    async def replies(self, modem: str, instance: str, since: Moment) -> list[Reply]:
        found = []
        for sms in await self._noted(modem, instance):
            at = self._seen[sms.path]
            if sms.pdu in RECEIVED and sms.state == SmsState.RECEIVED and at >= since:
                reply = Reply(self._reply_id(sms), self._e164(sms.number), sms.text, at)
                self._paths[reply.provider_id] = (modem, sms.path)
                found.append(reply)
        return found

    async def forget(self, reply_id: str) -> None:
        where = self._paths.pop(reply_id, None)
        if where is not None:
            await self.drop(*where)

    async def tidy(self, modem: str) -> None:
        """Whatever it is, ours, a report or an advertisement: a day is long enough."""
        old = [path for path, at in self._seen.items() if self._now() - at > KEPT]
        for path in old:
            await self.drop(modem, path)

    async def drop(self, modem: str, path: str) -> None:
        """Take it off; if that fails the next ``tidy`` tries again."""
        with contextlib.suppress(ProviderError):
            await self._bus.delete(modem, path)
            self._seen.pop(path, None)

    def moment(self, said: str) -> Moment | None:
        """What a network says of the time, or None if it says none."""
        try:
            at = datetime.fromisoformat(said)
        except ValueError:
            return None
        return int(at.timestamp()) * SECOND if at.tzinfo else None

    async def _noted(self, modem: str, instance: str) -> list[Sms]:
        """The texts, each with the moment from which it counts: ours when we saw it come, for
        clocks differ; the network's when it was there before we looked."""
        texts = await self.texts(modem)
        before = self._instance != instance
        if before:
            self._instance, self._seen = instance, {}
        there = {sms.path for sms in texts}
        self._seen = {path: at for path, at in self._seen.items() if path in there}
        for sms in texts:
            at = (self.moment(sms.timestamp) if before else None) or self._now()
            self._seen.setdefault(sms.path, at)
        return texts

    def _reply_id(self, sms: Sms) -> str:
        """The same for the same text after a restart, when its path is another."""
        when = sms.timestamp or f"{self._instance}{sms.path}"
        said = f"{sms.number}\n{when}\n{sms.text}".encode()
        return f"modem-{hashlib.sha256(said).hexdigest()[:24]}"


class Modem(Protocol):
    """What is asked of ``gateway.alerts.modem.ModemProvider``."""

    @property
    def name(self) -> str: ...

    @property
    def changed(self) -> asyncio.Event: ...

    async def replies(self, since: Moment) -> list[Reply]: ...

    async def tidy(self) -> None: ...

    async def forget(self, reply: Reply) -> None: ...


class Bringing:
    """Hands answers on as they come, and says whether the modem serves. One a modem."""

    def __init__(
        self,
        modem: Modem,
        take: Callable[[Reply], Awaitable[None]],
        *,
        now: Callable[[], Moment],
        observer: Observer,
        failed: Callable[[Exception], None],
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        """``take`` returns when the answer is durably acted on; only then it leaves the SIM.
        ``failed`` hears what ``take`` raised: that answer stays and is brought again."""
        self._modem = modem
        self._take = take
        self._now = now
        self._observer = observer
        self._failed = failed
        self._sleep = sleep

    async def run(self) -> None:
        """Until cancelled."""
        said: bool | None = None  # to the observer; it counts, and signals come by the dozen
        while True:
            was_time = not self._modem.changed.is_set()
            self._modem.changed.clear()
            up = await self._look()
            if was_time or up is not said:
                said = up
                self._observer.provider_up(self._modem.name, up)
            await event_or_time(self._modem.changed, LOOK_S, self._sleep)

    async def _look(self) -> bool:
        try:
            for reply in await self._modem.replies(self._now() - KEPT):
                await self._bring(reply)
            await self._modem.tidy()
        except ProviderError:
            return False
        return True

    async def _bring(self, reply: Reply) -> None:
        try:
            await self._take(reply)
        except Exception as error:  # the store refused; the others need not wait for this one
            self._failed(error)
        else:
            await self._modem.forget(reply)


def _number(path: str) -> int:
    return int(path.rpartition("/")[2])
