"""The town as an office would keep it: the five CSV files, with English headings.

Owns the spelling of the files. Knows the town and nothing else.
"""

import csv
from datetime import date, datetime, time, timedelta
from pathlib import Path

from simulators.neighbourhood.town import ALL_WEEK, Town

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

HEADINGS: dict[str, tuple[str, ...]] = {
    "grids": ("grid_id", "community", "subdistrict"),
    "people": ("person_id", "name", "phone", "role", "grid_id", "language", "duty", "chat"),
    "households": (
        "household_id", "grid_id", "address", "building", "unit", "room",
        "isolation_start", "isolation_end", "care", "phone",
    ),
    "sensors": (
        "sensor_id", "household_id", "protocol", "address", "key", "place", "supervision_minutes",
    ),
    "windows": (
        "window_id", "applies_to", "kind", "weekdays", "start", "end", "first_day", "last_day",
        "max_openings", "max_open_minutes", "expected",
    ),
}  # fmt: skip


def write_ledger(town: Town, folder: Path) -> None:
    """Write grids.csv, people.csv, households.csv, sensors.csv and windows.csv (UTF-8)."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, rows in _tables(town).items():
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            out = csv.writer(file)
            out.writerow(HEADINGS[name])
            out.writerows([_word(value) for value in row] for row in rows)


def _tables(town: Town) -> dict[str, list[tuple[object, ...]]]:
    return {
        "grids": [(g.grid_id, g.community, g.subdistrict) for g in town.grids],
        "people": [
            (p.person_id, p.name, p.phone, p.role, p.grid_id, p.language, p.duty, "")
            for p in town.people
        ],
        "households": [
            (
                *(h.household_id, h.grid_id, h.address, h.building, h.unit, h.room),
                *(h.isolation_start, h.isolation_end, h.care, h.phone),
            )
            for h in town.households
        ],
        "sensors": [
            (
                *(s.sensor_id, s.household_id, s.protocol, s.address, s.key, s.place),
                s.life_sign and 3 * s.life_sign // timedelta(minutes=1),  # three of them missed
            )
            for s in town.sensors
        ],
        "windows": [
            (
                *(w.window_id, w.applies_to, w.kind, _days(w.weekdays), w.start, w.end),
                *(w.first_day, w.last_day, w.max_openings, w.max_open_minutes),
                "yes" if w.expected else "",
            )
            for w in town.windows
        ],
    }


def _days(weekdays: tuple[int, ...]) -> str:
    return "mon-sun" if weekdays == ALL_WEEK else ",".join(WEEKDAYS[d] for d in weekdays)


def _word(value: object) -> str:
    match value:
        case None:
            return ""
        case datetime():  # before date: a datetime is one
            return value.strftime("%Y-%m-%d %H:%M")
        case date():
            return value.isoformat()
        case time():
            return value.strftime("%H:%M")
        case _:
            return str(value)
