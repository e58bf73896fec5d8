"""``doorwatch maintenance``: for a while nobody is told; what that hid is listed after it."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from gateway.cli.app import DEFAULT_CONFIG, ConfigOption, JsonOption, WrongUse, app
from gateway.cli.incidents import BY, ByOption

if TYPE_CHECKING:
    from gateway.config import Config

maintenance = typer.Typer(
    no_args_is_help=True, help="Hold the alerts of a grid or of the gateway for a while."
)
app.add_typer(maintenance, name="maintenance")

GridOption = Annotated[str | None, typer.Option("--grid", metavar="G", help="Only this grid.")]
GatewayOption = Annotated[bool, typer.Option("--gateway", help="All that the gateway tells.")]


@maintenance.command()
def start(
    minutes: Annotated[int, typer.Option(min=1, max=24 * 60, help="From now on.")],
    grid: GridOption = None,
    gateway: GatewayOption = False,
    why: Annotated[str, typer.Option(metavar="TEXT", help="For the audit.")] = "",
    even_critical: Annotated[
        bool, typer.Option("--even-critical", help="Critical alerts wait too.")
    ] = False,
    by: ByOption = None,
    config: ConfigOption = DEFAULT_CONFIG,
    json: JsonOption = False,
) -> None:
    """Alerts wait for so long; incidents are raised and shown as always."""
    body = {"minutes": minutes, "why": why, "even_critical": even_critical}
    _asked(body, grid, by, config, gateway=gateway, json=json)


@maintenance.command()
def end(
    grid: GridOption = None,
    gateway: GatewayOption = False,
    by: ByOption = None,
    config: ConfigOption = DEFAULT_CONFIG,
    json: JsonOption = False,
) -> None:
    """End it before its time: what nobody has answered by now is sent, late."""
    _asked({}, grid, by, config, gateway=gateway, json=json)


@maintenance.command("list")
def list_(config: ConfigOption = DEFAULT_CONFIG, json: JsonOption = False) -> None:
    """Every maintenance with what it hid, the newest last."""
    from gateway.cli import data  # noqa: PLC0415

    loaded = data.configuration(config)
    _print(data.run(_listed(loaded)), json=json)


def _asked(
    body: dict[str, Any],
    grid: str | None,
    by: str | None,
    config: Any,
    *,
    gateway: bool,
    json: bool,
) -> None:
    from gateway.cli import data  # noqa: PLC0415

    if gateway is (grid is not None):
        raise WrongUse("say either --grid G or --gateway")
    loaded = data.configuration(config)
    [one] = data.run(_carried_out(loaded, {**body, "grid": grid}, by))
    _print([one], json=json, value=one)


async def _carried_out(
    config: "Config", body: dict[str, Any], by: str | None
) -> list[dict[str, Any]]:
    import time  # noqa: PLC0415

    from gateway import maintenance_book  # noqa: PLC0415
    from gateway.cli import asking, data  # noqa: PLC0415
    from gateway.store import ledgers  # noqa: PLC0415

    async with data.store(config) as database:
        ledger = (await ledgers.latest(database))[1]
        if body["grid"] is not None and body["grid"] not in ledger.grids:
            raise WrongUse(f"--grid: there is no grid {body['grid']!r}")
        if by is not None and by not in ledger.people:
            raise WrongUse(f"--by: there is no person {by!r} in the ledger")
        await asking.ask(database, config, {"do": "maintenance", "by": by or BY, **body})
        now = time.time_ns() // 1_000_000
        zone = config.gateway.timezone
        return await maintenance_book.listed(database, zone, now, newest=body["grid"])


async def _listed(config: "Config") -> list[dict[str, Any]]:
    import time  # noqa: PLC0415

    from gateway import maintenance_book  # noqa: PLC0415
    from gateway.cli import data  # noqa: PLC0415

    async with data.store(config) as database:
        now = time.time_ns() // 1_000_000
        return await maintenance_book.listed(database, config.gateway.timezone, now)


def _print(rows: list[dict[str, Any]], *, json: bool, value: Any = None) -> None:
    from gateway.cli.output import print_json, print_table, short  # noqa: PLC0415

    if json:
        print_json(rows if value is None else value)
        return
    print_table(
        ("of", "since", "until", "by", "why", "hidden"),
        [
            (
                row["grid_id"] or "the gateway",
                short(row["since"]),
                short(row["until"]),
                row["by"],
                row["why"] or None,
                " ".join(one["code"] for one in row["hidden"]) or None,
            )
            for row in rows
        ],
    )
