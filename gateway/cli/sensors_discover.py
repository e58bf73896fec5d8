"""``doorwatch sensors discover``: asks the running gateway what it hears, and shows it.

The gateway looks at strangers only while somebody asks, so asking begins it.
"""

import asyncio
import contextlib
import json as json_module
import shutil
import sys
import time
from typing import Any

import typer

from gateway import requests
from gateway.cli import asking, data
from gateway.cli.app import Failed
from gateway.cli.output import print_json, print_table, short
from gateway.config import Config
from gateway.incident_json import rfc3339
from gateway.lock import Lock
from gateway.store.database import Database

LOOK_S = 1.0  # between two looks of --follow: as quick as a door is opened and closed
CLEAR = "\x1b[H\x1b[J"  # cursor home, erase to the end of the screen (ECMA-48)
WIDEST = 100  # characters of an address or a name in the table; --json has all of it
HEADINGS = ("protocol", "address", "signal", "state", "battery", "heard", "key", "")


def once(config: Config, seconds: int, *, json: bool) -> None:
    """Listens for so long, then prints what there is."""
    answer = data.run(_after(config, seconds))
    found = _found(answer, config)
    _say_deaf(answer)
    if json:
        print_json(found)
    elif found:
        _print(found)
    else:
        print("nothing new is heard; most sensors send only when they are moved", file=sys.stderr)


def follow(config: Config, *, json: bool) -> None:
    """Until Ctrl-C, which is no failure."""
    with contextlib.suppress(KeyboardInterrupt):
        data.run(_follow(config, json=json))


async def _after(config: Config, seconds: int) -> dict[str, Any]:
    async with data.store(config) as database:
        answer = await _ask(database, config)
        if seconds:
            print(f"listening for {seconds} s: open and close the door", file=sys.stderr)
            await asyncio.sleep(seconds)
            answer = await _ask(database, config)
        return answer


async def _follow(config: Config, *, json: bool) -> None:
    shown: dict[tuple[str, str, str], dict[str, Any]] = {}
    screen = sys.stdout.isatty()
    async with data.store(config) as database:
        first = True
        while True:
            answer = await _ask(database, config)
            if first:
                _say_deaf(answer)
            found = _found(answer, config)
            news = {_key(row): row for row in found if shown.get(_key(row)) != row}
            gone = shown.keys() - {_key(row) for row in found}
            if json:
                for row in news.values():
                    typer.echo(json_module.dumps(row, ensure_ascii=False))
                sys.stdout.flush()
            elif screen or news or gone or first:
                _redraw(found, screen=screen)
            shown = {_key(row): row for row in found}
            first = False
            await asyncio.sleep(LOOK_S)


async def _ask(database: Database, config: Config) -> dict[str, Any]:
    if not Lock(config.store.path).is_taken():
        raise Failed(
            "no gateway runs, and only a running one hears sensors; start it with\n"
            "  sudo systemctl start doorwatch   (or, by hand: doorwatch run --config FILE)"
        )
    now = time.time_ns() // 1_000_000
    request = await requests.add(database, {"do": "discover"}, now)
    return await asking.answered(database, request)


def _found(answer: dict[str, Any], config: Config) -> list[dict[str, Any]]:
    zone = config.gateway.timezone
    return [
        {
            "protocol": each["protocol"],
            "address": each["address"],
            "source": each["source"],
            "rssi": each["rssi"],
            "state": each["door"],
            "battery": each["battery"],
            "last_heard_at": rfc3339(each["heard_at"], zone),
            "needs_key": each["needs_key"],
            "name": each["name"],
            "sure": each["sure"],
        }
        for each in answer["found"]
    ]


def _key(row: dict[str, Any]) -> tuple[str, str, str]:
    return row["source"], row["protocol"], row["address"]


def _redraw(found: list[dict[str, Any]], *, screen: bool) -> None:
    """As many as the screen has lines for: they are the strongest."""
    if screen:
        typer.echo(CLEAR, nl=False)
        found = found[: shutil.get_terminal_size().lines - 3]
    if found:
        _print(found)
    else:
        typer.echo("nothing new is heard yet: open and close the door   (Ctrl-C ends)")


def _print(found: list[dict[str, Any]]) -> None:
    rows = []
    for row in found:
        signal, battery = row["rssi"], row["battery"]
        rows.append(
            (
                row["protocol"],
                _shown(row["address"]),
                None if signal is None else f"{signal} dBm",
                row["state"],
                None if battery is None else f"{battery} %",
                short(row["last_heard_at"]),
                "needed" if row["needs_key"] else "no",
                _shown(row["name"] if row["sure"] else f"{row['name']} perhaps no door".strip()),
            )
        )
    print_table(HEADINGS, rows)


def _shown(text: str) -> str:
    """Anybody may have sent it: nothing in it shall move the cursor or break the table."""
    text = text if len(text) <= WIDEST else text[: WIDEST - 1] + "…"
    return "".join(char if char.isprintable() else "?" for char in text)


def _say_deaf(answer: dict[str, Any]) -> None:
    for name, up in sorted(answer["sources"].items()):
        if not up:
            print(f"{name} does not hear anything now: see doorwatch doctor", file=sys.stderr)
