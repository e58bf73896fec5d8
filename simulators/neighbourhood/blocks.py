"""How the houses of a grid stand: towers or low ones."""

from itertools import product
from typing import NamedTuple


class Block(NamedTuple):
    """How the houses of a grid stand."""

    buildings: int
    units: int
    floors: int
    doors: int  # on a landing

    def flats(self) -> list[tuple[int, int, int]]:
        """Building from 0, unit, room."""
        sizes = (range(self.buildings), range(1, self.units + 1), range(1, self.floors + 1))
        doors = range(1, self.doors + 1)
        return [(b, u, f * 100 + d) for b, u, f, d in product(*sizes, doors)]


TOWER, LOW = Block(1, 3, 18, 3), Block(2, 2, 6, 2)
