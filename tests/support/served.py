"""A small HTTP server on 127.0.0.1, in a thread of its own; what it answers is its owner's."""

import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self


class Request(BaseHTTPRequestHandler):
    """One request, a GET or a POST; silent."""

    def body(self) -> bytes:
        return self.rfile.read(int(self.headers.get("Content-Length", 0)))

    def answer(self, status: int, body: bytes = b"", **headers: str) -> None:
        """``headers``: with _ for -."""
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *said: object) -> None:
        pass


class Served:
    """While it is entered, or between ``up`` and ``down``; once up, its port stays its own.

    ``take``: what is done with each request; without an answer the connection just ends.
    """

    def __init__(self, take: Callable[[Request], None]) -> None:
        class Handler(Request):
            def do_GET(self) -> None:
                take(self)

            do_POST = do_GET

        self._handler = Handler
        self._server: ThreadingHTTPServer | None = None
        self.port = 0

    def up(self) -> None:
        self._server = ThreadingHTTPServer(("127.0.0.1", self.port), self._handler)
        self.port = self._server.server_port
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    def down(self) -> None:
        server, self._server = self._server, None
        if server is not None:
            server.shutdown()
            server.server_close()

    def __enter__(self) -> Self:
        self.up()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.down()
