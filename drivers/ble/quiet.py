"""How long a radio may hear nothing before it is mistrusted, and for how bad that is taken.

Pure arithmetic over a clock that is given. ``scanner`` acts on it.
"""

from collections.abc import Callable

from drivers.ble.errors import Trouble


class Patience:
    """Seconds of quiet that are borne: each vain restart doubles them, any life resets them."""

    def __init__(self, first: float, most: float) -> None:
        self._first = self._seconds = first
        self._most = most
        self._since = 0.0

    def began(self, now: float) -> None:
        self._since = now

    def life(self, now: float) -> None:
        self._since = now
        self._seconds = self._first

    def left(self, now: float) -> float:
        """Not above zero: it is at its end."""
        return self._seconds - (now - self._since)

    def restarted(self) -> None:
        self._seconds = min(self._seconds * 2, self._most)


class Quiet:
    """Only what can be decoded is a sign of life; strangers show at least that it is not deaf."""

    def __init__(
        self, monotonic: Callable[[], float], first: float, most: float, *, strangers: bool
    ) -> None:
        """``first``: seconds of quiet until the first restart; ``most``: until each later one.

        ``strangers``: whether other people's devices are heard at all. In a passive scan BlueZ
        keeps them to itself, and a deaf radio cannot be told from a quiet house.
        """
        self.packets = 0  # of anybody, decodable or not
        self.last: float | None = None  # when something decodable was heard, monotonic seconds
        self._monotonic = monotonic
        self._decodable = Patience(first, most)
        self._anybody = Patience(first, most) if strangers else None
        self._vain = False  # restarted since anybody was heard

    def began(self) -> None:
        """A new stretch of listening."""
        now = self._monotonic()
        self._decodable.began(now)
        if self._anybody is not None:
            self._anybody.began(now)

    def heard(self, *, decodable: bool) -> None:
        now = self._monotonic()
        self.packets += 1
        self._vain = False
        if self._anybody is not None:
            self._anybody.life(now)
        if decodable:
            self.last = now
            self._decodable.life(now)

    @property
    def left(self) -> float:
        """Seconds until patience is at its end; not above zero: it is."""
        now = self._monotonic()
        left = self._decodable.left(now)
        return left if self._anybody is None else min(left, self._anybody.left(now))

    def verdict(self) -> Trouble:
        """At its end: QUIET; DEAF when a restart before brought not even a stranger."""
        now, deaf = self._monotonic(), False
        if self._anybody is not None and self._anybody.left(now) <= 0:
            deaf, self._vain = self._vain, True
            self._anybody.restarted()
        if self._decodable.left(now) <= 0:
            self._decodable.restarted()
        return Trouble.DEAF if deaf else Trouble.QUIET
