"""``--since`` and ``--until`` as people type them."""

from datetime import date, timedelta
from zoneinfo import ZoneInfo

from gateway.cli.app import WrongUse
from gateway.ledger.clocks import Unreadable
from gateway.rehearsal.readings_file import parse_when
from rules.local import instant
from rules.moment import Moment


def moment_of(option: str, text: str, zone: ZoneInfo, *, last: bool = False) -> Moment:
    """A moment; a date alone is its first, or its ``last``. Raises ``WrongUse``."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        pass
    else:
        return instant(day + timedelta(days=1), 0, zone) - 1 if last else instant(day, 0, zone)
    try:
        return parse_when(text, zone)
    except Unreadable as wrong:
        raise WrongUse(f"{option}: {wrong.what}; {wrong.remedy}") from None
