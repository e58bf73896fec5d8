"""How the commands print: JSON, or a table for people. Knows nothing of what it prints."""

import json
import unicodedata
from collections.abc import Sequence
from typing import Any

import typer


def print_json(value: Any) -> None:
    """Indented, and readable in any script."""
    typer.echo(json.dumps(value, ensure_ascii=False, indent=2))


def print_table(headings: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Columns under headings; None is a dash."""
    text = [["-" if cell is None else str(cell) for cell in row] for row in rows]
    widths = [max(map(_width, column)) for column in zip(headings, *text, strict=True)]
    for row in (headings, *text):
        padded = [
            cell + " " * (width - _width(cell)) for cell, width in zip(row, widths, strict=True)
        ]
        typer.echo("  ".join(padded).rstrip())


def short(when: str | None) -> str | None:
    """RFC 3339 as people read it in a table: to the second, without the offset."""
    return when[:19].replace("T", " ") if when else None


def _width(text: str) -> int:
    """Cells of a terminal: a Chinese character takes two."""
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)
