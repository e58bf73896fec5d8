"""``doorwatch setup``: asks what a gateway needs, writes it, and says whether it is well."""

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gateway.cli.app import (
    DEFAULT_CONFIG,
    ConfigOption,
    Failed,
    JsonOption,
    OtherUser,
    WrongUse,
    app,
)
from gateway.setup.words import WORDS

if TYPE_CHECKING:
    from gateway.config import Config
    from gateway.setup.known import Known
    from gateway.setup.place import Ready
    from gateway.setup.plan import Plan

OF_FILES = ("broker_ca", "tls_cert", "tls_key", "backup_path", "backup_key")
_ENGLISH = 1


def _answer(name: str, *, file: bool = False) -> Any:
    """The option of a question; a secret's names a file."""
    option = f"--{name.replace('_', '-')}{'-file' if file else ''}"
    metavar = "FILE" if file else "TEXT"
    return typer.Option(option, metavar=metavar, help=WORDS[name][_ENGLISH])


Text = str | None


@app.command()
def setup(
    context: typer.Context,
    language: Annotated[Text, _answer("language")] = None,
    id_: Annotated[Text, _answer("id")] = None,
    country: Annotated[Text, _answer("country")] = None,
    timezone: Annotated[Text, _answer("timezone")] = None,
    store: Annotated[Text, _answer("store")] = None,
    broker: Annotated[Text, _answer("broker")] = None,
    broker_ca: Annotated[Text, _answer("broker_ca")] = None,
    broker_user: Annotated[Text, _answer("broker_user")] = None,
    broker_password: Annotated[Text, _answer("broker_password", file=True)] = None,
    adapters: Annotated[Text, _answer("adapters")] = None,
    provider: Annotated[Text, _answer("provider")] = None,
    twilio_sid: Annotated[Text, _answer("twilio_sid")] = None,
    twilio_token: Annotated[Text, _answer("twilio_token", file=True)] = None,
    twilio_from: Annotated[Text, _answer("twilio_from")] = None,
    listen: Annotated[Text, _answer("listen")] = None,
    public_url: Annotated[Text, _answer("public_url")] = None,
    certificate: Annotated[Text, _answer("certificate")] = None,
    certificate_names: Annotated[Text, _answer("certificate_names")] = None,
    tls_cert: Annotated[Text, _answer("tls_cert")] = None,
    tls_key: Annotated[Text, _answer("tls_key")] = None,
    admin: Annotated[Text, _answer("admin")] = None,
    admin_password: Annotated[Text, _answer("admin_password", file=True)] = None,
    backup_path: Annotated[Text, _answer("backup_path")] = None,
    backup_key: Annotated[Text, _answer("backup_key")] = None,
    answers: Annotated[
        Path | None,
        typer.Option("--answers", metavar="FILE", help="Ask nothing: the answers, as TOML."),
    ] = None,
    yes: Annotated[
        bool, typer.Option("--yes", help="Ask nothing: what is not given has its default.")
    ] = False,
    force: Annotated[
        bool, typer.Option("--force", help="Asking nothing, replace what is there (kept as .bak).")
    ] = False,
    config: ConfigOption = DEFAULT_CONFIG,
    json: JsonOption = False,
) -> None:
    """Ask what this gateway needs, write config.toml and its secrets, and run doctor.

    Nothing is written before the last answer. Every answer can be given as an option, too.
    """
    unattended = yes or answers is not None
    if not unattended and (json or not sys.stdin.isatty()):
        raise WrongUse("nobody can be asked here: give --answers FILE, or --yes and options")
    given = _options(context.params, config.absolute().parent)
    if answers is not None:
        given = {**_answers(answers), **given}
    try:
        _setup(config.absolute(), given, unattended=unattended, force=force, json=json)
    except typer.Abort:
        raise Failed("broken off; nothing was changed") from None


def _options(params: dict[str, Any], folder: Path) -> dict[str, str]:
    """The answers among the options. A file's path is taken from where we are."""
    from gateway.setup.questions import NAMES, SECRETS  # noqa: PLC0415

    given = {}
    for name in NAMES:
        value = params.get("id_" if name == "id" else name)
        if value is None:
            continue
        if value and name in (*OF_FILES, *SECRETS) and value != "-":
            path = Path(value).absolute()
            value = str(path.relative_to(folder) if path.is_relative_to(folder) else path)
        given[name] = f"@{value}" if value and name in SECRETS else value
    return given


