"""The connection to the broker: kept up, subscribed, and every message acknowledged by hand.

MQTT 3.1.1 with a session that the broker keeps while we are away, QoS 1. paho speaks the
protocol on the event loop, without a thread; ``wire`` moves the bytes. Owns reconnecting and
its pauses. Knows nothing of dialects, sensors or households.
"""

import asyncio
import contextlib
import logging
import random
from collections.abc import Callable, Collection

from paho.mqtt import client as mqtt
from paho.mqtt.enums import MQTTErrorCode
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from drivers.mqtt.dial import dial, explain
from drivers.mqtt.message import Message
from drivers.mqtt.paho import client_of, refusal
from drivers.mqtt.settings import MqttSettings
from drivers.mqtt.wire import Wire

log = logging.getLogger(__name__)

_MISC = 5.0  # s between paho's looks at its keep-alive
_STABLE = 10.0  # s a connection must last before the next loss starts again at the first pause
_LEAVE = 1.0  # s that stop() gives the broker to read our last acknowledgements


class Link:
    """Everything that happens to it is told by callbacks, on the loop; none may block.

    ``on_state(up, reason)`` at each change; a failed try tells again only if its reason differs.
    ``on_subscribed(refused)`` when the broker has answered for the filters asked for last.
    """

    def __init__(
        self,
        settings: MqttSettings,
        *,
        clock: Callable[[], int],
        on_message: Callable[[Message], None],
        on_state: Callable[[bool, str], None],
        on_subscribed: Callable[[list[str]], None] = lambda refused: None,
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._on_message = on_message
        self._on_state = on_state
        self._on_subscribed = on_subscribed
        self.up = False
        self.connection = 0  # counts connections that the broker accepted or refused
        self.attempts = 0  # since the last one that it accepted
        self.session_present = False  # it kept our session: what it queued for us comes now
        self.heard_at: int | None = None  # ms; when it last sent anything after accepting us
        self._now = 0  # ms; of the read that is being handled
        self._told: tuple[bool, str] | None = None
        self._filters: tuple[str, ...] = ()
        self._unwanted: tuple[str, ...] = ()
        self._asked: tuple[int | None, tuple[str, ...]] = (None, ())
        self._published: dict[int, asyncio.Future[None]] = {}
        self._wire: Wire | None = None
        self._lost: asyncio.Future[str] | None = None
        self._task: asyncio.Task[None] | None = None
        self._client = client = client_of(settings)
        client.on_connect = self._connected
        client.on_disconnect = self._disconnected
        client.on_subscribe = self._subscribed
        client.on_publish = self._was_published
        client.on_socket_register_write = self._has_packets

    @property
    def _loop(self) -> asyncio.AbstractEventLoop:
        return asyncio.get_running_loop()

    # -- for the one who uses it -----------------------------------------------------------

    async def start(self) -> None:
        """Begins to connect; returns at once."""
        if self._task is None:
            self._task = self._loop.create_task(self._keep_connected())

    async def stop(self) -> None:
        """Leaves when the broker has read our acknowledgements; it keeps our session."""
        if self._task is None:
            return
        self._task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._task
        self._task = None
        if self._wire is not None and not self._wire.closed:
            if self.up:
                with contextlib.suppress(OSError):  # TimeoutError is one
                    await asyncio.wait_for(self._wire.settled(), _LEAVE)
            self._client.disconnect()
            self._client.loop_write()
            self._wire.close()
        for waiting in self._published.values():
            if not waiting.done():
                waiting.set_exception(ConnectionError("stopped before the broker confirmed"))
        self._published.clear()
        self._tell(False, "stopped")

    def set_filters(self, wanted: Collection[str], unwanted: Collection[str] = ()) -> None:
        """What to be subscribed to, now and at each connect; ``unwanted`` are left, should the
        session have them from an earlier run."""
        self._unwanted = tuple(sorted({*self._filters, *self._unwanted, *unwanted} - set(wanted)))
        self._filters = tuple(sorted(set(wanted)))
        if self.up:
            self._subscribe()

    async def publish(
        self, topic: str, payload: bytes | str, qos: int = 1, retain: bool = False
    ) -> None:
        """Returns when the broker has it (QoS 1: when it said so, however many connections that
        takes). ``ConnectionError``: not connected at QoS 0, or stopped meanwhile."""
        info = self._client.publish(topic, payload, qos, retain)
        if qos == 0:
            if info.rc != MQTTErrorCode.MQTT_ERR_SUCCESS:
                raise ConnectionError("not connected to the broker")
            return
        done = self._published[info.mid] = self._loop.create_future()
        await done

    # -- connecting ------------------------------------------------------------------------

    async def _keep_connected(self) -> None:
        pause = self._settings.retry_first
        while True:
            self.attempts += 1
            began = self._loop.time()
            accepted = self.connection
            reason = await self._one_connection()
            self._tell(False, reason)
            lasted = self._loop.time() - began if self.connection > accepted else 0.0
            if self.attempts == 0 and lasted >= _STABLE:
                pause = self._settings.retry_first
            # full jitter above a half: gateways of a town do not come back in step
            await asyncio.sleep(pause * random.uniform(0.5, 1.0))  # noqa: S311
            pause = min(pause * 2, self._settings.retry_most)

    async def _one_connection(self) -> str:
        """From the first byte to the loss; the answer is why it ended."""
        settings = self._settings
        try:
            sock = await dial(settings)
        except (OSError, ValueError) as error:
            return f"cannot reach {settings.host}:{settings.port}: {explain(error)}"
        lost: asyncio.Future[str] = self._loop.create_future()
        self._lost = lost
        self._wire = wire = Wire(sock, self._received, self._packet, self._heard)
        self._client.wire = wire
        self.connection += 1
        waiting = self._loop.call_later(settings.connect_timeout, self._unanswered, wire)
        try:
            self._client.reconnect()
            while not lost.done():
                await asyncio.wait([lost], timeout=min(_MISC, settings.keepalive / 2))
                self._client.loop_misc()
            return lost.result()
        finally:
            waiting.cancel()

    def _unanswered(self, wire: Wire) -> None:
        if not self.up:
            wire.fail("the broker does not answer")

    def _connected(
        self,
        _client: mqtt.Client,
        _data: object,
        flags: mqtt.ConnectFlags,
        reason: ReasonCode,
        _properties: Properties | None,
    ) -> None:
        if reason.is_failure:
            self._lose(refusal(reason, self._settings))
            return
        self.attempts = 0
        self.session_present = flags.session_present
        self._tell(True, "")
        self._subscribe()

    def _disconnected(
        self,
        _client: mqtt.Client,
        _data: object,
        _flags: mqtt.DisconnectFlags,
        reason: ReasonCode,
        _properties: Properties | None,
    ) -> None:
        wire = self._wire
        if wire is not None and wire.failure:
            self._lose(wire.failure)
        elif str(reason) == "Keep alive timeout":
            self._lose("the broker does not answer any more")
        else:
            self._lose(f"the connection ended: {reason}")

    def _lose(self, reason: str) -> None:
        self.up = False
        if self._lost is not None and not self._lost.done():
            self._lost.set_result(reason)

    def _tell(self, up: bool, reason: str) -> None:
        self.up = up
        if self._told != (up, reason):
            self._told = up, reason
            self._on_state(up, reason)

    # -- subscribing and publishing --------------------------------------------------------

    def _subscribe(self) -> None:
        if self._unwanted:
            self._client.unsubscribe(list(self._unwanted))
        if self._filters:
            asked = self._client.subscribe([(each, 1) for each in self._filters])
            self._asked = asked[1], self._filters
        else:
            self._asked = None, ()
            self._on_subscribed([])

    def _subscribed(
        self,
        _client: mqtt.Client,
        _data: object,
        packet_id: int,
        answers: list[ReasonCode],
        _properties: Properties | None,
    ) -> None:
        asked, filters = self._asked
        if packet_id == asked:  # else an earlier question, overtaken by another
            refused = zip(filters, answers, strict=False)
            self._on_subscribed([each for each, answer in refused if answer.is_failure])

    def _was_published(
        self,
        _client: mqtt.Client,
        _data: object,
        packet_id: int,
        _reason: ReasonCode,
        _properties: Properties | None,
    ) -> None:
        waiting = self._published.pop(packet_id, None)
        if waiting is not None and not waiting.done():
            waiting.set_result(None)

    # -- bytes -----------------------------------------------------------------------------

    def _heard(self) -> None:
        self._now = self._clock()
        if self.up:
            self.heard_at = self._now

    def _packet(self) -> None:
        self._client.loop_read()

    def _has_packets(self, *_: object) -> None:
        self._loop.call_soon(self._client.loop_write)  # not from within paho's own call

    def _received(self, first: int, topic: bytes, payload: bytes, packet_id: int) -> None:
        wire = self._wire
        assert wire is not None
        message = Message(
            topic.decode("utf-8", "replace"),  # a topic that is not UTF-8 is no sensor's
            payload,
            first & 0x01 != 0,
            first & 0x08 != 0,
            packet_id,
            self.connection,
            self._now,
            wire,
        )
        try:
            self._on_message(message)
        except Exception:
            # Unacknowledged, it comes again; the ones behind it shall not wait for that.
            log.exception("a message on %s could not be taken", message.topic)
