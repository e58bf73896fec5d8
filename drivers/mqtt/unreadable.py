"""Says which door messages cannot be read, and what they ought to say: seldom, for they repeat.

Owns when a topic was last spoken of. Counting them is the source's matter.
"""

import logging
from collections.abc import Callable
from typing import Final

from drivers.mqtt.dialects import Dialect

log = logging.getLogger(__name__)

AGAIN: Final = 3600.0  # s; a topic is spoken of once in it
TOPICS: Final = 1_000
"""Spoken of in one hour: more is somebody who invents them, and the log shall not fill a disk."""
LONGEST: Final = 100  # characters of a payload that are shown


def explained(dialect: Dialect, payload: bytes) -> str:
    """What is wrong with a payload that this dialect cannot read, and what would count."""
    text = payload[: 4 * LONGEST].decode("utf-8", "replace")
    shown = text if len(text) <= LONGEST else text[:LONGEST] + "..."
    return f"{dialect.protocol} cannot read {shown!r}; wanted is {dialect.wanted}"


class Unreadable:
    """``time``: seconds of a clock that never goes back."""

    def __init__(self, time: Callable[[], float]) -> None:
        self._time = time
        self._said: dict[str, float] = {}  # by topic, the earliest first

    def heard(self, dialect: Dialect, topic: str, payload: bytes) -> None:
        """A message of a door that this dialect cannot read."""
        now = self._time()
        while self._said and next(iter(self._said.values())) <= now - AGAIN:
            del self._said[next(iter(self._said))]
        if topic in self._said or len(self._said) >= TOPICS:
            return
        self._said[topic] = now
        log.warning("%r: %s", topic, explained(dialect, payload))
