"""The cheapest provider that the official client accepts; notes when each request arrived.

``python -m benchmarks.stub --port N``. Its own process, so that its cost is nobody's. It
answers ``POST …/Messages.json`` (201), ``GET …/Messages/SID.json`` (delivered) and the list
(filtered by To, From; inbound is always empty). ``GET /arrivals?from=K`` is for the benchmark:
one line a message, ``NANOSECONDS NUMBER``, by CLOCK_MONOTONIC, which all processes share.
"""

import argparse
import asyncio
import contextlib
import json
import subprocess
import sys
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.utils import formatdate

from benchmarks.broker import free_port, wait_for_port

_REASON = {200: b"OK", 201: b"Created", 404: b"Not Found"}


@dataclass
class _Taken:
    """Everything that was posted, in the order of arrival."""

    arrivals: list[tuple[int, str]] = field(default_factory=list)
    messages: dict[str, dict[str, object]] = field(default_factory=dict)

    def post(self, account: str, body: bytes, arrived: int) -> tuple[int, dict[str, object]]:
        form = urllib.parse.parse_qs(body.decode(), keep_blank_values=True)
        to = form.get("To", [""])[0]
        self.arrivals.append((arrived, to))
        sid = f"SM{len(self.arrivals):032x}"
        now = formatdate().replace("-0000", "+0000")  # as they write it
        message: dict[str, object] = {
            "account_sid": account,
            "api_version": "2010-04-01",
            "body": form.get("Body", [""])[0],
            "date_created": now,
            "date_sent": None,
            "date_updated": now,
            "direction": "outbound-api",
            "error_code": None,
            "error_message": None,
            "from": form.get("From", [""])[0],
            "num_media": "0",
            "num_segments": "1",
            "price": None,
            "price_unit": "USD",
            "sid": sid,
            "status": "queued",
            "to": to,
            "uri": f"/2010-04-01/Accounts/{account}/Messages/{sid}.json",
        }
        self.messages[sid] = {**message, "status": "delivered", "date_sent": now}
        return 201, message

    def get(self, path: str, query: str) -> tuple[int, object]:
        filters = urllib.parse.parse_qs(query)
        if path == "/arrivals":
            first = int(filters.get("from", ["0"])[0])
            return 200, "".join(f"{at} {to}\n" for at, to in self.arrivals[first:])
        name = path.rsplit("/", 1)[-1].removesuffix(".json")
        if name != "Messages":
            found = self.messages.get(name)
            return (200, found) if found else (404, {"code": 20404, "status": 404})
        to, sender = filters.get("To", [None])[0], filters.get("From", [None])[0]
        listed = [] if to is None and sender is None else self._listed(to, sender)
        return 200, {"messages": listed, "page": 0, "page_size": 1000, "next_page_uri": None}

    def _listed(self, to: str | None, sender: str | None) -> list[dict[str, object]]:
        newest = reversed(self.messages.values())
        return [m for m in newest if to in (None, m["to"]) and sender in (None, m["from"])][:1000]


def _date() -> bytes:
    return formatdate(usegmt=True).encode()


class _Connection(asyncio.Protocol):
    """HTTP/1.1 with keep-alive, as much of it as the client speaks."""

    def __init__(self, taken: _Taken) -> None:
        self._taken = taken
        self._buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        arrived = time.monotonic_ns()
        self._buffer += data
        while (end := self._buffer.find(b"\r\n\r\n")) >= 0:
            head = self._buffer[:end]
            at = head.lower().find(b"content-length:")
            length = int(head[at + 15 :].split(b"\r\n", 1)[0]) if at >= 0 else 0
            if len(self._buffer) < end + 4 + length:
                return
            body = self._buffer[end + 4 : end + 4 + length]
            self._buffer = self._buffer[end + 4 + length :]
            self._answer(head, body, arrived)

    def _answer(self, head: bytes, body: bytes, arrived: int) -> None:
        method, target, _ = head.split(b"\r\n", 1)[0].decode().split(" ", 2)
        path, _, query = target.partition("?")
        status: int
        answer: object
        if method == "POST":
            parts = path.split("/")
            account = parts[parts.index("Accounts") + 1] if "Accounts" in parts else ""
            status, answer = self._taken.post(account, body, arrived)
        else:
            status, answer = self._taken.get(path, query)
        content = answer.encode() if isinstance(answer, str) else json.dumps(answer).encode()
        self._transport.write(
            b"HTTP/1.1 %d %s\r\nDate: %s\r\nContent-Type: application/json\r\n"
            b"Content-Length: %d\r\n\r\n%s"
            % (status, _REASON[status], _date(), len(content), content)
        )


class Stub:
    """The benchmark's side: the running stub and what it has taken."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.arrivals: list[tuple[int, str]] = []  # monotonic ns, recipient

    def look(self) -> list[tuple[int, str]]:
        """Everything taken so far."""
        with urllib.request.urlopen(f"{self.url}/arrivals?from={len(self.arrivals)}") as answer:
            for line in answer.read().decode().splitlines():
                at, to = line.split(" ")
                self.arrivals.append((int(at), to))
        return self.arrivals


@contextlib.contextmanager
def provider() -> Iterator[Stub]:
    port = free_port()
    process = subprocess.Popen([sys.executable, "-m", "benchmarks.stub", "--port", str(port)])
    try:
        wait_for_port(port)
        yield Stub(port)
    finally:
        process.terminate()
        process.wait(10)


async def _serve(port: int) -> None:
    taken = _Taken()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: _Connection(taken), "127.0.0.1", port)
    await server.serve_forever()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_serve(parser.parse_args().port))
