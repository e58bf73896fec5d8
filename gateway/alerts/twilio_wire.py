"""One connection to Twilio that stays open, beneath the official client.

Owns one socket. Knows HTTP and nothing of alerts.

Why our own transport (the client's documented extension point) on ``http.client``: it costs a
quarter of the CPU time of ``requests`` (0.48 against 1.76 ms a send where it was tried), it
knows whether a failed request had left or not, keeps Retry-After, and never logs (the client's
own logs addresses, which hold phone numbers).
"""

import contextlib
import functools
import json
import logging
import select
import socket
import ssl
import time
from base64 import b64encode
from email.utils import parsedate_to_datetime
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from typing import Any
from urllib.parse import SplitResult, urlencode, urlsplit

from twilio.http import HttpClient  # type: ignore[import-untyped]
from twilio.http.response import Response  # type: ignore[import-untyped]

from gateway.alerts.errors import ProviderError, Reason
from gateway.alerts.twilio_words import refusal

CONNECT_SECONDS = 4.0  # an address that does not answer leaves time for the next one
DEADLINE_SECONDS = 10.0  # one request from the loop's point of view; a send deadline in GoAlert
IDLE_SECONDS = 45.0  # routers forget quiet connections after a minute or so, silently


@functools.cache
def _trust() -> ssl.SSLContext:
    """The system's authorities, read once for all lanes."""
    return ssl.create_default_context()


class _Plain(HTTPConnection):
    """Head and body of a request in one write: one packet, one turn of the other side."""

    def __init__(self, host: str, port: int | None) -> None:
        super().__init__(host, port, timeout=CONNECT_SECONDS)
        self._pending: list[bytes] = []

    def send(self, data: Any) -> None:
        self._pending.append(data)

    def flush(self) -> None:
        data = b"".join(self._pending)
        self._pending.clear()
        super().send(data)

    def close(self) -> None:
        self._pending.clear()
        super().close()


class _Secure(_Plain, HTTPSConnection):
    def __init__(self, host: str, port: int | None) -> None:
        HTTPSConnection.__init__(self, host, port, timeout=CONNECT_SECONDS, context=_trust())
        self._pending = []


class Wire(HttpClient):  # type: ignore[misc]  # the client is untyped
    """One kept-alive connection; the official client sends through it. One thread at a time."""

    def __init__(self, base_url: str) -> None:
        super().__init__(logging.getLogger("doorwatch.twilio"), is_async=False)
        self._base = urlsplit(base_url)
        self._connection: _Plain | None = None
        self._used_at = 0.0
        self.sent = False  # the request of the moment has begun to leave
        self.clock_ahead: float | None = None  # s by which their clock leads ours, once heard

    def request(  # the client's own signature
        self,
        method: str,
        url: str,
        params: dict[str, object] | None = None,
        data: dict[str, object] | None = None,
        headers: dict[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        timeout: float | None = None,
        allow_redirects: bool = False,
    ) -> Response:
        """Send and read; ``ProviderError`` for everything but a 2xx answer."""
        target = _target(url, params)
        sent_headers = dict(headers or {})
        if auth:
            token = b64encode(f"{auth[0]}:{auth[1]}".encode()).decode("ascii")
            sent_headers["Authorization"] = f"Basic {token}"
        body = urlencode(data, doseq=True).encode("ascii") if data else None
        creating = method.upper() == "POST"
        self.sent = False
        connection = self._connected()
        try:
            self.sent = True
            connection.request(method.upper(), target, body, sent_headers)
            connection.flush()
            answer = connection.getresponse()
            text = answer.read().decode("utf-8", "replace")
        except TimeoutError:
            connection.close()
            raise ProviderError(Reason.TIMEOUT, retryable=True, uncertain=creating) from None
        except (OSError, HTTPException, ValueError) as error:
            connection.close()
            raise ProviderError(
                Reason.CONNECTION_LOST,
                retryable=True,
                uncertain=creating,
                code=type(error).__name__,
            ) from None
        self._used_at = time.monotonic()
        self._note_clock(answer)
        if not 200 <= answer.status < 300:
            raise refusal(
                answer.status,
                _code(text),
                retry_after=_retry_after(answer.getheader("Retry-After")),
                creating=creating,
            )
        return Response(answer.status, text, answer.headers)

    def _connected(self) -> _Plain:
        connection = self._connection
        if connection is None:
            connection = self._connection = _connection(self._base)
        sock = connection.sock
        if sock is not None:
            idle = time.monotonic() - self._used_at
            if idle <= IDLE_SECONDS and not _readable(sock):  # readable: they hung up
                return connection
            connection.close()
        try:
            connection.connect()
        except (OSError, ValueError) as error:
            connection.close()
            raise ProviderError(
                Reason.NO_CONNECTION, retryable=True, code=type(error).__name__
            ) from None
        connection.sock.settimeout(DEADLINE_SECONDS)  # http.client has set TCP_NODELAY
        return connection

    def _note_clock(self, answer: HTTPResponse) -> None:
        try:
            theirs = parsedate_to_datetime(answer.getheader("Date", "")).timestamp()
        except (TypeError, ValueError):
            return
        self.clock_ahead = theirs - time.time()

    def abort(self) -> None:
        """Break the request under way; safe from another thread."""
        sock = self._connection.sock if self._connection else None
        if sock is not None:
            with contextlib.suppress(OSError):  # it is already gone
                # The plain method: SSLSocket's own drops state that the other thread is using.
                socket.socket.shutdown(sock, socket.SHUT_RDWR)

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()


def _connection(base: SplitResult) -> _Plain:
    host = base.hostname or ""
    return _Secure(host, base.port) if base.scheme == "https" else _Plain(host, base.port)


def _target(url: str, params: dict[str, Any] | None) -> str:
    parts = urlsplit(url)
    query = "&".join(filter(None, (parts.query, urlencode(params or {}, doseq=True))))
    return f"{parts.path}?{query}" if query else parts.path


def _readable(sock: socket.socket) -> bool:
    poll = select.poll()
    poll.register(sock, select.POLLIN)
    return bool(poll.poll(0))


def _code(text: str) -> int | None:
    """The number in an error answer ``{"code": 21211, "message": …, "status": 400}``."""
    try:
        code = json.loads(text).get("code")
    except (ValueError, AttributeError):
        return None
    return code if isinstance(code, int) else None


def _retry_after(value: str | None) -> float | None:
    """Seconds from a Retry-After header: a number or a date (RFC 9110, section 10.2.3)."""
    if not value:
        return None
    try:
        return max(0.0, float(value))
    except ValueError:
        pass
    try:
        return max(0.0, parsedate_to_datetime(value).timestamp() - time.time())
    except (TypeError, ValueError):
        return None
