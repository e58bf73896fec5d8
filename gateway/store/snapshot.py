"""The rules' memory of every household at one journal id, so that a start replays only the rest.

Owns how a ``Home`` is written down; the policy is not part of it, it comes from the ledger.
"""

import json
import zlib
from collections.abc import Iterator
from itertools import islice
from typing import Any

import aiosqlite

from gateway.store.database import Database
from rules.home import Home, Incident, Leaf, Opening, Phase
from rules.model import Channel, Door, Kind, Outcome, PassGranted, Reason, Role, Severity
from rules.policy import Policy

PIECE = 100  # homes or sensors written at a time: about a millisecond in which nobody else runs


def written(home: Home) -> list[Any]:
    """A home as plain lists (tuples and enums are lists and values in JSON)."""
    return [
        home.due,
        home.doors,
        home.opening,
        home.incident,
        home.used,
        home.passes,
        home.uncovered,
        home.commissioning,
    ]


def read(values: list[Any], policy: Policy) -> Home:
    """The home that ``written`` gave, under ``policy``."""
    due, doors, opening, incident, used, passes, uncovered, commissioning = values
    return Home(
        policy=policy,
        due=due,
        doors=tuple(Leaf(sensor, Door(door), at, said) for sensor, door, at, said in doors),
        opening=_opening(opening) if opening else None,
        incident=_incident(incident) if incident else None,
        used=tuple((window, day, count) for window, day, count in used),
        passes=tuple(PassGranted(*granted) for granted in passes),
        uncovered=tuple(uncovered),
        commissioning=tuple((sensor, until) for sensor, until in commissioning),
    )


def _opening(values: list[Any]) -> Opening:
    started_at, closed_at, deadline, late, windows = values
    return Opening(started_at, closed_at, deadline, Kind(late) if late else None, tuple(windows))


def _incident(values: list[Any]) -> Incident:
    fields = dict(zip(Incident._fields, values, strict=True))
    fields["phase"] = Phase(fields["phase"])
    fields["kind"] = Kind(fields["kind"])
    fields["severity"] = Severity(fields["severity"])
    fields["reason"] = Reason(fields["reason"])
    fields["chain"] = Severity(fields["chain"])
    fields["told"] = tuple((Role(role), Channel(way), at) for role, way, at in fields["told"])
    fields["acknowledged_by"] = tuple(fields["acknowledged_by"])
    fields["outcome"] = Outcome(fields["outcome"]) if fields["outcome"] else None
    return Incident(**fields)


def packed(document: dict[str, Any]) -> bytes:
    """A document as ``load`` reads it. For a thread: in pieces, so that the loop gets its turns."""
    packer = zlib.compressobj(1)
    return b"".join([*(packer.compress(p.encode()) for p in _pieces(document)), packer.flush()])


def _pieces(document: dict[str, Any]) -> Iterator[str]:
    """JSON; of each object within, some entries at a time."""
    before = "{"
    for name, value in document.items():
        yield f"{before}{_json(name)}:"
        if isinstance(value, dict):
            entries, inner = iter(value.items()), "{"
            while some := dict(islice(entries, PIECE)):
                yield inner + _json(some)[1:-1]
                inner = ","
            yield "}" if value else "{}"
        else:
            yield _json(value)
        before = ","
    yield "}"


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


async def save(connection: aiosqlite.Connection, journal_id: int, at: int, body: bytes) -> None:
    """Replaces the snapshot by another, ``packed``."""
    await connection.execute(
        "INSERT INTO snapshot (id, journal_id, at, body) VALUES (1, ?, ?, ?) ON CONFLICT (id)"
        " DO UPDATE SET journal_id=excluded.journal_id, at=excluded.at, body=excluded.body",
        (journal_id, at, body),
    )


async def journal_id(database: Database) -> int:
    """The journal id that the snapshot stands for; 0: there is none."""
    rows = await database.rows("SELECT journal_id FROM snapshot")
    return int(rows[0][0]) if rows else 0


async def load(database: Database) -> tuple[int, dict[str, Any]] | None:
    """The journal id it stands for, and the document; None: there is none."""
    found = await database.rows("SELECT journal_id, body FROM snapshot")
    if not found:
        return None
    return int(found[0]["journal_id"]), json.loads(zlib.decompress(found[0]["body"]))
