"""The time that the gateway goes by, and whether it can be trusted.

It starts at the machine's wall clock, or at the newest stored moment if that is later, and runs on
the steady clock. When the wall clock is set, ``look`` decides whether the time follows:

- forward, always: NTP, a hardware clock or a person knows better than a machine without a battery;
- backward, only when the new time is verified: a machine that came up in the future is put right.
  Otherwise the time goes on as it went.

What verifies is ``gateway.clock.evidence``'s.
"""

from typing import Protocol

from gateway.clock.evidence import Evidence, Machine, Trust
from rules.model import ClockChanged
from rules.moment import SECOND, Duration, Moment

# From here on it is a jump. Less is an adjustment of NTP, which steps from 0.4 s (timesyncd), or a
# leap second: the time follows, and stands still for as long rather than going back.
JUMP: Duration = 3 * SECOND // 2
LOOK: Duration = SECOND // 10  # the machine is asked so often at most


class Clock(Protocol):
    """What the gateway asks of a clock. One that cannot be wrong defines the first two."""

    def now(self) -> Moment: ...

    def verified(self) -> bool:
        """Whether the time can be trusted, as of the last ``look``."""
        ...

    def why(self) -> str | None:
        """What vouches for it, for people; None: nothing does."""
        return None

    def look(self) -> ClockChanged | None:
        """What has changed, if anything: from now on ``now`` goes that much ahead or back."""
        return None

    def trust(self, word: Trust) -> None:
        """A person vouches for the machine's clock; the next ``look`` tells what follows."""
        return None  # noqa: RET501 - an empty body would be abstract


class SystemClock(Clock):
    """The machine's clock."""

    def __init__(
        self, not_before: Moment = 0, trust: Trust | None = None, machine: Machine | None = None
    ) -> None:
        self._machine = machine or Machine()
        self._evidence = Evidence(self._machine, not_before, trust)
        steady, wall = self._machine.steady(), self._machine.wall()
        self._ahead = max(wall, not_before) - steady  # of the steady clock: the time's course
        self._shown = steady + self._ahead
        self._wall_ahead = wall - steady
        self._why = self._evidence.found(wall, steady, was_set=False)
        self._looked = steady
        self._told: bool | None = None

    def now(self) -> Moment:
        """Never less than before, but when ``look`` has just said so."""
        return self._at(self._machine.steady())

    def _at(self, steady: Duration) -> Moment:
        self._shown = max(self._shown, steady + self._ahead)
        return self._shown

    def verified(self) -> bool:
        return self._why is not None

    def why(self) -> str | None:
        return self._why

    def trust(self, word: Trust) -> None:
        self._evidence.trust = word

    def look(self) -> ClockChanged | None:
        """The first one always tells: whoever asks may remember another state from before."""
        steady = self._machine.steady()
        if self._told is not None and steady - self._looked < LOOK:
            return None
        self._looked = steady
        wall = self._machine.wall()
        was_set = abs(wall - steady - self._wall_ahead) >= JUMP
        self._wall_ahead = wall - steady
        self._why = self._evidence.found(wall, steady, was_set=was_set)
        offset = self._follow(wall, steady)
        if offset == 0 and self.verified() is self._told:
            return None
        self._told = self.verified()
        return ClockChanged(self._told, offset)

    def _follow(self, wall: Moment, steady: Duration) -> Duration:
        """Goes by the wall clock, if it may; returns by how much the time jumps."""
        gap = wall - self._at(steady)
        if gap <= -JUMP and not self.verified():
            return 0
        self._ahead = wall - steady
        if abs(gap) < JUMP:
            return 0
        self._shown = wall
        return gap
