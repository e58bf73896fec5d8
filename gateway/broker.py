"""The broker in process, for ``embedded://``: demo and small sites without a mosquitto.

Anonymous, and therefore on the loopback only. It keeps sessions in memory: what it holds is gone
when the gateway ends.
"""

import asyncio
import contextlib
import ipaddress
import logging
import socket

from amqtt.broker import Broker
from amqtt.errors import AMQTTError

_PLUGINS = {"amqtt.plugins.authentication.AnonymousAuthPlugin": {"allow_anonymous": True}}
# amqtt tells every packet; only what is broken is of interest here
_TALKATIVE = ("amqtt", "amqtt.broker", "amqtt.mqtt.protocol.handler", "transitions")


class EmbeddedBroker:
    """``await start()`` listens on ``host:port`` (port 0: a free one, see ``port``)."""

    def __init__(self, host: str = "127.0.0.1", port: int = 0) -> None:
        if not _is_loopback(host):
            raise ValueError(f"the embedded broker asks for no password: not on {host}")
        self.host = host
        self.port = port
        self._broker: Broker | None = None

    async def start(self) -> None:
        """``OSError`` when it cannot listen there."""
        if self._broker is not None:
            return
        for name in _TALKATIVE:
            logging.getLogger(name).setLevel(logging.CRITICAL)
        if not self.port:
            self.port = _free_port(self.host)
        listener = {"type": "tcp", "bind": f"{self.host}:{self.port}"}
        broker = Broker({"listeners": {"default": listener}, "plugins": _PLUGINS})
        try:
            await broker.start()
        except AMQTTError as error:
            raise OSError(f"the embedded broker cannot listen on {listener['bind']}") from error
        self._broker = broker

    async def stop(self) -> None:
        broker, self._broker = self._broker, None
        if broker is not None:
            with contextlib.suppress(AMQTTError, asyncio.CancelledError):
                await broker.shutdown()


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _free_port(host: str) -> int:
    with socket.socket() as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])
