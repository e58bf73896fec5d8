"""What the ledger's rows say of each other: ids and devices once, no reference to nowhere."""

import shlex
from collections.abc import Collection, Iterator, Mapping, Sequence

from gateway.errors import Mistake
from gateway.ledger.clocks import Unreadable
from gateway.ledger.columns import TABLES
from gateway.ledger.model import Ledger, Protocol, Sensor
from gateway.ledger.tables import Line
from gateway.ledger.values import TOPICS, bare_name, parse_address

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
    mistakes: list[Mistake] = []
    for sensor, holder in _pairs(merged, TOPICS, last=places):
        line = places.get(sensor.sensor_id)
        if line is None:  # both were there before: ``check`` says it
            continue
        other = places.get(holder.sensor_id)
        where = f"at {other.place}" if other else f"of household {holder.household_id!r}"
        mistakes.append(_same(f"{line.place}: {line.named['address']}", sensor, holder, where))
    return mistakes


def standing(ledger: Ledger, topics: Mapping[Protocol, str]) -> list[Mistake]:
    """What no import takes, in a ledger that an earlier release or other prefixes let in.

    ``topics``: this site's prefixes.
    """
    mistakes: list[Mistake] = []
    for sensor in ledger.sensors.values():
        place = f"ledger: sensor {sensor.sensor_id}"
        try:
            wanted = parse_address(sensor.protocol, sensor.address)
        except Unreadable as wrong:
            mistakes.append(Mistake(place, f"{wrong.what}: it is never heard", wrong.remedy))
            continue
        if sensor.protocol is Protocol.ZIGBEE2MQTT:
            wanted = bare_name(sensor.protocol, wanted, topics)
            if wanted != sensor.address:
                what = f"{sensor.address} has the prefix of topics, so that it is never heard"
                remedy = f"sensors pair {sensor.sensor_id} --address {shlex.quote(wanted)}"
                mistakes.append(Mistake(place, what, remedy))
    for sensor, holder in _pairs(ledger, topics):
        where = f"of household {holder.household_id!r}"
        mistakes.append(_same(f"ledger: sensor {sensor.sensor_id}", sensor, holder, where))
    return mistakes


def _pairs(
    ledger: Ledger, topics: Mapping[Protocol, str], last: Collection[str] = ()
) -> Iterator[tuple[Sensor, Sensor]]:
    """Each sensor that is bound to the device of an earlier one, and that one."""
    holders: dict[tuple[Protocol, str], Sensor] = {}
    for sensor in sorted(ledger.sensors.values(), key=lambda each: each.sensor_id in last):
        name = bare_name(sensor.protocol, sensor.address, topics)
        holder = holders.setdefault((sensor.protocol, name), sensor)
        if holder is not sensor:
            yield sensor, holder


def _same(place: str, sensor: Sensor, holder: Sensor, where: str) -> Mistake:
    what = f"{sensor.address} is also that of sensor {holder.sensor_id!r}, {where}"
    if sensor.address != holder.address:
        what += f", which has it as {holder.address}"
    return Mistake(place, what, "each sensor has its own: look at its label")
