"""``doorwatch sensors``: what hangs on which door, and when it was heard last."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from gateway.cli.app import DEFAULT_CONFIG, ConfigOption, JsonOption, app

if TYPE_CHECKING:
    from gateway.config import Config

sensors = typer.Typer(no_args_is_help=True, help="The sensors of the ledger.")
app.add_typer(sensors, name="sensors")


@sensors.command("list")
def list_(config: ConfigOption = DEFAULT_CONFIG, json: JsonOption = False) -> None:
    """Every sensor as the store knows it: its last reading, not every sign of life."""
    from gateway.cli import data, spoken  # noqa: PLC0415
    from gateway.cli.output import print_json, print_table, short  # noqa: PLC0415

    found = data.run(_sensors(data.configuration(config)))
    if json:
        print_json(found)
        return
    headings = ("sensor", "household", "protocol", "place", "state", "heard", "battery", "key")
    print_table(
        [spoken.column(heading) for heading in headings],
        [
            (
                row["sensor_id"],
                row["household_id"],
                row["protocol"],
                row["place"] or None,
                spoken.cell(row["state"]),
                short(row["last_heard_at"]),
                spoken.cell(_battery(row)),
                spoken.cell("yes" if row["has_key"] else "no"),
            )
            for row in found
        ],
    )


@sensors.command()
def discover(
    follow: Annotated[bool, typer.Option("--follow", help="Live, until Ctrl-C.")] = False,
    seconds: Annotated[
        int, typer.Option(min=0, max=600, help="How long to listen; 0: what is known already.")
    ] = 10,
    config: ConfigOption = DEFAULT_CONFIG,
    json: JsonOption = False,
) -> None:
    """Sensors that the gateway hears and that are not bound yet; the strongest first.

    Most send only when they are moved: open and close the door. With --follow --json a line
    for each sensor whenever it is heard.
    """
    from gateway.cli import data, sensors_discover  # noqa: PLC0415

    loaded = data.configuration(config)
    if follow:
        sensors_discover.follow(loaded, json=json)
    else:
        sensors_discover.once(loaded, seconds, json=json)


@sensors.command()
def commission(
    sensor: Annotated[str, typer.Argument(help="Its id in the ledger.")],
    minutes: Annotated[int, typer.Option(min=0, max=10, help="0: done.")] = 10,
    config: ConfigOption = DEFAULT_CONFIG,
) -> None:
    """Try a sensor: for so long its openings are logged and disturb nobody."""
    from gateway.cli import asking, data  # noqa: PLC0415
    from gateway.cli.incidents import BY  # noqa: PLC0415

    async def ask() -> None:
        loaded = data.configuration(config)
        async with data.store(loaded) as database:
            body = {"do": "commission", "sensor": sensor, "minutes": minutes, "by": BY}
            await asking.ask(database, loaded, body)

    data.run(ask())
    typer.echo(f"{sensor}: commissioning for {minutes} minutes")


def _battery(row: dict[str, Any]) -> str | None:
    if row["battery_changed"]:
        return "changed?"
    return None if row["battery"] is None else f"{row['battery']} %"


async def _sensors(config: "Config") -> list[dict[str, Any]]:
    from gateway import loading  # noqa: PLC0415
    from gateway.cli import data  # noqa: PLC0415
    from gateway.sensor_json import sensor_json  # noqa: PLC0415
    from gateway.store import ledgers  # noqa: PLC0415

    zone = config.gateway.timezone
    async with data.store(config) as database:
        memory = await loading.load(database, config)
        # What was imported since the gateway ran last counts already.
        version, ledger = await ledgers.latest(database)
        if version != memory.ledger_version:
            memory.intake.use(ledger)
    return [
        sensor_json(ledger.sensors[sensor_id], heard, zone)
        for sensor_id, heard in sorted(memory.intake.sensors.items())
    ]
