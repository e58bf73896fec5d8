"""The ledger on the screen, without the sensors' keys."""

import json
from typing import TYPE_CHECKING

import typer

from gateway.cli.output import print_json, print_table

if TYPE_CHECKING:
    from gateway.ledger.model import Ledger


def show(version: int, ledger: "Ledger", language: str, *, as_json: bool) -> None:
    """All five tables."""
    if as_json:
        tables = json.loads(ledger.to_json())
        for sensor in tables["sensors"]:
            sensor["has_key"] = sensor.pop("key", None) is not None
        print_json({"version": version, **tables})
        return
    from gateway.ledger.columns import TABLES  # noqa: PLC0415
    from gateway.ledger.exporting import rows  # noqa: PLC0415

    typer.echo(f"version {version}")
    for table in TABLES:
        headings, *found = rows(ledger, table, language)
        typer.echo(f"\n{table.headings[0] if language == 'zh' else table.name}: {len(found)}")
        names = [column.name for column in table.columns]
        if "key" in names:
            at = names.index("key")
            found = [[*row[:at], "***" if row[at] else "", *row[at + 1 :]] for row in found]
        if found:
            print_table(headings, found)
