"""What the core tells whoever watches it (metrics, the demo). It does not know who that is."""

from typing import Protocol

from drivers.errors import Reason
from drivers.reading import Reading
from gateway.households import Said
from gateway.incidents import Card
from rules.moment import Moment


class Watch(Protocol):
    """Called on the event loop; must not block and must not raise."""

    def heard(self, reading: Reading) -> None:
        """A reading of a sensor of the ledger, a repeat too."""

    def possible(self, reading: Reading) -> None:
        """Its number jumped: something was missed, but not only the door moves that number."""

    def rejected(self, source: str, reason: Reason) -> None:
        """A packet, message or reading that could not be used."""

    def said(self, said: Said, cards: list[Card], reading_at: Moment | None) -> None:
        """What a step decided, and the incidents that it is about; it is not durable yet."""

    def latency(self, stage: str, seconds: float) -> None:
        """From a reading's arrival until its incident was decided, durable, or acknowledged."""

    def turned(self, readings: int) -> None:
        """One group went all the way."""

    def committed(self, seconds: float) -> None:
        """How long the disk took."""

    def store_failed(self, error: Exception) -> None:
        """The disk refused; the group is tried again."""
