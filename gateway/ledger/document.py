"""Rows of the ledger as JSON values and back, for the journal. Knows no files and no tables.

Blank fields are left out, so that a column added by a later release reads as blank; fields
that this release does not know are ignored, so that an older one can still read a newer ledger.
"""

from collections.abc import Callable
from dataclasses import fields
from datetime import date, datetime
from typing import Any, TypeAlias, TypeVar

from gateway.ledger.rows import (
    Care,
    Grid,
    Household,
    Language,
    Person,
    Protocol,
    Sensor,
    Window,
    WindowKind,
)
from rules.model import Role
from rules.policy import Shift

Row: TypeAlias = Grid | Person | Household | Sensor | Window
R = TypeVar("R", Grid, Person, Household, Sensor, Window)


def local(text: str) -> date | datetime:
    """A local date (``2022-04-01``) or date and time (``2022-04-01T08:00:00``)."""
    return datetime.fromisoformat(text) if "T" in text else date.fromisoformat(text)


def _shifts(rows: list[Any]) -> tuple[Shift, ...]:
    return tuple(Shift(tuple(days), start, end) for days, start, end in rows)


# Only what JSON does not give back as it was.
_READ: dict[type[Row], dict[str, Callable[[Any], Any]]] = {
    Grid: {},
    Person: {"role": Role, "language": Language, "duty": _shifts},
    Household: {
        "isolation_start": local,
        "isolation_end": local,
        "care": lambda words: tuple(map(Care, words)),
    },
    Sensor: {"protocol": Protocol},
    Window: {
        "kind": WindowKind,
        "weekdays": tuple,
        "first_day": date.fromisoformat,
        "last_day": date.fromisoformat,
    },
}
_NAMES = {kind: tuple(field.name for field in fields(kind)) for kind in _READ}


def as_json(row: Row) -> dict[str, Any]:
    """The row as JSON values, blank ones left out; the public names of INTERFACES are the keys."""
    values = {}
    for name in _NAMES[type(row)]:
        value = getattr(row, name)
        if value is None or value is False or value in ("", ()):
            continue
        values[name] = value.isoformat() if isinstance(value, date) else value
    return values


def from_json(kind: type[R], values: dict[str, Any]) -> R:
    """The row that ``as_json`` wrote."""
    read = _READ[kind]
    known = {
        name: read[name](value) if name in read else value
        for name, value in values.items()
        if name in _NAMES[kind]
    }
    return kind(**known)
