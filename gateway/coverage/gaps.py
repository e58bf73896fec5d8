"""When a household was not observed, and why: gaps, and the arithmetic of them.

Pure: gaps in, stretches of time out. Knows neither how a gap is found nor where it is kept.
"""

from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from typing import NamedTuple

from rules.moment import MINUTE, NEVER, Moment


class State(StrEnum):
    """What is known of a moment of a household: it was observed, or the cause why not."""

    OBSERVED = "observed"
    UNSUPERVISED = "unsupervised"  # an opening would be heard; that the sensor died would not
    SENSOR = "sensor"  # silent, flapping, never heard yet, or there is none
    BROKER = "broker"
    RADIO = "radio"
    CLOCK = "clock"  # the door was seen, but nobody knows when
    POWER = "power"  # the gateway did not run


CAUSES = (State.POWER, State.CLOCK, State.RADIO, State.BROKER, State.SENSOR)
"""Why somebody was not observed. Of several at one moment the first is told."""
SEEN = (State.UNSUPERVISED, State.OBSERVED)
STATES = (*CAUSES, *SEEN)
_RANK = {state: rank for rank, state in enumerate(STATES)}


class Gap(NamedTuple):
    """A household (None: everybody whom ``cause`` concerns) was not observed; ms.

    An unsupervised household has such rows, too: the same arithmetic tells when it was one.
    """

    cause: State
    subject: str | None
    since: Moment
    until: Moment = NEVER  # not included; NEVER: it is still so


class Stretch(NamedTuple):
    """From ``first`` up to, not including, ``last`` the same state."""

    state: State
    first: int
    last: int

    @property
    def length(self) -> int:
        return self.last - self.first


def stretches(gaps: Iterable[Gap], first: int, last: int) -> list[Stretch]:
    """All of ``[first, last)``, in order, without a hole; in the unit of the gaps."""
    edges: list[tuple[int, int, int]] = []
    for cause, _, since, until in gaps:
        if since < last and until > first:
            rank = _RANK[cause]
            edges.append((max(since, first), rank, 1))
            edges.append((min(until, last), rank, -1))
    edges.sort()
    if not edges:  # nearly every home, nearly always
        return [Stretch(STATES[-1], first, last)]
    found: list[Stretch] = []
    depth, at = [0] * len(STATES), first
    depth[-1] = 1  # observed is what no gap denies
    for edge, rank, by in (*edges, (last, 0, 0)):
        if edge > at:
            state = STATES[next(rank for rank, open_ in enumerate(depth) if open_)]
            if found and found[-1].state is state:
                found[-1] = found[-1]._replace(last=edge)
            else:
                found.append(Stretch(state, at, edge))
            at = edge
        depth[rank] += by
    return found


def in_minutes(gaps: Iterable[Gap]) -> list[Gap]:
    """The same in minutes since 1970: a gap takes every minute that it touches.

    So a minute is observed only if all of it was, and no short gap hides in a long minute.
    """
    return [
        gap._replace(since=gap.since // MINUTE, until=-(-gap.until // MINUTE))
        for gap in gaps
        if gap.since < gap.until
    ]


def whole_minutes(since: Moment, until: Moment) -> tuple[int, int]:
    """The minutes that lie in ``[since, until)`` whole: the first, and the first after them."""
    first = -(-since // MINUTE)
    return first, max(first, until // MINUTE)


def totals(found: Iterable[Stretch]) -> dict[State, int]:
    """How much of each state; every state is there."""
    sums = dict.fromkeys(STATES, 0)
    for state, first, last in found:
        sums[state] += last - first
    return sums


def longest(found: Sequence[Stretch]) -> Stretch | None:
    """The longest time without a word, under the cause that held for most of it; None: there was
    none."""
    runs: list[list[Stretch]] = [[]]
    for one in found:
        if one.state in CAUSES:
            if runs[-1] and runs[-1][-1].last < one.first:  # another order
                runs.append([])
            runs[-1].append(one)
        elif runs[-1]:
            runs.append([])
    run = max(runs, key=lambda run: run[-1].last - run[0].first if run else 0)
    if not run:
        return None
    sums = totals(run)
    return Stretch(max(CAUSES, key=sums.__getitem__), run[0].first, run[-1].last)


def tenths(minutes: Mapping[State, int]) -> dict[State, int]:
    """Shares in tenths of a per cent, together 1,000 (all 0 when there are no minutes).

    What is lost by rounding goes to the causes first: 100.0 % observed means every minute.
    """
    whole = sum(minutes.values())
    if not whole:
        return dict.fromkeys(minutes, 0)
    shares = {state: count * 1_000 // whole for state, count in minutes.items()}
    rest = {state: minutes[state] * 1_000 % whole for state in minutes}
    for _ in range(1_000 - sum(shares.values())):
        state = max(rest, key=lambda one: (rest[one] > 0, one in CAUSES, rest[one]))
        shares[state] += 1
        rest[state] = 0
    return shares
