"""Every maintenance there was, and what it hid: read from the journal and the incidents."""

import json
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from gateway.coverage.table import EVENTS
from gateway.incident_json import rfc3339
from gateway.maintenance import Maintenance, hidden_since
from gateway.store import journal
from gateway.store.database import Database
from gateway.store.journal import Entry, Row
from rules.moment import Moment


class Period(NamedTuple):
    """From its beginning until it ends, or somebody ends or renews it."""

    since: Moment
    until: Moment
    given: Maintenance
    ended_by: str | None = None  # None: its time was over, or it has not ended


async def listed(
    database: Database, zone: ZoneInfo, now: Moment, *, newest: str | None = ""
) -> list[dict[str, Any]]:
    """Every one, oldest first, with the incidents ``hidden`` by it: of which somebody would have
    been told. ``newest``: only the newest one of this grid (None: of the gateway)."""
    periods = await _periods(database)
    if newest != "":
        periods = [one for one in periods if one.given.grid_id == newest][-1:]
    since = min((one.since for one in periods), default=now)
    rows = await database.rows(
        "SELECT body FROM incidents WHERE updated_at >= ? ORDER BY id", (since,)
    )
    incidents = [json.loads(row["body"]) for row in rows]
    return [_as_json(one, incidents, zone, now) for one in periods]


async def _periods(database: Database) -> list[Period]:
    rows = await database.rows(
        f"SELECT * FROM journal WHERE {EVENTS} AND kind = ? ORDER BY id",  # noqa: S608  our own
        (Entry.MAINTENANCE,),
    )
    found: list[Period] = []
    running: dict[str | None, int] = {}  # by grid, where it stands in ``found``
    for row in rows:
        at, (given,) = row["received_at"], journal.inputs_of(Row(*row))
        assert isinstance(given, Maintenance)  # the query asked for no other
        before = running.pop(given.grid_id, None)
        if before is not None and found[before].until > at:
            found[before] = found[before]._replace(until=at, ended_by=given.by)
        if given.until > at:
            running[given.grid_id] = len(found)
            found.append(Period(at, given.until, given))
    return found


def _as_json(
    one: Period, incidents: list[dict[str, Any]], zone: ZoneInfo, now: Moment
) -> dict[str, Any]:
    given = one.given
    hidden = [
        {name: body[name] for name in ("id", "code", "kind", "severity", "state", "household_ids")}
        for body in incidents
        if given.grid_id in (None, body["grid_id"]) and hidden_since(body, one.since, one.until)
    ]
    return {
        "grid_id": given.grid_id,
        "since": rfc3339(one.since, zone),
        "until": rfc3339(one.until, zone),
        "lasts": now < one.until,
        "by": given.by,
        "why": given.why,
        "even_critical": given.even_critical,
        "ended_by": one.ended_by,
        "hidden": hidden,
    }
