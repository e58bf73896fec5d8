"""Keeps apart what a provider's list could not: two calls to one number, one text twice."""

from collections.abc import Iterable

from gateway.alerts.delivery import matched_by
from gateway.store.alerts import AlertRow
from rules.moment import SECOND, Duration, Moment

# More than the 30 s by which clocks are allowed to differ in ``Provider.find``, in case the id of
# the first is not known. For calls it is also about as long as the first rings.
APART: Duration = 35 * SECOND


class Apart:
    """One a dispatcher."""

    def __init__(self) -> None:
        self._last: dict[tuple[str, ...], Moment] = {}  # in the order of their moments

    def load(self, rows: Iterable[AlertRow], now: Moment) -> None:
        """What earlier runs had taken."""
        for row in sorted(rows, key=lambda row: row.accepted_at or 0):
            if (row.accepted_at or 0) >= now - APART:
                self.note(row)

    def note(self, row: AlertRow) -> None:
        """A step of ``row`` is durable."""
        if row.accepted_at is not None:
            like = matched_by(row)
            self._last.pop(like, None)
            self._last[like] = row.accepted_at

    def free_at(self, row: AlertRow, now: Moment) -> Moment | None:
        """When one like ``row`` may leave; None: now."""
        while self._last and now - next(iter(self._last.values())) >= APART:  # the oldest first
            del self._last[next(iter(self._last))]
        last = self._last.get(matched_by(row))
        return None if last is None else last + APART
