"""``doorwatch texts``: every wording, for registering it with a carrier, and a text that only
tries whether it arrives."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from gateway.cli.app import DEFAULT_CONFIG, ConfigOption, Failed, JsonOption, app

if TYPE_CHECKING:
    from gateway.config import Config
    from gateway.store.database import Database

texts = typer.Typer(no_args_is_help=True, help="The texts: every wording, and a test.")
app.add_typer(texts, name="texts")

WATCHED_S = 60.0  # receipts come within seconds, and the same words twice wait for 35 s
LOOK_S = 0.2
_WAY = ("pending", "sending", "accepted", "sent")
_SENT = ("accepted", "sent", "delivered")


@texts.command("list")
def list_(
    config: Annotated[str | None, typer.Option(hidden=True)] = None,  # all commands take it
    json: JsonOption = False,
) -> None:
    """Every wording there is, with sample values, in both languages."""
    from gateway.alerts import budget_wording, digest, wording  # noqa: PLC0415
    from gateway.alerts.segments import measure  # noqa: PLC0415
    from gateway.cli.output import print_json, print_table  # noqa: PLC0415

    found = [
        {
            "name": str(one.name),
            "language": one.language.value,
            "text": one.text,
            "units": measure(one.text).units,
            "segments": measure(one.text).segments,
        }
        for one in (*wording.every(), *budget_wording.every(), *digest.every())
    ]
    if json:
        print_json(found)
        return
    headings = ("name", "language", "units", "text")
    print_table(headings, [[row[name] for name in headings] for row in found])


@texts.command()
def test(
    person: Annotated[str, typer.Option(metavar="PERSON_ID", help="Who gets it.")],
    config: ConfigOption = DEFAULT_CONFIG,
    json: JsonOption = False,
) -> None:
    """Send one text, marked as a test, by the way of every alert, and see how far it comes."""
    from gateway.cli import data  # noqa: PLC0415
    from gateway.cli.output import print_json  # noqa: PLC0415

    found = data.run(_tested(data.configuration(config), person))
    if json:
        print_json(found)
    else:
        by = f" by {found['provider']}" if found["provider"] else ""
        why = f" ({found['error']})" if found["error"] else ""
        typer.echo(f"{found['status']}{by}{why}: {found['text']}")
    if found["status"] not in _SENT:
        raise Failed(f"the text did not leave: it is {found['status']}")


async def _tested(config: "Config", person: str) -> dict[str, Any]:
    import time  # noqa: PLC0415

    from gateway import requests  # noqa: PLC0415
    from gateway.cli import asking, data  # noqa: PLC0415
    from gateway.cli.app import WrongUse  # noqa: PLC0415
    from gateway.lock import Lock  # noqa: PLC0415
    from gateway.store import ledgers  # noqa: PLC0415

    async with data.store(config) as database:
        if person not in (await ledgers.latest(database))[1].people:
            raise WrongUse(f"--person: there is no person {person!r} in the ledger")
        lock = Lock(config.store.path)
        if lock.acquire():
            lock.release()
            raise Failed("the gateway does not run, and it is what sends: start it (doorwatch run)")
        body = {"do": "test_text", "person": person, "by": "cli"}
        request = await requests.add(database, body, time.time_ns() // 1_000_000)
        answer = await asking.answered(database, request)
        return await _followed(database, config, answer["alert"])


async def _followed(database: "Database", config: "Config", alert: int) -> dict[str, Any]:
    """The alert once it has come to an end, or as it is when we stop watching."""
    import asyncio  # noqa: PLC0415
    import time  # noqa: PLC0415

    from gateway.incident_json import alert_json  # noqa: PLC0415

    deadline = time.monotonic() + WATCHED_S
    while True:
        [row] = await database.rows("SELECT * FROM alerts WHERE id = ?", (alert,))
        if row["status"] not in _WAY or time.monotonic() > deadline:
            return alert_json(dict(row), config.gateway.timezone)
        await asyncio.sleep(LOOK_S)
