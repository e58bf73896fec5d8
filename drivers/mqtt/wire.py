"""One connection's bytes: many packets a read, all acknowledgements in one write.

paho reads a packet with three calls of ``recv`` and handles one packet a wake-up, at some 25 µs
of CPU each. So what paho takes for its socket is this: it reads whatever has arrived at once,
hands the messages (PUBLISH of QoS 0 and 1) straight to the link, and gives every other packet to
paho, whole, one at a time and in order. Acknowledgements are written here, too; everything
written in one turn of the loop leaves in one ``send``.

Owns the socket and both buffers. Knows no session, no subscription, no sensor.
"""

import asyncio
import contextlib
import socket
import ssl
from collections.abc import Callable
from typing import Final

_CHUNK: Final = 65_536  # bytes a read
_READS: Final = 4  # chunks a wake-up, then others get their turn
_PUBLISH: Final = 0x30  # type, in the upper half of a packet's first byte
_QOS_2: Final = 0x04
_QOS_1: Final = 0x02
_PUBACK: Final = b"\x40\x02"
_PINGREQ: Final = b"\xc0\x00"
_PINGRESP: Final = 0xD0

Received = Callable[[int, bytes, bytes, int], None]
"""First byte, topic, payload, packet identifier (0: QoS 0). Must not raise."""


class Wire:
    """A socket for paho, on the event loop. ``packet``: paho shall read one; or the end."""

    def __init__(
        self,
        sock: socket.socket,
        received: Received,
        packet: Callable[[], object],
        heard: Callable[[], None],
    ) -> None:
        self._sock = sock
        self._received = received
        self._packet = packet
        self._heard = heard
        self._loop = asyncio.get_running_loop()
        self._partial = b""  # the beginning of a packet whose end has not arrived
        self._for_paho = b""
        self._out = bytearray()
        self._flush_soon = False
        self._writer = False
        self._answered: asyncio.Future[None] | None = None
        self.closed = False
        self.failure = ""  # why it can no longer be read from or written to
        self._loop.add_reader(sock, self._readable)

    # -- what paho calls -------------------------------------------------------------------

    def recv(self, size: int, /) -> bytes:
        if self._for_paho:
            data, self._for_paho = self._for_paho[:size], self._for_paho[size:]
            return data
        if self.failure:
            return b""
        raise BlockingIOError

    def send(self, data: bytes | bytearray, /) -> int:
        """Takes it all, so that packets of paho and of ours never mix."""
        if self.failure or self.closed:
            raise ConnectionResetError(self.failure)
        self._out += data
        if not self._flush_soon:
            self._flush_soon = True
            self._loop.call_soon(self._flush)
        return len(data)

    def close(self) -> None:
        if self.closed:
            return
        if not self.failure:
            self._flush()  # paho closes right after its DISCONNECT
        self.closed = True
        self._loop.remove_reader(self._sock)
        if self._writer:
            self._loop.remove_writer(self._sock)
        self._sock.close()

    def fileno(self) -> int:
        return self._sock.fileno()

    def setblocking(self, flag: bool, /) -> None:
        """It never blocks."""

    # -- what the link calls ---------------------------------------------------------------

    def acknowledge(self, packet_id: int) -> None:
        if not (self.failure or self.closed):
            self.send(_PUBACK + packet_id.to_bytes(2, "big"))

    async def settled(self) -> None:
        """Returns when the broker has read all that was written before: it answers in order.
        Whoever waits must bound the wait."""
        self._answered = self._loop.create_future()
        self.send(_PINGREQ)
        await self._answered

    def fail(self, why: str) -> None:
        """The connection is of no more use: paho is told so, and closes it."""
        if self.failure or self.closed:
            return
        self.failure = why
        self._loop.remove_reader(self._sock)
        self._loop.call_soon(self._packet)

    # -- the socket ------------------------------------------------------------------------

    def _readable(self) -> None:
        self._heard()
        for _ in range(_READS):
            if self.failure or self.closed:
                return
            try:
                data = self._sock.recv(_CHUNK)
            except (BlockingIOError, InterruptedError, ssl.SSLWantReadError):
                break
            except ssl.SSLWantWriteError:
                self._want_writer(True)
                break
            except OSError as error:
                self.fail(error.strerror or str(error))
                return
            if not data:
                self.fail("the broker closed the connection")
                return
            self._feed(data)
            if len(data) < _CHUNK and not self._decrypted():
                break
        else:
            if self._decrypted():
                self._loop.call_soon(self._readable)  # the kernel has nothing more to tell of it
        if self._out and not self._flush_soon:
            self._flush()

    def _decrypted(self) -> int:
        sock = self._sock
        return sock.pending() if isinstance(sock, ssl.SSLSocket) and not self.closed else 0

    def _feed(self, data: bytes) -> None:
        data = self._partial + data if self._partial else data
        end, at = len(data), 0
        while end - at >= 2:
            length, body = data[at + 1], at + 2
            if length & 0x80:
                length, body = _remaining(data, at + 1)
                if body < 0:
                    self.fail("the broker broke the protocol")
                    return
                if not body:
                    break
            stop = body + length
            if stop > end:
                break
            first = data[at]
            if first & 0xF0 != _PUBLISH or first & _QOS_2:
                if first == _PINGRESP and self._answered and not self._answered.done():
                    self._answered.set_result(None)
                self._for_paho += data[at:stop]
                self._packet()
            else:
                topic = body + 2
                after = topic + (data[body] << 8 | data[body + 1]) if length >= 2 else end + 1
                start = after + 2 if first & _QOS_1 else after
                if start > stop:
                    self.fail("the broker broke the protocol")
                    return
                packet_id = data[after] << 8 | data[after + 1] if start > after else 0
                self._received(first, data[topic:after], data[start:stop], packet_id)
            if self.closed:
                return
            at = stop
        self._partial = data[at:]

    def _flush(self) -> None:
        self._flush_soon = False
        if self.closed or self.failure:
            return
        while self._out:
            try:
                del self._out[: self._sock.send(self._out)]
            except (BlockingIOError, InterruptedError, ssl.SSLWantWriteError):
                break
            except ssl.SSLWantReadError:
                return  # tried again once something was read
            except OSError as error:
                self.fail(error.strerror or str(error))
                return
        self._want_writer(bool(self._out))

    def _want_writer(self, wanted: bool) -> None:
        if wanted and not self._writer:
            self._loop.add_writer(self._sock, self._flush)
        elif self._writer and not wanted:
            with contextlib.suppress(ValueError):
                self._loop.remove_writer(self._sock)
        self._writer = wanted


def _remaining(data: bytes, at: int) -> tuple[int, int]:
    """Remaining length of more than one byte (MQTT 3.1.1, 2.2.3), and where the body starts.

    Body 0: not all of it has arrived; -1: longer than four bytes, which nothing may be.
    """
    length = 0
    for count, byte in enumerate(data[at : at + 4]):
        length |= (byte & 0x7F) << 7 * count
        if not byte & 0x80:
            return length, at + count + 1
    return 0, -1 if len(data) - at >= 4 else 0
