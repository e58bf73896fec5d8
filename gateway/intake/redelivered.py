"""Messages that a broker may deliver again, by its own number, the sensor and what it said."""

from collections import OrderedDict

from rules.model import Door
from rules.moment import SECOND

REDELIVERABLE = 4_096
"""MQTT messages remembered: what a broker may send again is its in-flight window, far smaller."""
REDELIVERED_WITHIN = 60 * SECOND
"""What is sent again was sent shortly before the connection was lost. Some brokers use their
message identifiers again at once (nats-server: 1, 2, 1, 2), so an old one proves nothing. Counted
while we are connected: an outage ages nothing."""


class Delivered:
    """The last of them, in the order in which they came."""

    def __init__(self) -> None:
        self._at: OrderedDict[tuple[int, str, Door | None], int] = OrderedDict()

    def knows(self, message_id: int, sensor_id: str, door: Door | None) -> bool:
        """Whether that was taken in before."""
        return (message_id, sensor_id, door) in self._at

    def add(
        self, message_id: int, sensor_id: str, door: Door | None, at: int, *, aging: bool
    ) -> None:
        """One more, at ``at`` (ms). ``aging``: older ones prove nothing any more."""
        key = (message_id, sensor_id, door)
        self._at[key] = at
        self._at.move_to_end(key)
        oldest = at - REDELIVERED_WITHIN if aging else 0
        while len(self._at) > REDELIVERABLE or next(iter(self._at.values())) < oldest:
            self._at.popitem(last=False)
