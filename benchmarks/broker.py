"""A real mosquitto on a free port, and a raw publisher that costs next to nothing."""

import contextlib
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks.town import Message

# The broker's own disk is not measured: persistence off, so that its writes disturb nobody.
_CONF = """listener {port} 127.0.0.1
allow_anonymous true
persistence false
max_inflight_messages {inflight}
max_queued_messages 0
set_tcp_nodelay true
log_type error
log_type warning
"""
_PUBACK = 4  # bytes of one
_AT_ONCE = 500  # messages written before the acknowledgements are looked at


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for_port(port: int, seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.02)
    raise TimeoutError(f"nothing listens on port {port}")


@contextlib.contextmanager
def mosquitto(folder: Path, inflight: int) -> Iterator[int]:
    """Runs a broker; yields its port. ``inflight``: its ``max_inflight_messages``."""
    binary = shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin")
    if binary is None:
        raise SystemExit("the benchmark needs mosquitto: sudo apt-get install mosquitto")
    port = free_port()
    folder.mkdir(parents=True, exist_ok=True)
    conf = folder / f"mosquitto-{port}.conf"
    conf.write_text(_CONF.format(port=port, inflight=inflight))
    with (folder / f"mosquitto-{port}.log").open("wb") as log:
        process = subprocess.Popen([binary, "-c", str(conf)], stdout=log, stderr=log)
    try:
        wait_for_port(port)
        yield port
    finally:
        process.terminate()
        process.wait(10)


def _length(number: int) -> bytes:
    out = bytearray()
    while True:
        number, digit = divmod(number, 128)
        out.append(digit | 0x80 if number else digit)
        if not number:
            return bytes(out)


class Publisher:
    """MQTT 3.1.1, QoS 1, on a plain socket: every message is acknowledged by the broker."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), 10)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._unacknowledged = 0  # bytes of PUBACK that are still to come
        self._message_id = 0
        name = b"doorwatch-bench"
        rest = b"\0\4MQTT\4\2\0\0" + len(name).to_bytes(2, "big") + name  # clean, no keep-alive
        self._socket.sendall(b"\x10" + _length(len(rest)) + rest)
        if self._socket.recv(4) != b"\x20\2\0\0":
            raise ConnectionError("the broker refused the publisher")

    def close(self) -> None:
        self._socket.close()

    def _packet(self, message: Message) -> bytes:
        self._message_id = self._message_id % 65_535 + 1
        topic, payload = message.topic, message.payload()
        rest = len(topic).to_bytes(2, "big") + topic + self._message_id.to_bytes(2, "big") + payload
        return b"\x32" + _length(len(rest)) + rest

    def _acknowledged(self, until: int) -> None:
        """Reads acknowledgements until at most so many messages are without one."""
        while self._unacknowledged > until * _PUBACK:
            got = len(self._socket.recv(65_536))
            if not got:
                raise ConnectionError("the broker closed the publisher's connection")
            self._unacknowledged -= got

    def send(self, messages: Sequence[Message]) -> None:
        """As fast as the broker takes them; returns when it has acknowledged all."""
        for start in range(0, len(messages), _AT_ONCE):
            some = messages[start : start + _AT_ONCE]
            self._socket.sendall(b"".join(map(self._packet, some)))
            self._unacknowledged += _PUBACK * len(some)
            self._acknowledged(_AT_ONCE)
        self._acknowledged(0)

    def paced(self, messages: Sequence[Message], per_second: float) -> dict[str, int]:
        """At an even pace. By sensor: when it was handed to the socket, monotonic ns."""
        sent: dict[str, int] = {}
        start = time.monotonic()
        for number, message in enumerate(messages):
            pause = start + number / per_second - time.monotonic()
            if pause > 0:
                time.sleep(pause)
            packet = self._packet(message)
            sent[message.sensor_id] = time.monotonic_ns()
            self._socket.sendall(packet)
            self._unacknowledged += _PUBACK
            self._acknowledged(100)
        self._acknowledged(0)
        return sent
