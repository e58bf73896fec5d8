"""Packets in whatever pieces they arrive, acknowledgements in whatever pieces they leave."""

import asyncio
import socket
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.mqtt.wire import Wire
from tests.support.mqtt import within

CONNACK, SUBACK, PINGRESP = b"\x20\x02\x00\x00", b"\x90\x03\x00\x01\x01", b"\xd0\x00"


def remaining(length: int) -> bytes:
    out = bytearray()
    while True:
        length, digit = divmod(length, 128)
        out.append(digit | 0x80 if length else digit)
        if not length:
            return bytes(out)


def publish(topic: str, payload: bytes, packet_id: int, *, retain: bool = False) -> bytes:
    name = topic.encode()
    rest = len(name).to_bytes(2, "big") + name
    rest += packet_id.to_bytes(2, "big") if packet_id else b""
    first = 0x30 | (0x02 if packet_id else 0) | retain
    return bytes([first]) + remaining(len(rest) + len(payload)) + rest + payload


class Held:
    """A wire with the other end in the test's hand, and what it said, in order."""

    def __init__(self) -> None:
        self.far, near = socket.socketpair()
        near.setblocking(False)
        self.far.setblocking(False)
        self.heard: list[object] = []
        self.news = asyncio.Event()
        self.wire = Wire(near, self._received, self._packet, lambda: None)

    def _received(self, first: int, topic: bytes, payload: bytes, packet_id: int) -> None:
        self.heard.append((first & 1, topic.decode(), payload, packet_id))
        self.news.set()

    def _packet(self) -> None:
        """As paho reads: little by little, one packet."""
        packet = b""
        while True:
            try:
                data = self.wire.recv(1)
            except BlockingIOError:
                break
            if not data:
                packet = b"end"
                break
            packet += data
        self.heard.append(packet)
        self.news.set()

    async def until(self, count: int) -> list[object]:
        async with asyncio.timeout(10):
            while len(self.heard) < count:
                self.news.clear()
                await self.news.wait()
        return self.heard

    def close(self) -> None:
        self.wire.close()
        self.far.close()


@pytest.fixture
async def held() -> Iterator[Held]:  # type: ignore[misc]
    pair = Held()
    yield pair
    pair.close()


messages = st.tuples(
    st.text(min_size=1, max_size=8).filter(lambda text: "\x00" not in text),
    st.binary(max_size=300),
    st.integers(0, 65_535),
    st.booleans(),
)
things = st.lists(st.one_of(messages, st.sampled_from([CONNACK, SUBACK, PINGRESP])), max_size=12)


@settings(max_examples=60, deadline=None)
@given(said=things, cuts=st.lists(st.integers(1, 40), min_size=1, max_size=6))
def test_any_packets_in_any_pieces(
    said: list[bytes | tuple[str, bytes, int, bool]], cuts: list[int]
) -> None:
    stream = b"".join(
        each if isinstance(each, bytes) else publish(*each[:3], retain=each[3]) for each in said
    )

    async def run() -> list[object]:
        pair, at, turn = Held(), 0, 0
        while at < len(stream):
            size = cuts[turn % len(cuts)]
            pair.far.send(stream[at : at + size])
            at, turn = at + size, turn + 1
            await asyncio.sleep(0)  # one turn: this piece is read on its own or with others
        heard = await pair.until(len(said))
        pair.close()
        return heard

    expected = [
        each if isinstance(each, bytes) else (each[3], each[0], each[1], each[2]) for each in said
    ]
    assert asyncio.run(run()) == expected


async def test_many_acknowledgements_through_a_full_socket(held: Held) -> None:
    """Partly sent packets: what arrives is whole, in order, and complete."""
    held.wire._sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4_096)
    numbers = [n % 65_535 + 1 for n in range(100_000)]
    for number in numbers:
        held.wire.acknowledge(number)
    expected = b"".join(b"\x40\x02" + number.to_bytes(2, "big") for number in numbers)
    got = bytearray()
    loop = asyncio.get_running_loop()
    while len(got) < len(expected):
        got += await within(loop.sock_recv(held.far, 10_000))
    assert got == expected


async def test_packets_of_paho_and_acknowledgements_do_not_mix(held: Held) -> None:
    held.wire.acknowledge(1)
    assert held.wire.send(b"\xc0\x00") == 2
    held.wire.acknowledge(2)
    got = await within(asyncio.get_running_loop().sock_recv(held.far, 100))
    assert got == b"\x40\x02\x00\x01\xc0\x00\x40\x02\x00\x02"


async def test_what_was_written_leaves_before_the_end(held: Held) -> None:
    held.wire.send(b"\xe0\x00")
    held.wire.close()
    loop = asyncio.get_running_loop()
    assert await within(loop.sock_recv(held.far, 10)) == b"\xe0\x00"
    assert await within(loop.sock_recv(held.far, 10)) == b""


async def test_an_end_in_the_middle_of_a_packet(held: Held) -> None:
    held.far.send(publish("doors/1", b"open", 7)[:-1])
    held.far.shutdown(socket.SHUT_WR)
    assert await held.until(1) == [b"end"]
    assert "closed" in held.wire.failure


@pytest.mark.parametrize(
    "broken",
    [
        b"\x32\xff\xff\xff\xff\x01",  # a length of five bytes
        b"\x30\x01\x00",  # too short for a topic's length
        b"\x30\x03\x00\x09a",  # a topic longer than the packet
        b"\x32\x03\x00\x01a",  # QoS 1 without a packet identifier
    ],
)
async def test_a_broken_packet_ends_the_connection(held: Held, broken: bytes) -> None:
    held.far.send(broken)
    assert await held.until(1) == [b"end"]
    assert held.wire.failure == "the broker broke the protocol"


async def test_after_the_end_nothing_is_written(held: Held) -> None:
    held.far.close()
    await held.until(1)
    held.wire.acknowledge(1)  # dropped: it would be another connection's
    with pytest.raises(ConnectionError):
        held.wire.send(b"\xc0\x00")
