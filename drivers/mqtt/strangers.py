"""Doors that are heard and that the ledger does not have. Owns no list of them: the receiver does.

Whoever is no door (lamps, thermometers) is not decoded again and again to find that out.
"""

from collections.abc import Callable
from typing import Final

from drivers.mqtt.dialects import Dialect
from drivers.mqtt.dialects.dialect import Described, Said
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

    def doors(self, dialect: Dialect, message: Message) -> Said:
        """Those that a message speaks of; nobody asked for it, so it may be a lamp's."""
        now, topic = self._time(), message.topic
        if self._dull and now < self._dull.get(topic, 0.0):
            return ()
        said = dialect.decode(topic, message.payload)
        doors = {address: decoded for address, decoded in said if decoded.door is not None}
        if not doors:
            if len(self._dull) >= DULL_TOPICS:
                self._dull.clear()
            self._dull[topic] = now + DULL
        return tuple(doors.items())

    def offer(self, dialect: Dialect, address: str, decoded: Decoded, message: Message) -> None:
        if decoded.door is None:
            return
        self._on_stranger(
            Stranger(
                "mqtt",
                dialect.protocol,
                address,
                message.received_at,
                decoded.door,
                decoded.battery,
                decoded.rssi,
                topic=message.topic,
                sure=dialect.sure,
            )
        )

    def described(self, dialect: Dialect, described: Described, message: Message) -> None:
        """It was introduced; how it stands it has not said yet."""
        address, name, topic = described
        at = message.received_at
        self._on_stranger(Stranger("mqtt", dialect.protocol, address, at, name=name, topic=topic))
