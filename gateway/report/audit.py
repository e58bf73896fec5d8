"""Who did what, and when: the answers, passes and other acts of people, from the journal.

People are named by their id in the ledger, ``cli`` whoever typed a command without one.
"""

import json
from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from gateway.coverage.table import EVENTS
from gateway.incident_json import rfc3339
from gateway.maintenance import Maintenance
from gateway.store import journal
from gateway.store.database import Database
from gateway.store.journal import DrillChanged, Entry, Row
from rules.model import (
    Acknowledged,
    Commissioned,
    EmergencyDeclared,
    HandedOver,
    PassGranted,
    PassRevoked,
    Resolved,
)
from rules.moment import Moment

RESIDENT = "resident"  # whoever holds the household's own key
_KINDS = (
    Entry.ACKNOWLEDGED, Entry.HANDED_OVER, Entry.RESOLVED, Entry.PASS_GRANTED, Entry.PASS_REVOKED,
    Entry.COMMISSIONED, Entry.BATTERY_CHANGED, Entry.LEDGER, Entry.MAINTENANCE, Entry.DRILL,
    Entry.EMERGENCY,
)  # fmt: skip


async def audit(
    database: Database, zone: ZoneInfo, since: Moment, until: Moment
) -> list[dict[str, Any]]:
    """Every act in ``[since, until)``, oldest first: ``at``, ``who`` (null: the journal does not
    say), ``what``, ``about`` (a household, sensor or grid), ``incident``, ``detail``."""
    numbers = await database.rows("SELECT id, household_id, number FROM incidents")
    incidents = {(row["household_id"], row["number"]): row["id"] for row in numbers}
    rows = await database.rows(
        f"SELECT * FROM journal WHERE {EVENTS} AND kind IN ({', '.join('?' * len(_KINDS))})"  # noqa: S608  our own text
        " AND received_at >= ? AND received_at < ?",
        (*_KINDS, since, until),
    )
    found = [(row["received_at"], _act(Row(*row), incidents)) for row in rows]
    found += await _trusts(database, since, until)
    found += await _others(database, since, until)
    found.sort(key=lambda one: one[0])
    return [{"at": rfc3339(at, zone), **act} for at, act in found]


def _act(row: Row, incidents: Mapping[tuple[str, int], int]) -> dict[str, Any]:
    if row.kind == Entry.LEDGER:
        version, _ = journal.ledger_of(row)
        return _said(None, "ledger", None, f"version {version}")
    if row.kind == Entry.BATTERY_CHANGED:
        return _said(json.loads(row.body or "{}").get("by"), "battery_changed", row.subject)

    def of(number: int) -> int | None:
        return incidents.get((row.subject or "", number))

    (given,) = journal.inputs_of(row)
    match given:
        case Acknowledged():
            return _said(given.person_id, "acknowledged", row.subject, incident=of(given.incident))
        case HandedOver():
            number = of(given.incident)
            return _said(given.by, "handed_over", row.subject, given.person_id, number)
        case Resolved():
            outcome, number = given.outcome.value, of(given.incident)
            return _said(given.person_id, "resolved", row.subject, outcome, number)
        case PassGranted():
            number = None if given.incident is None else of(given.incident)
            return _said(given.by or None, "pass_granted", row.subject, given.pass_id, number)
        case PassRevoked():
            return _said(given.by or None, "pass_revoked", row.subject, given.pass_id)
        case Commissioned():
            return _said(given.by or None, "commissioned", given.sensor_id)
        case EmergencyDeclared():
            return _said(RESIDENT, "emergency_declared", row.subject)
        case DrillChanged():
            what = "drill_begun" if given.begins else "drill_over"
            return _said(given.by, what, given.grid_id)
        case Maintenance():
            ends = given.until <= row.received_at
            what = "maintenance_ended" if ends else "maintenance_started"
            return _said(given.by or None, what, given.grid_id, given.why)
    raise ValueError(row.kind)  # the query asked for no other


async def _trusts(
    database: Database, since: Moment, until: Moment
) -> list[tuple[Moment, dict[str, Any]]]:
    """Whoever vouched for the clock."""
    rows = await database.rows(
        "SELECT at, body FROM requests WHERE json_extract(body, '$.do') = 'trust_clock'"
        " AND at >= ? AND at < ?",
        (since, until),
    )
    return [(row["at"], _said(json.loads(row["body"])["by"], "clock_trusted")) for row in rows]


async def _others(
    database: Database, since: Moment, until: Moment
) -> list[tuple[Moment, dict[str, Any]]]:
    """Logins, users, ledgers, rules: what the journal of the rules does not say."""
    rows = await database.rows(
        "SELECT at, who, what, subject, detail FROM audit WHERE at >= ? AND at < ?", (since, until)
    )
    return [
        (row["at"], _said(row["who"], row["what"], row["subject"], row["detail"])) for row in rows
    ]


def _said(
    who: str | None,
    what: str,
    about: str | None = None,
    detail: str = "",
    incident: int | None = None,
) -> dict[str, Any]:
    return {"who": who, "what": what, "about": about, "incident": incident, "detail": detail}
