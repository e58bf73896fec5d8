"""The broker as a source of readings: link and dialects joined, live told from remembered.

Subscribes to the dialects in use, decodes, and hands each reading on with its acknowledgement.
What gives no reading is acknowledged at once and counted. Knows addresses, not households.
"""

import asyncio
from collections.abc import Callable, Collection, Mapping

from drivers.errors import Reason
from drivers.mqtt.dialects import DIALECTS, Dialect
from drivers.mqtt.link import Link
from drivers.mqtt.message import Message
from drivers.mqtt.settings import MqttSettings
from drivers.mqtt.settling import Settling
from drivers.reading import Delivery, Reading, Sink

# s after the broker confirmed our subscription: by then it has begun to send what is new. A
# queue longer than that is late by its sensors' own times, or looks new: there is no end mark.
SETTLE = 5.0
JSON = "json"

Known = Callable[[str, str], bool]
"""Protocol, address: is it in the ledger?"""


class MqttSource:
    """``on_state(up, reason)``: up is subscribed to all that is wanted.

    ``last_contact``: when an earlier run last heard the broker, ms; what it queued for us since
    happened after that. ``known``: without it every address is handed on.
    """

    def __init__(
        self,
        settings: MqttSettings,
        sink: Sink,
        *,
        clock: Callable[[], int],
        last_contact: int | None = None,
        known: Known | None = None,
        on_state: Callable[[bool, str], None] = lambda up, reason: None,
        on_rejected: Callable[[Reason], None] = lambda reason: None,
        settle: float = SETTLE,
        dialects: Mapping[str, Dialect] = DIALECTS,
    ) -> None:
        self._sink = sink
        self._known = known
        self._on_state = on_state
        self._on_rejected = on_rejected
        self._settle = settle
        self._dialects = dialects
        self._active: tuple[Dialect, ...] = ()
        self._topics: frozenset[str] = frozenset()
        self._settling: dict[str, Settling] = {}
        self._unconfirmed: set[str] = set()  # settling from the broker's next answer on
        self._before = last_contact
        self._queued_since: int | None = None  # set while what was queued for us may come
        self._queue: Settling = Settling()
        self._queue.settle_at(0.0)
        self._link = Link(
            settings,
            clock=clock,
            on_message=self._message,
            on_state=self._state,
            on_subscribed=self._subscribed,
        )
        self._time = asyncio.get_running_loop().time

    async def start(self) -> None:
        await self._link.start()

    async def stop(self) -> None:
        """What is not acknowledged by now, the broker sends again to the next run."""
        await self._link.stop()

    async def publish(
        self, topic: str, payload: bytes | str, qos: int = 1, retain: bool = False
    ) -> None:
        await self._link.publish(topic, payload, qos, retain)

    @property
    def up(self) -> bool:
        return self._link.up

    @property
    def last_contact(self) -> int | None:
        """All that the broker had for us up to this moment (ms) has come; keep it for the next
        run. While a queue may still be coming, it is the moment from before that queue."""
        if self._queued_since is not None and not self._queue.over(self._time()):
            return self._queued_since
        return self._link.heard_at or self._before

    def set_protocols(self, protocols: Collection[str], topics: Collection[str] = ()) -> None:
        """Those of the ledger, now; any that are not heard through a broker are ignored.

        ``topics``: where plain JSON comes besides its own prefix.
        """
        self._topics = frozenset(topics)
        self._active = tuple(d for name, d in self._dialects.items() if name in protocols)
        for dialect in self._active:
            if dialect.protocol not in self._settling:
                self._begin(dialect.protocol)
        wanted = {each for dialect in self._active for each in dialect.filters}
        # One wildcard for all topics that begin alike: brokers limit subscriptions, not topics.
        wanted |= {f"{topic.partition('/')[0]}/#" for topic in self._topics}
        unused = {each for dialect in self._dialects.values() for each in dialect.filters}
        self._settling = {d.protocol: self._settling[d.protocol] for d in self._active}
        self._link.set_filters(wanted, unused - wanted)

    # -- the link's side -------------------------------------------------------------------

    def _begin(self, protocol: str) -> None:
        self._settling[protocol] = Settling()
        self._unconfirmed.add(protocol)

    def _state(self, up: bool, reason: str) -> None:
        if not up:
            self._before = self.last_contact
            self._on_state(False, reason)
            return
        self._queued_since = self._before if self._link.session_present else None
        self._queue = Settling()
        for dialect in self._active:
            self._begin(dialect.protocol)

    def _subscribed(self, refused: list[str]) -> None:
        until = self._time() + self._settle
        self._queue.settle_at(until)
        for protocol in self._unconfirmed & self._settling.keys():
            self._settling[protocol].settle_at(until)
        self._unconfirmed.clear()
        if refused:
            self._on_state(False, f"the broker does not let us read {', '.join(refused)}")
        else:
            self._on_state(True, "")

    # -- messages --------------------------------------------------------------------------

    def _message(self, message: Message) -> None:
        topic, payload = message.topic, message.payload
        if topic in self._topics:
            self._read(self._dialects[JSON], topic, message)
            return
        for dialect in self._active:
            address = dialect.locate(topic)
            if address is not None:
                self._read(dialect, address, message)
                return
            if not message.retained and dialect.restarted(topic, payload):
                again = self._settling[dialect.protocol] = Settling()
                again.settle_at(self._time() + self._settle)
        # Here a sensor's availability will mark it unknown; it never is a state of its door.
        self._reject(message, Reason.OTHER_DEVICE)

    def _read(self, dialect: Dialect, address: str, message: Message) -> None:
        known, protocol = self._known, dialect.protocol
        located = known is not None and known(protocol, address)
        if known is not None and not located and not dialect.names_itself:
            self._reject(message, Reason.UNKNOWN_SENSOR)
            return
        found = dialect.decode(message.topic, message.payload)
        if found is None:
            self._reject(message, Reason.OTHER_DEVICE)
            return
        named, decoded = found
        if decoded.reason is not None and decoded.reason is not Reason.NO_STATE:
            self._reject(message, decoded.reason)
            return
        if not located:  # else the topic is the address: its broker account vouches for it
            address = named
            if known is not None and not known(protocol, address):
                address = address.partition("/")[2]  # the name alone, below the prefix
                if not known(protocol, address):
                    self._reject(message, Reason.UNKNOWN_SENSOR)
                    return
        now = self._time()
        first = decoded.door is not None and self._settling[protocol].first(address, now)
        queued = None
        if self._queued_since is not None:
            if self._queue.over(now):
                self._queued_since = None
            elif not message.retained:
                queued = self._queued_since
        self._sink(
            Delivery(
                Reading(
                    "mqtt",
                    protocol,
                    address,
                    decoded,
                    message.received_at,
                    not (first or message.retained),
                    queued,
                    None,
                    message.mid,
                    message.dup,
                ),
                message.ack,
            )
        )

    def _reject(self, message: Message, reason: Reason) -> None:
        self._on_rejected(reason)
        message.ack()
