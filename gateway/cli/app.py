"""``doorwatch``: the options that all commands share, and how each of them fails.

Exit status: 0 done, 1 failed, 2 wrong usage, configuration or input (nothing was changed).
"""

import sys
from pathlib import Path
from typing import Annotated

import typer

from gateway.errors import Mistakes

app = typer.Typer(
    name="doorwatch",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

ConfigOption = Annotated[
    Path,
    typer.Option("--config", envvar="DOORWATCH_CONFIG", help="The configuration file."),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]
DEFAULT_CONFIG = Path("/etc/doorwatch/config.toml")


@app.callback()
def doorwatch() -> None:
    """The gateway for quarantine door sensors."""


class Failed(Exception):
    """The command could not do what it was asked; the text says why. Exit 1."""


def main() -> None:
    """The entry point."""
    from gateway.cli import commands  # noqa: F401, PLC0415 - each registers itself on ``app``

    try:
        app()
    except Mistakes as mistakes:
        for mistake in mistakes.mistakes:
            print(mistake, file=sys.stderr)
        sys.exit(2)
    except Failed as failure:
        print(f"doorwatch: {failure}", file=sys.stderr)
        sys.exit(1)
