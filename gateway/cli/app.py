"""``doorwatch``: the options that all commands share, and how each of them fails.

Exit status: 0 done, 1 failed, 2 wrong usage, configuration or input (nothing was changed).
Heavy modules are imported inside the commands: ``--help`` and a quick look must not wait.
"""

import os
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(
    name="doorwatch",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # half a second less on a Pi, and plain text that can be searched
)

CONFIG_VARIABLE = "DOORWATCH_CONFIG"
ConfigOption = Annotated[
    Path,
    typer.Option("--config", envvar=CONFIG_VARIABLE, help="The configuration file."),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]
DEFAULT_CONFIG = Path("/etc/doorwatch/config.toml")
_ON_EVERY_PATH = ("/usr/local/bin", "/usr/bin", "/bin")  # of sudo too, whatever ours is


class Failed(Exception):
    """The command could not do what it was asked; the text says why. Exit 1."""

    status = 1


class WrongUse(Failed):
    """It was asked for something that makes no sense; nothing was changed. Exit 2."""

    status = 2


class OtherUser(Failed):
    """The data belongs to somebody else: written by us, the gateway could not use it any more."""

    status = 2

    def __init__(self, owner: str, what: str) -> None:
        super().__init__(owner, what)
        self.owner = owner
        self.what = what

    def line(self, given: Sequence[str]) -> str:
        """What to type instead."""
        program = Path(sys.argv[0])
        usual = str(program.parent) in _ON_EVERY_PATH or program.parent == Path()
        words = ["sudo", "-u", self.owner]
        if program.name == "__main__.py":
            words += [sys.executable, "-m", "gateway.cli", *given]
        else:
            words += [program.name if usual else str(program.absolute()), *given]
        config = os.environ.get(CONFIG_VARIABLE)  # sudo does not hand it on
        if config and not any(word.partition("=")[0] == "--config" for word in given):
            words += ["--config", config]
        return shlex.join(words)


def _version(wanted: bool) -> None:
    if wanted:
        from gateway import __version__  # noqa: PLC0415

        typer.echo(f"doorwatch {__version__}")
        raise typer.Exit


@app.callback()
def doorwatch(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_version, is_eager=True, help="Print the version."),
    ] = False,
) -> None:
    """The gateway for quarantine door sensors."""
