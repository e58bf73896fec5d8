"""The ledger: who lives where, which sensor hangs on which door, who is told. Reads no files.

A ``Ledger`` never changes: an import makes a new one, and every version is journaled whole, so
that a replay judges by the ledger of its day.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from gateway.ledger.document import Row, as_json, from_json
from gateway.ledger.rows import (
    BLE,
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
from rules.policy import Shift

__all__ = [
    "BLE",
    "Care",
    "Grid",
    "Household",
    "Language",
    "Ledger",
    "Person",
    "Protocol",
    "Sensor",
    "Shift",
    "Window",
    "WindowKind",
]


@dataclass(frozen=True, slots=True)
class Ledger:
    """All five tables, each by id. Rows refer only to rows that are there."""

    grids: Mapping[str, Grid] = field(default_factory=dict)
    people: Mapping[str, Person] = field(default_factory=dict)
    households: Mapping[str, Household] = field(default_factory=dict)
    sensors: Mapping[str, Sensor] = field(default_factory=dict)
    windows: Mapping[str, Window] = field(default_factory=dict)

    @classmethod
    def empty(cls) -> "Ledger":
        return cls()

    def windows_by_target(self) -> dict[str, list[Window]]:
        """Windows by what they apply to (``all``, ``grid:G1``, ``household:H1``), each by id."""
        found: dict[str, list[Window]] = {}
        for _, window in sorted(self.windows.items()):
            found.setdefault(window.applies_to, []).append(window)
        return found

    def to_json(self) -> str:
        """Compact and stable: equal ledgers give equal text."""
        tables: dict[str, Mapping[str, Row]] = {
            "grids": self.grids,
            "people": self.people,
            "households": self.households,
            "sensors": self.sensors,
            "windows": self.windows,
        }
        document = {
            name: [as_json(row) for _, row in sorted(rows.items())] for name, rows in tables.items()
        }
        return json.dumps(document, ensure_ascii=False, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> "Ledger":
        """What ``to_json`` wrote, by this release or another."""
        document = json.loads(text)
        grids = [from_json(Grid, row) for row in document.get("grids", ())]
        people = [from_json(Person, row) for row in document.get("people", ())]
        households = [from_json(Household, row) for row in document.get("households", ())]
        sensors = [from_json(Sensor, row) for row in document.get("sensors", ())]
        windows = [from_json(Window, row) for row in document.get("windows", ())]
        return cls(
            grids={row.grid_id: row for row in grids},
            people={row.person_id: row for row in people},
            households={row.household_id: row for row in households},
            sensors={row.sensor_id: row for row in sensors},
            windows={row.window_id: row for row in windows},
        )
