"""``doorwatch_coverage_seconds_total``: the gaps, as a counter by grid.

A counter cannot take back. So the time of a supervised sensor counts as observed once it has
spoken again: what turns out to be silence was never counted as anything else.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence

from prometheus_client import CollectorRegistry, Counter

from gateway.coverage.causes import hears, settled
from gateway.coverage.gaps import CAUSES, Gap, State, stretches
from gateway.coverage.pieces import PIECE, Walk
from gateway.memory import Memory
from rules.moment import NEVER, Duration, Moment

COUNTED = (State.OBSERVED, *CAUSES)


class Seconds:
    """Counts every household's isolation once, up to where it is known."""

    def __init__(self, registry: CollectorRegistry, memory: Memory) -> None:
        self._memory = memory
        self._counted: dict[str, Moment] = {}  # by household: up to here
        self._of: dict[tuple[str, State], Counter] = {}  # to find them by labels takes milliseconds
        self._seconds = Counter(
            "doorwatch_coverage_seconds",
            "Household seconds in isolation, observed or why not",
            ("grid_id", "state"),
            registry=registry,
        )

    def begin(self, since: Moment) -> None:
        """The last run ended at ``since``: what it could not count yet is counted by us."""
        known = {key: settled(self._memory, key, since) for key in self._memory.homes}
        self._counted = {key: min(at or since, since) for key, at in known.items()}

    def move(self, move: Callable[[Moment], Moment]) -> None:
        """The clock was put right."""
        self._counted = {key: move(at) for key, at in self._counted.items()}

    @property
    def oldest(self) -> Moment:
        """Gaps that ended before are counted."""
        return min(self._counted.values(), default=NEVER)

    def count(self, gaps: Sequence[Gap], now: Moment) -> Walk[None]:
        """``gaps``: all that did not end before ``oldest``."""
        own: dict[str | None, list[Gap]] = {}
        for gap in gaps:
            own.setdefault(gap.subject, []).append(gap)
        general = own.pop(None, [])
        found: defaultdict[tuple[str, State], Duration] = defaultdict(int)
        reached: dict[str, Moment] = {}
        homes, ledger = list(self._memory.homes.items()), self._memory.ledger
        for number, (key, home) in enumerate(homes, start=1):
            if number % PIECE == 0:
                yield
            mine = own.get(key, [])
            if general:
                ways = hears(self._memory, key)
                mine = [gap for gap in general if gap.cause in ways] + mine
            begin = self._counted.get(key, now)
            end = now
            if not any(g.until == NEVER and g.cause in CAUSES for g in mine):
                end = settled(self._memory, key, now)
            reached[key] = end = max(begin, end)
            policy = home.policy
            first, last = max(begin, policy.isolation_start), min(end, policy.isolation_end)
            if first >= last:
                continue
            grid_id = ledger.households[key].grid_id
            for state, since, until in stretches(mine, first, last):
                counted = State.OBSERVED if state is State.UNSUPERVISED else state
                found[grid_id, counted] += until - since
        self._counted = reached
        for grid_id in ledger.grids:
            for state in COUNTED:  # all there from the start
                if (grid_id, state) not in self._of:
                    self._of[grid_id, state] = self._seconds.labels(grid_id, state.value)
        for each, milliseconds in found.items():
            self._of[each].inc(milliseconds / 1000)
