"""Doors that are heard and that the ledger does not have. Owns no list of them: the receiver does.

Whoever is no door (lamps, thermometers) is not decoded again and again to find that out.
"""

from collections.abc import Callable
from typing import Final

from drivers.mqtt.dialects import Dialect
from drivers.mqtt.dialects.dialect import Described
from drivers.mqtt.message import Message
from drivers.reading import Decoded
from drivers.stranger import Stranger

OnStranger = Callable[[Stranger], None]
DULL: Final = 60.0  # s until a topic that told of no door is looked at again
DULL_TOPICS: Final = 10_000  # remembered; then forgotten, all at once


class Strangers:
    """``on_stranger`` is called for each message of one; on the loop."""

    def __init__(self, on_stranger: OnStranger, time: Callable[[], float]) -> None:
        self._on_stranger = on_stranger
        self._time = time
        self._dull: dict[str, float] = {}  # topic: until when

    def heard(self, dialect: Dialect, message: Message) -> None:
        """A message that nobody asked for."""
        now, topic = self._time(), message.topic
        if self._dull and now < self._dull.get(topic, 0.0):
            return
        doors = [
            each for each in dialect.decode(topic, message.payload) if each[1].door is not None
        ]
        if not doors:
            if len(self._dull) >= DULL_TOPICS:
                self._dull.clear()
            self._dull[topic] = now + DULL
            return
        for address, decoded in dict(doors).items():
            self.offer(dialect, address, decoded, message)

    def offer(self, dialect: Dialect, address: str, decoded: Decoded, message: Message) -> None:
        if decoded.door is None:
            return
        at, door, battery = message.received_at, decoded.door, decoded.battery
        self._on_stranger(
            Stranger("mqtt", dialect.protocol, address, at, door, battery, sure=dialect.sure)
        )

    def described(self, dialect: Dialect, described: Described, message: Message) -> None:
        """It was introduced; how it stands it has not said yet."""
        at, name = message.received_at, described.name
        self._on_stranger(Stranger("mqtt", dialect.protocol, described.address, at, name=name))
