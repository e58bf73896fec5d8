"""Texts and calls by Twilio, through its official client.

Owns what is asked of Twilio and how its answers read in our words. Knows nothing of incidents
or of the outbox. Logs nothing: a phone number or a token can then not be in a log.
"""

import asyncio
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib import import_module
from typing import TYPE_CHECKING, TypeVar

from gateway.alerts.errors import ProviderError, Reason
from gateway.alerts.provider import Outgoing, Progress, Promises, Reply
from gateway.alerts.twilio_hooks import CALL_EVENTS, STATUS, VOICE
from gateway.alerts.twilio_speech import asking, spoken
from gateway.alerts.twilio_words import call_progress, text_progress
from gateway.alerts.wall import wall_clock
from rules.model import Channel
from rules.moment import DAY, SECOND, Duration, Moment

if TYPE_CHECKING:
    from twilio.rest import Client  # type: ignore[import-untyped]
    from twilio.rest.api.v2010.account.call import (  # type: ignore[import-untyped]
        CallInstance,
    )
    from twilio.rest.api.v2010.account.message import (  # type: ignore[import-untyped]
        MessageInstance,
    )

    from gateway.alerts.twilio_lanes import Lanes
    from gateway.alerts.twilio_wire import Wire

T = TypeVar("T")

API = "https://api.twilio.com"
# Their moments are whole seconds, and their servers' clocks differ a little. Less than the two
# minutes in which nobody gets the same channel twice, so that an earlier one is never taken.
CLOCK_ALLOWANCE: Duration = 30 * SECOND
SCANNED = 200  # of one recipient's messages, newest first: weeks
RINGS_SECONDS = 30  # about six rings; voicemail often takes over at 25-30


@dataclass(frozen=True)
class TwilioAccount:
    """Who we are at Twilio: ``auth_token``, or an API key's SID and secret; a number or service."""

    account_sid: str
    auth_token: str = field(default="", repr=False)
    api_key_sid: str = ""
    api_key_secret: str = field(default="", repr=False)
    from_number: str = ""  # E.164
    messaging_service_sid: str = ""
    api_base: str = ""  # another host: a stand-in, a proxy
    public_url: str = ""  # where Twilio reaches us, if it can: calls then take keys


