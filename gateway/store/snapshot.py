"""The rules' memory of every household and grid at one journal id: a start replays only the rest.

Owns how a ``Home`` or ``Grid`` is written down; the policy is not part of it, it comes from the
ledger, and neither is what can be worked out again.
"""

import json
import zlib
from collections.abc import Iterator
from itertools import islice
from typing import Any, get_type_hints

import aiosqlite
from pydantic import TypeAdapter

from gateway.store.database import Database
from rules.grid import Grid
from rules.home import Condition, Doubt, Faulty, Home, Incident, KnownDoor, Opening, Rest
from rules.policy import GridPolicy, Policy

PIECE = 100  # homes or sensors written at a time: about a millisecond in which nobody else runs

_NOT_WRITTEN = ("policy", "plan")


def _fields(state: type[Home] | type[Grid]) -> list[str]:
    return [name for name in state._fields if name not in _NOT_WRITTEN]


def _adapter(state: type[Home] | type[Grid]) -> TypeAdapter[tuple[Any, ...]]:
    types = get_type_hints(state)
    shape: Any = tuple.__class_getitem__(tuple(types[name] for name in _fields(state)))
    return TypeAdapter(shape)


_HOME, _GRID = _adapter(Home), _adapter(Grid)

SHAPE = zlib.crc32(
    repr(
        [
            kind.__annotations__
            for kind in (Home, Grid, Rest, Incident, Opening, KnownDoor, Condition, Faulty, Doubt)
        ]
    ).encode()
)
"""Tells a snapshot of another release, whose memory had other fields: then the journal is replayed
from its beginning."""

_ALSO_READ = {1377458224: 1496534825}
"""By our shape, an older one that is read too: that of 23 November 2026, before classes and fields
were given plainer names. Names are not written down, and what came since has a default."""


def readable(shape: object) -> bool:
    """Whether a snapshot of this shape can be read."""
    return shape == SHAPE or shape == _ALSO_READ.get(SHAPE, SHAPE)


def written(state: Home | Grid) -> list[Any]:
    """A home or grid for JSON, by field (tuples become lists there, enums their values)."""
    return [getattr(state, name) for name in _fields(type(state))]


def read(values: list[Any], policy: Policy) -> Home:
    """The home that ``written`` gave, under ``policy``."""
    return Home(policy, **dict(zip(_fields(Home), _HOME.validate_python(values), strict=True)))


def read_grid(values: list[Any], policy: GridPolicy) -> Grid:
    """The grid that ``written`` gave, under ``policy``."""
    return Grid(policy, **dict(zip(_fields(Grid), _GRID.validate_python(values), strict=True)))


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
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=dict)


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
    """The journal id it stands for, and the document; None: there is none that we can read."""
    found = await database.rows("SELECT journal_id, body FROM snapshot")
    if not found:
        return None
    document = json.loads(zlib.decompress(found[0]["body"]))
    if not readable(document.get("shape")):
        return None
    return int(found[0]["journal_id"]), document
