"""Whoever listens for the dead man's ping, on 127.0.0.1."""

import threading

from tests.support.served import Request, Served

DEADLINE_S = 20.0


class Listener(Served):
    """Whoever calls out when the ping stays away. ``answers``: the status, or None: it hangs."""

    def __init__(self) -> None:
        super().__init__(self._take)
        self.answers: int | None = 200
        self.heard: list[str] = []
        self.came = threading.Semaphore(0)
        self.go = threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/our-uuid"

    def down(self) -> None:
        self.go.set()
        super().down()

    def wait(self, times: int = 1) -> None:
        for _ in range(times):
            assert self.came.acquire(timeout=DEADLINE_S)

    def _take(self, request: Request) -> None:
        self.heard.append(f"{request.command} {request.path}")
        self.came.release()
        if self.answers is None:
            self.go.wait(DEADLINE_S)
            return
        request.answer(self.answers)
