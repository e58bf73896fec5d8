"""Whoever listens for the dead man's ping, on 127.0.0.1."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self

DEADLINE_S = 20.0


class Listener:
    """Whoever calls out when the ping stays away. ``answers``: the status, or None: it hangs."""

    def __init__(self) -> None:
        self.answers: int | None = 200
        self.heard: list[str] = []
        self.came = threading.Semaphore(0)
        self.go = threading.Event()
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self.url = f"http://127.0.0.1:{self.server.server_port}/our-uuid"

    def __enter__(self) -> Self:
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.go.set()
        self.server.shutdown()
        self.server.server_close()

    def wait(self, times: int = 1) -> None:
        for _ in range(times):
            assert self.came.acquire(timeout=DEADLINE_S)


def _handler(listener: Listener) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            listener.heard.append(f"{self.command} {self.path}")
            listener.came.release()
            if listener.answers is None:
                listener.go.wait(DEADLINE_S)
                return
            self.send_response(listener.answers)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *said: object) -> None:
            pass

    return Handler
