"""A ledger as files that an import reads back to the same ledger."""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Literal

from gateway.ledger.columns import TABLES, Table
from gateway.ledger.model import Ledger
from gateway.ledger.sheets import write_csv, write_xlsx

_WRITERS: dict[str, Callable[[Path, Iterable[Sequence[str]]], None]] = {
    "csv": write_csv,
    "xlsx": write_xlsx,
}


def write_tables(
    ledger: Ledger,
    folder: Path,
    language: Literal["en", "zh"] = "en",
    form: Literal["csv", "xlsx"] = "csv",
) -> list[Path]:
    """Writes the five tables into ``folder`` (made if need be); the files, in order of import."""
    folder.mkdir(parents=True, exist_ok=True)
    paths: list[Path] = []
    for table in TABLES:
        stem = table.headings[0] if language == "zh" else table.name
        path = folder / f"{stem}.{form}"
        _WRITERS[form](path, rows(ledger, table, language))
        paths.append(path)
    return paths


def rows(ledger: Ledger, table: Table, language: str) -> list[list[str]]:
    """A table as text, headings first, rows by id."""
    columns = table.columns
    text = [[c.headings[0] if language == "zh" else c.name for c in columns]]
    for _, row in sorted(getattr(ledger, table.name).items()):
        cells = [(column, getattr(row, column.name)) for column in columns]
        text.append(["" if v is None else column.show(v, language) for column, v in cells])
    return text
