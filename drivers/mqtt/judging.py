"""What a message's readings are worth: happening now, remembered, queued for us, or of the past.

Owns what was heard since the last gap, and of whom nothing is known any more. Knows no dialect's
format and no link.
"""

from collections.abc import Callable, Collection
from typing import NamedTuple

from drivers.mqtt.absence import Absence, OnUnknown
from drivers.mqtt.dialects import Dialect
from drivers.mqtt.message import Message
from drivers.mqtt.presence import Presence
from drivers.mqtt.restated import Restated
from drivers.mqtt.settling import Settling
from drivers.reading import Decoded, Delivery, Reading, Sink


class Found(NamedTuple):
    dialect: Dialect
    address: str  # as in the ledger
    decoded: Decoded


class Judging:
    """``settle``: s from the broker's answer to our subscription until all is live; by then it
    has begun to send what is new. A queue longer than that is late by its sensors' own times, or
    looks new: there is no end mark."""

    def __init__(
        self, sink: Sink, time: Callable[[], float], settle: float, on_unknown: OnUnknown
    ) -> None:
        self._sink = sink
        self._time = time
        self.settle = settle
        self.absence = Absence(on_unknown)
        self._settling: dict[str, Settling] = {}
        self._unconfirmed: set[str] = set()  # settling from the broker's next answer on
        self._queued_since: int | None = None  # set while what was queued for us may come
        self._queue = Settling()
        self._queue.settle_at(0.0)
        self._restated = Restated()

    # -- gaps --------------------------------------------------------------------------------

    def hears(self, protocols: Collection[str]) -> None:
        """From now on. Those that we did not hear so far begin with a gap."""
        for protocol in protocols:
            if protocol not in self._settling:
                self._begin(protocol)
        self._settling = {protocol: self._settling[protocol] for protocol in protocols}

    def connected(self, queued_since: int | None) -> None:
        """``queued_since``: when we last heard the broker, ms, if it kept our session."""
        self._queued_since = queued_since
        self._queue = Settling()
        for protocol in self._settling:
            self._begin(protocol)

    def subscribed(self) -> None:
        """The broker has answered; what is retained or queued has begun to come."""
        until = self._time() + self.settle
        if self._queue.is_open:  # of this connection: a later subscription brings no queue
            self._queue.settle_at(until)
        for protocol in self._unconfirmed & self._settling.keys():
            self._settling[protocol].settle_at(until)
        self._unconfirmed.clear()

    def repeats(self, protocol: str, pattern: str) -> None:
        """Addresses that now say what they remember, or that we have just begun to hear."""
        self._settling[protocol].again(pattern, self._time() + self.settle)

    @property
    def queued_since(self) -> int | None:
        """While a queue may still be coming: since when the broker kept it."""
        over = self._queued_since is None or self._queue.over(self._time())
        return None if over else self._queued_since

    def _begin(self, protocol: str) -> None:
        self._settling[protocol] = Settling()
        self._unconfirmed.add(protocol)

    # -- messages ----------------------------------------------------------------------------

    def told(self, dialect: Dialect, presence: Presence, message: Message) -> None:
        """Somebody came or went."""
        self.absence.told(dialect.protocol, presence, dialect.aliases)
        if presence.repeats and not message.retained:
            for pattern in presence.addresses:
                self.repeats(dialect.protocol, pattern)

    def hand_on(self, found: list[Found], message: Message) -> None:
        """All that a message says; it is acknowledged once the last of it is durable."""
        if len(found) == 1:
            self._hand_on(found[0], message, message.ack, past=False)
            return
        left = len(found)
        last = {(each.dialect.protocol, each.address): index for index, each in enumerate(found)}

        def done() -> None:
            nonlocal left
            left -= 1
            if not left:
                message.ack()

        for index, each in enumerate(found):
            past = index != last[each.dialect.protocol, each.address]
            self._hand_on(each, message, done, past=past)

    def _hand_on(
        self, found: Found, message: Message, done: Callable[[], None], *, past: bool
    ) -> None:
        """``past``: it happened at its own time, whatever we heard before it and however often
        the broker sends it."""
        dialect, address, decoded = found
        protocol = dialect.protocol
        if dialect.restates and not past:
            decoded = self._restated.judged(protocol, address, decoded)
        now = self._time()
        first = False
        if decoded.door is not None and not past:
            first = self._settling[protocol].first(address, now)
        queued = None
        if self._queued_since is not None:
            if self._queue.over(now):
                self._queued_since = None
            elif not message.retained:
                queued = self._queued_since
        if dialect.via is not None:
            self.absence.heard_via(protocol, address, dialect.via(message.topic))
        if dialect.expires is not None and (seconds := dialect.expires(address)):
            self.absence.expires(protocol, address, seconds)
        if self.absence.lost:
            done = self._returned(protocol, address, message, done)
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
                    decoded.rssi,
                    0 if past else message.mid,
                    message.dup and not past,
                ),
                done,
            )
        )

    def _returned(
        self, protocol: str, address: str, message: Message, done: Callable[[], None]
    ) -> Callable[[], None]:
        """A lost sensor speaks again; or only the broker, which repeats what it said last."""
        if not message.retained:
            self.absence.lost.discard((protocol, address))
        if (protocol, address) not in self.absence.lost:
            return done

        def still_lost() -> None:
            self.absence.lose_again(protocol, address)
            done()

        return still_lost