def _answers(path: Path) -> dict[str, str]:
    """A file of answers: named as the options, with ``_`` for ``-``."""
    from gateway import toml  # noqa: PLC0415
    from gateway.errors import Mistake, Mistakes  # noqa: PLC0415
    from gateway.setup.questions import NAMES, SECRETS  # noqa: PLC0415

    keys = {f"{name}_file" if name in SECRETS else name: name for name in NAMES}
    given, wrong = {}, []
    for key, value in toml.read(path).items():
        place = f"{path.name}: {key}"
        if key not in keys:
            wrong.append(toml.unknown(place, key, keys, {}))
        elif not isinstance(value, str):
            wrong.append(Mistake(place, "is not text", "put it in double quotes"))
        else:
            given[keys[key]] = f"@{value}" if value and keys[key] in SECRETS else value
    if wrong:
        raise Mistakes(wrong)
    return given


def _setup(
    config: Path, given: dict[str, str], *, unattended: bool, force: bool, json: bool
) -> None:
    from gateway.cli.setup_ask import Terminal  # noqa: PLC0415
    from gateway.cli.setup_end import end  # noqa: PLC0415
    from gateway.setup import interview, machine  # noqa: PLC0415
    from gateway.setup.known import Known  # noqa: PLC0415
    from gateway.setup.place import Ready  # noqa: PLC0415
    from gateway.setup.plan import plan  # noqa: PLC0415

    present, users = _present(config)
    known = Known(config.parent, present, machine.look(os.environ), users)
    terminal = Terminal(known, quiet=unattended)
    known.say = terminal.say
    terminal.say("hello")
    ask = None if unattended else terminal.ask
    interview.interview(known, given, ask, terminal.refuse)
    try:
        planned = plan(known)
    except OSError as error:
        raise WrongUse(f"{error.filename} cannot be read: {error.strerror}") from None
    ready = Ready(config, planned.tables, planned.files)
    if unattended and ready.replaced() and not force:
        names = ", ".join(ready.replaced())
        raise WrongUse(f"{names}: there already; --force replaces it, and keeps it as .bak")
    if not unattended:
        terminal.confirm(ready, planned)
    done = _write(ready, planned, known)
    end(done, known, planned, config, json=json)


def _present(config: Path) -> tuple[dict[str, Any], list[str]]:
    """The tables as they are written, and who may log in. Refuses anybody but the data's owner."""
    from gateway import toml  # noqa: PLC0415
    from gateway.cli import data  # noqa: PLC0415
    from gateway.config.tables import Store  # noqa: PLC0415
    from gateway.errors import Mistakes  # noqa: PLC0415

    if config == DEFAULT_CONFIG:
        data.only_its_owner(Store().path)
    if not config.exists():
        _may_write(config.parent)
        return {}, []
    try:
        loaded = data.configuration(config)
    except Mistakes:  # the last check says which are left
        return toml.read(config), []
    _may_write(config.parent)
    users = data.run(_users(loaded)) if loaded.store.path.exists() else []
    return toml.read(config), users


def _may_write(folder: Path) -> None:
    """Better said before twenty questions than after."""
    there = next(path for path in (folder, *folder.parents) if path.exists())
    if not os.access(there, os.W_OK):
        raise OtherUser(there.owner(), str(there))


async def _users(config: "Config") -> list[str]:
    from gateway.accounts import users  # noqa: PLC0415
    from gateway.cli import data  # noqa: PLC0415

    async with data.store(config) as database:
        return [user.name for user in await users.every(database) if user.role == "ops"]


def _write(ready: "Ready", planned: "Plan", known: "Known") -> list[Path]:
    """All of it, or nothing."""
    from gateway.cli import data  # noqa: PLC0415
    from gateway.config import load  # noqa: PLC0415
    from gateway.setup.place import undisturbed  # noqa: PLC0415

    data.make_folder(ready.config)
    try:
        with undisturbed(), ready.written():
            loaded = load(ready.checked)
            data.only_its_owner(loaded.store.path)
            if planned.admin and planned.password is not None:
                data.run(_put(loaded, planned.admin, planned.password))
            return ready.take_names()
    except OSError as error:
        raise Failed(f"{error.filename} cannot be written: {error.strerror}") from None


async def _put(config: "Config", name: str, password: str) -> None:
    """The administrator's login; whoever is there under that name keeps their role."""
    import time  # noqa: PLC0415

    from gateway.accounts import passwords  # noqa: PLC0415
    from gateway.accounts import users as table  # noqa: PLC0415
    from gateway.cli import data, users  # noqa: PLC0415
    from gateway.store.audit import Did  # noqa: PLC0415

    async with data.store(config, create=True) as database:
        before = await table.named(database, name)
        if before and await passwords.fits(before.password, password):
            return  # whoever is logged in stays so
        now = time.time_ns() // 1_000_000
        user = before or table.User(name, "", None, "ops", None, None, now)
        user = user._replace(password=passwords.hashed(password))
        did = Did.USER_CHANGED if before else Did.USER_ADDED
        await users.write(database, lambda c: table.put(c, user), name, did)
