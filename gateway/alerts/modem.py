"""Texts by a modem on this machine, through ModemManager: the way that needs no internet.

Owns which modem, one send at a time, and how ModemManager's list tells what became of a text.
Cannot promise: a text during whose sending the modem is pulled out, or ModemManager ends, is
forgotten by it, and may come twice; and a network need not report deliveries.
"""

import asyncio
from collections.abc import Callable, Collection

from dbus_fast import Variant

from gateway.alerts.errors import ProviderError, Reason
from gateway.alerts.modem_bus import ModemBus, Sms
from gateway.alerts.modem_inbox import Inbox
from gateway.alerts.modem_words import Modem, Pdu, SmsState, State, delivery
from gateway.alerts.provider import Outgoing, Progress, Promises, Reply, Status
from gateway.alerts.wall import wall_clock
from rules.model import Channel
from rules.moment import SECOND, Moment

SEND_S = 45.0  # a network gives up after about 35 s a part; under the dispatcher's guard of 60 s
WAITING_MOST = 4  # so many seconds each: what comes on top is better off another way
VALID_MINUTES = 24 * 60  # how long the network keeps it for a phone that is off
_RELATIVE = 1  # MMSmsValidityType
_SUBMITTED = (Pdu.SUBMIT, 33)  # 33: of CDMA


class ModemProvider:
    """A ``gateway.alerts.provider.Provider``. Use and close it on one event loop."""

    name = "modem"
    channels = frozenset({Channel.SMS})
    promises = Promises(receipts=True, once=True, brings_replies=True)

    def __init__(
        self,
        device: str = "",
        e164: Callable[[str], str] = lambda number: number,
        now: Callable[[], Moment] = wall_clock,
    ) -> None:
        """``device``: IMEI, device or port of the modem that is meant; blank: the best there is.

        ``e164`` makes a sender's number, as the network writes it, one as the ledger has them.
        """
        self.changed = asyncio.Event()  # something came, or the modem is another
        self._device = device
        self._now = now
        self._bus = ModemBus(self.changed.set)
        self._inbox = Inbox(self._bus, e164, now)
        self._sending = asyncio.Lock()
        self._waiting = 0

    def can_reply(self, phone: str) -> bool:
        return True

    async def send(self, outgoing: Outgoing) -> Progress:
        if outgoing.channel is not Channel.SMS:
            raise ProviderError(Reason.NOT_SERVED, retryable=False)
        if self._waiting >= WAITING_MOST:
            raise ProviderError(Reason.QUEUE_FULL, retryable=True)
        self._waiting += 1
        try:
            async with self._sending:
                return await self._send(outgoing)
        finally:
            self._waiting -= 1

    async def fetch(self, channel: Channel, provider_id: str) -> Progress:
        """Reports come as texts of their own, known by number and reference."""
        instance, _, number = provider_id.rpartition("/")
        sent = Progress(provider_id, Status.SENT, None, None)
        modem = await self.ready()
        if instance != await self._bus.instance():
            return sent  # ModemManager began anew: no report will be matched
        texts = await self._texts(modem)
        ours = next((sms for sms in texts if sms.path.rpartition("/")[2] == number), None)
        if ours is None or ours.state != SmsState.SENT:
            return sent
        reports = [sms for sms in texts if _reports(sms, ours)]
        if not reports:
            return sent
        progress = delivery(provider_id, reports[-1].delivery)
        return progress._replace(updated_at=self._inbox.moment(reports[-1].discharged))

    async def find(
        self, outgoing: Outgoing, since: Moment, known: Collection[str] = ()
    ) -> Progress | None:
        """See ``Provider.find``. What is still being sent cannot be told from what never was, so
        the answer waits until no send can last any longer."""
        modem = await self.ready()
        instance = await self._bus.instance()
        for sms in await self._texts(modem):
            provider_id = _id(instance, sms.path)
            same = (sms.number, sms.text) == (outgoing.to, outgoing.text)
            if sms.pdu not in _SUBMITTED or not same or provider_id in known:
                continue
            if sms.state == SmsState.SENT:
                return Progress(provider_id, Status.SENT, None, None)
            if 0 <= self._now() - since < SEND_S * SECOND:
                raise ProviderError(Reason.TIMEOUT, retryable=True, uncertain=True, code="sending")
            await self._inbox.drop(modem.path, sms.path)
        return None

    async def replies(self, since: Moment) -> list[Reply]:
        """What lies on the modem and came at ``since`` or later; ``forget`` takes it off."""
        modem = await self.ready()
        return await self._inbox.replies(modem.path, await self._bus.instance(), since)

    async def forget(self, reply: Reply) -> None:
        """It is acted on: make room, for a SIM holds a few dozen texts."""
        await self._inbox.forget(reply.provider_id)

    async def tidy(self) -> None:
        """Take off what nobody will ask for any more."""
        modem = await self.ready()
        await self._inbox.tidy(modem.path)

    async def look(self) -> Modem | None:
        """The modem that is meant, whatever its state; None: there is none."""
        there = await self._bus.modems()
        meant = [one for one in there if not self._device or self._device in one.names]
        return max(meant, key=lambda one: (one.hinders() is None, one.state), default=None)

    async def ready(self) -> Modem:
        """The modem, able to text. Switches one on that nobody has. Raises what hinders it."""
        modem = await self.look()
        if modem is not None and modem.state == State.DISABLED:
            await self._bus.enable(modem.path)
            modem = await self.look()
        if modem is None:
            raise ProviderError(Reason.NO_CONNECTION, retryable=True, code="no_modem")
        hindrance = modem.hinders()
        if hindrance is not None:
            raise hindrance
        return modem

    async def close(self) -> None:
        self._bus.close()

    async def _send(self, outgoing: Outgoing) -> Progress:
        modem = await self.ready()
        instance = await self._bus.instance()
        properties = {
            "number": Variant("s", outgoing.to),
            "text": Variant("s", outgoing.text),
            "validity": Variant("(uv)", (_RELATIVE, Variant("u", VALID_MINUTES))),
            "delivery-report-request": Variant("b", True),
        }
        path = await self._bus.create(modem.path, properties)
        try:
            await self._bus.send(path, SEND_S)
        except ProviderError as error:
            if not error.uncertain:  # what surely did not go must not be found later
                await self._inbox.drop(modem.path, path)
            raise
        return Progress(_id(instance, path), Status.SENT, None, None)

    async def _texts(self, modem: Modem) -> list[Sms]:
        return await self._inbox.texts(modem.path)


def _id(instance: str, path: str) -> str:
    """Unique for ever: paths begin at 0 with each ModemManager."""
    return f"{instance}/{path.rpartition('/')[2]}"


def _reports(report: Sms, ours: Sms) -> bool:
    # A network may leave the country out of the number.
    same = report.number[-8:] == ours.number[-8:]
    return report.pdu == Pdu.STATUS_REPORT and report.reference == ours.reference and same
