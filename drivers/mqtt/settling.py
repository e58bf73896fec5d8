"""Telling states from events: what comes first after a gap is a state, not something happening.

One ``Settling`` a dialect. Pure bookkeeping: it is told the time.
"""

FOREVER = float("inf")


class Settling:
    """After a (re)connect, a new subscription or a restart of the sender, the first message of an
    address says how the door stands. Once settled, we have been listening all along."""

    __slots__ = ("_seen", "_until")

    def __init__(self) -> None:
        self._seen: set[str] = set()
        self._until = FOREVER

    def settle_at(self, until: float) -> None:
        """The moment (monotonic s) from which all is live."""
        self._until = until

    def over(self, now: float) -> bool:
        return now >= self._until

    def first(self, address: str, now: float) -> bool:
        """Is this the address's first word since the gap, and are we still settling?"""
        if now >= self._until or address in self._seen:
            return False
        self._seen.add(address)
        return True
