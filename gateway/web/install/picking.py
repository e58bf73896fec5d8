"""Which of the sensors that are heard is the one whose door was just opened and closed. Pure.

Only what moved after the screen was opened counts, and only whoever did both: a neighbour's sensor
may open or close by chance. Two that did both are not told apart by guessing: a person is asked.
"""

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from drivers.stranger import Stranger
from gateway.discovery import Move
from rules.model import Door
from rules.moment import Moment

Heard = tuple[Stranger, Sequence[Move]]
SEALED_MOVES: Final = 2  # an opening and a closing: what they say cannot be read, that they are two


class Picked(NamedTuple):
    """``one``: it is this; else ``several`` did the same, or nobody has."""

    one: Stranger | None = None
    sure: bool = True  # False: it encrypts, and said two things; that is all we know
    several: tuple[Stranger, ...] = ()


def pick(heard: Iterable[Heard], since: Moment) -> Picked:
    """``heard``: the strongest first, each with its moves."""
    heard = tuple(heard)
    both = _devices(one for one, moves in heard if opened_and_closed(moves, since))
    if both:
        return Picked(both[0]) if len(both) == 1 else Picked(several=both)
    sealed = _devices(one for one, moves in heard if _said_two_things(one, moves, since))
    if sealed:
        return Picked(sealed[0], sure=False) if len(sealed) == 1 else Picked(several=sealed)
    return Picked()


def opened_and_closed(moves: Sequence[Move], since: Moment) -> bool:
    """In this order, both after ``since``."""
    opened = False
    for move in moves:
        if move.at < since:
            continue
        if move.door is Door.CLOSED and opened:
            return True
        opened = opened or move.door is Door.OPEN
    return False


def _said_two_things(one: Stranger, moves: Sequence[Move], since: Moment) -> bool:
    return one.needs_key and sum(move.at >= since for move in moves) >= SEALED_MOVES


def _devices(strangers: Iterable[Stranger]) -> tuple[Stranger, ...]:
    """Each device once, though radio and relay both heard it: our own radio comes first."""
    found: dict[str, Stranger] = {}
    for each in strangers:
        name = each.address.upper()
        if name not in found or (each.source == "ble" and found[name].source != "ble"):
            found[name] = each
    return tuple(found.values())
