"""Long walks over all homes, in pieces: a door that opens meanwhile does not wait for their end.

A walk is a generator that yields nothing where others may go first, and returns what it found.
What it walks over may change between two pieces.
"""

import asyncio
from collections.abc import Generator
from typing import TypeAlias, TypeVar

T = TypeVar("T")
Walk: TypeAlias = Generator[None, None, T]

PIECE = 200  # homes at a time: about a millisecond in which no door is told of
PAUSE_S = 0.005  # longer than a reading's way to the provider, which is many turns of the loop


def at_once(walk: Walk[T]) -> T:
    """What it found, without a pause."""
    try:
        while True:
            next(walk)
    except StopIteration as end:
        found: T = end.value
        return found


async def in_pieces(walk: Walk[T]) -> T:
    """What it found, with a pause after each piece."""
    try:
        while True:
            next(walk)
            await asyncio.sleep(PAUSE_S)
    except StopIteration as end:
        found: T = end.value
        return found
