"""uvicorn inside our loop: it must neither take the signals nor log every request."""

import asyncio
import contextlib
from collections.abc import Iterator

import uvicorn
from fastapi import FastAPI
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway.addresses import Listen
from gateway.web.guests import Guest

DATE_S = 1.0  # an answer's date may be so late
GRACE_S = 1  # open requests may end for so long when the gateway stops


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self._leave = asyncio.Event()

    def leave(self) -> None:
        """To end, after what is being answered."""
        self.should_exit = True
        self._leave.set()

    async def main_loop(self) -> None:
        """Only the date in the answers changes by time. uvicorn's own loop looks ten times a
        second whether it should end: a fifth of what a gateway costs while nothing happens."""
        while not await self.on_tick(0):
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._leave.wait(), DATE_S)

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """The daemon handles signals for all its parts."""
        yield


class _Heads:
    """ASGI middleware: monitors and proxies ask by HEAD; it is GET without the body."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self._app(scope, receive, send)
            return

        async def only_the_head(message: Message) -> None:
            if message["type"] == "http.response.start":
                await send(message)
                # An event stream would have no end; from here on whoever writes it hears that
                # nobody listens.
                await send({"type": "http.response.body", "body": b"", "more_body": False})

        await self._app({**scope, "method": "GET"}, receive, only_the_head)


class Listener:
    """One application on one address."""

    def __init__(self, app: FastAPI, listen: Listen, *, cert: str = "", key: str = "") -> None:
        self._listen = listen
        self._server = _Server(
            uvicorn.Config(
                _Heads(app),
                host=listen.host,
                port=listen.port,
                log_level="warning",
                access_log=False,
                server_header=False,
                lifespan="off",
                http=Guest,
                ws="none",  # nobody asks for one, and the library is 3 MB
                timeout_graceful_shutdown=GRACE_S,
                ssl_certfile=cert or None,
                ssl_keyfile=key or None,
            )
        )
        self._task: asyncio.Task[None] | None = None

    @property
    def port(self) -> int:
        """The port, also when 0 was asked for."""
        sockets = self._server.servers[0].sockets
        return int(sockets[0].getsockname()[1])

    async def start(self) -> None:
        """Returns when it answers. Raises ``OSError`` when it cannot listen there."""
        self._task = asyncio.create_task(self._serve(), name=f"http {self._listen}")
        while not self._server.started:
            if self._task.done():
                await self._task
                raise OSError(f"cannot listen on {self._listen}")
            await asyncio.sleep(0.01)

    async def _serve(self) -> None:
        try:
            await self._server.serve()
        except SystemExit as error:  # uvicorn's way to say that the address is taken
            raise OSError(f"cannot listen on {self._listen}") from error

    async def stop(self) -> None:
        if self._task is not None:
            self._server.leave()
            await self._task
