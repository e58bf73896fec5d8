"""Incidents as the outside sees them: the stored body with its alerts, and moments as text.

The one place where the public JSON is put together, for the commands, the HTTP API and the
platform. Reads the store; decides nothing.
"""

import json
from collections.abc import Callable, Collection, Iterable
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from gateway import latency
from gateway.store.database import Database
from rules.moment import NEVER, Moment
from rules.said import Decision, DigestDue, Noted, Output

STATES = ("open", "acknowledged", "resolved")
_MOMENTS = ("created_at", "accepted_at", "delivered_at")
_ALERT = (
    "id", "person_id", "kind", "provider", "step", "text", "status", "provider_id", "attempts",
    "created_at", "accepted_at", "delivered_at", "error",
)  # fmt: skip


def rfc3339(at: Moment | None, zone: ZoneInfo) -> str | None:
    """A moment as RFC 3339 with the offset of ``zone``; None stays None, as does "never"."""
    if at is None or at <= 0 or at >= NEVER:
        return None
    when = datetime.fromtimestamp(at // 1000, UTC).replace(microsecond=at % 1000 * 1000)
    return when.astimezone(zone).isoformat(timespec="milliseconds")


async def incidents_json(
    database: Database,
    config_zone: ZoneInfo,
    state: str | None = None,
    id: int | None = None,  # noqa: A002 - as the public JSON calls it
    grid_id: str | None = None,
    newest: int | None = None,
    household_id: str | None = None,
) -> list[dict[str, Any]]:
    """Every incident, or those in one ``state``, the one with ``id``, those of one grid, or those
    that a household has part in; of them all or the ``newest``; the oldest first. What is not
    wanted is not read into the process."""
    where, values = _where(state, id, grid_id, household_id)
    rows = await database.rows(
        f"SELECT id, body FROM incidents {where} ORDER BY id DESC LIMIT ?",  # noqa: S608  our own
        (*values, -1 if newest is None else newest),
    )
    bodies = {row["id"]: json.loads(row["body"]) for row in reversed(rows)}
    alerts = await database.rows(
        "SELECT * FROM alerts WHERE incident_id IN (SELECT value FROM json_each(?)) ORDER BY id",
        (json.dumps(list(bodies)),),
    )
    of: dict[int, list[dict[str, Any]]] = {number: [] for number in bodies}
    answers = {number: latency.answers(body) for number, body in bodies.items()}
    for alert in alerts:
        number = alert["incident_id"]
        of[number].append(alert_json(dict(alert), config_zone, answers[number]))
    return [{**body, "alerts": of[number]} for number, body in bodies.items()]


def alert_json(
    values: dict[str, Any], zone: ZoneInfo, answers: Iterable[Moment] = ()
) -> dict[str, Any]:
    """One row of ``alerts``; the phone number stays inside. ``latency``: seconds to each stage
    from ``reading_at``, or from ``created_at`` where no reading caused it."""
    found = {name: values[name] for name in _ALERT}
    found |= {name: rfc3339(found[name], zone) for name in _MOMENTS}
    return found | {
        "reading_at": rfc3339(values["reading_at"], zone),
        "latency": latency.of_alert(values, answers),
    }


async def ids_of_code(database: Database, code: str, since: Moment) -> list[int]:
    """Incidents that a code may mean: unresolved, or changed since; the newest first."""
    rows = await database.rows(
        "SELECT id FROM incidents WHERE code = ? AND (state <> 'resolved' OR updated_at > ?)"
        " ORDER BY id DESC",
        (code, since),
    )
    return [int(row["id"]) for row in rows]


def lines_of(said: Output, iso: Callable[[Moment], str | None]) -> list[dict[str, Any]]:
    """What the rules said, as lines of the timeline; ``iso`` writes its moments."""
    if isinstance(said, Decision):
        detail = f"{said.verdict} {said.severity.word if said.severity else ''}".strip()
        line = {"at": iso(said.at), "what": said.reason.value, "detail": detail}
        return [line | ({"since": iso(said.since)} if said.since else {})]
    if isinstance(said, Noted):
        return [{"at": iso(said.at), "what": said.what.value, "detail": said.detail}]
    if isinstance(said, DigestDue):
        return []
    instead = f" in place of {said.in_place_of}" if said.in_place_of else ""
    return [
        {
            "at": iso(said.at),
            "what": "alerted",
            "detail": f"{alert.role} {alert.channel} {' '.join(alert.person_ids)}{instead}",
        }
        for alert in said.alerts
    ]


def without(body: dict[str, Any], gone: Collection[str]) -> dict[str, Any]:
    """The stored body of an incident of several households, without those that are to be
    forgotten; lines of its timeline that name one say nothing more."""
    lines = [
        {**line, "detail": ""} if _names(line["detail"], gone) else line
        for line in body["timeline"]
    ]
    return {
        **body,
        "household_ids": [key for key in body["household_ids"] if key not in gone],
        "household_id": None if body["household_id"] in gone else body["household_id"],
        "timeline": lines,
    }


def _names(detail: str, gone: Collection[str]) -> bool:
    return any(word in gone for word in detail.replace(",", " ").split())


def _where(
    state: str | None, number: int | None, grid_id: str | None, household_id: str | None
) -> tuple[str, tuple[Any, ...]]:
    asked: list[str] = []
    values: list[Any] = []
    if number is not None:
        asked.append("id = ?")
        values.append(number)
    if state is not None:
        # The index of unresolved ones is used if its condition stands there word for word.
        few = "" if state == "resolved" else " AND state <> 'resolved'"
        asked.append(f"state = ?{few}")
        values.append(state)
    if grid_id is not None:
        asked.append("json_extract(body, '$.grid_id') = ?")
        values.append(grid_id)
    if household_id is not None:
        # Its own by the index, and of the grids' those that name it.
        asked.append(
            "(household_id = ? OR household_id BETWEEN 'grid:' AND 'grid;' AND EXISTS"
            " (SELECT 1 FROM json_each(body, '$.household_ids') WHERE value = ?))"
        )
        values += [household_id, household_id]
    return f"WHERE {' AND '.join(asked)}" if asked else "", tuple(values)
