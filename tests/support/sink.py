"""A chat service on 127.0.0.1 that takes what apprise posts to it, and fails on demand."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import NamedTuple, Self


class Answer(NamedTuple):
    """What one post is answered with. ``taken``: the group sees the message all the same."""

    status: int = 200
    body: str = "{}"
    taken: bool = True
    hangs: bool = False  # no answer before ``let_go``
    cuts: bool = False  # the connection ends without an answer
    retry_after: str = ""


class Sink:
    """``with Sink() as sink: sink.url("group")``; ``sink.messages`` is what the groups see."""

    def __init__(self) -> None:
        self.messages: list[tuple[str, str]] = []  # path, text
        self._answers: list[Answer] = []
        self._go = threading.Event()
        self._server: ThreadingHTTPServer | None = None
        self._port = 0

    def url(self, group: str) -> str:
        """As apprise writes it; half a second is its patience."""
        return f"json://127.0.0.1:{self._port}/{group}?cto=0.5&rto=0.5"

    def texts(self) -> list[str]:
        return [text for _, text in self.messages]

    def next(self, *answers: Answer) -> None:
        self._answers += answers

    def let_go(self) -> None:
        """Whoever hangs is answered."""
        self._go.set()

    def up(self) -> None:
        self._server = ThreadingHTTPServer(("127.0.0.1", self._port), _handler(self))
        self._port = self._server.server_port
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    def down(self) -> None:
        self._go.set()
        server, self._server = self._server, None
        if server is not None:
            server.shutdown()
            server.server_close()
        self._go.clear()

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

    def take(self, path: str, text: str) -> Answer:
        answer = self._answers.pop(0) if self._answers else Answer()
        if answer.taken:
            self.messages.append((path.partition("?")[0].strip("/"), text))
        if answer.hangs:
            self._go.wait(10)
        return answer


def _handler(sink: Sink) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            answer = sink.take(self.path, json.loads(body)["message"])
            self.close_connection = True
            if answer.cuts or answer.hangs:
                return
            self.send_response(answer.status)
            if answer.retry_after:
                self.send_header("Retry-After", answer.retry_after)
            self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            self.wfile.write(answer.body.encode())

        def log_message(self, *said: object) -> None:
            pass

    return Handler
