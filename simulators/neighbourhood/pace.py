"""A day in half a minute: when to play each event so that what matters can be seen.

Owns the map between the town's time and real seconds. The town's clock *stands* while an
event is played and *runs* between two events: so a reading that takes some milliseconds to
arrive is still heard at its own moment. Dull hours pass quickly, breaches slowly; one scene may
have a share of the whole to itself, in which the clock runs evenly, so that it can be watched.
"""

from bisect import bisect_right
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import NamedTuple

from simulators.neighbourhood.events import Event

STANDS = 0.6  # share of an event's time in which the clock stands
CHATTER, MOVE, BREACH = 0.15, 1.0, 3.0  # how much time an event is worth, beside each other
GAP = 0.35  # what the square root of each minute without events is worth
LONGEST_GAP = timedelta(minutes=30)  # more of nothing is not worth more


class Scene(NamedTuple):
    """A part of the day that somebody is to watch."""

    begins: datetime
    ends: datetime
    share: float  # of all real seconds

    def holds(self, at: datetime) -> bool:
        return self.begins <= at < self.ends


class Pace:
    """The plan for these events (in order of time) in that many real seconds, from 0.

    ``play``: real offset and event, in order. After the last one the clock runs on to
    ``ends`` and reaches it at ``seconds``.
    """

    def __init__(
        self,
        events: Sequence[Event],
        seconds: float,
        ends: datetime,
        scene: Scene | None = None,
    ) -> None:
        if not events or seconds <= 0:
            raise ValueError("nothing to play, or no time to play it in")
        scene = scene or Scene(ends, ends, 0)
        points: list[tuple[datetime, Event | None]] = [(event.at, event) for event in events]
        points += [(scene.begins, None), (scene.ends, None), (ends, None)]
        points.sort(key=lambda point: point[0])
        stands = [0.0 if e is None or scene.holds(at) else _worth(e) for at, e in points]
        gaps = [b - a for (a, _), (b, _) in pairwise(points)] + [timedelta()]
        held = [scene.holds(at) for at, _ in points]
        runs = [0.0 if h else GAP * _root(gap) for gap, h in zip(gaps, held, strict=True)]
        scale = seconds * (1 - scene.share) / (sum(stands) + sum(runs))
        evenly = seconds * scene.share / max((scene.ends - scene.begins).total_seconds(), 1)
        self.play: list[tuple[float, Event]] = []
        self._real: list[float] = []  # turning points of the town's clock
        self._town: list[float] = []
        self._zone = events[0].at.tzinfo
        offset = 0.0
        for (moment, event), stand, run, gap, h in zip(
            points, stands, runs, gaps, held, strict=True
        ):
            if event is not None:
                self.play.append((offset, event))
            at = moment.timestamp()
            self._turn(offset, at)
            self._turn(offset + scale * stand * STANDS, at)
            offset += evenly * gap.total_seconds() if h else scale * (stand + run)

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
