"""Everything that is recorded about one household, for the resident: what, when, and until when.

Nobody else is in it: whoever was alerted or answered is an id of the roster, and keys of sensors
stay secret. Reads the store; changes nothing.
"""

import json
from typing import Any
from zoneinfo import ZoneInfo

from gateway import passes
from gateway.incident_json import incidents_json, rfc3339, without
from gateway.privacy import past, released
from gateway.privacy.past import Span
from gateway.store import journal
from gateway.store.database import Database
from gateway.store.journal import Entry, Row, heard_of
from rules.moment import DAY, NEVER, Moment

_SECRET = ("key",)
_PIECE = 2_000  # journal rows looked at in one go


async def export(
    database: Database, household_id: str, zone: ZoneInfo, purge_days: int, now: Moment
) -> dict[str, Any] | None:
    """The document, or None: no stored ledger knows the household."""
    known = (await past.households(database)).get(household_id)
    if known is None:
        return None
    over_at = released.released_at(known, zone)
    last_id = await journal.last_id(database)
    spans = await past.spans(database, {household_id}, last_id)
    erased_at = None if over_at == NEVER else over_at + purge_days * DAY
    readings, signs = await _recorded(database, household_id, spans, zone)
    return {
        "household_id": household_id,
        "made_at": rfc3339(now, zone),
        "erased_by_itself_at": rfc3339(erased_at, zone),
        "in_ledger": known.left_at == NEVER,
        "ledger": await _ledger(database, household_id, zone),
        "incidents": await _incidents(database, household_id, zone),
        "passes": [
            one.as_json(zone, now)
            for one in await passes.stored(database, household_id=household_id)
        ],
        "journal": readings,
        "signs_of_life": signs,
        "not_observed": await _gaps(database, household_id, zone),
        "installations": await _rows(
            database, zone, "SELECT sensor_id, started_at, ended_at, body FROM installations"
            " WHERE household_id = ? ORDER BY id", household_id,
        ),
        "own_page": await _rows(
            database, zone, "SELECT issued_at, until AS until_at FROM resident_tokens"
            " WHERE household_id = ?", household_id,
        ),
        "record_shown": await _rows(
            database, zone, "SELECT at AS shown_at, what FROM audit WHERE subject = ? ORDER BY id",
            household_id,
        ),
    }  # fmt: skip


async def _ledger(database: Database, household_id: str, zone: ZoneInfo) -> list[dict[str, Any]]:
    """What each version said of it, where it said something else than the one before."""
    found: list[dict[str, Any]] = []
    async for version in past.versions(database):
        tables = {
            name: [row for row in version.document.get(name, ()) if _is_of(row, household_id)]
            for name in ("households", "sensors", "windows")
        }
        tables["sensors"] = [
            {key: value for key, value in row.items() if key not in _SECRET}
            for row in tables["sensors"]
        ]
        said = {"version": version.number, "since": rfc3339(version.at, zone), **tables}
        last = {k: v for k, v in found[-1].items() if k in tables} if found else {}
        if any(tables.values()) and tables != last:
            found.append(said)
    return found


def _is_of(row: dict[str, Any], household_id: str) -> bool:
    named = row.get("household_id"), row.get("applies_to")
    return named[0] == household_id or named[1] == f"household:{household_id}"


async def _incidents(database: Database, household_id: str, zone: ZoneInfo) -> list[dict[str, Any]]:
    """Its own, and those of many homes without the others."""
    found = []
    for one in await incidents_json(database, zone, household_id=household_id):
        others = {key for key in one["household_ids"] if key != household_id}
        alerts = [] if others else one["alerts"]  # those texts name the others' doors
        found.append({**without(one, others), "alerts": alerts})
    return found


async def _recorded(
    database: Database, household_id: str, spans: list[Span], zone: ZoneInfo
) -> tuple[list[dict[str, Any]], dict[str, int]]:
    """Rows of the journal; and how often each sensor was noted to live, without news."""
    rows: list[dict[str, Any]] = []
    signs: dict[str, int] = {}
    for span in spans:
        for after in range(span.after, span.until, _PIECE):
            found = await database.rows(
                "SELECT * FROM journal WHERE id > ? AND id <= ? AND (kind = ? OR subject IN"
                " (SELECT value FROM json_each(?)))",
                (
                    after,
                    min(after + _PIECE, span.until),
                    Entry.HEARD,
                    json.dumps([household_id, *span.sensors]),
                ),
            )
            for row in (Row(*one) for one in found):
                if row.kind == Entry.HEARD:
                    for key in heard_of(row).keys() & span.sensors.keys():
                        signs[key] = signs.get(key, 0) + 1
                else:
                    rows.append(_entry(row, zone))
    return rows, signs


def _entry(row: Row, zone: ZoneInfo) -> dict[str, Any]:
    door = None if row.door is None else "open" if row.door else "closed"
    values = {
        "received_at": rfc3339(row.received_at, zone),
        "what": Entry(row.kind).name.lower(),
        "about": row.subject,
        "happened_at": rfc3339(row.at, zone),
        "not_before": rfc3339(row.since, zone),
        "door": door,
        "detail": json.loads(row.body) if row.body else None,
    }
    return {key: value for key, value in values.items() if value is not None}


async def _gaps(database: Database, household_id: str, zone: ZoneInfo) -> list[dict[str, Any]]:
    rows = await database.rows(
        "SELECT cause, since, until FROM gaps WHERE subject = ? ORDER BY since", (household_id,)
    )
    return [
        {"cause": row[0], "since": rfc3339(row[1], zone), "until": rfc3339(row[2], zone)}
        for row in rows
    ]


async def _rows(
    database: Database, zone: ZoneInfo, query: str, household_id: str
) -> list[dict[str, Any]]:
    """Rows as they are; ``…_at`` is a moment, ``body`` is JSON."""
    return [
        {
            key: rfc3339(row[key], zone)
            if key.endswith("_at")
            else json.loads(row[key])
            if key == "body"
            else row[key]
            for key in row.keys()  # noqa: SIM118 - a row's values are what it iterates
        }
        for row in await database.rows(query, (household_id,))
    ]
