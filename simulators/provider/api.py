"""The published API over HTTP, as a plain ASGI application.

Plain, without a framework, because it stands in load tests beside the gateway and must cost
little. Owns credentials, forms, routes and the failures of an answer.
"""

import json
import re
import socket
import struct
from base64 import b64decode
from collections.abc import Awaitable, Callable, MutableMapping
from email.utils import formatdate
from typing import Any
from urllib.parse import parse_qsl

from simulators.provider import lists
from simulators.provider.account import Account, Refused
from simulators.provider.failures import Failure, error_json
from simulators.provider.resources import VERSION, Call, Message

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

_ROUTE = re.compile(
    rf"/{VERSION}/Accounts/(AC[0-9a-fA-F]{{32}})/(Messages|Calls)"
    r"(?:/((?:SM|MM|CA)[0-9a-fA-F]{32}))?\.json\Z"
)
_UNKNOWN, _AUTHENTICATE, _REPLIES = 20404, 20003, "/stand-in/replies"


class Api:
    """``credentials``: user name (account or API key SID) to password."""

    def __init__(self, account: Account, credentials: dict[str, str], our_number: str) -> None:
        self._account = account
        self._credentials = credentials
        self._our_number = our_number
        self.requests = 0
        self.changed: Callable[[], None] = lambda: None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.requests += 1
        method, path = scope["method"], scope["path"]
        query = dict(parse_qsl(scope["query_string"].decode("ascii"), keep_blank_values=True))
        form = _form((await _body(receive)).decode("utf-8"))
        if path == _REPLIES and method == "POST":  # our own: for when it runs as its own process
            self._account.receive(form["From"], form["Body"], form.get("To", self._our_number))
            await self._answer(send, 204, b"")
            return
        failure = self._account.next_failure(method, form.get("To") or query.get("To"))
        if failure is not None and not failure.accept:
            await self._fail(failure, scope, receive, send)
            return
        try:
            status, content = self._route(method, path, query, form, scope["headers"])
        except Refused as refusal:
            status, content = error_json(refusal.code)
        self.changed()
        if failure is not None:
            await self._fail(failure, scope, receive, send)
            return
        await self._answer(send, status, _json(content))

    def _route(
        self,
        method: str,
        path: str,
        query: dict[str, str],
        form: dict[str, str],
        headers: list[tuple[bytes, bytes]],
    ) -> tuple[int, dict[str, object]]:
        if not self._known(headers):
            raise Refused(_AUTHENTICATE)
        match = _ROUTE.match(path)
        if match is None or match[1] != self._account.sid:
            raise Refused(_UNKNOWN)
        kind, sid = match[2], match[3]
        now = self._account.now()
        if sid is not None:
            resource = self._account.get(sid)
            wanted = Message if kind == "Messages" else Call
            if method != "GET" or not isinstance(resource, wanted):
                raise Refused(_UNKNOWN)
            return 200, resource.as_json(now)
        if method == "POST":
            create = (
                self._account.create_message if kind == "Messages" else self._account.create_call
            )
            created = create(form)
            return 201, created.as_json(created.created)
        if method != "GET":
            raise Refused(_UNKNOWN)
        return 200, self._list(kind, path, query, now)

    def _list(self, kind: str, path: str, query: dict[str, str], now: float) -> dict[str, object]:
        if kind == "Messages":
            messages = lists.chosen(
                self._account.newest_messages(query.get("To")),
                query,
                {"DateSent": lambda m: m.sent(now)},
            )
            return lists.page(path, "messages", messages, query, now)
        calls = lists.chosen(
            self._account.newest_calls(),
            query,
            {"StartTime": lambda call: call.created, "EndTime": lambda call: call.ended(now)},
        )
        status = query.get("Status")
        calls = [call for call in calls if status in (None, call.status(now))]
        return lists.page(path, "calls", calls, query, now)

    def _known(self, headers: list[tuple[bytes, bytes]]) -> bool:
        value = next((v for k, v in headers if k == b"authorization"), b"").decode("latin-1")
        scheme, _, token = value.partition(" ")
        try:
            user, _, password = b64decode(token, validate=True).decode("utf-8").partition(":")
        except ValueError:
            return False
        return scheme.lower() == "basic" and self._credentials.get(user) == password

    async def _fail(self, failure: Failure, scope: Scope, receive: Receive, send: Send) -> None:
        if failure.answer:
            status, content = error_json(failure.code, failure.status)
            body = failure.body.encode() if failure.body is not None else _json(content)
            await self._answer(send, status, body, failure.retry_after)
            return
        if failure.reset:
            transport = scope["state"]["connection"].transport
            at_once = struct.pack("ii", 1, 0)  # on, 0 s: RST in place of an orderly end
            transport.get_extra_info("socket").setsockopt(
                socket.SOL_SOCKET, socket.SO_LINGER, at_once
            )
            transport.abort()
        while (await receive())["type"] != "http.disconnect":
            pass  # hold the connection, saying nothing, until the client gives up

    async def _answer(self, send: Send, status: int, body: bytes, retry_after: str = "") -> None:
        kind = b"application/json; charset=utf-8" if body[:1] == b"{" else b"text/html"
        date = formatdate(self._account.now(), usegmt=True).encode()
        headers = [
            (b"content-type", kind),
            (b"content-length", str(len(body)).encode()),
            (b"date", date),
        ]
        if status == 204:
            headers = [(b"date", date)]
        if status == 401:
            headers.append((b"www-authenticate", b'Basic realm="Twilio API"'))
        if retry_after:
            headers.append((b"retry-after", retry_after.encode()))
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})


def _form(text: str) -> dict[str, str]:
    """The fields; a list (``StatusCallbackEvent``) comes as its name several times."""
    form: dict[str, str] = {}
    for name, value in parse_qsl(text, keep_blank_values=True):
        form[name] = f"{form[name]} {value}" if name in form else value
    return form


def _json(content: dict[str, object]) -> bytes:
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    return text.encode()


async def _body(receive: Receive) -> bytes:
    body = b""
    while True:
        event = await receive()
        if event["type"] == "http.disconnect":
            return body
        body += bytes(event.get("body", b""))
        if not event.get("more_body", False):
            return body
