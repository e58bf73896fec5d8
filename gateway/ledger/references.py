"""What the ledger's rows say of each other: ids once, references that lead somewhere."""

from collections.abc import Mapping, Sequence

from gateway.errors import Mistake
from gateway.ledger.columns import TABLES
from gateway.ledger.model import Ledger, Sensor
from gateway.ledger.tables import Line

# column of a table -> the table that it leads to
_LEADS = {
    ("people", "grid_id"): "grids",
    ("households", "grid_id"): "grids",
    ("sensors", "household_id"): "households",
}
_SCOPES = {"grid": "grids", "household": "households"}


def check(merged: Ledger, existing: Ledger, lines: Mapping[str, Sequence[Line]]) -> list[Mistake]:
    """Every contradiction between the rows read, and between them and the existing ones.

    An id whose own row is wrong still counts as there: one mistake is not told twice.
    """
    ids = {
        table.name: set(getattr(existing, table.name)) | {line.key for line in lines[table.name]}
        for table in TABLES
    }
    mistakes: list[Mistake] = []
    for table in TABLES:
        mistakes += _twice(table.key.name, lines[table.name])
        for line in lines[table.name]:
            mistakes += _nowhere(table.name, line, ids)
    return mistakes + _shared(merged, lines["sensors"])


def _twice(key: str, lines: Sequence[Line]) -> list[Mistake]:
    first: dict[str, Line] = {}
    mistakes: list[Mistake] = []
    for line in lines:
        before = first.setdefault(line.key, line) if line.key else line
        if before is not line:
            place = f"{line.place}: {line.named[key]}"
            what = f"{line.key!r} is there already, at {before.place}"
            mistakes.append(Mistake(place, what, "give one of them another id, or take it out"))
    return mistakes


def _nowhere(table: str, line: Line, ids: Mapping[str, set[str]]) -> list[Mistake]:
    wanted: list[tuple[str, str, str]] = []  # column, table, id
    for (holder, column), leads in _LEADS.items():
        value = line.read.get(column) if holder == table else None
        if value is not None:
            wanted.append((column, leads, value))
    scope, _, subject = line.read.get("applies_to", "").partition(":")
    if scope in _SCOPES:
        wanted.append(("applies_to", _SCOPES[scope], subject))
    return [
        Mistake(
            f"{line.place}: {line.named.get(column, column)}",
            f"there is no {leads.removesuffix('s')} {value!r}",
            f"add it to {leads}, or correct the id",
        )
        for column, leads, value in wanted
        if value not in ids[leads]
    ]


def _shared(merged: Ledger, lines: Sequence[Line]) -> list[Mistake]:
    """Two sensors cannot have one address: nobody could tell whose door it is."""
    places = {line.key: line for line in lines}
    holders: dict[tuple[str, str], Sensor] = {}
    mistakes: list[Mistake] = []
    for sensor_id, sensor in sorted(merged.sensors.items(), key=lambda item: item[0] in places):
        holder = holders.setdefault((sensor.protocol, sensor.address), sensor)
        if holder is sensor:
            continue
        line = places[sensor_id]
        other = places.get(holder.sensor_id)
        where = f"at {other.place}" if other else f"of household {holder.household_id!r}"
        mistakes.append(
            Mistake(
                f"{line.place}: {line.named['address']}",
                f"{sensor.address} is also that of sensor {holder.sensor_id!r}, {where}",
                "each sensor has its own: look at its label",
            )
        )
    return mistakes
