"""``doorwatch incidents``: what somebody must look at, and somebody's answer to it."""

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gateway.cli.app import DEFAULT_CONFIG, ConfigOption, JsonOption, WrongUse, app

if TYPE_CHECKING:
    from gateway.config import Config

incidents = typer.Typer(no_args_is_help=True, help="Incidents: list, show, acknowledge, resolve.")
app.add_typer(incidents, name="incidents")

BY = "cli"  # whoever types here is not asked for a name


class State(StrEnum):
    """Which incidents."""

    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    RESOLVED = "resolved"
    ALL = "all"


WhichArgument = Annotated[
    str, typer.Argument(metavar="ID|CODE", help="Its id, or the code of its texts.")
]
ByOption = Annotated[
    str | None, typer.Option("--by", metavar="PERSON_ID", help="Who says so, if not you.")
]


@incidents.command("list")
def list_(
    state: Annotated[State, typer.Option(help="Only these.")] = State.ALL,
    config: ConfigOption = DEFAULT_CONFIG,
    json: JsonOption = False,
) -> None:
    """The incidents, the newest last."""
    from gateway.cli import data, incident_show  # noqa: PLC0415
    from gateway.cli.output import print_json  # noqa: PLC0415
    from gateway.incident_json import incidents_json  # noqa: PLC0415

    loaded = data.configuration(config)

    async def found() -> list[dict[str, Any]]:
        async with data.store(loaded) as database:
            wanted = None if state is State.ALL else state.value
            return await incidents_json(database, loaded.gateway.timezone, state=wanted)

    rows = data.run(found())
    if json:
        print_json(rows)
    else:
        incident_show.show_all(rows)


@incidents.command()
def show(
    which: WhichArgument, config: ConfigOption = DEFAULT_CONFIG, json: JsonOption = False
) -> None:
    """One incident with its timeline and alerts."""
    from gateway.cli import data  # noqa: PLC0415

    loaded = data.configuration(config)
    _print(data.run(_one(loaded, which)), json=json)


@incidents.command()
def ack(
    which: WhichArgument,
    by: ByOption = None,
    config: ConfigOption = DEFAULT_CONFIG,
    json: JsonOption = False,
) -> None:
    """Say that somebody takes it: nobody else is called for as long as the way takes."""
    _answer(config, which, by, {"do": "acknowledge"}, json=json)


@incidents.command()
def resolve(
    which: WhichArgument,
    outcome: Annotated[
        str,
        typer.Option(
            help="What it was: returned, permitted_after_all, false_alarm, emergency_exit, moved,"
            " sensor_fault, at_home; or as texts say it, 误报. What fits its kind: incidents show."
        ),
    ],
    by: ByOption = None,
    config: ConfigOption = DEFAULT_CONFIG,
    json: JsonOption = False,
) -> None:
    """Say what it was; nobody is alerted about it any more."""
    _answer(config, which, by, {"do": "resolve", "outcome": _outcome(outcome)}, json=json)


def _outcome(text: str) -> str:
    """By its name, or by any word by which a text may say it."""
    from gateway.alerts.commands import OUTCOMES  # noqa: PLC0415

    word = " ".join(text.lower().split())
    for outcome, words in OUTCOMES.items():
        if word in (outcome.value, *words):
            return outcome.value
    names = ", ".join(f"{outcome.value} {words[1]}" for outcome, words in OUTCOMES.items())
    raise WrongUse(f"--outcome: {text!r} is not known; say one of {names}")


def _answer(
    config: ConfigOption, which: str, by: str | None, body: dict[str, Any], *, json: bool
) -> None:
    from gateway.cli import data  # noqa: PLC0415

    loaded = data.configuration(config)
    _print(data.run(_answered(loaded, which, by, body)), json=json)


async def _answered(
    config: "Config", which: str, by: str | None, body: dict[str, Any]
) -> dict[str, Any]:
    from gateway.cli import asking, data  # noqa: PLC0415
    from gateway.cli.which import incident_id  # noqa: PLC0415
    from gateway.incident_json import incidents_json  # noqa: PLC0415
    from gateway.store import ledgers  # noqa: PLC0415

    async with data.store(config) as database:
        number = await incident_id(database, which)
        if by is not None and by not in (await ledgers.latest(database))[1].people:
            raise WrongUse(f"--by: there is no person {by!r} in the ledger")
        await asking.ask(database, config, {**body, "incident": number, "by": by or BY})
        return (await incidents_json(database, config.gateway.timezone, id=number))[0]


async def _one(config: "Config", which: str) -> dict[str, Any]:
    from gateway.cli import data  # noqa: PLC0415
    from gateway.cli.which import incident_id  # noqa: PLC0415
    from gateway.incident_json import incidents_json  # noqa: PLC0415

    async with data.store(config) as database:
        number = await incident_id(database, which)
        return (await incidents_json(database, config.gateway.timezone, id=number))[0]


def _print(incident: dict[str, Any], *, json: bool) -> None:
    from gateway.cli import incident_show  # noqa: PLC0415
    from gateway.cli.output import print_json  # noqa: PLC0415

    if json:
        print_json(incident)
    else:
        incident_show.show_one(incident)
