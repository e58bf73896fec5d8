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
    from gateway.cli import data, ledger_import  # noqa: PLC0415
    from gateway.cli.output import print_json  # noqa: PLC0415

    report = data.run(ledger_import.import_files(data.configuration(config), files))
    if json:
        print_json(report)
    else:
        for name, counts in report["tables"].items():
            said = ", ".join(f"{count} {what}" for what, count in counts.items())
            typer.echo(f"{name}: {said}")
        typer.echo(standing(report))
    only_in_force(report)


def only_in_force(report: dict[str, Any]) -> None:
    """Raises ``Failed`` when a gateway runs and has not taken what was stored."""
    if report["running"] and not report["in_force"]:
        raise Failed(
            f"version {report['version']} is stored, but the running gateway has not taken it;"
            " its log says why"
        )


def standing(report: dict[str, Any]) -> str:
    """Which version there is now, and since when it holds."""
    version = report["version"]
    if not report["stored"]:
        return f"version {version}: nothing has changed"
    if report["in_force"]:
        return f"version {version}: in force in the running gateway"
    return f"version {version}: takes effect when the gateway starts"


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
