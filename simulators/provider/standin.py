"""The stand-in as a server on 127.0.0.1: starting, stopping, going away, coming back, waiting.

uvicorn's protocol on a listener of our own, because the server must be able to refuse
connections and come back on the same port, and must not take the process's signals.
"""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TextIO

from uvicorn.config import Config
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import ServerState

from simulators.provider.account import Account
from simulators.provider.api import Api
from simulators.provider.failures import Failure
from simulators.provider.fate import Fate
from simulators.provider.hooks import Hooks
from simulators.provider.resources import Call, Message

ACCOUNT_SID = "AC" + "5" * 32  # put together, so that nobody takes it for a real one
AUTH_TOKEN = "token-of-the-stand-in"  # noqa: S105
OUR_NUMBER = "+12025550100"  # North America keeps 555-01xx free for fiction
TURN = 0.02  # s between looks while waiting: states also change as time goes by


class _Connection(H11Protocol):
    """Lets the application get at its connection, to break it."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.app_state = {"connection": self}
        self.over = asyncio.Event()

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self.over.set()


class ProviderStandIn:
    """``async with ProviderStandIn() as provider:`` then talk to ``provider.base_url``.

    ``delay``: seconds from accepted to sent, and from sent to delivered. ``record``: a file that
    gets one JSON line a created message or call. ``sms_url``, ``voice_url``: what our number is
    set to. Requests of the stand-in itself: ``hooks``.
    """

    def __init__(
        self,
        *,
        port: int = 0,
        delay: float = 0.05,
        account_sid: str = ACCOUNT_SID,
        auth_token: str = AUTH_TOKEN,
        api_keys: dict[str, str] | None = None,
        our_number: str = OUR_NUMBER,
        record: Path | None = None,
        sms_url: str = "",
        voice_url: str = "",
    ) -> None:
        self.account_sid, self.auth_token, self.our_number = account_sid, auth_token, our_number
        self.account = Account(account_sid, delay)
        self._api = Api(self.account, {account_sid: auth_token} | (api_keys or {}), self.our_number)
        self.hooks = Hooks(self.account, auth_token)
        self.hooks.sms_url, self.hooks.voice_url = sms_url, voice_url
        self._port = port
        self._record_path = record
        self._record: TextIO | None = None
        self._state = ServerState()
        self._server: asyncio.Server | None = None
        self._changed = asyncio.Event()
        self._api.changed = self.hooks.changed = self._changed.set
        self.account.created = self._created

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    @property
    def messages(self) -> list[Message]:
        """What was accepted from us, in order; not the replies."""
        return self.account.messages

    @property
    def calls(self) -> list[Call]:
        return self.account.calls

    @property
    def requests(self) -> int:
        return self._api.requests

    def statuses(self) -> list[str]:
        """The state of every message as it stands."""
        return [message.status(self.account.now()) for message in self.messages]

    def next(
        self, failure: Failure, *, times: int = 1, to: str | None = None, method: str = "POST"
    ) -> None:
        """The next requests (to that number) meet this failure."""
        self.account.plan(failure, times, to, method)

    def fate(self, fate: Fate, to: str | None = None) -> None:
        """What becomes of messages and calls created from now on (to that number)."""
        if to is None:
            self.account.fate = fate
        else:
            self.account.fates[to] = fate

    def outage(self, failure: Failure | None) -> None:
        """Every request meets this failure until ``outage(None)``."""
        self.account.outage = failure

    def reply(self, from_: str, text: str) -> Message:
        """A person texts to our number; the list shows it."""
        return self.account.receive(from_, text, self.our_number)

    def presses(self, keys: str, to: str) -> None:
        """What the person at ``to`` presses in calls from now on: one key a question; a blank:
        nothing at that one."""
        self.account.keys[to] = keys

    def rings(self, from_: str) -> Call:
        """A person calls our number."""
        return self.account.ring(from_, self.our_number, self.hooks.voice_url)

    def advance(self, seconds: float) -> None:
        """Put the provider's clock forward: what was to happen until then has happened."""
        self.account.advance(seconds)
        self.hooks.jumped()
        self._changed.set()

    async def wait_for(self, holds: Callable[[], bool], timeout: float = 10.0) -> None:  # noqa: ASYNC109
        """Until ``holds()``; ``TimeoutError`` with what there is after ``timeout`` seconds."""
        loop = asyncio.get_running_loop()
        end = loop.time() + timeout
        while not holds():
            if loop.time() >= end:
                raise TimeoutError(
                    f"after {timeout} s: {self.statuses()} and {len(self.calls)} calls"
                )
            self._changed.clear()
            try:
                async with asyncio.timeout(TURN):
                    await self._changed.wait()
            except TimeoutError:
                continue

    async def up(self) -> None:
        """Listen, on the same port as before."""
        if self._server is not None:
            return
        config = Config(
            self._api, log_config=None, access_log=False, lifespan="off", timeout_keep_alive=75
        )
        config.load()
        # By host and port, not by a socket of ours: only so does asyncio set TCP_NODELAY, without
        # which every answer waits 40 ms for the client's delayed acknowledgement.
        self._server = await asyncio.get_running_loop().create_server(
            lambda: _Connection(config, self._state, {}), "127.0.0.1", self._port, backlog=256
        )
        self._port = self._server.sockets[0].getsockname()[1]

    async def down(self) -> None:
        """Refuse connections and break those that are open."""
        if self._server is None:
            return
        self._server.close()
        for connection in list(self._state.connections):
            connection.transport.abort()
            if isinstance(connection, _Connection):
                await connection.over.wait()  # closed, not only told to close
        await self._server.wait_closed()
        self._server = None
        if self._state.tasks:  # each hears of its client's end at the next turn
            await asyncio.wait(self._state.tasks, timeout=5)

    async def __aenter__(self) -> Self:
        if self._record_path is not None:
            self._record = self._record_path.open("a", encoding="utf-8", buffering=1)
        await self.up()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.hooks.stop()
        await self.down()
        if self._record is not None:
            self._record.close()

    def _created(self, resource: Message | Call) -> None:
        self._changed.set()
        self.hooks.follow(resource)
        if self._record is not None:
            self._record.write(json.dumps(recorded(resource), ensure_ascii=False) + "\n")


def recorded(resource: Message | Call) -> dict[str, Any]:
    """One line of the record. ``at``: ms since 1970; ``monotonic``: s, the machine's own clock."""
    return {
        "sid": resource.sid,
        "kind": resource.kind,
        "direction": resource.direction,
        "to": resource.to,
        "from": resource.from_,
        "body": resource.said,
        "at": int(resource.created * 1000),
        "monotonic": resource.received_at,
    }
