"""The one whose door was opened and closed after the screen was opened; nobody else's."""

import pytest

from drivers.stranger import Stranger
from gateway.discovery import Move
from gateway.web.install.picking import Picked, pick
from rules.model import Door

SINCE = 100
MINE = Stranger("ble", "bthome", "3C:2E:F5:00:00:01", 200, Door.CLOSED, rssi=-60)
NEIGHBOUR = Stranger("ble", "bthome", "3C:2E:F5:00:00:02", 200, Door.CLOSED, rssi=-50)
RELAYED = Stranger("mqtt", "theengs", "3C:2E:F5:00:00:01", 200, Door.CLOSED, rssi=-40)
SEALED = Stranger("ble", "xiaomi", "3C:2E:F5:00:00:03", 200, needs_key=True)


def moves(story: str) -> tuple[Move, ...]:
    """``open 110, closed 120``; ``? 130``: something that cannot be read."""
    words = (line.split() for line in story.split(",") if line.strip())
    return tuple(Move(int(at), None if door == "?" else Door(door)) for door, at in words)


@pytest.mark.parametrize(
    ("heard", "expected"),
    [
        ([], Picked()),
        ([(MINE, "open 110, closed 120")], Picked(MINE)),
        ([(NEIGHBOUR, "open 110"), (MINE, "open 110, closed 120")], Picked(MINE)),
        ([(NEIGHBOUR, "closed 110"), (MINE, "open 110, closed 120")], Picked(MINE)),
        # before the screen was opened, or only half of it since
        ([(MINE, "open 50, closed 60")], Picked()),
        ([(MINE, "open 50, closed 120")], Picked()),
        ([(MINE, "open 110")], Picked()),
        ([(MINE, "closed 110, open 120")], Picked()),
        # two at once: nobody guesses
        ([(NEIGHBOUR, "open 105, closed 125"), (MINE, "open 110, closed 120")],
         Picked(several=(NEIGHBOUR, MINE))),
        # the same device by a relay and by our own radio is one
        ([(RELAYED, "open 110, closed 120"), (MINE, "open 110, closed 120")], Picked(MINE)),
        # one that encrypts can only be counted, and only if nobody was read to do both
        ([(SEALED, "? 110, ? 120")], Picked(SEALED, sure=False)),
        ([(SEALED, "? 50, ? 120")], Picked()),
        ([(SEALED, "? 110, ? 120"), (MINE, "open 110, closed 120")], Picked(MINE)),
    ],
)  # fmt: skip
def test_pick(heard: list[tuple[Stranger, str]], expected: Picked) -> None:
    assert pick([(one, moves(story)) for one, story in heard], SINCE) == expected
