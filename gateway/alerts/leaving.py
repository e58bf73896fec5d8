"""An alert as it leaves: by which provider, and in which words. Pure but for what it is given."""

from collections.abc import Callable
from typing import NamedTuple

from gateway.alerts.budget import Why
from gateway.alerts.status import AlertStatus
from gateway.store.alerts import AlertRow
from rules.moment import MINUTE, Duration, Moment

SEND_DEADLINE: Duration = 10 * MINUTE  # rules.toml send_deadline_seconds
# The error of an alert that does not: whoever has the duty now is told.
OFF_DUTY = "off_duty"
OFF_ROSTER = "off_roster"  # the person, or this number of theirs

Reword = Callable[[AlertRow, Moment], str]
Rewords = Callable[[AlertRow, str], bool]


class Leaving(NamedTuple):
    """``reword`` gives the text of an alert that leaves after ``deadline``, so that it can say how
    late it is, or by another provider (by name) where ``rewords`` says that its words do not hold
    there; but for what ``keeps`` its words, those of several alerts. ``committed``: when a row
    became durable."""

    now: Callable[[], Moment]
    reword: Reword | None = None
    rewords: Rewords = lambda row, name: False
    committed: Callable[[AlertRow], Moment | None] = lambda row: None
    keeps: Callable[[AlertRow], bool] = lambda row: False
    deadline: Duration = SEND_DEADLINE

    def is_late(self, row: AlertRow, now: Moment) -> bool:
        return now - row.created_at > self.deadline or row.error == Why.MAINTENANCE

    def claimed(self, now: Moment, row: AlertRow, provider: str, text: str | None) -> AlertRow:
        """``row`` as it is handed to ``provider``; ``text``: its words now, if it says others."""
        # A text that a provider may know under its old words keeps them.
        may = row.sending_at is None and not self.keeps(row)
        is_other = self.is_late(row, now) or self.rewords(row, provider)
        if text is None and self.reword and may and is_other:
            text = self.reword(row._replace(provider=provider), now)
        return row._replace(
            status=AlertStatus.SENDING.value,
            text=text or row.text,
            provider=provider,
            attempts=row.attempts + 1,
            next_at=now,
            sending_at=row.sending_at or now,
            handed=row.handed + 1,
            handed_at=now,
            committed_at=row.committed_at or self.committed(row),
            first_handed_at=row.first_handed_at or self.now(),  # ``now`` may be before its commit
        )
