"""Guessing passwords is made slow: after some failures a name, or an address, waits.

A try counts as failed before its password is looked at, or a hundred at once would all be looked
at. In memory: whoever can restart the gateway has the store anyway. Bounded, whoever knocks.
"""

import ipaddress
from collections import OrderedDict
from typing import Final, NamedTuple

FREE: Final = 5  # failures that cost nothing: people mistype
FREE_FROM: Final = 20  # of an address: an office has one
FIRST_S: Final = 30.0  # then so long, doubled with each further failure
LONGEST_S: Final = 900.0
FORGOTTEN_S: Final = 4 * 3600.0  # after the last: guessing goes no faster by waiting for it
MOST: Final = 1_000  # names and addresses remembered
_FROM: Final = "from "
_ONE_LINE: Final = 64  # bits of an IPv6 address: whoever has one has all the rest


class _Failed(NamedTuple):
    times: int
    until: float


_NEVER: Final = _Failed(0, float("-inf"))


def address(host: str) -> str:
    """The key of whoever asks from there."""
    try:
        parsed = ipaddress.ip_address(host)
    except ValueError:
        return _FROM + host
    if parsed.version == 6:
        return _FROM + str(ipaddress.ip_network((parsed, _ONE_LINE), strict=False))
    return _FROM + host


class Lockout:
    """By any key: a user's name, a network address. Moments are monotonic seconds."""

    def __init__(self) -> None:
        self._failed: OrderedDict[str, _Failed] = OrderedDict()

    def wait(self, now: float, *keys: str) -> float:
        """For how many seconds none of these may try; 0: at once."""
        return max(0.0, *(self._failed.get(key, _NEVER).until - now for key in keys))

    def failed(self, now: float, *keys: str) -> None:
        """Also a try of which it is not known yet."""
        for key in keys:
            before = self._failed.pop(key, _NEVER)
            times = before.times + 1 if now - before.until < FORGOTTEN_S else 1
            self._put(now, key, times)
            if len(self._failed) > MOST:
                self._forget_one()

    def succeeded(self, key: str) -> None:
        """What failed before was a slip."""
        self._failed.pop(key, None)

    def not_failed(self, now: float, key: str) -> None:
        """The last try was right; what failed before still counts: it was perhaps another's."""
        if (before := self._failed.pop(key, None)) is not None and before.times > 1:
            self._put(now, key, before.times - 1)

    def _put(self, now: float, key: str, times: int) -> None:
        over = times - (FREE_FROM if key.startswith(_FROM) else FREE)
        seconds = min(FIRST_S * 2.0 ** min(over, 10), LONGEST_S) if over >= 0 else 0.0
        self._failed[key] = _Failed(times, now + seconds)

    def _forget_one(self) -> None:
        """Whose wait ends first: nobody talks another's wait away by knocking under new names."""
        del self._failed[min(self._failed, key=lambda key: self._failed[key].until)]
