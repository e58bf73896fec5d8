"""What the cells of one row say of each other: completes the row, or says what is wrong.

Each takes what was read so far, by field, and changes it; fields that were unreadable are
missing, and then nothing is said about them again.
"""

from collections.abc import Collection
from datetime import date, datetime, time
from typing import Any

from gateway.ledger import rooms, values
from gateway.ledger.clocks import Unreadable
from gateway.ledger.columns import HOUSEHOLDS, SENSORS, WINDOWS, Table
from gateway.ledger.document import Row


def finish(
    table: Table, read: dict[str, Any], named: Collection[str], old: Row | None
) -> list[tuple[str, Unreadable]]:
    """The mistakes of a row by field. ``named``: columns the file has; ``old``: the row so far."""
    if table is SENSORS:
        return _sensor(read)
    if table is HOUSEHOLDS:
        return _household(read, named, old)
    if table is WINDOWS:
        return _window(read)
    return []


def _sensor(read: dict[str, Any]) -> list[tuple[str, Unreadable]]:
    wrong: list[tuple[str, Unreadable]] = []
    for name, parse in (("address", values.parse_address), ("key", values.parse_key)):
        if name in read and "protocol" in read:
            try:
                read[name] = parse(read["protocol"], read[name])
            except Unreadable as error:
                wrong.append((name, error))
    return wrong


def _household(
    read: dict[str, Any], named: Collection[str], old: Row | None
) -> list[tuple[str, Unreadable]]:
    address = read.get("address", "")
    for name, value in rooms.from_address(address)._asdict().items():
        stays = name not in named and getattr(old, "address", None) == address
        if name in read:
            read[name] = rooms.bare(read[name])
        elif value is not None and not stays:
            read[name] = value
    start, end = read.get("isolation_start"), read.get("isolation_end")
    if start is not None and end is not None and _last(end) < _first(start):
        remedy = "let it end at or after its start"
        return [("isolation_end", Unreadable("is before isolation_start", remedy))]
    return []


def _first(when: date | datetime) -> datetime:
    return when if isinstance(when, datetime) else datetime.combine(when, time.min)


def _last(when: date | datetime) -> datetime:
    return when if isinstance(when, datetime) else datetime.combine(when, time.max)


def _window(read: dict[str, Any]) -> list[tuple[str, Unreadable]]:
    wrong: list[tuple[str, Unreadable]] = []
    if read.get("start") == read.get("end") and read.get("start"):
        remedy = "for the whole day write 00:00 and 24:00"
        wrong.append(("end", Unreadable("is the same as start", remedy)))
    first, last = read.get("first_day"), read.get("last_day")
    if first is not None and last is not None and last < first:
        wrong.append(("last_day", Unreadable("is before first_day", "exchange the two")))
    return wrong
