"""How many doors were opened today, grid by grid, and how many of that were permitted.

Counted as it is decided, and again from the journal after a start. Owns numbers only.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from gateway.drill import is_drill
from gateway.households import Said
from rules.home import Home
from rules.local import local
from rules.model import Reason, Verdict
from rules.moment import Moment
from rules.said import Decision

_STARTS = frozenset(
    {
        Reason.UNCOVERED,
        Reason.CURFEW,
        Reason.WINDOW_USED_UP,
        Reason.REPEATED,
        Reason.TIME_UNVERIFIED,
        Reason.BETWEEN,
    }
)
"""Why the start of an opening was no permitted one; the other reasons tell of a door that stands
open for longer, or of no door."""


@dataclass(slots=True)
class Count:
    """Of one grid and local day."""

    day: int = 0  # proleptic ordinal
    permitted: int = 0
    uncovered: int = 0
    inferred: int = 0  # at an unknown moment

    @property
    def openings(self) -> int:
        return self.permitted + self.uncovered + self.inferred


class Today:
    """By the key of the grid."""

    def __init__(self, zone: ZoneInfo) -> None:
        self._zone = zone
        self._counts: dict[str, Count] = {}

    def hear(self, said: Iterable[Said], grid_of: Callable[[str], str | None]) -> None:
        """What steps decided. ``grid_of``: the key of a household's grid."""
        for state, out in said:
            if not out or not isinstance(state, Home) or is_drill(state.policy.household_id):
                continue
            for one in out:
                if isinstance(one, Decision):
                    self._count(one, grid_of(state.policy.household_id))

    def of(self, key: str, now: Moment) -> Count:
        """The count of a grid on the local day of ``now``."""
        found = self._counts.get(key)
        today = local(now, self._zone).toordinal()
        return found if found is not None and found.day == today else Count(today)

    def _count(self, said: Decision, key: str | None) -> None:
        is_permitted = said.verdict is Verdict.PERMITTED
        if key is None or not (is_permitted or said.reason in _STARTS):
            return
        day = local(said.at, self._zone).toordinal()
        count = self._counts.get(key)
        if count is None or count.day < day:
            count = self._counts[key] = Count(day)
        if count.day > day:
            return  # late news of yesterday
        if is_permitted:
            count.permitted += 1
        elif said.since is not None:
            count.inferred += 1
        else:
            count.uncovered += 1

    # -- from and to a snapshot --------------------------------------------------------------

    def document(self) -> dict[str, Any]:
        return {
            key: [one.day, one.permitted, one.uncovered, one.inferred]
            for key, one in self._counts.items()
        }

    def recall(self, document: dict[str, Any]) -> None:
        self._counts = {key: Count(*values) for key, values in document.items()}
