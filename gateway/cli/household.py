"""``doorwatch household``: what is recorded about one, for the resident; and its erasure."""

import time
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gateway.cli.app import DEFAULT_CONFIG, ConfigOption, JsonOption, WrongUse, app

if TYPE_CHECKING:
    from gateway.config import Config

household = typer.Typer(no_args_is_help=True, help="One household's data: hand it out, erase it.")
app.add_typer(household, name="household")
HouseholdArgument = Annotated[str, typer.Argument(metavar="H", help="Its id in the ledger.")]


@household.command()
def export(
    which: HouseholdArgument,
    config: ConfigOption = DEFAULT_CONFIG,
    json: JsonOption = False,
) -> None:
    """All that is recorded about one household, as JSON, for the resident."""
    from gateway.cli import data  # noqa: PLC0415
    from gateway.cli.output import print_json  # noqa: PLC0415

    _ = json  # there is no other form
    print_json(data.run(_export(data.configuration(config), which)))


@household.command()
def erase(
    which: HouseholdArgument,
    force: Annotated[
        bool, typer.Option("--force", help="Though it isolates: its door is watched no more.")
    ] = False,
    config: ConfigOption = DEFAULT_CONFIG,
    json: JsonOption = False,
) -> None:
    """Erase all that is recorded about one household, now. Only counts are left."""
    from gateway.cli import data  # noqa: PLC0415
    from gateway.cli.output import print_json  # noqa: PLC0415

    erased = data.run(_erase(data.configuration(config), which, force=force))
    if json:
        print_json({"household_id": which, "erased": erased})
        return
    told = ", ".join(f"{count} of {name}" for name, count in erased.items() if count)
    typer.echo(f"{which}: erased ({told})")
    typer.echo("Backups that were made before still have it, until they are replaced.")


async def _export(config: "Config", which: str) -> dict[str, Any]:
    from gateway.cli import data  # noqa: PLC0415
    from gateway.privacy.export import export as exported  # noqa: PLC0415

    async with data.store(config) as database:
        zone, days = config.gateway.timezone, config.privacy.purge_days
        now = time.time_ns() // 1_000_000
        document = await exported(database, which, zone, days, now)
    if document is None:
        raise WrongUse(f"there is no household {which}, and nothing is recorded about one")
    return document


async def _erase(config: "Config", which: str, *, force: bool) -> dict[str, Any]:
    from gateway.cli import asking, data  # noqa: PLC0415

    async with data.store(config) as database:
        body = {"do": "erase", "household": which, "force": force}
        return await asking.ask(database, config, body)
