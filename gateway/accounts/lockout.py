"""Guessing passwords is made slow: after some failures a name, or an address, waits.

In memory: whoever can restart the gateway has the store anyway. Bounded, whoever knocks.
"""

from collections import OrderedDict
from typing import Final, NamedTuple

FREE: Final = 5  # failures that cost nothing: people mistype
FIRST_S: Final = 30.0  # then so long, doubled with each further failure
LONGEST_S: Final = 900.0
MOST: Final = 1_000  # names and addresses remembered; the oldest is forgotten


class _Failed(NamedTuple):
    times: int
    until: float


class Lockout:
    """By any key: a user's name, a network address. Moments are monotonic seconds."""

    def __init__(self) -> None:
        self._failed: OrderedDict[str, _Failed] = OrderedDict()

    def wait(self, now: float, *keys: str) -> float:
        """For how many seconds none of these may try; 0: at once."""
        return max(0.0, *(self._failed.get(key, _Failed(0, 0)).until - now for key in keys))

    def failed(self, now: float, *keys: str) -> None:
        for key in keys:
            times = self._failed.pop(key, _Failed(0, 0)).times + 1
            seconds = FIRST_S * 2.0 ** min(times - FREE, 10) if times >= FREE else 0.0
            self._failed[key] = _Failed(times, now + min(seconds, LONGEST_S) if seconds else 0.0)
            if len(self._failed) > MOST:
                self._failed.popitem(last=False)

    def succeeded(self, key: str) -> None:
        self._failed.pop(key, None)
