"""``doorwatch users``: who may log in to the pages."""

import sys
import time
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gateway.cli.app import DEFAULT_CONFIG, ConfigOption, JsonOption, WrongUse, app

if TYPE_CHECKING:
    from gateway.accounts.users import User
    from gateway.config import Config
    from gateway.store.audit import Did
    from gateway.store.database import Database

users = typer.Typer(no_args_is_help=True, help="Who may log in to the pages.")
app.add_typer(users, name="users")

NameArgument = Annotated[str, typer.Argument(metavar="NAME", help="What they log in with.")]
ROLES = "member, leader, community, command, ops or installer"


@users.command()
def add(
    name: NameArgument,
    person: Annotated[
        str | None, typer.Option(metavar="P", help="Of the ledger: its role and grid hold.")
    ] = None,
    role: Annotated[str | None, typer.Option(help=f"Without --person: {ROLES}.")] = None,
    grid: Annotated[str | None, typer.Option(metavar="G", help="With --role; none: all.")] = None,
    config: ConfigOption = DEFAULT_CONFIG,
    json: JsonOption = False,
) -> None:
    """Add somebody. The password is asked for, or read from a pipe."""
    from gateway.cli import data  # noqa: PLC0415

    if (person is None) is (role is None):
        raise WrongUse(f"say who it is: --person P of the ledger, or --role ({ROLES}) [--grid G]")
    read = data.configuration(config)
    data.run(_put(read, name, new=(person, role, grid), json=json))


@users.command()
def passwd(
    name: NameArgument, config: ConfigOption = DEFAULT_CONFIG, json: JsonOption = False
) -> None:
    """Give somebody another password; whoever is logged in under that name no longer is."""
    from gateway.cli import data  # noqa: PLC0415

    data.run(_put(data.configuration(config), name, new=None, json=json))


@users.command("list")
def list_(config: ConfigOption = DEFAULT_CONFIG, json: JsonOption = False) -> None:
    """Who may log in, and as whom."""
    from gateway.cli import data  # noqa: PLC0415
    from gateway.cli.output import print_json, print_table  # noqa: PLC0415

    found = data.run(_every(data.configuration(config)))
    if json:
        print_json(found)
        return
    shown = [
        [one["name"], one["person_id"], one["role"] or "gone", one["grid_id"] or "all"]
        for one in found
    ]
    print_table(("name", "person", "role", "grid"), shown)


@users.command()
def remove(
    name: NameArgument, config: ConfigOption = DEFAULT_CONFIG, json: JsonOption = False
) -> None:
    """Take somebody's login away, at once."""
    from gateway.cli import data  # noqa: PLC0415

    data.run(_remove(data.configuration(config), name))
    _say({"name": name, "removed": True}, f"{name}: removed", json=json)


async def _put(
    config: "Config",
    name: str,
    *,
    new: tuple[str | None, str | None, str | None] | None,
    json: bool,
) -> None:
    from gateway.accounts import passwords  # noqa: PLC0415
    from gateway.accounts import users as table  # noqa: PLC0415
    from gateway.cli import data  # noqa: PLC0415
    from gateway.store import ledgers  # noqa: PLC0415
    from gateway.store.audit import Did  # noqa: PLC0415

    async with data.store(config, create=True) as database:
        before = await table.named(database, name)
        _, ledger = await ledgers.latest(database)
        if new is None:
            if before is None:
                raise WrongUse(f"there is no user {name!r}: see doorwatch users list")
            user = before
        else:
            if before is not None:
                raise WrongUse(f"there is a user {name!r} already: doorwatch users passwd {name}")
            user = _new(name, *new, set(ledger.people), set(ledger.grids))
        user = user._replace(password=passwords.hashed(_password()))
        await write(
            database,
            lambda c: table.put(c, user),
            name,
            Did.USER_CHANGED if before else Did.USER_ADDED,
        )
        said = user.as_json(ledger.people)
    _say(
        said, f"{name}: may log in as {said['role']} of {said['grid_id'] or 'all grids'}", json=json
    )


def _new(
    name: str,
    person: str | None,
    role: str | None,
    grid: str | None,
    people: set[str],
    grids: set[str],
) -> "User":
    from gateway.accounts.users import User, mistake  # noqa: PLC0415
    from rules.model import Role  # noqa: PLC0415

    if wrong := mistake(name):
        raise WrongUse(wrong)
    if person is not None and person not in people:
        raise WrongUse(f"there is no person {person!r} in the ledger: see doorwatch ledger show")
    if role is not None and role not in tuple(Role):
        raise WrongUse(f"there is no role {role!r}: {ROLES}")
    if grid is not None and (role is None or grid not in grids):
        raise WrongUse(
            f"there is no grid {grid!r} in the ledger" if role else "--grid goes with --role"
        )
    return User(name, "", person, role, grid, None, time.time_ns() // 1_000_000)


def _password() -> str:
    from gateway.accounts import passwords  # noqa: PLC0415

    if sys.stdin.isatty():
        given: str = typer.prompt("Password", hide_input=True, confirmation_prompt=True)
    else:
        given = sys.stdin.readline().rstrip("\r\n")
    if wrong := passwords.mistake(given):
        raise WrongUse(f"{wrong}; nothing was changed")
    return given


async def _every(config: "Config") -> list[dict[str, object]]:
    from gateway.accounts import users as table  # noqa: PLC0415
    from gateway.cli import data  # noqa: PLC0415
    from gateway.store import ledgers  # noqa: PLC0415

    async with data.store(config) as database:
        _, ledger = await ledgers.latest(database)
        return [user.as_json(ledger.people) for user in await table.every(database)]


async def _remove(config: "Config", name: str) -> None:
    from gateway.accounts import users as table  # noqa: PLC0415
    from gateway.cli import data  # noqa: PLC0415
    from gateway.store.audit import Did  # noqa: PLC0415

    async with data.store(config) as database:
        if await table.named(database, name) is None:
            raise WrongUse(f"there is no user {name!r}: see doorwatch users list")
        await write(database, lambda c: table.remove(c, name), name, Did.USER_REMOVED)


async def write(
    database: "Database", change: Callable[[Any], Awaitable[None]], name: str, did: "Did"
) -> None:
    import aiosqlite  # noqa: PLC0415

    from gateway.cli.incidents import BY  # noqa: PLC0415
    from gateway.store import audit  # noqa: PLC0415

    async def work(connection: aiosqlite.Connection) -> None:
        await change(connection)
        await audit.note(connection, time.time_ns() // 1_000_000, BY, did, name)

    await database.transaction(work)


def _say(said: dict[str, object], line: str, *, json: bool) -> None:
    from gateway.cli.output import print_json  # noqa: PLC0415

    if json:
        print_json(said)
    else:
        typer.echo(line)
