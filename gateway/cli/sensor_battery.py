"""``doorwatch sensors battery``: a sensor that encrypts has a new battery, says a person."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from gateway.cli.app import DEFAULT_CONFIG, ConfigOption, JsonOption, WrongUse
from gateway.cli.incidents import BY, ByOption
from gateway.cli.sensors import sensors

if TYPE_CHECKING:
    from gateway.config import Config


@sensors.command()
def battery(
    sensor: Annotated[str, typer.Argument(help="Its id in the ledger.")],
    by: ByOption = None,
    config: ConfigOption = DEFAULT_CONFIG,
    json: JsonOption = False,
) -> None:
    """Say that a sensor got a new battery, so that it is believed again.

    With a new battery a sensor that encrypts may count from the beginning, as packets do that
    somebody recorded and plays back. Say it only if the battery really was changed.
    """
    from gateway.cli import data  # noqa: PLC0415
    from gateway.cli.output import print_json  # noqa: PLC0415

    said = data.run(_say(data.configuration(config), sensor, by))
    if json:
        print_json(said)
    else:
        typer.echo(f"{sensor}: new battery; what it counts from now on is believed")


async def _say(config: "Config", sensor: str, by: str | None) -> dict[str, Any]:
    from gateway.cli import asking, data  # noqa: PLC0415
    from gateway.store import ledgers  # noqa: PLC0415

    async with data.store(config) as database:
        _, ledger = await ledgers.latest(database)
        if sensor not in ledger.sensors:
            raise WrongUse(f"there is no sensor {sensor!r} in the ledger")
        if by is not None and by not in ledger.people:
            raise WrongUse(f"--by: there is no person {by!r} in the ledger")
        body = {"do": "battery", "sensor": sensor, "by": by or BY}
        await asking.ask(database, config, body)
    return {"sensor_id": sensor, "by": by or BY}
