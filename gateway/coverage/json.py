"""Coverage as the outside sees it: minutes and shares by state, per household, grid and day."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from gateway.coverage.gaps import CAUSES, STATES, State, longest, tenths, totals
from gateway.coverage.report import Covered, Days
from gateway.incident_json import rfc3339
from rules.moment import MINUTE, Moment


def coverage_json(
    covered: Sequence[Covered], zone: ZoneInfo, since: Moment, until: Moment
) -> dict[str, Any]:
    """``since`` and ``until``: the span that was asked for."""
    days = Days(zone, since, until)
    all_days: dict[date, Counter[State]] = {}
    grids: dict[str, Counter[State]] = {}
    households = []
    for home, found in covered:
        minutes = totals(found)
        grids.setdefault(home.grid_id, Counter()).update(minutes)
        own_days = days.split(found)
        for day, sums in own_days.items():
            all_days.setdefault(day, Counter()).update(sums)
        gap = longest(found)
        longest_gap = gap and {
            "cause": gap.state.value,
            "since": rfc3339(gap.first * MINUTE, zone),
            "until": rfc3339(gap.last * MINUTE, zone),
            "minutes": gap.length,
        }
        households.append(
            {
                "household_id": home.household_id,
                "grid_id": home.grid_id,
                **sums_json(minutes),
                "longest_gap": longest_gap,
                "days": [_day(day, sums) for day, sums in sorted(own_days.items())],
            }
        )
    return {
        "since": rfc3339(since, zone),
        "until": rfc3339(until, zone),
        "households": households,
        "grids": [{"grid_id": key, **sums_json(sums)} for key, sums in sorted(grids.items())],
        "days": [
            {"day": day.isoformat(), **sums_json(sums)} for day, sums in sorted(all_days.items())
        ],
        "all": sums_json(_sum(grids.values())),
    }


def sums_json(minutes: Mapping[State, int]) -> dict[str, Any]:
    """Minutes in all and by state, and their shares in per cent, together exactly 100."""
    every = {state: minutes.get(state, 0) for state in STATES}
    shares = tenths(every)
    return {
        "minutes": sum(every.values()),
        "not_observed_minutes": sum(every[cause] for cause in CAUSES),
        "not_observed_percent": sum(shares[cause] for cause in CAUSES) / 10,
        "by_state": {state.value: count for state, count in every.items()},
        "percent": {state.value: share / 10 for state, share in shares.items()},
    }


def _day(day: date, minutes: Mapping[State, int]) -> dict[str, Any]:
    """Short: there are thousands of them."""
    return {
        "day": day.isoformat(),
        "minutes": sum(minutes.values()),
        "not_observed_minutes": sum(minutes.get(cause, 0) for cause in CAUSES),
    }


def _sum(found: Iterable[Counter[State]]) -> Counter[State]:
    sums: Counter[State] = Counter()
    for one in found:
        sums.update(one)
    return sums
