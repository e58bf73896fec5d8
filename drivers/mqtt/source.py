"""The broker as a source of readings: link, dialects and judging joined.

Subscribes to the dialects in use, decodes, and hands each reading on with its acknowledgement.
What gives no reading is acknowledged at once and counted. Knows addresses, not households.
"""

import asyncio
import logging
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Final

from drivers.errors import Reason
from drivers.mqtt.absence import OnUnknown
from drivers.mqtt.dialects import Dialect, dialects_of
from drivers.mqtt.dialects.dialect import Described
from drivers.mqtt.hearing import Hearing, Known
from drivers.mqtt.judging import Found, Judging
from drivers.mqtt.link import Link
from drivers.mqtt.message import Message
from drivers.mqtt.settings import MqttSettings
from drivers.mqtt.strangers import OnStranger, Strangers
from drivers.mqtt.unreadable import Unreadable
from drivers.reading import Sink
from drivers.stranger import Stranger

log = logging.getLogger(__name__)

SETTLE: Final = 5.0  # s, see Judging
GATHER: Final = 0.2  # s; descriptions come in hundreds, one subscription shall serve them


class MqttSource:
    """``on_state(up, reason)``: up is subscribed to all that is wanted.

    ``last_contact``: when an earlier run last heard the broker, ms; what it queued for us since
    happened after that. ``known``: without it every address is handed on. ``on_unknown(protocol,
    address)``: nothing is known any more of that sensor of the ledger, for who relays it is gone
    or its time is up; its next reading makes it known. ``on_stranger``: a door is heard that the
    ledger does not have. ``descriptions``: those of an earlier run.
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
        on_unknown: OnUnknown = lambda protocol, address: None,
        on_stranger: OnStranger | None = None,
        settle: float = SETTLE,
        dialects: Mapping[str, Dialect] | None = None,
        descriptions: Mapping[str, str] | None = None,
    ) -> None:
        time = asyncio.get_running_loop().time
        self._hearing = Hearing(dialects_of() if dialects is None else dialects, known)
        self._judging = Judging(sink, time, settle, on_unknown)
        self._strangers = None if on_stranger is None else Strangers(on_stranger, time)
        self._unreadable = Unreadable(time)
        self._on_state = on_state
        self._on_rejected = on_rejected
        self._before = last_contact
        self._wanted: set[str] = set()
        self._learning: asyncio.TimerHandle | None = None
        self._hearing.recall(descriptions or {})
        self._link = Link(
            settings,
            clock=clock,
            on_message=self._message,
            on_state=self._state,
            on_subscribed=self._subscribed,
        )

    async def start(self) -> None:
        await self._link.start()

    async def stop(self) -> None:
        """What is not acknowledged by now, the broker sends again to the next run."""
        if self._learning is not None:
            self._learning.cancel()
        self._judging.absence.stop()
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
        return self._judging.queued_since or self._link.heard_at or self._before

    @property
    def descriptions(self) -> dict[str, str]:
        """What sensors of the ledger said of themselves, by topic: keep it for the next run, for
        what the broker queued for us comes before it is said again."""
        return self._hearing.descriptions

    # -- what to hear ------------------------------------------------------------------------

    def use(self, sensors: Iterable[tuple[str, str]]) -> None:
        """The ledger's sensors, now: protocol and address. Any that are not heard through a
        broker are ignored. Plain JSON is heard on every address that may be a topic."""
        self._hearing.use(sensors)
        self._judging.absence.use(self._hearing.sensors)
        self._listen()

    def set_protocols(self, protocols: Collection[str], topics: Collection[str] = ()) -> None:
        """As ``use``, when single sensors are not known. ``topics``: where plain JSON comes
        besides its own prefix."""
        self._hearing.set_protocols(protocols, topics)
        self._listen()

    def discover(self, on: bool) -> None:
        """Hears every dialect, whether or not the ledger has sensors of it."""
        self._hearing.discover(on)
        self._listen()

    def is_bound(self, stranger: Stranger) -> bool:
        """Whether the ledger has it by now: under any of its names, or in another dialect."""
        return self._hearing.has(stranger.protocol, stranger.address, stranger.topic)

    def _listen(self) -> None:
        self._judging.hears([dialect.protocol for dialect in self._hearing.active])
        self._subscribe()

    def _subscribe(self) -> None:
        self._wanted, unwanted = self._hearing.filters()
        self._link.set_filters(self._wanted, unwanted)

    # -- the link's side -------------------------------------------------------------------

    def _state(self, up: bool, reason: str) -> None:
        if not up:
            self._before = self.last_contact
            self._on_state(False, reason)
            return
        self._judging.connected(self._before if self._link.session_present else None)

    def _subscribed(self, refused: list[str]) -> None:
        self._judging.subscribed()
        needed = self._hearing.needed()  # discovering, we ask for more than we may have
        refused = [each for each in refused if each in needed]
        if refused:
            self._on_state(False, f"the broker does not let us read {', '.join(refused)}")
        else:
            self._on_state(True, "")

    # -- messages --------------------------------------------------------------------------

    def _message(self, message: Message) -> None:
        found: list[Found] = []
        try:
            refused = self._understood(message, found)
        except Exception:
            # The same bytes would fail again. Left unacknowledged, a few of them fill what a
            # broker lets be under way, and then nothing comes any more.
            log.exception("a message on %s could not be read", message.topic)
            refused = Reason.MALFORMED
            found.clear()
        if found:
            self._judging.hand_on(found, message)
        else:
            self._reject(message, refused)

    def _understood(self, message: Message, found: list[Found]) -> Reason:
        """Adds what it says of the ledger's sensors; why not, if that is nothing."""
        routes = self._hearing.routes(message.topic)
        if not routes:
            self._aside(message)
            return Reason.OTHER_DEVICE
        refused = Reason.OTHER_DEVICE
        others: list[Found] = []
        for dialect, located in routes:
            refused = self._read(dialect, located, message, found, others) or refused
        self._offer(found, others, message)
        return refused

    def _offer(self, found: list[Found], others: list[Found], message: Message) -> None:
        """Of a message that a sensor of the ledger has sent, only what the same dialect reads:
        any other would offer the same door again."""
        if self._strangers is None:
            return
        protocols = {each.dialect.protocol for each in found}
        for dialect, address, decoded in others:
            if not found or dialect.protocol in protocols:
                self._strangers.offer(dialect, address, decoded, message)

    def _read(
        self,
        dialect: Dialect,
        located: str,
        message: Message,
        found: list[Found],
        others: list[Found],
    ) -> Reason | None:
        """Adds what this dialect finds of the ledger's sensors, and of others; else why not."""
        named = self._hearing.named
        at_topic = named(dialect, located)
        if at_topic is None and not dialect.names_itself:
            if self._strangers is not None:
                doors = self._strangers.doors(dialect, message)
                others += (Found(dialect, address, decoded) for address, decoded in doors)
            return Reason.UNKNOWN_SENSOR
        # The ledger has the topic: its broker account vouches for it
        vouched = at_topic if dialect.topic_vouches and self._hearing.filters_addresses else None
        refused = None
        for address, decoded in dialect.decode(message.topic, message.payload):
            if decoded.reason is not None and decoded.reason is not Reason.NO_STATE:
                refused = decoded.reason
                if refused is Reason.MALFORMED and (at_topic is not None or dialect.sure):
                    self._unreadable.heard(dialect, message.topic, message.payload)
                continue
            name = vouched or (at_topic if address == located else named(dialect, address))
            if name is not None:
                found.append(Found(dialect, name, decoded))
                continue
            refused = Reason.UNKNOWN_SENSOR
            others.append(Found(dialect, address, decoded))
        return refused

    def _aside(self, message: Message) -> None:
        """No door's state: who came or went, or how somebody describes itself."""
        for dialect in self._hearing.active:
            presence = dialect.presence(message.topic, message.payload)
            if presence is not None:
                self._judging.told(dialect, presence, message)
            described = dialect.describe(message.topic, message.payload)
            if described is not None:
                self._learned(dialect, described, message)

    def _learned(
        self, dialect: Dialect, described: tuple[Described, ...], message: Message
    ) -> None:
        for each in described:
            if self._strangers is not None and not self._hearing.has(
                dialect.protocol, each.address, each.topic
            ):
                self._strangers.described(dialect, each, message)
        for address in self._hearing.learned(dialect, message.topic, message.payload, described):
            self._judging.repeats(dialect.protocol, address)
        if self._learning is None:
            loop = asyncio.get_running_loop()
            self._learning = loop.call_later(GATHER, self._all_learned)

    def _all_learned(self) -> None:
        self._learning = None
        if self._hearing.filters()[0] != self._wanted:
            self._subscribe()

    def _reject(self, message: Message, reason: Reason) -> None:
        self._on_rejected(reason)
        message.ack()
