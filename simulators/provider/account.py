"""One account at the provider: what was created in it, what is to fail, what becomes of it.

Knows nothing of HTTP. Refuses what the published API refuses, with the published number.
"""

import re
import secrets
import time
from collections import deque
from collections.abc import Callable, Mapping
from typing import NamedTuple, TypeVar
from urllib.parse import urlsplit

from simulators.provider.failures import MAGIC_CALL, MAGIC_TEXT, Failure
from simulators.provider.fate import DELIVERED, Fate
from simulators.provider.resources import Call, Message

CALL_EVENTS = frozenset({"initiated", "ringing", "answered", "completed"})
E164 = re.compile(r"\+[1-9]\d{6,14}\Z")
LONGEST_BODY = 1_600  # characters: error 21617

R = TypeVar("R", Message, Call)


class Refused(Exception):
    """The request is not taken; ``code`` is the published number."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


class _Planned(NamedTuple):
    failure: Failure
    to: str | None  # None: anybody
    method: str  # POST, GET or "" for both


class Account:
    """``delay``: seconds from a text's creation to "sent", and the same again to "delivered"."""

    def __init__(self, sid: str, delay: float) -> None:
        self.sid = sid
        self.delay = delay
        self.messages: list[Message] = []  # ours, in order of creation
        self.inbound: list[Message] = []
        self.calls: list[Call] = []
        self.fates: dict[str, Fate] = {}  # by recipient
        self.fate = DELIVERED  # of everybody else
        self.keys: dict[str, str] = {}  # what people press in calls, by number
        self.outage: Failure | None = None  # every request, until it is None again
        self.created: Callable[[Message | Call], None] = lambda _: None
        self._to: dict[str, list[Message]] = {}  # so that a poll costs little after a long test
        self._by_sid: dict[str, Message | Call] = {}
        self._planned: deque[_Planned] = deque()
        self._ahead = 0.0
        self._base = time.time() - time.monotonic()

    def now(self) -> float:
        """Seconds since 1970, never going back; ``advance`` puts it forward."""
        return self._base + time.monotonic() + self._ahead

    def advance(self, seconds: float) -> None:
        self._ahead += seconds

    def plan(self, failure: Failure, times: int, to: str | None, method: str) -> None:
        self._planned.extend([_Planned(failure, to, method)] * times)

    def next_failure(self, method: str, to: str | None) -> Failure | None:
        """The failure that this request meets, used up by it."""
        if self.outage is not None:
            return self.outage
        for planned in self._planned:
            if planned.method in ("", method) and planned.to in (None, to):
                self._planned.remove(planned)
                return planned.failure
        return None

    def create_message(self, form: Mapping[str, str]) -> Message:
        to, body = form.get("To", ""), form.get("Body", "")
        sender, service = form.get("From") or None, form.get("MessagingServiceSid") or None
        _refuse_unless(bool(to), 21604)
        _refuse_unless(to not in MAGIC_TEXT, MAGIC_TEXT.get(to, 0))
        _refuse_unless(bool(E164.match(to)), 21211)
        _refuse_unless(bool(sender or service), 21603)
        _refuse_unless(bool(body), 21602)
        _refuse_unless(len(body) <= LONGEST_BODY, 21617)
        _refuse_unless(_is_address(form.get("StatusCallback", "")), 21609)
        message = Message(
            sid="SM" + secrets.token_hex(16),
            account_sid=self.sid,
            to=to,
            from_=sender,
            body=body,
            created=self.now(),
            received_at=time.monotonic(),
            fate=self.fates.get(to, self.fate),
            delay=self.delay,
            messaging_service_sid=service,
            status_callback=form.get("StatusCallback", ""),
        )
        self.messages.append(message)
        return self._keep(message)

    def create_call(self, form: Mapping[str, str]) -> Call:
        to, sender = form.get("To", ""), form.get("From", "")
        _refuse_unless(bool(to), 21201)
        _refuse_unless(to not in MAGIC_CALL, MAGIC_CALL.get(to, 0))
        _refuse_unless(bool(E164.match(to)), 21211)
        _refuse_unless(bool(sender), 21213)
        _refuse_unless(bool(form.get("Twiml") or form.get("Url")), 21205)
        _refuse_unless(_is_address(form.get("Url", "")), 21205)
        _refuse_unless(_is_address(form.get("StatusCallback", "")), 21609)
        events = tuple(form.get("StatusCallbackEvent", "completed").split())
        _refuse_unless(CALL_EVENTS.issuperset(events), 21626)
        call = Call(
            sid="CA" + secrets.token_hex(16),
            account_sid=self.sid,
            to=to,
            from_=sender,
            twiml="" if form.get("Url") else form.get("Twiml", ""),  # as published: Url wins
            created=self.now(),
            received_at=time.monotonic(),
            fate=self.fates.get(to, self.fate),
            delay=self.delay,
            detects_machine=form.get("MachineDetection", "") in ("Enable", "DetectMessageEnd"),
            url=form.get("Url", ""),
            status_callback=form.get("StatusCallback", ""),
            status_callback_events=events,
            keys=self.keys.get(to, ""),
        )
        self.calls.append(call)
        return self._keep(call)

    def ring(self, sender: str, to: str, url: str) -> Call:
        """A person calls our number, which answers with what is at ``url``."""
        call = Call(
            sid="CA" + secrets.token_hex(16),
            account_sid=self.sid,
            to=to,
            from_=sender,
            twiml="",
            created=self.now(),
            received_at=time.monotonic(),
            fate=DELIVERED,
            delay=self.delay,
            url=url,
            direction="inbound",
            keys=self.keys.get(sender, ""),
        )
        return self._keep(call)

    def receive(self, sender: str, text: str, to: str) -> Message:
        """A person's text to our number."""
        message = Message(
            sid="SM" + secrets.token_hex(16),
            account_sid=self.sid,
            to=to,
            from_=sender,
            body=text,
            created=self.now(),
            received_at=time.monotonic(),
            fate=DELIVERED,
            delay=self.delay,
            direction="inbound",
        )
        self.inbound.append(message)
        return self._keep(message)

    def get(self, sid: str) -> Message | Call | None:
        return self._by_sid.get(sid)

    def newest_messages(self, to: str | None = None) -> list[Message]:
        """Both directions (to that number), as the published list shows them."""
        found = self.messages + self.inbound if to is None else self._to.get(to, [])
        return sorted(found, key=lambda message: message.created, reverse=True)

    def newest_calls(self) -> list[Call]:
        return self.calls[::-1]

    def _keep(self, resource: R) -> R:
        self._by_sid[resource.sid] = resource
        if isinstance(resource, Message):
            self._to.setdefault(resource.to, []).append(resource)
        self.created(resource)
        return resource


def _is_address(url: str) -> bool:
    """Blank, or http(s) with a host; underscores are not permitted in it."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    return not url or (parts.scheme in ("http", "https") and bool(host) and "_" not in host)


def _refuse_unless(fine: bool, code: int) -> None:
    if not fine:
        raise Refused(code)
