"""A server of our own that a provider posts to: it keeps what came and answers as it is told."""

from collections.abc import Callable
from types import TracebackType
from typing import NamedTuple, Self
from urllib.parse import parse_qsl

from fastapi import FastAPI, Request, Response

from gateway.addresses import Listen
from gateway.web.server import Listener


class Got(NamedTuple):
    path: str  # with its query
    form: dict[str, str]
    signature: str


class Hooked:
    """``answers``: what a path answers with (TwiML); a path without one is answered 204."""

    def __init__(self) -> None:
        self.got: list[Got] = []
        self.answers: dict[str, Callable[[dict[str, str]], str]] = {}
        app = FastAPI(openapi_url=None)

        @app.post("/{path:path}")
        async def take(request: Request) -> Response:
            form = dict(parse_qsl((await request.body()).decode(), keep_blank_values=True))
            query = f"?{request.url.query}" if request.url.query else ""
            path = request.url.path
            signature = request.headers.get("X-Twilio-Signature", "")
            self.got.append(Got(path + query, form, signature))
            answer = self.answers.get(path)
            if answer is None:
                return Response(status_code=204)
            return Response(answer(form), media_type="text/xml")

        self._listener = Listener(app, Listen("127.0.0.1", 0))

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._listener.port}"

    async def __aenter__(self) -> Self:
        await self._listener.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._listener.stop()
