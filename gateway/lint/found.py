"""How what is doubtful in a site's rules and ledger is said: equal things together, by grid.

Owns the grouping. Knows nothing of what is looked for; that is in the other ``gateway.lint_*``.
"""

from collections.abc import Iterable
from typing import NamedTuple

SHOWN = 5  # ids that are named; the rest is counted
_PLURAL = {"person": "people"}


class Seen(NamedTuple):
    """One thing that is doubtful, of one grid or one row of the ledger."""

    grid_id: str | None  # None: of the whole gateway
    noun: str  # "household", "sensor" ...; blank: a fact of the grid itself
    key: str  # the row's id; of a grid's own fact, what it is about
    what: str
    remedy: str


class Warned(NamedTuple):
    """Equal things, as ``doorwatch check`` says them."""

    place: str  # "member", "window W1", "37 households H1, H2, ..."
    what: str
    remedy: str
    grid_ids: tuple[str, ...] = ()  # empty: the whole gateway

    def __str__(self) -> str:
        return f"{self.place}: {self.what}; {self.remedy}"


def grouped(seen: Iterable[Seen]) -> list[Warned]:
    """Rows of a grid with the same doubt become one line, and so do grids with the same one."""
    rows: dict[Seen, list[str]] = {}  # keyed without the row's id
    for one in seen:
        keys = rows.setdefault(one._replace(key="") if one.noun else one, [])
        if one.key not in keys[-1:]:
            keys.append(one.key)
    grids: dict[Warned, list[str]] = {}  # keyed without the grids
    for one, keys in rows.items():
        place = _counted(one.noun, keys) if one.noun else one.key
        found = grids.setdefault(Warned(place, one.what, one.remedy), [])
        if one.grid_id is not None:
            found.append(one.grid_id)
    return [warned._replace(grid_ids=tuple(ids)) for warned, ids in grids.items()]


def _counted(noun: str, keys: list[str]) -> str:
    if len(keys) == 1:
        return f"{noun} {keys[0]}"
    more = ", ..." if len(keys) > SHOWN else ""
    return f"{len(keys)} {_PLURAL.get(noun, noun + 's')} {', '.join(keys[:SHOWN])}{more}"
