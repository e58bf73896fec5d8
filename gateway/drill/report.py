"""What drills have come to: who was told, how long each stage took, who answered, and whether in
time. Reads the store and gives JSON; a drill's incident is shown as any other by its id.
"""

from typing import Any
from zoneinfo import ZoneInfo

from gateway import drill, latency
from gateway.incident_json import incidents_json
from gateway.store.database import Database
from rules.moment import SECOND, Moment

_ALERT = ("person_id", "kind", "provider", "step", "status", "error", "latency")


async def drills(
    database: Database, zone: ZoneInfo, since: Moment = 0, grid_id: str | None = None
) -> list[dict[str, Any]]:
    """Every drill that was raised at ``since`` or later, oldest first.

    ``passed``: somebody answered within 30 minutes; null: it still runs. ``answered_after``:
    seconds from the reading to that answer. ``alerts``: each with its ``latency``.
    """
    first, last = drill.KEYS
    if grid_id is not None:
        first, last = drill.key_of(grid_id), drill.key_of(grid_id) + "\0"
    rows = await database.rows(
        "SELECT id, raised_at FROM incidents WHERE household_id >= ? AND household_id < ?"
        " AND raised_at >= ? ORDER BY id",
        (first, last, since),
    )
    found = []
    for row in rows:
        [incident] = await incidents_json(database, zone, id=row["id"])
        found.append(_drill(incident, row["raised_at"]))
    return found


def _drill(incident: dict[str, Any], raised_at: Moment) -> dict[str, Any]:
    by, at = _answer(incident)
    passed = None
    if at is not None:
        passed = at - raised_at < drill.LIMIT
    elif incident["state"] == "resolved":
        passed = False
    return {
        "incident": incident["id"],
        "code": incident["code"],
        "grid_id": incident["grid_id"],
        "at": incident["raised_at"],
        "passed": passed,
        "answered_by": by,
        "answered_after": None if at is None else (at - raised_at) / SECOND,
        "alerts": [{name: alert[name] for name in _ALERT} for alert in incident["alerts"]],
    }


def _answer(incident: dict[str, Any]) -> tuple[str | None, Moment | None]:
    """Who took it, or said at once what it was; and when."""
    if incident["acknowledged_by"] is not None:
        return incident["acknowledged_by"], latency.moment_of(incident["acknowledged_at"])
    if incident["resolved_by"] not in (None, drill.SOURCE):
        return incident["resolved_by"], latency.moment_of(incident["resolved_at"])
    return None, None
