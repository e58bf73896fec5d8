"""Moments and durations: whole milliseconds, so that comparing is cheap and equal is exact.

A *moment* is the number of milliseconds since 1970-01-01T00:00Z. Local time appears only
where people's clocks matter (windows, duty, curfew): see ``rules.local``.
"""

from typing import TypeAlias

Moment: TypeAlias = int
Duration: TypeAlias = int

SECOND: Duration = 1_000
MINUTE: Duration = 60 * SECOND
HOUR: Duration = 60 * MINUTE
DAY: Duration = 24 * HOUR

NEVER: Moment = 2**62  # later than any moment: a timer that is not set

by_position = tuple.__new__
"""``by_position(Home, (a, b, ...))``: a NamedTuple in half the time of calling it. For the few
places that every reading passes: nobody counts the fields there but the tests."""
