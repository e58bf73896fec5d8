"""The broker as a source of readings: link and dialects joined, live told from remembered.

Subscribes to the dialects in use, decodes, and hands each reading on with its acknowledgement.
What gives no reading is acknowledged at once and counted. Knows addresses, not households.
"""

import asyncio
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Final

from drivers.errors import Reason
from drivers.mqtt.absence import Absence, OnUnknown
from drivers.mqtt.dialects import Dialect, dialects_of
from drivers.mqtt.hearing import Hearing, Known
from drivers.mqtt.link import Link
from drivers.mqtt.message import Message
from drivers.mqtt.presence import Presence
from drivers.mqtt.settings import MqttSettings
from drivers.mqtt.settling import Settling
from drivers.mqtt.strangers import OnStranger, Strangers
from drivers.reading import Decoded, Delivery, Reading, Sink

# s after the broker confirmed our subscription: by then it has begun to send what is new. A
# queue longer than that is late by its sensors' own times, or looks new: there is no end mark.
SETTLE = 5.0
GATHER: Final = 0.2  # s; descriptions come in hundreds, one subscription shall serve them
Found = tuple[Dialect, str, Decoded]


class MqttSource:
    """``on_state(up, reason)``: up is subscribed to all that is wanted.

    ``last_contact``: when an earlier run last heard the broker, ms; what it queued for us since
    happened after that. ``known``: without it every address is handed on. ``on_unknown(protocol,
    address)``: nothing is known any more of that sensor of the ledger, for who relays it is gone
    or its time is up; the next reading of it makes it known. ``on_stranger``: a door is heard
    that the ledger does not have; ``discover`` makes all dialects be heard.
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
    ) -> None:
        self._sink = sink
        self._on_state = on_state
        self._on_rejected = on_rejected
        self._settle = settle
        self._hearing = Hearing(dialects_of() if dialects is None else dialects, known)
        self._wanted: set[str] = set()
        self._settling: dict[str, Settling] = {}
        self._unconfirmed: set[str] = set()  # settling from the broker's next answer on
        self._before = last_contact
        self._queued_since: int | None = None  # set while what was queued for us may come
        self._queue: Settling = Settling()
        self._queue.settle_at(0.0)
        self._described: asyncio.Handle | None = None
        self._time = asyncio.get_running_loop().time
        self._absence = Absence(on_unknown)
        self._strangers = None if on_stranger is None else Strangers(on_stranger, self._time)
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
        if self._described is not None:
            self._described.cancel()
        self._absence.stop()
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

    # -- what to hear ------------------------------------------------------------------------

    def use(self, sensors: Iterable[tuple[str, str]]) -> None:
        """The ledger's sensors, now: protocol and address. Any that are not heard through a
        broker are ignored. Plain JSON is heard on every address that may be a topic."""
        self._hearing.use(sensors)
        self._absence.use(self._hearing.sensors)
        self._listen()

    def set_protocols(self, protocols: Collection[str], topics: Collection[str] = ()) -> None:
        """As ``use``, when single sensors are not known. ``topics``: where plain JSON comes
        besides its own prefix."""
        self._hearing.set_protocols(protocols, topics)
        self._listen()

    def discover(self, on: bool) -> None:
        """Hears every dialect, whether or not the ledger has sensors of it."""
        self._hearing.discovering = on
        self._hearing.listen()
        self._listen()

    def _listen(self) -> None:
        active = [dialect.protocol for dialect in self._hearing.active]
        for protocol in active:
            if protocol not in self._settling:
                self._begin(protocol)
        self._settling = {protocol: self._settling[protocol] for protocol in active}
        self._subscribe()

    def _subscribe(self) -> None:
        wanted, unwanted = self._hearing.filters()
        self._wanted = wanted
        self._link.set_filters(wanted, unwanted)

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
        for dialect in self._hearing.active:
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
        routes = self._hearing.routes(message.topic)
        if not routes:
            self._aside(message)
            return
        refused = Reason.OTHER_DEVICE
        found: list[Found] = []
        for dialect, located in routes:
            reason = self._read(dialect, located, message, found)
            refused = reason or refused
        if not found:
            self._reject(message, refused)
        elif len(found) == 1:
            self._hand_on(found[0], message, message.ack, past=False)
        else:
            self._hand_on_all(found, message)

    def _read(
        self, dialect: Dialect, located: str, message: Message, found: list[Found]
    ) -> Reason | None:
        """Adds what this dialect finds; else why not."""
        protocol = dialect.protocol
        at_topic = self._hearing.named(dialect, located)
        if at_topic is None and not dialect.names_itself:
            if self._strangers is not None:
                self._strangers.heard(dialect, message)
            return Reason.UNKNOWN_SENSOR
        refused = None
        for address, decoded in dialect.decode(message.topic, message.payload):
            if decoded.reason is not None and decoded.reason is not Reason.NO_STATE:
                refused = decoded.reason
                continue
            # The ledger has the topic: its broker account vouches for it
            name = (
                at_topic
                if at_topic and dialect.topic_vouches
                else self._hearing.named(dialect, address)
            )
            if name is not None:
                found.append((dialect, name, decoded))
                continue
            refused = Reason.UNKNOWN_SENSOR
            if self._strangers is not None:
                self._strangers.offer(protocol, address, decoded, message, dialect.sure)
        return refused

    def _hand_on_all(self, found: list[Found], message: Message) -> None:
        """Acknowledged once the last is durable. Records of the past happened at their own time,
        whatever we heard before and however often the broker sends them."""
        left = len(found)
        last = {(dialect.protocol, name): index for index, (dialect, name, _) in enumerate(found)}

        def done() -> None:
            nonlocal left
            left -= 1
            if not left:
                message.ack()

        for index, each in enumerate(found):
            past = index != last[each[0].protocol, each[1]]
            self._hand_on(each, message, done, past=past)

    def _hand_on(
        self, found: Found, message: Message, done: Callable[[], None], *, past: bool
    ) -> None:
        dialect, name, decoded = found
        protocol = dialect.protocol
        now = self._time()
        first = False
        if decoded.door is not None and not past:
            first = self._settling[protocol].first(name, now)
        queued = None
        if self._queued_since is not None:
            if self._queue.over(now):
                self._queued_since = None
            elif not message.retained:
                queued = self._queued_since
        if dialect.via is not None:
            self._absence.heard_via(protocol, name, dialect.via(message.topic))
        if seconds := dialect.expires(name):
            self._absence.expires(protocol, name, seconds)
        if self._absence.lost:
            done = self._returned(protocol, name, message, done)
        self._sink(
            Delivery(
                Reading(
                    "mqtt",
                    protocol,
                    name,
                    decoded,
                    message.received_at,
                    not (first or message.retained),
                    queued,
                    None,
                    0 if past else message.mid,
                    message.dup and not past,
                ),
                done,
            )
        )

    def _returned(
        self, protocol: str, name: str, message: Message, done: Callable[[], None]
    ) -> Callable[[], None]:
        """A lost sensor speaks again; or only the broker, which repeats what it said last."""
        if not message.retained:
            self._absence.lost.discard((protocol, name))
        if (protocol, name) not in self._absence.lost:
            return done

        def still_lost() -> None:
            self._absence.lose_again(protocol, name)
            done()

        return still_lost

    # -- what is no door's state -------------------------------------------------------------

    def _aside(self, message: Message) -> None:
        for dialect in self._hearing.active:
            presence = dialect.presence(message.topic, message.payload)
            if presence is not None:
                self._told(dialect, presence, message)
            described = dialect.describe(message.topic, message.payload)
            if described is not None:
                self._learned(dialect, [each.address for each in described])
                if self._strangers is not None:
                    for each in described:
                        if self._hearing.named(dialect, each.address) is None:
                            self._strangers.described(dialect.protocol, each, message)
        self._reject(message, Reason.OTHER_DEVICE)

    def _told(self, dialect: Dialect, presence: Presence, message: Message) -> None:
        self._absence.told(dialect.protocol, presence, dialect.aliases)
        if presence.repeats and not message.retained:
            for pattern in presence.addresses:
                self._settling[dialect.protocol].again(pattern, self._time() + self._settle)

    def _learned(self, dialect: Dialect, addresses: list[str]) -> None:
        self._hearing.listen()
        for address in addresses:
            name = self._hearing.named(dialect, address) or address
            self._settling[dialect.protocol].again(name, self._time() + self._settle)
        if self._described is None:
            self._described = asyncio.get_running_loop().call_later(GATHER, self._all_learned)

    def _all_learned(self) -> None:
        self._described = None
        if self._hearing.filters()[0] != self._wanted:
            self._subscribe()

    def _reject(self, message: Message, reason: Reason) -> None:
        self._on_rejected(reason)
        message.ack()
