"""Telling states from events: what comes first after a gap is a state, not something happening.

One ``Settling`` a dialect. Pure bookkeeping: it is told the time.
"""

from drivers.mqtt.presence import covers

FOREVER = float("inf")


class Settling:
    """After a (re)connect or a new subscription, the first message of an address says how the
    door stands. Once settled, we have been listening all along. A sender that restarts has only
    its own addresses settle anew."""

    __slots__ = ("_again", "_seen", "_until")

    def __init__(self) -> None:
        self._seen: set[str] = set()
        self._until = FOREVER
        self._again: list[tuple[str, float, set[str]]] = []

    def settle_at(self, until: float) -> None:
        """The moment (monotonic s) from which all is live."""
        self._until = until

    @property
    def is_open(self) -> bool:
        """That moment is not known yet."""
        return self._until == FOREVER

    def again(self, pattern: str, until: float) -> None:
        """Addresses that ``pattern`` covers say how they stand, until then."""
        self._again = [each for each in self._again if each[0] != pattern]
        self._again.append((pattern, until, set()))

    def over(self, now: float) -> bool:
        return now >= self._until

    def first(self, address: str, now: float) -> bool:
        """Is this the address's first word since a gap, and are we still settling?"""
        found = now < self._until and address not in self._seen
        if now < self._until:
            self._seen.add(address)
        if self._again:
            self._again = [each for each in self._again if now < each[1]]
            for pattern, _, seen in self._again:
                if address not in seen and covers(pattern, address):
                    seen.add(address)
                    found = True
        return found
