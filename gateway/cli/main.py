"""The entry point: every command group, and how each of them fails."""

import sys
from collections.abc import Sequence

from gateway.cli import (
    backup,
    check,
    decode,
    demo,
    doctor,
    drill,
    household,
    incidents,
    ledger,
    maintenance,
    passes,
    replay,
    report,
    resident,
    run,
    sensor_battery,
    sensor_pair,
    sensors,
    setup,
    spoken,
    texts,
    users,
)
from gateway.cli.app import Failed, OtherUser, app
from gateway.errors import Mistakes

COMMANDS = (
    backup, check, decode, demo, doctor, drill, household, incidents, ledger, maintenance, passes,
    replay, report, resident, run, sensors, sensor_battery, sensor_pair, setup, texts,
    users,
)  # fmt: skip


def main(given: Sequence[str] | None = None) -> None:
    """The entry point. ``given``: the words after ``doorwatch``."""
    words = list(sys.argv[1:] if given is None else given)
    spoken.use("en")  # until the gateway's is known
    try:
        app(args=words, prog_name="doorwatch")
    except Mistakes as mistakes:
        for mistake in mistakes.mistakes:
            print(spoken.mistake(mistake), file=sys.stderr)
        sys.exit(2)
    except OtherUser as other:
        print(f"doorwatch: {other.what} belongs to {other.owner}; type", file=sys.stderr)
        print(f"  {other.line(words)}", file=sys.stderr)
        sys.exit(other.status)
    except Failed as failure:
        print(f"doorwatch: {failure}", file=sys.stderr)
        sys.exit(failure.status)
