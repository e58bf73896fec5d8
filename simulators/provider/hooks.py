"""The provider's own requests: status callbacks, texts that came in, and what a call asks for.

Owns when they are made, their forms and their signatures, and the ways in which they go wrong:
held back, let go in another order, said twice. Knows nobody's server but by its address.

Sources: https://www.twilio.com/docs/usage/security#validating-requests (signature),
https://www.twilio.com/docs/messaging/guides/webhook-request and
https://www.twilio.com/docs/messaging/guides/outbound-message-status-in-status-callbacks,
https://www.twilio.com/docs/voice/twiml#request-parameters and
https://www.twilio.com/docs/voice/api/call-resource#statuscallbackevent.
"""

import asyncio
import hmac
import urllib.error
import urllib.request
from base64 import b64encode
from collections.abc import Callable, Coroutine, Mapping
from typing import Any, NamedTuple
from urllib.parse import urlencode

from simulators.provider.account import Account
from simulators.provider.resources import VERSION, Call, Message, rfc2822
from simulators.provider.talk import Talk

PATIENCE_S = 15  # the published limit for an answer to a webhook
TOLD = ("queued", "sent", "delivered", "undelivered", "failed")  # texts: the rest is not said
EVENTS = {"queued": "initiated", "ringing": "ringing", "in-progress": "answered"}


class Post(NamedTuple):
    """One request that was made, and what came back; ``status`` 0: nothing did."""

    url: str
    form: dict[str, str]
    status: int
    body: str


def signature(token: str, url: str, form: Mapping[str, str]) -> str:
    """The address, then each name and value in the order of the names: HMAC-SHA1, base64."""
    text = url + "".join(name + form[name] for name in sorted(form))
    return b64encode(hmac.new(token.encode(), text.encode(), "sha1").digest()).decode()


class Hooks:
    """``sms_url`` and ``voice_url``: what our number is set to; blank: nothing."""

    def __init__(self, account: Account, auth_token: str) -> None:
        self._account = account
        self._token = auth_token
        self.sms_url = self.voice_url = ""
        self.twice = False  # every callback and text is said two times
        self.posts: list[Post] = []  # what was said, in order
        self.changed: Callable[[], None] = lambda: None
        self._held: list[tuple[str, dict[str, str]]] | None = None
        self._jumped = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()

    def hold(self) -> None:
        """Keep callbacks and texts back until ``release``."""
        self._held = []

    async def release(self, *, backwards: bool = False) -> None:
        """Say what was held back: late, and with ``backwards`` the last one first."""
        held, self._held = self._held or [], None
        for url, form in reversed(held) if backwards else held:
            await self._say(url, form)

    def held(self) -> int:
        return len(self._held or [])

    def busy(self) -> bool:
        """Whether something is still to be said, now or later."""
        return bool(self._tasks)

    def jumped(self) -> None:
        """The account's clock was put forward."""
        self._jumped.set()
        self._jumped = asyncio.Event()

    def follow(self, resource: Message | Call) -> None:
        """Say from now on what becomes of it."""
        if isinstance(resource, Call):
            self._start(self._call(resource))
        elif resource.direction == "inbound":
            if self.sms_url:
                self._start(self._say(self.sms_url, _came_in(resource)))
        elif resource.status_callback:
            self._start(self._text(resource))

    async def stop(self) -> None:
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _text(self, message: Message) -> None:
        for begins, stage in message.timeline():
            await self._until(message.created + begins)
            if stage.status in TOLD:
                form = _about_text(message) | {
                    "MessageStatus": stage.status,
                    "SmsStatus": stage.status,
                }
                if stage.error_code:
                    form["ErrorCode"] = str(stage.error_code)
                await self._say(message.status_callback, form)

    async def _call(self, call: Call) -> None:
        number, before = 0, ""
        waits_for_words = True  # with detection of machines it begins to speak when that is done
        for begins, stage in call.timeline():
            await self._until(call.created + begins)
            known = {"AnsweredBy": stage.answered_by} if stage.answered_by else {}
            known = known if call.detects_machine else {}
            if stage.status != before:
                before = stage.status
                await self._event(call, stage.status, known, number, call.created + begins)
                number += 1
            may_begin = bool(known) or not call.detects_machine
            if waits_for_words and may_begin and stage.status == "in-progress":
                waits_for_words = False
                await Talk(call, self._ask, _about_call(call, stage.status) | known).run()
                self.changed()

    async def _event(
        self, call: Call, status: str, known: dict[str, str], number: int, at: float
    ) -> None:
        event = EVENTS.get(status, "completed")
        if not call.status_callback or event not in call.status_callback_events:
            return
        ended = {"CallDuration": "1", "Duration": "1"} if event == "completed" else {}
        form = _about_call(call, "initiated" if event == "initiated" else status)
        form |= known | ended
        form |= {
            "Timestamp": rfc2822(at),
            "CallbackSource": "call-progress-events",
            "SequenceNumber": str(number),
        }
        await self._say(call.status_callback, form)

    async def _until(self, moment: float) -> None:
        while (wait := moment - self._account.now()) > 0:
            jumped = self._jumped
            try:
                async with asyncio.timeout(wait):
                    await jumped.wait()
            except TimeoutError:
                continue

    async def _say(self, url: str, form: dict[str, str]) -> None:
        if self._held is not None:
            self._held.append((url, form))
            self.changed()
            return
        for _ in range(2 if self.twice else 1):
            await self._ask(url, form)

    async def _ask(self, url: str, form: dict[str, str]) -> str:
        """Post and note it; the body of a 200, else nothing."""
        status, body = await asyncio.to_thread(self._post, url, form)
        self.posts.append(Post(url, form, status, body))
        self.changed()
        return body if status == 200 else ""

    def _post(self, url: str, form: dict[str, str]) -> tuple[int, str]:
        request = urllib.request.Request(  # noqa: S310  the addresses are the tests' own
            url,
            urlencode(form).encode(),
            {
                "Content-Type": "application/x-www-form-urlencoded",
                "User-Agent": "TwilioProxy/1.1",
                "X-Twilio-Signature": signature(self._token, url, form),
            },
        )
        direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with direct.open(request, timeout=PATIENCE_S) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode(errors="replace")
        except OSError:
            return 0, ""


def _came_in(message: Message) -> dict[str, str]:
    return {
        "AccountSid": message.account_sid,
        "ApiVersion": VERSION,
        "Body": message.body,
        "From": message.from_ or "",
        "MessageSid": message.sid,
        "NumMedia": "0",
        "NumSegments": "1",
        "SmsMessageSid": message.sid,
        "SmsSid": message.sid,
        "SmsStatus": "received",
        "To": message.to,
    }


def _about_text(message: Message) -> dict[str, str]:
    form = {
        "AccountSid": message.account_sid,
        "ApiVersion": VERSION,
        "From": message.from_ or "",
        "MessageSid": message.sid,
        "SmsSid": message.sid,
        "To": message.to,
    }
    if message.messaging_service_sid:
        form["MessagingServiceSid"] = message.messaging_service_sid
    return form


def _about_call(call: Call, status: str) -> dict[str, str]:
    return {
        "AccountSid": call.account_sid,
        "ApiVersion": VERSION,
        "CallSid": call.sid,
        "CallStatus": status,
        "Called": call.to,
        "Caller": call.from_,
        "Direction": call.direction,
        "From": call.from_,
        "To": call.to,
    }
