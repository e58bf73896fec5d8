"""``doorwatch setup``: asks what a gateway needs, writes it, and says whether it is well."""

import os
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gateway.cli.app import DEFAULT_CONFIG, ConfigOption, Failed, JsonOption, WrongUse, app
from gateway.setup.words import WORDS, say

if TYPE_CHECKING:
    from gateway.config import Config
    from gateway.doctor.ways import Finding
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
    _end(done, known, planned, config, json=json)


def _present(config: Path) -> tuple[dict[str, Any], list[str]]:
    """The tables as they are written, and who may log in. Refuses anybody but the data's owner."""
    from gateway import toml  # noqa: PLC0415
    from gateway.cli import data  # noqa: PLC0415
    from gateway.config.tables import Store  # noqa: PLC0415
    from gateway.errors import Mistakes  # noqa: PLC0415

    if not config.exists():
        if config == DEFAULT_CONFIG:
            data.only_its_owner(Store().path)
        return {}, []
    try:
        loaded = data.configuration(config)
    except Mistakes:  # the last check says which are left
        present = toml.read(config)
        return present, []
    users = data.run(_users(loaded)) if loaded.store.path.exists() else []
    return toml.read(config), users


async def _users(config: "Config") -> list[str]:
    from gateway.accounts import users  # noqa: PLC0415
    from gateway.cli import data  # noqa: PLC0415

    async with data.store(config) as database:
        return [user.name for user in await users.every(database) if user.role == "ops"]


class Terminal:
    """Somebody at a keyboard; ``quiet``: nobody."""

    def __init__(self, known: "Known", *, quiet: bool) -> None:
        self._known = known
        self._quiet = quiet

    @property
    def _language(self) -> str:
        return self._known["language"] or self._known.machine.language

    def say(self, key: str, **values: object) -> None:
        if not self._quiet:
            typer.echo(say(self._language, key, **values))

    def refuse(self, why: str) -> None:
        self.say("wrong", why=why)

    def ask(self, question: Any, default: str) -> str:
        asked = say(self._language, question.name)
        if question.secret is None:
            typed: str = typer.prompt(asked, default=default, show_default=bool(default))
            return typed.strip()
        there = question.secret(self._known)
        asked += say(self._language, "keeps" if there else "secret")
        while True:
            typed = _hidden(asked)
            if not question.twice or not typed or typed.startswith("@"):
                return typed
            if _hidden(say(self._language, "again")) == typed:
                return typed
            self.refuse(say(self._language, "differs"))

    def confirm(self, ready: "Ready", planned: "Plan") -> None:
        """Shows what config.toml will be. Raises ``typer.Abort``."""
        from gateway.setup import document  # noqa: PLC0415

        typer.echo(f"\n{document.text(planned.tables)}")
        if names := ready.replaced():
            self.say("replaces", names=", ".join(names))
        typer.confirm(say(self._language, "write"), default=True, abort=True)


def _hidden(asked: str) -> str:
    typed: str = typer.prompt(asked, default="", show_default=False, hide_input=True)
    return typed.strip()


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
        now = time.time_ns() // 1_000_000
        user = before or table.User(name, "", None, "ops", None, None, now)
        user = user._replace(password=passwords.hashed(password))
        did = Did.USER_CHANGED if before else Did.USER_ADDED
        await users.write(database, lambda c: table.put(c, user), name, did)


def _end(done: list[Path], known: "Known", planned: "Plan", config: Path, *, json: bool) -> None:
    """What was done, what ``doctor`` finds, what comes next. Exit 1 if there is trouble."""
    from gateway import doctor as looking  # noqa: PLC0415
    from gateway.cli import data  # noqa: PLC0415
    from gateway.cli.output import print_json  # noqa: PLC0415
    from gateway.config import load  # noqa: PLC0415
    from gateway.setup.certificate import fingerprint  # noqa: PLC0415
    from gateway.setup.plan import CERTIFICATE  # noqa: PLC0415

    made = planned.files.get(CERTIFICATE)
    print_ = fingerprint(made.encode()) if made else None
    if not json:
        _print_done(done, known, planned, print_)
    loaded = load(config)
    findings = data.run(looking.examine(loaded, config))
    troubles = sum(not finding.ok for finding in findings)
    if json:
        print_json(
            {
                "config": str(config),
                "files": [str(path) for path in done],
                "fingerprint": print_,
                "admin": planned.admin or None,
                "ok": not troubles,
                "doctor": [finding._asdict() for finding in findings],
            }
        )
    else:
        _print_doctor(findings, troubles, known["language"], config)
    if troubles:
        raise typer.Exit(1)


def _print_done(done: list[Path], known: "Known", planned: "Plan", print_: str | None) -> None:
    language = known["language"]
    for path in done:
        typer.echo(say(language, "written", path=path))
    if planned.admin:
        typer.echo(say(language, "admin_done", name=planned.admin))
    if print_:
        typer.echo(say(language, "fingerprint", print=print_))
    if known["backup_key"] in planned.files:
        typer.echo(say(language, "key", path=known.folder / known["backup_key"]))


def _print_doctor(findings: "list[Finding]", troubles: int, language: str, config: Path) -> None:
    from gateway.cli.doctor import print_findings  # noqa: PLC0415

    packaged = config == DEFAULT_CONFIG
    typer.echo()
    print_findings(findings)
    typer.echo(say(language, "trouble", n=troubles) if troubles else say(language, "green"))
    with_it = [] if packaged else ["--config", str(config)]
    start = "sudo systemctl restart doorwatch" if packaged else _line("run", *with_it)
    ledger = _line("ledger", "import", *with_it) + " *.csv"
    typer.echo(say(language, "next", start=start, ledger=ledger))


def _line(*words: str) -> str:
    who = ["sudo", "-u", "doorwatch"] if "--config" not in words else []
    return shlex.join([*who, "doorwatch", *words])
