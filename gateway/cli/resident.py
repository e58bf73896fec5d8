"""``doorwatch resident token``: the key to a household's own page."""

import time
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gateway.cli.app import DEFAULT_CONFIG, ConfigOption, Failed, JsonOption, WrongUse, app

if TYPE_CHECKING:
    from gateway.config import Config
    from gateway.residents.tokens import Issued

resident = typer.Typer(no_args_is_help=True, help="The resident's own page.")
token = typer.Typer(no_args_is_help=True, help="The key to it: a link, or a code with a PIN.")
app.add_typer(resident, name="resident")
resident.add_typer(token, name="token")

HouseholdArgument = Annotated[str, typer.Argument(metavar="HOUSEHOLD_ID")]


@token.command()
def issue(
    household: HouseholdArgument,
    pin: Annotated[
        bool, typer.Option("--pin", help="For a code inside the home: ask for a PIN.")
    ] = False,
    svg: Annotated[
        str | None, typer.Option(metavar="FILE", help="Write the code there, as SVG.")
    ] = None,
    config: ConfigOption = DEFAULT_CONFIG,
    json: JsonOption = False,
) -> None:
    """Make a new key; the one before opens nothing any more. It is shown only this once."""
    from gateway.cli import data  # noqa: PLC0415
    from gateway.cli.output import print_json  # noqa: PLC0415
    from gateway.incident_json import rfc3339  # noqa: PLC0415

    loaded = data.configuration(config)
    if not loaded.web.public_url:
        raise WrongUse("config.toml: web.public_url is blank: say where phones reach the gateway")
    issued = data.run(_issue(loaded, household, pin=pin))
    address = loaded.web.public_url + issued.path
    until = rfc3339(issued.until, loaded.gateway.timezone)
    if svg is not None:
        _draw(address, svg)
    if json:
        said = {"household_id": household, "url": address, "pin": issued.pin, "until": until}
        print_json(said)
    else:
        typer.echo(address)
        if issued.pin:
            typer.echo(f"PIN {issued.pin}")
        typer.echo(f"good until {until}")


@token.command()
def revoke(
    household: HouseholdArgument, config: ConfigOption = DEFAULT_CONFIG, json: JsonOption = False
) -> None:
    """Take the key away, at once."""
    from gateway.cli import data  # noqa: PLC0415
    from gateway.cli.output import print_json  # noqa: PLC0415

    if not data.run(_revoke(data.configuration(config), household)):
        raise Failed(f"household {household} has no key")
    if json:
        print_json({"household_id": household, "revoked": True})
    else:
        typer.echo(f"{household}: revoked")


async def _issue(config: "Config", household: str, *, pin: bool) -> "Issued":
    from gateway.cli import data  # noqa: PLC0415
    from gateway.cli.incidents import BY  # noqa: PLC0415
    from gateway.policies import isolation  # noqa: PLC0415
    from gateway.residents import tokens  # noqa: PLC0415
    from gateway.store import ledgers  # noqa: PLC0415

    now = time.time_ns() // 1_000_000
    async with data.store(config) as database:
        _, ledger = await ledgers.latest(database)
        row = ledger.households.get(household)
        if row is None:
            raise WrongUse(f"there is no household {household!r} in the ledger")
        _, ends = isolation(row, config.gateway.timezone)
        until = tokens.lives_until(ends, config.privacy.purge_days, now)
        if until <= now:
            raise WrongUse(f"household {household} is released, and its record is erased")
        return await tokens.issue(database, household, until, now, by=BY, pin=pin)


async def _revoke(config: "Config", household: str) -> bool:
    from gateway.cli import data  # noqa: PLC0415
    from gateway.cli.incidents import BY  # noqa: PLC0415
    from gateway.residents import tokens  # noqa: PLC0415

    now = time.time_ns() // 1_000_000
    async with data.store(config) as database:
        return await tokens.revoke(database, household, now, by=BY)


def _draw(address: str, file: str) -> Any:
    import segno  # noqa: PLC0415 - for this option alone

    segno.make(address, error="m").save(file, kind="svg", scale=8, border=4)
