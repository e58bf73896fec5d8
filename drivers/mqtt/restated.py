"""Senders that say an unchanged state again and again, each time with the time of that moment.

Owns what each sensor said last. Their time tells when a state was heard last, not when it began:
of a change it is worth keeping, of a repeat it would look like news.
"""

from typing import NamedTuple

from drivers.reading import Decoded
from rules.model import Door


class _State(NamedTuple):
    door: Door
    since: int  # ms; when it was said first
    newest: int  # ms; when it was said last


class Restated:
    """Bounded by the ledger: only its sensors come here."""

    def __init__(self) -> None:
        self._last: dict[tuple[str, str], _State] = {}

    def judged(self, protocol: str, address: str, decoded: Decoded) -> Decoded:
        """As it was said; the same state at a later time without that time."""
        door, at = decoded.door, decoded.at
        if door is None or at is None:
            return decoded
        key = protocol, address
        last = self._last.get(key)
        if last is None or (door is not last.door and at >= last.newest):
            self._last[key] = _State(door, at, at)
            return decoded
        if door is not last.door or at <= last.since:
            return decoded  # of the past, and judged there
        self._last[key] = last._replace(newest=max(at, last.newest))
        return decoded._replace(at=None)
