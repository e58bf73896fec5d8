"""One sheet of text as typed rows of one table: which table, which columns, every bad cell.

Judges a row by itself; what rows say of each other is in ``gateway.ledger.references``.
"""

import difflib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from gateway.errors import Mistake
from gateway.ledger.clocks import Unreadable, plain
from gateway.ledger.columns import TABLES, Column, Table
from gateway.ledger.document import Row
from gateway.ledger.model import Ledger
from gateway.ledger.rowchecks import finish
from gateway.ledger.sheets import Sheet


class Line(NamedTuple):
    """A row as read; ``row`` is None when something in it is wrong."""

    place: str  # "file:row"
    key: str  # its id; empty when that is unreadable
    row: Row | None
    read: dict[str, Any]  # what of it could be read, by field
    named: dict[str, str]  # what the file calls each column


def recognise(sheet: Sheet) -> Table | Mistake:
    """Which table a sheet is: by its name, else by its headings."""
    title = plain(sheet.title).lower()
    for table in TABLES:
        if title in (table.name, *table.headings):
            return table
    headings = {_tidy(cell) for cell in sheet.rows[0][1]} - {""}
    fits = [table for table in TABLES if headings >= _required(table, headings)]
    score = {table.name: len(headings & _names(table)) for table in fits}
    best = [table for table in fits if score[table.name] == max(score.values())]
    if len(best) == 1:
        return best[0]
    return Mistake(
        sheet.name,
        "does not show which table it is",
        f"name it {', '.join(f'{t.name}.csv' for t in TABLES)}, or give every heading of one",
    )


def _tidy(heading: str) -> str:
    """``Grid ID *`` and ``grid_id`` are one heading; so are ``电话(手机)`` and ``电话``."""
    return plain(heading).lower().partition("(")[0].strip(" *:").replace(" ", "_").replace("-", "_")


def _names(table: Table) -> set[str]:
    return {name for column in table.columns for name in (column.name, *column.headings)}


def _required(table: Table, headings: set[str]) -> set[str]:
    """The headings that must be there, in the wording of ``headings`` where they are."""
    required = set()
    for column in table.columns:
        if column.required:
            called = headings & {column.name, *column.headings}
            required |= called or {column.name}
    return required


def read_table(
    table: Table, sheet: Sheet, existing: Ledger, country: str
) -> tuple[list[Line], list[Mistake]]:
    """Every row of a sheet, and every mistake in it."""
    top, heading = sheet.rows[0]
    columns, mistakes = _columns(table, heading, f"{sheet.name}:{top}")
    if any(column.required and column not in columns for column in table.columns):
        return [], mistakes
    reader = _Reader(table, columns, tuple(map(str.strip, heading)), existing, country)
    lines: list[Line] = []
    for at, cells in sheet.rows[1:]:
        line, wrong = reader.line(f"{sheet.name}:{at}", cells)
        lines.append(line)
        mistakes += wrong
    return lines, mistakes


def _columns(
    table: Table, heading: Sequence[str], place: str
) -> tuple[list[Column | None], list[Mistake]]:
    """The column of each position, None for one without heading or unknown."""
    by_name = {name: c for c in table.columns for name in (c.name, *c.headings)}
    found: list[Column | None] = []
    mistakes: list[Mistake] = []
    for cell in heading:
        name = _tidy(cell)
        column = by_name.get(name)
        if name and column is None:
            near = difflib.get_close_matches(name, by_name, 1)
            what = f"{table.name} has no such column"
            remedy = f"call it {near[0]}" if near else "take the column out"
            mistakes.append(Mistake(f"{place}: {cell.strip()}", what, remedy))
        elif column is not None and column in found:
            mistakes.append(Mistake(f"{place}: {cell.strip()}", "is there twice", "keep one"))
            column = None
        found.append(column)
    for column in table.columns:
        if column.required and column not in found:
            mistakes.append(Mistake(f"{place}: {column}", "the column is missing", "add it"))
    return found, mistakes


@dataclass(frozen=True, slots=True)
class _Reader:
    """Reads the rows under one heading."""

    table: Table
    columns: Sequence[Column | None]
    heading: Sequence[str]
    existing: Ledger
    country: str

    def line(self, place: str, cells: Sequence[str]) -> tuple[Line, list[Mistake]]:
        named = {c.name: label for c, label in zip(self.columns, self.heading, strict=True) if c}
        read, mistakes = self._cells(place, cells)
        key = read.get(self.table.key.name, "")
        old = getattr(self.existing, self.table.name).get(key)
        for name, wrong in finish(self.table, read, named, old):
            label = named.get(name, name)
            mistakes.append(Mistake(f"{place}: {label}", wrong.what, wrong.remedy))
        row = None if mistakes else self._row(read, named, old)
        return Line(place, key, row, read, named), mistakes

    def _cells(self, place: str, cells: Sequence[str]) -> tuple[dict[str, Any], list[Mistake]]:
        read: dict[str, Any] = {}
        mistakes: list[Mistake] = []
        for at, column in enumerate(self.columns):
            text = cells[at].strip() if at < len(cells) else ""
            where = f"{place}: {self.heading[at]}"
            if column is None:
                if text and not self.heading[at]:
                    mistakes.append(_astray(place))
            elif text:
                try:
                    read[column.name] = column.parse(text, self.country)
                except Unreadable as wrong:
                    mistakes.append(Mistake(where, wrong.what, wrong.remedy))
            elif column.required:
                mistakes.append(Mistake(where, "is blank", "fill it in"))
        if any(cell.strip() for cell in cells[len(self.columns) :]):
            mistakes.append(_astray(place))
        return read, mistakes

    def _row(self, read: dict[str, Any], named: Collection[str], old: Row | None) -> Row:
        """The row; of a column that the file does not have, the existing row's value stays."""
        if old is not None:
            absent = (c.name for c in self.table.columns if c.name not in named)
            read = {name: getattr(old, name) for name in absent} | read
        return self.table.kind(**read)


def _astray(place: str) -> Mistake:
    what = "has a value without a heading"
    return Mistake(place, what, "put values that hold a comma in double quotes")
