"""``doorwatch ledger``: the five tables into the store, out of it, and on the screen."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gateway.cli.app import DEFAULT_CONFIG, ConfigOption, Failed, JsonOption, app

if TYPE_CHECKING:
    from gateway.config import Config
    from gateway.ledger.model import Ledger

ledger = typer.Typer(no_args_is_help=True, help="Grids, people, households, sensors, windows.")
app.add_typer(ledger, name="ledger")

TAKEN_S = 5.0  # a running gateway looks every quarter of a second
LOOK_S = 0.05


class Tongue(StrEnum):
    """The language of headings and words in an exported file."""

    ZH = "zh"
    EN = "en"


class Form(StrEnum):
    """What sort of file."""

    CSV = "csv"
    XLSX = "xlsx"


@ledger.command("import")
def import_(
    files: Annotated[list[Path], typer.Argument(help="CSV or XLSX files.", metavar="FILE...")],
    config: ConfigOption = DEFAULT_CONFIG,
    json: JsonOption = False,
) -> None:
    """Add the rows of these files, or replace rows by id: all of them, or none."""
    from gateway.cli import data  # noqa: PLC0415
    from gateway.cli.output import print_json  # noqa: PLC0415

    report = data.run(_import(data.configuration(config), files))
    if json:
        print_json(report)
    else:
        for name, counts in report["tables"].items():
            said = ", ".join(f"{count} {what}" for what, count in counts.items())
            typer.echo(f"{name}: {said}")
        typer.echo(_standing(report))
    if report["running"] and not report["in_force"]:
        raise Failed(
            f"version {report['version']} is stored, but the running gateway has not taken it;"
            " its log says why"
        )


def _standing(report: dict[str, Any]) -> str:
    version = report["version"]
    if not report["stored"]:
        return f"version {version}: nothing has changed"
    if report["in_force"]:
        return f"version {version}: in force in the running gateway"
    return f"version {version}: takes effect when the gateway starts"


async def _import(config: "Config", files: list[Path]) -> dict[str, Any]:
    from gateway.cli import data  # noqa: PLC0415
    from gateway.clock import SystemClock  # noqa: PLC0415
    from gateway.ledger.importing import read_tables  # noqa: PLC0415
    from gateway.lock import Lock  # noqa: PLC0415
    from gateway.store import journal, ledgers  # noqa: PLC0415

    async with data.store(config, create=True) as database:
        version, before = await ledgers.latest(database)
        after = read_tables(files, before, config.gateway.country)
        changed = after != before
        running = Lock(config.store.path).is_taken()
        newest = await journal.last_id(database)
        if changed:
            version = await ledgers.add(database, after, SystemClock().now())
        in_force = running
        if changed and running:
            in_force = await _taken(database, version, newest)
    return {
        "version": version,
        "stored": changed,
        "running": running,
        "in_force": in_force,
        "tables": _counts(before, after),
    }


async def _taken(database: Any, version: int, newest: int) -> bool:
    """Waits until the running gateway has journaled the version."""
    import asyncio  # noqa: PLC0415
    import time  # noqa: PLC0415

    from gateway.store.journal import Entry, Row, ledger_of  # noqa: PLC0415

    deadline = time.monotonic() + TAKEN_S
    while time.monotonic() < deadline:
        rows = await database.rows(
            "SELECT * FROM journal WHERE id > ? AND kind = ?", (newest, Entry.LEDGER)
        )
        if any(ledger_of(Row(*row))[0] >= version for row in rows):
            return True
        await asyncio.sleep(LOOK_S)
    return False


def _counts(before: "Ledger", after: "Ledger") -> dict[str, dict[str, int]]:
    counts = {}
    for name in after.__slots__:
        old, new = getattr(before, name), getattr(after, name)
        counts[name] = {
            "rows": len(new),
            "new": len(new.keys() - old.keys()),
            "changed": sum(old[key] != new[key] for key in old.keys() & new.keys()),
        }
    return counts


@ledger.command()
def export(
    to: Annotated[Path, typer.Option("--to", help="The folder to write into.", metavar="DIR")],
    language: Annotated[Tongue | None, typer.Option(help="Default: the gateway's.")] = None,
    form: Annotated[Form, typer.Option("--format")] = Form.CSV,
    config: ConfigOption = DEFAULT_CONFIG,
    json: JsonOption = False,
) -> None:
    """Write the ledger in force as files that an import reads back."""
    from gateway.cli import data  # noqa: PLC0415
    from gateway.cli.output import print_json  # noqa: PLC0415
    from gateway.ledger.exporting import write_tables  # noqa: PLC0415

    loaded = data.configuration(config)
    _, found = data.run(_latest(loaded))
    tongue = language.value if language else loaded.gateway.language
    try:
        paths = write_tables(found, to, tongue, form.value)
    except OSError as error:
        raise Failed(f"{to} cannot be written: {error.strerror}") from None
    if json:
        print_json([str(path) for path in paths])
    else:
        for path in paths:
            typer.echo(str(path))


@ledger.command()
def show(config: ConfigOption = DEFAULT_CONFIG, json: JsonOption = False) -> None:
    """Print the newest ledger. Keys of sensors stay hidden; an export has them."""
    from gateway.cli import data, ledger_show  # noqa: PLC0415

    loaded = data.configuration(config)
    version, found = data.run(_latest(loaded))
    ledger_show.show(version, found, loaded.gateway.language, as_json=json)


async def _latest(config: "Config") -> "tuple[int, Ledger]":
    from gateway.cli import data  # noqa: PLC0415
    from gateway.store import ledgers  # noqa: PLC0415

    async with data.store(config) as database:
        return await ledgers.latest(database)
