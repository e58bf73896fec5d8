"""What happened, what is open, what was sent, what nobody saw: the report of a night or a day.

Reads the store and gives the public JSON; how it is printed is ``gateway.cli.report_show``'s. It
says what was observed, never that somebody did as they should.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from gateway import latency
from gateway.coverage import report as coverage_report
from gateway.coverage.gaps import CAUSES, totals
from gateway.coverage.json import coverage_json
from gateway.incident_json import rfc3339
from gateway.store.database import Database
from rules.local import instant, local
from rules.model import Outcome
from rules.moment import Moment

NIGHT = (22 * 60, 6 * 60)  # minutes of the day: as the curfew that is shipped
_INCIDENT = (
    "id", "code", "kind", "severity", "household_id", "household_ids", "grid_id", "raised_at",
    "state", "acknowledged_by", "resolved_by", "outcome", "drill",
)  # fmt: skip
ALERTS: Mapping[str, tuple[str, ...]] = {
    "delivered": ("delivered", "answered"),
    "sent": ("accepted", "sent"),
    "failed": ("failed", "no_answer", "busy", "machine"),
    "waiting": ("pending", "held", "sending"),
    "dropped": ("stale", "cancelled", "merged"),
}
"""What became of alerts, by their status."""


def last_night(now: Moment, zone: ZoneInfo) -> tuple[Moment, Moment]:
    """The newest night that has begun; it ends at ``now`` if it is not over yet."""
    begin, end = NIGHT
    day = local(now, zone).date()
    if instant(day, begin, zone) > now:
        day -= timedelta(days=1)
    return instant(day, begin, zone), min(now, instant(day + timedelta(days=1), end, zone))


def of_day(day: date, now: Moment, zone: ZoneInfo) -> tuple[Moment, Moment]:
    """A local day, as far as it is over."""
    first = instant(day, 0, zone)
    return first, max(first, min(now, instant(day + timedelta(days=1), 0, zone)))


async def report(
    database: Database, zone: ZoneInfo, span: tuple[Moment, Moment], *, runs: bool
) -> dict[str, Any]:
    """Everything of a span. ``runs``: a gateway does, so somebody watches until now."""
    since, until = span
    incidents = await _incidents(database, since, until)
    known = await coverage_report.homes(database, zone, since)
    isolating = [home for home in known.values() if home.isolates(since, until)]
    gaps = await coverage_report.gaps(database, since, until, runs=runs)
    covered = coverage_report.cover(isolating, gaps, since, until)
    found = coverage_json(covered, zone, since, until)
    unseen = {one.home.household_id for one in covered if sum(totals(one.found)[c] for c in CAUSES)}
    return {
        "since": rfc3339(since, zone),
        "until": rfc3339(until, zone),
        "incidents": [one for at, one in incidents if since <= at < until],
        "unresolved": [one for _, one in incidents if one["state"] != "resolved"],
        "unverified": [one for _, one in incidents if one["outcome"] == Outcome.UNVERIFIED],
        "alerts": await _alerts(database, since, until),
        "latency": await latency.summary(database, since, until),
        "coverage": {
            "households": len(isolating),
            "households_with_gaps": len(unseen),
            "all": found["all"],
            "grids": found["grids"],
            "not_observed": [
                {name: value for name, value in one.items() if name != "days"}
                for one in found["households"]
                if one["household_id"] in unseen
            ],
        },
    }


async def _incidents(
    database: Database, since: Moment, until: Moment
) -> Sequence[tuple[Moment, dict[str, Any]]]:
    """Those that were raised in the span, and whatever still needs somebody; oldest first."""
    rows = await database.rows(
        "SELECT raised_at, body FROM incidents WHERE raised_at >= ? AND raised_at < ?"
        " OR state <> 'resolved' OR json_extract(body, '$.outcome') = ? ORDER BY id",
        (since, until, Outcome.UNVERIFIED),
    )
    bodies = ((row["raised_at"], json.loads(row["body"])) for row in rows)
    return [(at, {name: body.get(name) for name in _INCIDENT}) for at, body in bodies]


async def _alerts(database: Database, since: Moment, until: Moment) -> dict[str, Any]:
    rows = await database.rows(
        "SELECT kind, status, COUNT(*) FROM alerts WHERE created_at >= ? AND created_at < ?"
        " GROUP BY kind, status ORDER BY kind, status",
        (since, until),
    )
    return {
        "created": sum(count for _, _, count in rows),
        **{
            name: sum(count for _, status, count in rows if status in statuses)
            for name, statuses in ALERTS.items()
        },
        "by_status": [
            {"kind": kind, "status": status, "count": count} for kind, status, count in rows
        ],
    }
