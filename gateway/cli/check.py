"""``doorwatch check``: every mistake in what a site has written, at once."""

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from gateway.cli.app import DEFAULT_CONFIG, ConfigOption, JsonOption, app

if TYPE_CHECKING:
    from gateway.ledger.model import Ledger


@app.command()
def check(config: ConfigOption = DEFAULT_CONFIG, json: JsonOption = False) -> None:
    """Say every mistake in config.toml and rules.toml at once."""
    from gateway.check import check_all  # noqa: PLC0415
    from gateway.cli.output import print_json  # noqa: PLC0415

    mistakes = check_all(config, _ledger(config))
    if json:
        print_json([mistake._asdict() for mistake in mistakes])
    else:
        for mistake in mistakes:
            typer.echo(str(mistake))
        count = f"{len(mistakes)} mistake{'s' if len(mistakes) > 1 else ''}"
        typer.echo(count if mistakes else f"{config}: no mistakes")
    if mistakes:
        raise typer.Exit(2)


def _ledger(config: Path) -> "Ledger | None":
    """The ledger in force; None while the configuration does not lead to one."""
    from gateway.cli import data  # noqa: PLC0415
    from gateway.errors import Mistakes  # noqa: PLC0415
    from gateway.store import ledgers  # noqa: PLC0415

    try:
        loaded = data.configuration(config)
    except Mistakes:
        return None
    if not loaded.store.path.exists():
        return None

    async def latest() -> "Ledger":
        async with data.store(loaded) as database:
            return (await ledgers.latest(database))[1]

    return data.run(latest())
