"""``doorwatch passes``: one-off permissions, granted, looked at, taken back."""

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gateway.cli.app import DEFAULT_CONFIG, ConfigOption, Failed, JsonOption, WrongUse, app
from gateway.cli.incidents import BY, ByOption

if TYPE_CHECKING:
    from gateway.config import Config
    from gateway.passes import Pass
    from gateway.store.database import Database

passes = typer.Typer(no_args_is_help=True, help="One-off passes: grant, list, revoke.")
app.add_typer(passes, name="passes")


class PassKind(StrEnum):
    """What a pass is for, as windows are."""

    DELIVERY = "delivery"
    GARBAGE = "garbage"
    TEST = "test"
    MEDICAL = "medical"
    GAS = "gas"
    CARE = "care"
    VISIT = "visit"
    OTHER = "other"


@passes.command()
def grant(
    household: Annotated[str, typer.Option("--household", metavar="H", help="Whose door.")],
    minutes: Annotated[int, typer.Option(min=5, max=240, help="From now on.")] = 30,
    kind: Annotated[PassKind, typer.Option(help="What it is for.")] = PassKind.OTHER,
    incident: Annotated[
        str | None,
        typer.Option(metavar="ID|CODE", help="Covers its open door, and the incident is over."),
    ] = None,
    by: ByOption = None,
    config: ConfigOption = DEFAULT_CONFIG,
    json: JsonOption = False,
) -> None:
    """Permit one opening that begins within these minutes."""
    from gateway.cli import data  # noqa: PLC0415

    body = {"do": "grant", "household": household, "minutes": minutes, "kind": kind.value}
    loaded = data.configuration(config)
    _print(data.run(_granted(loaded, body, incident, by)), json=json)


@passes.command("list")
def list_(
    household: Annotated[str | None, typer.Option("--household", metavar="H")] = None,
    config: ConfigOption = DEFAULT_CONFIG,
    json: JsonOption = False,
) -> None:
    """Every pass and what became of it, the newest last."""
    from gateway import passes as stored  # noqa: PLC0415
    from gateway.cli import data  # noqa: PLC0415
    from gateway.cli.output import print_json  # noqa: PLC0415

    loaded = data.configuration(config)

    async def found() -> list[dict[str, Any]]:
        async with data.store(loaded) as database:
            rows = await stored.stored(database, household_id=household)
            return [_as_json(one, loaded) for one in rows]

    rows = data.run(found())
    if json:
        print_json(rows)
    else:
        _print_all(rows)


@passes.command()
def revoke(
    which: Annotated[str, typer.Argument(metavar="ID", help="As the list shows it: pass-12.")],
    by: ByOption = None,
    config: ConfigOption = DEFAULT_CONFIG,
    json: JsonOption = False,
) -> None:
    """Take back a pass that was not used yet."""
    from gateway.cli import data  # noqa: PLC0415

    loaded = data.configuration(config)
    _print(data.run(_revoked(loaded, which, by)), json=json)


async def _granted(
    config: "Config", body: dict[str, Any], incident: str | None, by: str | None
) -> dict[str, Any]:
    from gateway.cli import asking, data  # noqa: PLC0415
    from gateway.cli.which import incident_id  # noqa: PLC0415
    from gateway.store import ledgers  # noqa: PLC0415

    async with data.store(config) as database:
        ledger = (await ledgers.latest(database))[1]
        if body["household"] not in ledger.households:
            raise WrongUse(f"--household: there is no household {body['household']!r}")
        await _only_known(database, by)
        number = None if incident is None else await incident_id(database, incident)
        asked = {**body, "incident": number, "by": by or BY}
        answer = await asking.ask(database, config, asked)
        return _as_json(await _one(database, answer["pass"]), config)


async def _revoked(config: "Config", which: str, by: str | None) -> dict[str, Any]:
    from gateway.cli import asking, data  # noqa: PLC0415

    async with data.store(config) as database:
        await _only_known(database, by)
        one = await _one(database, which)
        await asking.ask(database, config, {"do": "revoke", "pass": one.pass_id, "by": by or BY})
        return _as_json(await _one(database, which), config)


async def _only_known(database: "Database", by: str | None) -> None:
    from gateway.store import ledgers  # noqa: PLC0415

    if by is not None and by not in (await ledgers.latest(database))[1].people:
        raise WrongUse(f"--by: there is no person {by!r} in the ledger")


async def _one(database: "Database", which: str) -> "Pass":
    from gateway.passes import PREFIX, stored  # noqa: PLC0415

    digits = which.removeprefix(PREFIX)
    if not (digits.isascii() and digits.isdigit() and len(digits) < 19):
        raise WrongUse(f"{which!r} is no pass; the list shows them, such as {PREFIX}12")
    found = await stored(database, number=int(digits))
    if not found:
        raise Failed(f"there is no {PREFIX}{digits}")
    return found[0]


def _as_json(one: "Pass", config: "Config") -> dict[str, Any]:
    import time  # noqa: PLC0415

    return one.as_json(config.gateway.timezone, time.time_ns() // 1_000_000)


def _print(one: dict[str, Any], *, json: bool) -> None:
    from gateway.cli.output import print_json  # noqa: PLC0415

    if json:
        print_json(one)
    else:
        _print_all([one])


def _print_all(rows: list[dict[str, Any]]) -> None:
    from gateway.cli.output import print_table, short  # noqa: PLC0415

    headings = ("pass", "household", "state", "until", "kind", "granted by", "granted", "incident")
    print_table(
        headings,
        [
            (
                row["id"],
                row["household_id"],
                row["state"],
                short(row["ends_at"]),
                row["kind"],
                row["granted_by"],
                short(row["granted_at"]),
                row["incident_id"],
            )
            for row in rows
        ],
    )
