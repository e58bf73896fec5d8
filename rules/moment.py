"""Moments: whole milliseconds since 1970-01-01T00:00Z. Durations: milliseconds.

Comparing them is cheap and equal is exact. ``rules.local`` knows people's clocks.
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
"""``by_position(Home, (a, b, ...))`` builds a NamedTuple in half the time: for the few places that
every reading passes. Only the tests count the fields."""
