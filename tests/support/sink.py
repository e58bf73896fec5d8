"""A chat service on 127.0.0.1 that takes what apprise posts to it, and fails on demand."""

import json
import threading
from typing import NamedTuple

from tests.support.served import Request, Served


class Answer(NamedTuple):
    """What one post is answered with. ``taken``: the group sees the message all the same."""

    status: int = 200
    body: str = "{}"
    taken: bool = True
    hangs: bool = False  # no answer before ``let_go``
    cuts: bool = False  # the connection ends without an answer
    retry_after: str = ""


class Sink(Served):
    """``with Sink() as sink: sink.url("group")``; ``sink.messages`` is what the groups see."""

    def __init__(self) -> None:
        super().__init__(self._answer)
        self.messages: list[tuple[str, str]] = []  # path, text
        self._answers: list[Answer] = []
        self._go = threading.Event()

    def url(self, group: str) -> str:
        """As apprise writes it; half a second is its patience."""
        return f"json://127.0.0.1:{self.port}/{group}?cto=0.5&rto=0.5"

    def texts(self) -> list[str]:
        return [text for _, text in self.messages]

    def next(self, *answers: Answer) -> None:
        self._answers += answers

    def let_go(self) -> None:
        """Whoever hangs is answered."""
        self._go.set()

    def down(self) -> None:
        self._go.set()
        super().down()
        self._go.clear()

    def _answer(self, request: Request) -> None:
        text = json.loads(request.body())["message"]
        answer = self._answers.pop(0) if self._answers else Answer()
        if answer.taken:
            self.messages.append((request.path.partition("?")[0].strip("/"), text))
        if answer.hangs:
            self._go.wait(10)
        request.close_connection = True
        if answer.cuts or answer.hangs:
            return
        wait = {"Retry_After": answer.retry_after} if answer.retry_after else {}
        request.answer(answer.status, answer.body.encode(), **wait)
