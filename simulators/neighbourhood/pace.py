"""A day in half a minute: when to play each event so that what matters can be seen.

Owns the map between the town's time and real seconds. The town's clock *stands* while an
event is played and *runs* between two events: so a reading that takes some milliseconds to
arrive is still heard at its own moment. Dull hours pass quickly, breaches slowly.
"""

from bisect import bisect_right
from collections.abc import Sequence
from datetime import datetime, timedelta

from simulators.neighbourhood.events import Event

STANDS = 0.6  # share of an event's time in which the clock stands
CHATTER, MOVE, BREACH = 0.15, 1.0, 3.0  # how much time an event is worth, beside each other
GAP = 0.35  # what the square root of each minute without events is worth
LONGEST_GAP = timedelta(minutes=30)  # more of nothing is not worth more


class Pace:
    """The plan for these events (in order of time) in that many real seconds, from 0.

    ``play``: real offset and event, in order. After the last one the clock runs on to
    ``ends`` and reaches it at ``seconds``.
    """

    def __init__(self, events: Sequence[Event], seconds: float, ends: datetime) -> None:
        if not events or seconds <= 0:
            raise ValueError("nothing to play, or no time to play it in")
        moments = [event.at for event in events]
        stands = [_worth(event) for event in events]
        runs = [GAP * _root(b - a) for a, b in zip(moments, [*moments[1:], ends], strict=True)]
        scale = seconds / (sum(stands) + sum(runs))
        self.play: list[tuple[float, Event]] = []
        self._real: list[float] = []  # turning points of the town's clock
        self._town: list[float] = []
        self._zone = events[0].at.tzinfo
        offset = 0.0
        for event, stand, run in zip(events, stands, runs, strict=True):
            self.play.append((offset, event))
            at = event.at.timestamp()
            self._turn(offset, at)
            self._turn(offset + scale * stand * STANDS, at)
            offset += scale * (stand + run)
        self._turn(offset, ends.timestamp())

    def _turn(self, real: float, town: float) -> None:
        self._real.append(real)
        self._town.append(town)

    def moment(self, offset: float) -> datetime:
        """What the town's clock shows so many real seconds after the start; never goes back."""
        return datetime.fromtimestamp(_between(self._real, self._town, offset), self._zone)

    def offset(self, moment: datetime) -> float:
        """The latest real second at which the town's clock shows that moment."""
        return _between(self._town, self._real, moment.timestamp())


def schedule(events: Sequence[Event], seconds: float) -> list[tuple[float, Event]]:
    """Real offset of each event in seconds; the last one is played before ``seconds``."""
    return Pace(events, seconds, events[-1].at + timedelta(minutes=1)).play


def _worth(event: Event) -> float:
    if not event.moves:
        return CHATTER
    return BREACH if event.why is not None and event.why.wrong else MOVE


def _root(gap: timedelta) -> float:
    return float((min(gap, LONGEST_GAP) / timedelta(minutes=1)) ** 0.5)


def _between(xs: list[float], ys: list[float], x: float) -> float:
    """Straight lines through the points; flat before the first and after the last."""
    index = bisect_right(xs, x)
    if index == 0:
        return ys[0]
    if index == len(xs):
        return ys[-1]
    share = (x - xs[index - 1]) / (xs[index] - xs[index - 1])
    return ys[index - 1] + share * (ys[index] - ys[index - 1])
