"""Stands between a gateway and its broker and notes what the gateway has acknowledged.

MQTT 3.1.1 (sections 2.2, 3.3, 3.4): a PUBLISH to the gateway carries topic, packet id and payload;
its PUBACK carries the id back. What has reached us, the gateway has sent: after its commit.
"""

import asyncio
from types import TracebackType
from typing import Final, NamedTuple, Self

from simulators.broker import free_port

_PUBLISH: Final = 3
_PUBACK: Final = 4
_CHUNK: Final = 65_536


class Message(NamedTuple):
    topic: str
    payload: bytes


class Witness:
    """``async with Witness(broker_port) as witness``: the gateway's broker is ``witness.port``."""

    def __init__(self, broker_port: int, port: int = 0) -> None:
        self.port = port or free_port()
        self.acknowledged: list[Message] = []
        self.connections = 0
        """Under way now."""
        self._broker_port = broker_port
        self._server: asyncio.Server | None = None
        self._under_way: set[asyncio.StreamWriter] = set()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._met, "127.0.0.1", self.port)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        assert self._server is not None
        self._server.close()
        self.hang_up()

    async def silence(self) -> None:
        """Until a gateway without power is known to be gone; what it had said counts."""
        while self.connections:
            await asyncio.sleep(0.01)

    def hang_up(self) -> None:
        for writer in self._under_way:
            writer.transport.abort()

    async def _met(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection("127.0.0.1", self._broker_port)
        given: dict[int, Message] = {}  # of this connection alone
        both = {writer, back}
        self._under_way |= both
        self.connections += 1
        down = asyncio.create_task(self._pass_on(there, writer, given))
        try:
            # Until the gateway is gone and all that it said was read: also its last words.
            await self._pass_on(reader, back, given)
        finally:
            down.cancel()
            self.connections -= 1
            self._under_way -= both
            for each in both:
                each.transport.abort()

    async def _pass_on(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        given: dict[int, Message],
    ) -> None:
        waiting = b""
        try:
            while data := await reader.read(_CHUNK):
                waiting = self._look(waiting + data, given)
                writer.write(data)
                await writer.drain()
            writer.close()
        except OSError:
            return

    def _look(self, data: bytes, given: dict[int, Message]) -> bytes:
        """Notes the whole packets in ``data``; returns what is left."""
        while packet := _first(data):
            head, body, data = packet
            quality = head >> 1 & 3
            if head >> 4 == _PUBLISH and quality:
                length = int.from_bytes(body[:2])
                end = 2 + length
                packet_id = int.from_bytes(body[end : end + 2])
                given[packet_id] = Message(body[2:end].decode(), body[end + 2 :])
            elif head >> 4 == _PUBACK and (message := given.pop(int.from_bytes(body[:2]), None)):
                self.acknowledged.append(message)
        return data


def _first(data: bytes) -> tuple[int, bytes, bytes] | None:
    """The first packet's head and body, and what follows; None: it is not all there."""
    length = shift = 0
    for at, byte in enumerate(data[1:5], start=1):
        length |= (byte & 127) << shift
        shift += 7
        if not byte & 128:
            end = at + 1 + length
            return (data[0], data[at + 1 : end], data[end:]) if len(data) >= end else None
    return None
