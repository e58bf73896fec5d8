"""One MQTT client of the outside, with a record of what the broker has taken from it.

paho on its own thread, as most senders have it. Knows nothing of dialects.
"""

import asyncio
import ssl
import threading
from dataclasses import dataclass
from types import TracebackType
from typing import NamedTuple, Self

from paho.mqtt import client as mqtt
from paho.mqtt.enums import CallbackAPIVersion


@dataclass(frozen=True, slots=True)
class Broker:
    """Where to publish, and as whom."""

    port: int
    host: str = "127.0.0.1"
    username: str = ""
    password: str = ""
    ca_file: str = ""  # blank: no TLS


class Will(NamedTuple):
    """What the broker says when we vanish."""

    topic: str
    payload: str
    retain: bool = True


class Published(NamedTuple):
    topic: str
    payload: bytes
    retain: bool


class Sender:
    """``publish`` returns when the broker has confirmed; ``acknowledged`` is all it ever did.

    ``give`` only hands over; ``settled`` waits for whatever was given. Nothing is lost between
    connections: paho sends again what was not confirmed.
    """

    def __init__(self, broker: Broker, client_id: str, *, will: Will | None = None) -> None:
        self._broker = broker
        self._connected = threading.Event()
        self._client = mqtt.Client(
            CallbackAPIVersion.VERSION2, client_id, clean_session=False, manual_ack=False
        )
        if broker.username:
            self._client.username_pw_set(broker.username, broker.password)
        if broker.ca_file:
            self._client.tls_set_context(ssl.create_default_context(cafile=broker.ca_file))
        if will is not None:
            self._client.will_set(will.topic, will.payload, qos=1, retain=will.retain)
        self._client.reconnect_delay_set(1, 2)
        self._client.max_inflight_messages_set(1_000)
        self._client.on_connect = lambda *_: self._connected.set()
        self._client.on_publish = self._confirmed
        self._waiting: dict[int, tuple[Published, asyncio.Future[None]]] = {}
        self._empty = asyncio.Event()
        self._empty.set()
        self._loop = asyncio.get_running_loop()
        self.acknowledged: list[Published] = []

    async def connect(self, seconds: float = 10) -> None:
        self._client.connect_async(self._broker.host, self._broker.port, 30)
        self._client.loop_start()
        if not await asyncio.to_thread(self._connected.wait, seconds):
            self._client.loop_stop()
            raise TimeoutError("the broker did not accept the sender")

    async def close(self) -> None:
        """Leaves politely: no will."""
        self._client.disconnect()
        await asyncio.to_thread(self._client.loop_stop)

    async def vanish(self) -> None:
        """As if its plug was pulled: the broker publishes its will."""
        await asyncio.to_thread(self._vanish)

    def _vanish(self) -> None:
        sock = self._client.socket()
        self._client.loop_stop()
        if sock is not None:
            sock.close()  # type: ignore[attr-defined,unused-ignore]

    def give(
        self, topic: str, payload: str | bytes, *, retain: bool = False, qos: int = 1
    ) -> asyncio.Future[None]:
        """The future is done when the broker has confirmed; at QoS 0, when it was sent."""
        data = payload.encode() if isinstance(payload, str) else payload
        done: asyncio.Future[None] = self._loop.create_future()
        info = self._client.publish(topic, data, qos, retain)
        self._waiting[info.mid] = Published(topic, data, retain), done
        self._empty.clear()
        return done

    async def publish(self, topic: str, payload: str | bytes, *, retain: bool = False) -> None:
        await self.give(topic, payload, retain=retain)

    async def settled(self, seconds: float = 30) -> None:
        """Waits until the broker has confirmed everything."""
        try:
            await asyncio.wait_for(self._empty.wait(), seconds)
        except TimeoutError:
            raise TimeoutError(f"{len(self._waiting)} messages were not confirmed") from None

    async def __aenter__(self) -> Self:
        await self.connect()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    def _confirmed(
        self, _client: mqtt.Client, _data: object, packet_id: int, *_more: object
    ) -> None:
        """On paho's thread; the book is kept on the loop, and there ``give`` comes first."""
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._note, packet_id)

    def _note(self, packet_id: int) -> None:
        published, done = self._waiting.pop(packet_id)
        self.acknowledged.append(published)
        if not done.done():
            done.set_result(None)
        if not self._waiting:
            self._empty.set()
