"""How much of every household's isolation was observed, minute by minute, and why not the rest.

Reads gaps and ledgers; the arithmetic is ``gateway.coverage.gaps``'s. Says nothing of what they
did.
"""

import bisect
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from typing import Any, NamedTuple, TypeAlias
from zoneinfo import ZoneInfo

from gateway.coverage import table
from gateway.coverage.causes import FOR_ALL, OF_RECEIVER
from gateway.coverage.gaps import Gap, State, Stretch, in_minutes, stretches, whole_minutes
from gateway.ledger.document import from_json
from gateway.ledger.model import BLE, Household
from gateway.loading import newest_moment
from gateway.policies import BROKER, RADIO, isolation
from gateway.store.database import Database
from rules.local import instant, local
from rules.moment import MINUTE, NEVER, Moment

Order: TypeAlias = tuple[Moment, Moment]
"""From its first moment up to, not including, its end."""


class Home(NamedTuple):
    """A household, and what would be in the way of observing it."""

    household_id: str
    grid_id: str
    address: str
    isolation: Order
    ways: frozenset[State] = FOR_ALL
    earlier: tuple[Order, ...] = ()  # orders that were over, or broken off, before that one

    @property
    def orders(self) -> tuple[Order, ...]:
        return (*self.earlier, self.isolation)

    def isolates(self, since: Moment, until: Moment) -> bool:
        return any(begins < until and since < ends for begins, ends in self.orders)


class Covered(NamedTuple):
    """A household's isolation within a span, in minutes since 1970; each order without a hole."""

    home: Home
    found: list[Stretch]


async def homes(database: Database, zone: ZoneInfo, since: Moment) -> dict[str, Home]:
    """Every household of a ledger in force since then, as the newest one has it.

    It is heard by whatever its sensors were heard by in any of them: a sensor that was replaced
    hides no gap. Nor does another order hide an earlier one.
    """
    rows = await database.rows(
        "SELECT at, body FROM ledger WHERE version >="
        " (SELECT COALESCE(MAX(version), 0) FROM ledger WHERE at <= ?) ORDER BY version",
        (since,),
    )
    households: dict[str, dict[str, Any]] = {}
    ways: dict[str, frozenset[State]] = {}
    earlier: dict[str, tuple[Order, ...]] = {}
    for at, body in rows:
        document = json.loads(body)
        for row in document.get("households", ()):
            household_id = row["household_id"]
            before, households[household_id] = households.get(household_id), row
            if before and any(before.get(name) != row.get(name) for name in _ORDER):
                orders = (*earlier.get(household_id, ()), _order(before, zone))
                earlier[household_id] = _that_were(orders, _order(row, zone), at)
        for row in document.get("sensors", ()):
            cause = OF_RECEIVER[RADIO if row["protocol"] in BLE else BROKER]
            household_id = row["household_id"]
            ways[household_id] = ways.get(household_id, FOR_ALL) | {cause}
    found = {}
    for household_id, values in households.items():
        row = from_json(Household, values)
        found[household_id] = Home(
            household_id,
            row.grid_id,
            row.address,
            isolation(row, zone),
            ways.get(household_id, FOR_ALL),
            earlier.get(household_id, ()),
        )
    return found


_ORDER = ("isolation_start", "isolation_end")


def _order(values: dict[str, Any], zone: ZoneInfo) -> Order:
    return isolation(from_json(Household, values), zone)


def _that_were(orders: Iterable[Order], new: Order, at: Moment) -> tuple[Order, ...]:
    """Those that another one, written ``at`` that moment, does not correct: they had begun, and
    end before it begins."""
    return tuple(
        (begins, min(ends, at)) for begins, ends in orders if begins < at and ends <= new[0]
    )


async def gaps(database: Database, since: Moment, until: Moment, *, runs: bool) -> list[Gap]:
    """Every gap of that time. ``runs``: a gateway does; else nobody watches since the last one."""
    found = await table.between(database, since, until)
    found += [outage.gap for outage in await table.outages(database)]
    if not runs and not any(g.cause is State.POWER and g.until == NEVER for g in found):
        found.append(Gap(State.POWER, None, await newest_moment(database)))
    return found


def cover(
    known: Iterable[Home], found: Iterable[Gap], since: Moment, until: Moment
) -> list[Covered]:
    """Each of them, for as much of ``[since, until)`` as it was to isolate."""
    own: dict[str | None, list[Gap]] = {}
    for gap in in_minutes(found):
        own.setdefault(gap.subject, []).append(gap)
    general = own.pop(None, [])
    covered = []
    for home in known:
        mine = [gap for gap in general if gap.cause in home.ways]
        mine += own.get(home.household_id, [])
        seen: list[Stretch] = []
        for begins, ends in home.orders:
            first, last = whole_minutes(max(since, begins), min(until, ends))
            if first < last:
                seen += stretches(mine, first, last)
        covered.append(Covered(home, seen))
    return covered


class Days:
    """Local days, however long they are."""

    def __init__(self, zone: ZoneInfo, since: Moment, until: Moment) -> None:
        day, end = local(since, zone).date(), local(until, zone).date()
        self._days: list[date] = []
        while day <= end:
            self._days.append(day)
            day += timedelta(days=1)
        self._begin = [instant(day, 0, zone) // MINUTE for day in self._days]

    def split(self, found: Iterable[Stretch]) -> Mapping[date, Counter[State]]:
        """The minutes of each day, by state."""
        sums: dict[date, Counter[State]] = {}
        for day, state, minutes in self._pieces(found):
            sums.setdefault(day, Counter())[state] += minutes
        return sums

    def _pieces(self, found: Iterable[Stretch]) -> Iterator[tuple[date, State, int]]:
        for state, first, last in found:
            at = first
            while at < last:
                index = bisect.bisect_right(self._begin, at) - 1
                end = min([last, *self._begin[index + 1 : index + 2]])
                yield self._days[index], state, end - at
                at = end