class TwilioProvider:
    """A ``gateway.alerts.provider.Provider``. Use and close it on one event loop."""

    name = "twilio"
    promises = Promises(receipts=True, once=True)

    def __init__(self, account: TwilioAccount, now: Callable[[], Moment] = wall_clock) -> None:
        """``now``: the clock of every ``since``."""
        self._account = account
        self._now = now
        self._lanes: Lanes | None = None
        texts = {Channel.SMS} if account.from_number or account.messaging_service_sid else set()
        calls = {Channel.VOICE} if account.from_number else set()  # a service cannot call
        self.channels: frozenset[Channel] = frozenset(texts | calls)

    def can_reply(self, phone: str) -> bool:
        """Mainland China has no two-way SMS with foreign numbers (Twilio's guideline page)."""
        return not phone.startswith("+86")

    async def send(self, outgoing: Outgoing) -> Progress:
        if outgoing.channel not in self.channels:
            raise ProviderError(Reason.NOT_SERVED, retryable=False)
        if outgoing.channel is Channel.VOICE:
            return await self._run(lambda client, _: self._call(client, outgoing), creating=True)
        return await self._run(lambda client, _: self._text(client, outgoing), creating=True)

    async def fetch(self, channel: Channel, provider_id: str) -> Progress:
        def ask(client: "Client", _: "Wire") -> Progress:
            account = client.api.v2010.account
            if channel is Channel.VOICE:
                return _call_progress(account.calls(provider_id).fetch())
            return _text_progress(account.messages(provider_id).fetch())

        return await self._run(ask)

    async def find(
        self, outgoing: Outgoing, since: Moment, known: Collection[str] = ()
    ) -> Progress | None:
        """See ``Provider.find``. ``since`` is by our clock; theirs is read off their answer.

        Twilio has no key against doubles on create, and filters its lists by DateSent, which a
        message that still waits does not have: so the recipient's newest are read and compared.
        """
        if outgoing.channel is Channel.VOICE:
            return await self._run(
                lambda client, wire: self._find_call(client, wire, outgoing, since, known)
            )
        return await self._run(
            lambda client, wire: self._find_text(client, wire, outgoing, since, known)
        )

    async def replies(self, since: Moment) -> list[Reply]:
        def ask(client: "Client", wire: "Wire") -> list[Reply]:
            # Until their clock is known ours may be hours off: ask for more, and choose after.
            asked = self._theirs(since, wire) - (0 if wire.clock_ahead is not None else DAY)
            ours = self._account.from_number
            found = client.api.v2010.account.messages.list(
                date_sent_after=datetime.fromtimestamp(max(asked, 0) // SECOND, UTC),
                limit=SCANNED,
                page_size=SCANNED,
                **({"to": ours} if ours else {}),
            )
            start = self._theirs(since, wire)
            inbound = [
                Reply(str(m.sid), m.from_ or "", m.body or "", at)
                for m in found
                if m.direction == "inbound"
                and (at := _moment(m.date_sent) or _moment(m.date_created) or start) >= start
            ]
            return sorted(inbound, key=lambda reply: reply.at)

        return await self._run(ask)

    async def close(self) -> None:
        if self._lanes is not None:
            self._lanes.close()
            self._lanes = None

    async def _run(self, job: Callable[["Client", "Wire"], T], *, creating: bool = False) -> T:
        if self._lanes is None:
            # 19 MB and a second or two on a Pi: when first needed, and not on the loop.
            module = await asyncio.to_thread(import_module, "gateway.alerts.twilio_lanes")
            if self._lanes is None:
                account = self._account
                self._lanes = module.Lanes(
                    username=account.api_key_sid or account.account_sid,
                    password=account.api_key_secret if account.api_key_sid else account.auth_token,
                    account_sid=account.account_sid,
                    base_url=(account.api_base or API).rstrip("/"),
                )
        return await self._lanes.run(job, creating=creating)

    def _text(self, client: "Client", outgoing: Outgoing) -> Progress:
        service = self._account.messaging_service_sid
        sender = {"messaging_service_sid": service} if service else self._from()
        message = client.api.v2010.account.messages.create(
            to=outgoing.to, body=outgoing.text, **sender, **self._told()
        )
        return _text_progress(message)

    def _call(self, client: "Client", outgoing: Outgoing) -> Progress:
        # The words go with the request: a call speaks even when our address cannot be reached.
        twiml = spoken(outgoing.text, outgoing.language)
        told: dict[str, object] = {}
        if self._account.public_url:
            action = f"{self._account.public_url}{VOICE}?alert={outgoing.alert_id}"
            twiml = asking(outgoing.text, outgoing.language, action)
            told = self._told() | {"status_callback_event": CALL_EVENTS}
        call = client.api.v2010.account.calls.create(
            to=outgoing.to,
            twiml=twiml,
            timeout=RINGS_SECONDS,
            machine_detection="Enable",
            **self._from(),
            **told,
        )
        return _call_progress(call)

    def _told(self) -> dict[str, object]:
        """Where we want to be told what becomes of it."""
        public = self._account.public_url
        return {"status_callback": public + STATUS} if public else {}

    def _from(self) -> dict[str, str]:
        return {"from_": self._account.from_number}

    def _theirs(self, since: Moment, wire: "Wire") -> Moment:
        """Our moment on their clock, and a little before. The gateway's time may be another than
        the machine's, which ``wire`` compares with theirs."""
        on_the_wall = since + wall_clock() - self._now()
        return on_the_wall + int((wire.clock_ahead or 0.0) * SECOND) - CLOCK_ALLOWANCE

    def _find_text(
        self,
        client: "Client",
        wire: "Wire",
        outgoing: Outgoing,
        since: Moment,
        known: Collection[str],
    ) -> Progress | None:
        found = client.api.v2010.account.messages.list(
            to=outgoing.to, limit=SCANNED, page_size=SCANNED
        )
        ours = [
            m
            for m in found
            if m.direction != "inbound" and m.body == outgoing.text and m.sid not in known
        ]
        message = _first_since(ours, self._theirs(since, wire))
        return _text_progress(message) if message else None

    def _find_call(
        self,
        client: "Client",
        wire: "Wire",
        outgoing: Outgoing,
        since: Moment,
        known: Collection[str],
    ) -> Progress | None:
        found = client.api.v2010.account.calls.list(
            to=outgoing.to, limit=SCANNED, page_size=SCANNED, **self._from()
        )
        calls = [call for call in found if call.sid not in known]
        call = _first_since(calls, self._theirs(since, wire))
        return _call_progress(call) if call else None


R = TypeVar("R", "MessageInstance", "CallInstance")


def _first_since(found: "list[R]", since: Moment) -> "R | None":
    """The earliest created at ``since`` or later; one without a readable date counts as then."""
    late_enough = [
        (created, index, resource)
        for index, resource in enumerate(found)
        if (created := _moment(resource.date_created) or since) >= since
    ]
    return min(late_enough)[2] if late_enough else None


def _text_progress(message: "MessageInstance") -> Progress:
    updated_at = _moment(message.date_updated)
    return text_progress(_sid(message.sid), str(message.status), message.error_code, updated_at)


def _call_progress(call: "CallInstance") -> Progress:
    updated_at = _moment(call.date_updated)
    return call_progress(_sid(call.sid), str(call.status), call.answered_by, updated_at)


def _sid(sid: str | None) -> str:
    if not sid:
        raise ValueError("an answer without an id")
    return sid


def _moment(date: datetime | None) -> Moment | None:
    return int(date.timestamp()) * SECOND if date else None
