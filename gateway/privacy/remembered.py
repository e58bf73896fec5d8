"""What the rules remember of a household beside its own state: its grid's memory of it. Pure."""

from collections.abc import Collection, Mapping

from rules.grid import Grid
from rules.moment import Moment


def without(grid: Grid, gone: Collection[str]) -> Grid:
    """The grid as if these, which left it, had never been in it. They weigh in no decision any
    more: each counts for homes that are in the ledger."""
    return grid._replace(
        incidents=tuple(
            one._replace(homes=tuple(key for key in one.homes if key not in gone))
            for one in grid.incidents
        ),
        suspected=_rest(grid.suspected, gone),
        tampered=_rest(grid.tampered, gone),
        openings=tuple(one for one in grid.openings if one.household_id not in gone),
        shared=tuple(one for one in grid.shared if one.household_id not in gone),
    )


def _rest(moments: Mapping[str, Moment], gone: Collection[str]) -> dict[str, Moment]:
    return {key: at for key, at in moments.items() if key not in gone}
