"""``doorwatch sensors pair|retire``: which device hangs on a door, from now on.

Each writes the next version of the ledger, judged as an import is; older versions stay.
"""

import time
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gateway.cli.app import DEFAULT_CONFIG, ConfigOption, JsonOption, WrongUse
from gateway.cli.ledger import only_in_force, standing
from gateway.cli.sensors import sensors

if TYPE_CHECKING:
    from gateway.config import Config
    from gateway.ledger.model import Ledger

SensorArgument = Annotated[str, typer.Argument(metavar="SENSOR_ID", help="Its id in the ledger.")]


@sensors.command()
def pair(
    sensor: SensorArgument,
    address: Annotated[str, typer.Option(help="As `sensors discover` shows it.")],
    protocol: Annotated[str | None, typer.Option(help="Default: as it is heard.")] = None,
    key: Annotated[str | None, typer.Option(help="Hex, if it encrypts.")] = None,
    household: Annotated[
        str | None, typer.Option(metavar="H", help="Whose door; for an id that is new.")
    ] = None,
    config: ConfigOption = DEFAULT_CONFIG,
    json: JsonOption = False,
) -> None:
    """Bind a device that is heard to a sensor of the ledger.

    Without --protocol: as the running gateway hears it, else as it is in the ledger. Another
    address or protocol is another device: without --key it has none.
    """
    from gateway.cli import data  # noqa: PLC0415

    if protocol is None:
        protocol = data.run(_heard_as(data.configuration(config), address))

    def changed(ledger: "Ledger", country: str) -> "Ledger":
        from gateway.ledger import pairing  # noqa: PLC0415

        device = pairing.Device(address, protocol, key, household)
        if not pairing.can_pair(ledger, sensor, device):
            raise WrongUse(
                f"there is no sensor {sensor!r} in the ledger; to add it, --household and"
                " --protocol"
            )
        return pairing.paired(ledger, country, sensor, device, "sensors pair")

    _change(config, sensor, changed, json=json)


@sensors.command()
def retire(
    sensor: SensorArgument, config: ConfigOption = DEFAULT_CONFIG, json: JsonOption = False
) -> None:
    """Take a sensor out of the ledger. What it said, and what came of that, stays."""

    def changed(ledger: "Ledger", country: str) -> "Ledger":
        from gateway.ledger import pairing  # noqa: PLC0415

        if sensor not in ledger.sensors:
            raise WrongUse(f"there is no sensor {sensor!r} in the ledger")
        return pairing.retired(ledger, sensor)

    _change(config, sensor, changed, json=json)


async def _heard_as(config: "Config", address: str) -> str | None:
    """The protocol in which the running gateway hears this device, if it is one and only one."""
    from gateway import requests  # noqa: PLC0415
    from gateway.cli import asking, data  # noqa: PLC0415
    from gateway.lock import Lock  # noqa: PLC0415

    if not Lock(config.store.path).is_taken():
        return None
    async with data.store(config) as database:
        now = time.time_ns() // 1_000_000
        answer = await asking.answered(
            database, await requests.add(database, {"do": "discover"}, now)
        )
    wanted = address.strip().casefold()
    found = {each["protocol"] for each in answer["found"] if each["address"].casefold() == wanted}
    return found.pop() if len(found) == 1 else None


def _change(config: ConfigOption, sensor: str, changed: Any, *, json: bool) -> None:
    """The next version of the ledger, and whether the running gateway has it."""
    from gateway.cli import data  # noqa: PLC0415
    from gateway.cli.output import print_json  # noqa: PLC0415

    report = data.run(_put(data.configuration(config), sensor, changed))
    if json:
        print_json(report)
    else:
        bound = report["address"]
        typer.echo(f"{sensor}: {f'bound to {bound}' if bound else 'retired'}")
        typer.echo(standing(report))
    only_in_force(report)


async def _put(config: "Config", sensor: str, changed: Any) -> dict[str, Any]:
    from gateway.cli import data  # noqa: PLC0415
    from gateway.cli.ledger_import import put  # noqa: PLC0415
    from gateway.store import ledgers  # noqa: PLC0415

    async with data.store(config) as database:
        version, before = await ledgers.latest(database)
        after = changed(before, config.gateway.country)
        row = after.sensors.get(sensor)
        detail = "bound" if row else "retired"
        report = await put(config, database, version, before, after, subject=sensor, detail=detail)
    return {
        "sensor_id": sensor,
        "household_id": row.household_id if row else None,
        "protocol": row.protocol.value if row else None,
        "address": row.address if row else None,
        "has_key": bool(row and row.key),
        **report,
    }
