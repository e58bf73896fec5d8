"""``doorwatch demo``: a simulated neighbourhood's day through the real gateway.

Needs no server, account or radio. Alone in the product in importing the simulators, and only
when it is called.
"""

import asyncio
import logging
import sys
from typing import Annotated

import typer

from gateway.cli.app import Failed, JsonOption, app


@app.command()
def demo(
    seconds: Annotated[
        float, typer.Option(min=1, help="How long the day takes, if the machine keeps up.")
    ] = 60,
    seed: Annotated[int, typer.Option(help="Another town and another day.")] = 1,
    json: JsonOption = False,
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="Of the web pages; 0: any free one.")
    ] = 0,
) -> None:
    """Play a day of a simulated neighbourhood to the real gateway, on nothing but this machine.

    Exit 1 when a breach was missed, a reading lost, or somebody texted twice or for nothing.
    """
    from rich.console import Console  # noqa: PLC0415 - for this command alone

    from gateway import logs  # noqa: PLC0415
    from simulators.demo import Plan, Show, perform  # noqa: PLC0415

    logs.install(logging.ERROR)
    logging.getLogger("doorwatch.demo").setLevel(logging.WARNING)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # a terminal that knows no Chinese
    show = Show(Console(stderr=json, highlight=False))
    try:
        summary = asyncio.run(perform(Plan(seconds, seed, port), show))
    except OSError as error:
        raise Failed(str(error)) from error
    if json:
        print(summary.to_json())
    else:
        show.summary(summary)
    if not summary.clean:
        raise typer.Exit(1)
