"""Files to a ledger: all or nothing, every mistake at once. Changes no file and no database."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from gateway.errors import Mistake, Mistakes
from gateway.ledger.columns import TABLES, Table
from gateway.ledger.model import Ledger
from gateway.ledger.references import check
from gateway.ledger.sheets import Sheet, read_sheets
from gateway.ledger.tables import Line, read_table, recognise

BY_NAME = {table.name: table for table in TABLES}


def read_tables(
    paths: Sequence[Path],
    existing: Ledger,
    country: str,
    tables: Mapping[Path, str] | None = None,
) -> Ledger:
    """``existing`` with the rows of these CSV or XLSX files added, or replaced by id.

    ``country`` (ISO 3166, two letters) reads national phone numbers. ``tables`` may say of a
    file which table it is (``grids`` ...). Raises ``Mistakes`` with every one of them.
    """
    mistakes: list[Mistake] = []
    lines: dict[str, list[Line]] = {table.name: [] for table in TABLES}
    for table, sheet in _recognised(paths, tables or {}, mistakes):
        found, wrong = read_table(table, sheet, existing, country)
        lines[table.name] += found
        mistakes += wrong
    merged = _merge(lines, existing)
    mistakes += check(merged, existing, lines)
    if mistakes:
        raise Mistakes(mistakes)
    return merged


def read_row(
    table: str, cells: Mapping[str, str], existing: Ledger, country: str, place: str
) -> Ledger:
    """``existing`` with one row added or replaced, judged as a file's row is.

    ``cells``: text by English heading; of a heading that is absent the existing value stays.
    ``place`` says in messages where the row comes from. Raises ``Mistakes``.
    """
    sheet = Sheet(place, table, ((0, tuple(cells)), (1, tuple(cells.values()))))
    found, mistakes = read_table(BY_NAME[table], sheet, existing, country)
    lines: dict[str, list[Line]] = {name: [] for name in BY_NAME} | {table: found}
    merged = _merge(lines, existing)
    mistakes += check(merged, existing, lines)
    if mistakes:
        raise Mistakes(m._replace(place=m.place.replace(":1:", ":", 1)) for m in mistakes)
    return merged


def _recognised(
    paths: Sequence[Path], tables: Mapping[Path, str], mistakes: list[Mistake]
) -> list[tuple[Table, Sheet]]:
    found: list[tuple[Table, Sheet]] = []
    for path in paths:
        try:
            sheets = read_sheets(path)
        except Mistakes as error:
            mistakes += error.mistakes
            continue
        for sheet in sheets:
            table = BY_NAME[tables[path]] if path in tables else recognise(sheet)
            if isinstance(table, Mistake):
                mistakes.append(table)
            else:
                found.append((table, sheet))
    return found


def _merge(lines: Mapping[str, Sequence[Line]], existing: Ledger) -> Ledger:
    merged = {
        name: {
            **getattr(existing, name),
            **{line.key: line.row for line in found if line.row is not None},
        }
        for name, found in lines.items()
    }
    return Ledger(**merged)
