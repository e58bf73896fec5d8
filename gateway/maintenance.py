"""Maintenance: for a while nobody is told of a grid, or of anything; incidents go on as always.

Owns which of it holds now. Decides no incident and sends nothing: the dispatcher asks
``holds_until`` before an alert leaves.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from rules.local import moment
from rules.model import Severity
from rules.moment import NEVER, Moment

WORD = "maintenance"
"""In a timeline, and why an alert waits."""


class Maintenance(NamedTuple):
    """An input: until then alerts wait. An ``until`` that is past ends it."""

    grid_id: str | None  # None: of the whole gateway
    until: Moment
    by: str = ""
    why: str = ""
    even_critical: bool = False


class Maintained:
    """What is under maintenance."""

    def __init__(self) -> None:
        self._by_grid: dict[str | None, Maintenance] = {}

    def take(self, given: Maintenance, now: Moment) -> None:
        """It begins, lasts longer or shorter, or ends."""
        if given.until > now:
            self._by_grid[given.grid_id] = given
        else:
            self._by_grid.pop(given.grid_id, None)

    def lasts(self, grid_id: str | None, now: Moment) -> bool:
        """Whether this very one does: that of the gateway is not that of its grids."""
        found = self._by_grid.get(grid_id)
        return found is not None and found.until > now

    def holds_until(self, body: Mapping[str, Any], now: Moment) -> Moment | None:
        """Until when the alerts of an incident wait; None: they do not. ``body``: its JSON."""
        both = (self._by_grid.get(None), self._by_grid.get(body["grid_id"]))
        is_critical = body["severity"] == Severity.CRITICAL.word
        ends = [
            one.until
            for one in both
            if one is not None and one.until > now and (one.even_critical or not is_critical)
        ]
        return max(ends, default=None)

    def note(self, body: dict[str, Any], now: Moment, iso: Callable[[Moment], str | None]) -> None:
        """A line for the timeline of an incident of which somebody would be told now."""
        until = self.holds_until(body, now)
        if until is not None:
            line = {"at": iso(now), "what": WORD, "detail": f"until {iso(until)}"}
            body["timeline"].append(line)

    def document(self) -> list[Maintenance]:
        """For a snapshot."""
        return list(self._by_grid.values())

    def recall(self, document: list[list[Any]]) -> None:
        """From a snapshot."""
        found = [Maintenance(*values) for values in document]
        self._by_grid = {one.grid_id: one for one in found}


def hidden_since(body: Mapping[str, Any], since: Moment, until: Moment = NEVER) -> bool:
    """Whether somebody would have been told of an incident in ``[since, until)``.

    ``body``: its public JSON.
    """
    lines = (line["at"] for line in body["timeline"] if line["what"] == WORD)
    return any(since <= moment(datetime.fromisoformat(at)) < until for at in lines)
