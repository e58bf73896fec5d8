"""Texts and calls by Twilio, through its official client (``twilio_api``).

Owns what is asked of Twilio and how its answers read in our words. Knows nothing of incidents
or of the outbox. Logs nothing: a phone number or a token can then not be in a log.
"""

import asyncio
import contextlib
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from importlib import import_module
from typing import TYPE_CHECKING, TypeVar

from gateway.alerts.errors import ProviderError, Reason
from gateway.alerts.provider import Outgoing, Progress, Promises, Reply
from gateway.alerts.twilio_api import Api, Kind, Resource
from gateway.alerts.twilio_hooks import CALL_EVENTS, STATUS, VOICE
from gateway.alerts.twilio_speech import asking, spoken
from gateway.alerts.twilio_words import call_progress, text_progress
from gateway.alerts.wall import wall_clock
from rules.model import Channel
from rules.moment import DAY, SECOND, Duration, Moment

if TYPE_CHECKING:
    from gateway.alerts.twilio_lanes import Lanes

T = TypeVar("T")

API = "https://api.twilio.com"
# Their moments are whole seconds, and their servers' clocks differ a little. Less than the two
# minutes in which nobody gets the same channel twice, so that an earlier one is never taken.
CLOCK_ALLOWANCE: Duration = 30 * SECOND
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
            return await self._run(lambda api: self._call(api, outgoing), creating=True)
        return await self._run(lambda api: self._text(api, outgoing), creating=True)

    async def fetch(self, channel: Channel, provider_id: str) -> Progress:
        def ask(api: Api) -> Progress:
            if channel is Channel.VOICE:
                return _call_progress(api.fetch(Kind.CALLS, provider_id))
            return _text_progress(api.fetch(Kind.MESSAGES, provider_id))

        return await self._run(ask)

    async def find(
        self, outgoing: Outgoing, since: Moment, known: Collection[str] = ()
    ) -> Progress | None:
        """See ``Provider.find``. ``since`` is by our clock; theirs is read off their answer.

        Twilio has no key against doubles on create, and filters its lists by DateSent, which a
        message that still waits does not have: so the recipient's newest are read and compared.
        """
        if outgoing.channel is Channel.VOICE:
            return await self._run(lambda api: self._find_call(api, outgoing, since, known))
        return await self._run(lambda api: self._find_text(api, outgoing, since, known))

    async def replies(self, since: Moment) -> list[Reply]:
        def ask(api: Api) -> list[Reply]:
            # Until their clock is known ours may be hours off: ask for more, and choose after.
            asked = self._theirs(since, api) - (0 if api.clock_ahead is not None else DAY)
            after = datetime.fromtimestamp(max(asked, 0) // SECOND, UTC)
            ours = self._account.from_number
            found = api.newest(
                Kind.MESSAGES,
                {"DateSent>": f"{after:%Y-%m-%dT%H:%M:%SZ}"} | ({"To": ours} if ours else {}),
            )
            start = self._theirs(since, api)
            inbound = [
                Reply(_sid(one), one["from"] or "", one["body"] or "", at)
                for one in found
                if one["direction"] == "inbound"
                and (at := _moment(one, "date_sent", "date_created") or start) >= start
            ]
            return sorted(inbound, key=lambda reply: reply.at)

        return await self._run(ask)

    async def close(self) -> None:
        if self._lanes is not None:
            self._lanes.close()
            self._lanes = None

    async def _run(self, job: Callable[[Api], T], *, creating: bool = False) -> T:
        if self._lanes is None:
            # 6 MB and some tenths of a second on a Pi: when first needed, and not on the loop.
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

    def _text(self, api: Api, outgoing: Outgoing) -> Progress:
        service = self._account.messaging_service_sid
        sender = {"MessagingServiceSid": service} if service else self._from()
        fields = {"To": outgoing.to, "Body": outgoing.text} | sender | self._told()
        return _text_progress(api.create(Kind.MESSAGES, fields))

    def _call(self, api: Api, outgoing: Outgoing) -> Progress:
        # The words go with the request: a call speaks even when our address cannot be reached.
        twiml = spoken(outgoing.text, outgoing.language)
        told: dict[str, object] = {}
        if self._account.public_url:
            action = f"{self._account.public_url}{VOICE}?alert={outgoing.alert_id}"
            twiml = asking(outgoing.text, outgoing.language, action)
            told = self._told() | {"StatusCallbackEvent": CALL_EVENTS}
        fields: dict[str, object] = {
            "To": outgoing.to,
            "Twiml": twiml,
            "Timeout": RINGS_SECONDS,
            "MachineDetection": "Enable",
        }
        return _call_progress(api.create(Kind.CALLS, fields | self._from() | told))

    def _told(self) -> dict[str, object]:
        """Where we want to be told what becomes of it."""
        public = self._account.public_url
        return {"StatusCallback": public + STATUS} if public else {}

    def _from(self) -> dict[str, object]:
        return {"From": self._account.from_number}

    def _theirs(self, since: Moment, api: Api) -> Moment:
        """Our moment on their clock, and a little before. The gateway's time may be another than
        the machine's, with which theirs is compared."""
        on_the_wall = since + wall_clock() - self._now()
        return on_the_wall + int((api.clock_ahead or 0.0) * SECOND) - CLOCK_ALLOWANCE

    def _find_text(
        self, api: Api, outgoing: Outgoing, since: Moment, known: Collection[str]
    ) -> Progress | None:
        found = api.newest(Kind.MESSAGES, {"To": outgoing.to})
        ours = [
            one
            for one in found
            if one["direction"] != "inbound"
            and one["body"] == outgoing.text
            and one["sid"] not in known
        ]
        message = _first_since(ours, self._theirs(since, api))
        return _text_progress(message) if message else None

    def _find_call(
        self, api: Api, outgoing: Outgoing, since: Moment, known: Collection[str]
    ) -> Progress | None:
        found = api.newest(Kind.CALLS, {"To": outgoing.to} | self._from())
        calls = [call for call in found if call["sid"] not in known]
        call = _first_since(calls, self._theirs(since, api))
        return _call_progress(call) if call else None


def _first_since(found: list[Resource], since: Moment) -> Resource | None:
    """The earliest created at ``since`` or later; one without a readable date counts as then."""
    late_enough = [
        (created, index)
        for index, one in enumerate(found)
        if (created := _moment(one, "date_created") or since) >= since
    ]
    return found[min(late_enough)[1]] if late_enough else None


def _text_progress(message: Resource) -> Progress:
    code = message["error_code"]
    return text_progress(
        _sid(message),
        message["status"],
        None if code is None else int(code),
        _moment(message, "date_updated"),
    )


def _call_progress(call: Resource) -> Progress:
    return call_progress(
        _sid(call), call["status"], call.get("answered_by"), _moment(call, "date_updated")
    )


def _sid(resource: Resource) -> str:
    if not resource["sid"]:
        raise ValueError("an answer without an id")
    return str(resource["sid"])


def _moment(resource: Resource, *names: str) -> Moment | None:
    """The first of these dates that can be read; RFC 2822, whole seconds."""
    for name in names:
        with contextlib.suppress(TypeError, ValueError):
            return int(parsedate_to_datetime(resource[name]).timestamp()) * SECOND
    return None
