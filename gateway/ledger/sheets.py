"""CSV and XLSX files as rows of text and back. Knows encodings and Excel, not the ledger."""

import csv
import io
import unicodedata
import warnings
from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any, NamedTuple

from gateway.errors import Mistake, Mistakes

_XLSX, _XLS = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"  # how a zip and an old Excel file begin
_FORMULA = ("=", "+", "-", "@")  # what Excel takes for a formula at the start of a CSV cell


class Sheet(NamedTuple):
    """One table as text. Rows count as Excel shows them, from 1; blank ones are left out."""

    name: str  # for messages: the file's name, with the sheet's where there are several
    title: str  # what may say which table it is: the file's or the sheet's name
    rows: tuple[tuple[int, tuple[str, ...]], ...]


def read_sheets(path: Path) -> list[Sheet]:
    """The tables of a file. Raises ``Mistakes`` when it cannot be read."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise _unreadable(
            path.name, f"cannot be read: {error.strerror}", "give a file that can"
        ) from None
    if data.startswith(_XLS):
        raise _unreadable(path.name, "is of an old Excel", "save it as .xlsx or CSV")
    found = _workbook(path, data) if data.startswith(_XLSX) else [_csv(path, data)]
    if not any(sheet.rows for sheet in found):
        raise _unreadable(path.name, "is empty", "give a row of headings and a row for each entry")
    return [sheet for sheet in found if sheet.rows]


def _unreadable(place: str, what: str, remedy: str) -> Mistakes:
    return Mistakes([Mistake(place, what, remedy)])


def _csv(path: Path, data: bytes) -> Sheet:
    text = _decode(path, data)
    first = next((line for line in text.splitlines() if line.strip()), "")
    delimiter = max(",;\t", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    rows: list[tuple[str, ...]] = []
    try:
        rows.extend(tuple(map(_unguarded, row)) for row in reader)
    except csv.Error as error:
        raise _unreadable(
            f"{path.name}:{len(rows) + 1}",
            f"is no CSV: {error}",
            "close the quotation marks, or save the file again from Excel",
        ) from None
    return Sheet(path.name, path.stem, _filled(rows))


def _decode(path: Path, data: bytes) -> str:
    """UTF-8, or GB18030 as Chinese Excel saves it, or UTF-16 as its Unicode text."""
    utf16 = data.startswith((b"\xff\xfe", b"\xfe\xff"))
    for encoding in ("utf-16",) if utf16 else ("utf-8-sig", "gb18030"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError as error:
            line = data[: error.start].count(b"\n") + 1
            continue
        # GB18030 gives private characters for most bytes that were never meant as such.
        strange = next((i for i, c in enumerate(text) if unicodedata.category(c) == "Co"), None)
        if strange is None:
            return text
        line = text[:strange].count("\n") + 1
    raise _unreadable(
        f"{path.name}:{line}", "is neither UTF-8 nor GB18030", "save it as CSV UTF-8 or as XLSX"
    )


def _workbook(path: Path, data: bytes) -> list[Sheet]:
    import openpyxl  # noqa: PLC0415 - 5 MB, and the running gateway reads no workbook

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of styles and validations that we do not use
            book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True)
            tables = {
                sheet.title: _filled(
                    [tuple(_cell(cell) for cell in row) for row in sheet.iter_rows()]
                )
                for sheet in book.worksheets
            }
    except Exception as error:  # openpyxl raises whatever its parsers meet
        raise _unreadable(
            path.name, f"is no XLSX workbook: {type(error).__name__}", "save it again from Excel"
        ) from None
    filled = {title: rows for title, rows in tables.items() if rows}
    if len(filled) < 2:
        return [Sheet(path.name, path.stem, rows) for rows in filled.values()]
    return [Sheet(f"{path.name}[{title}]", title, rows) for title, rows in filled.items()]


def _cell(cell: Any) -> str:
    """A cell as somebody would have typed it."""
    value = cell.value
    if value is None:
        return ""
    if isinstance(value, datetime):
        if (value.hour, value.minute, value.second) == (0, 0, 0) and "h" not in str(
            cell.number_format
        ).lower():
            return value.date().isoformat()
        return value.isoformat(" ", "seconds")
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, timedelta):
        minutes = round(value.total_seconds() / 60)
        return f"{minutes // 60:02}:{minutes % 60:02}"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def _filled(
    rows: Iterable[tuple[str, ...]],
) -> tuple[tuple[int, tuple[str, ...]], ...]:
    return tuple((at, row) for at, row in enumerate(rows, 1) if any(cell.strip() for cell in row))


def write_csv(path: Path, rows: Iterable[Sequence[str]]) -> None:
    """UTF-8 with BOM and CRLF, which every Excel opens rightly."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows([_guarded(cell) for cell in row] for row in rows)


def write_xlsx(path: Path, rows: Iterable[Sequence[str]]) -> None:
    """Every cell as text, so that Excel leaves phones, dates and ids as they are."""
    from openpyxl import Workbook  # noqa: PLC0415
    from openpyxl.cell import WriteOnlyCell  # noqa: PLC0415

    book = Workbook(write_only=True)
    sheet = book.create_sheet(path.stem)
    for row in rows:
        sheet.append([_as_text(WriteOnlyCell(sheet, text)) for text in row])
    book.save(path)


def _as_text(cell: Any) -> Any:
    cell.data_type = "s"  # never a formula
    cell.number_format = "@"
    return cell


def _guarded(cell: str) -> str:
    """Against Excel taking a name for a formula: an apostrophe, which an import takes off."""
    harmless = cell[:1] in ("+", "-") and cell[1:].isdigit()
    return f"'{cell}" if cell.lstrip("'").startswith(_FORMULA) and not harmless else cell


def _unguarded(cell: str) -> str:
    quoted = cell.startswith("'") and cell.lstrip("'").startswith(_FORMULA)
    return cell[1:] if quoted else cell
