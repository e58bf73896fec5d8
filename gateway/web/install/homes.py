"""The homes that an installer may fit: by grid, building, unit and room, as they stand."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from gateway.accounts.rights import Who
from gateway.intake.heard import Heard
from gateway.ledger.model import Household, Ledger, Sensor
from gateway.web.guard import not_found

if TYPE_CHECKING:
    from gateway.web.site import Site

LEVELS = ("grid", "building", "unit")
_PARTS = re.compile(r"(\d+)")


class Tile(NamedTuple):
    """One choice. ``missing``: homes behind it that have no sensor yet."""

    name: str
    homes: int
    missing: int


class Chosen(NamedTuple):
    """What was chosen, and what is to choose: ``tiles`` of ``level``, else ``rooms``."""

    path: dict[str, str]
    level: str | None
    tiles: tuple[Tile, ...]
    rooms: tuple[Household, ...]
    bare: frozenset[str]  # of these homes: nothing hangs there yet


def home_of(site: "Site", who: Who, household_id: str) -> Household:
    """The household, if it is theirs to know of. Raises 404."""
    found = site.memory.ledger.households.get(household_id)
    if found is None or not who.sees(found.grid_id):
        raise not_found()
    return found


def sensor_of(site: "Site", who: Who, sensor_id: str) -> Sensor:
    """The sensor, if its home is theirs to know of. Raises 404."""
    found = site.memory.ledger.sensors.get(sensor_id)
    if found is None:
        raise not_found()
    home_of(site, who, found.household_id)
    return found


def sensors_at(ledger: Ledger, household_id: str) -> list[Sensor]:
    rows = (each for each in ledger.sensors.values() if each.household_id == household_id)
    return sorted(rows, key=lambda each: each.sensor_id)


def of_grid(ledger: Ledger, grid_id: str) -> list[Household]:
    """Building by building, unit by unit, room by room."""
    rows = (home for home in ledger.households.values() if home.grid_id == grid_id)
    return sorted(
        rows,
        key=lambda home: (
            [_natural(_value(home, level)) for level in LEVELS] + [_natural(name_of(home))]
        ),
    )


def name_of(home: Household) -> str:
    """What stands on the tile: the room, else the address."""
    return home.room or home.address


def with_new_battery(site: "Site", who: Who) -> list[tuple[Household, Heard]]:
    """Sensors that count anew: somebody has to say whether their battery was changed."""
    households = site.memory.ledger.households
    found = [
        (households[heard.household_id], heard)
        for heard in site.memory.intake.sensors.values()
        if heard.counts_anew is not None and heard.household_id in households
    ]
    return [(home, heard) for home, heard in found if who.sees(home.grid_id)]


def choose(ledger: Ledger, who: Who, asked: dict[str, str]) -> Chosen:
    """The next question. One that has a single answer is not asked."""
    left = [home for home in ledger.households.values() if who.sees(home.grid_id)]
    fitted = {sensor.household_id for sensor in ledger.sensors.values()}
    path: dict[str, str] = {}
    for level in LEVELS:
        names = {_value(home, level) for home in left}
        wanted = asked.get(level)
        if wanted is not None and wanted in names:
            path[level] = wanted
            left = [home for home in left if _value(home, level) == wanted]
        elif len(names) > 1:
            return Chosen(path, level, _tiles(left, level, fitted), (), frozenset())
    rooms = sorted(left, key=_from_the_top)
    bare = frozenset(home.household_id for home in rooms) - fitted
    return Chosen(path, None, (), tuple(rooms), bare)


def _value(home: Household, level: str) -> str:
    if level == "grid":
        return home.grid_id
    return (home.building if level == "building" else home.unit) or ""


def _tiles(homes: Iterable[Household], level: str, fitted: set[str]) -> tuple[Tile, ...]:
    counts: dict[str, list[int]] = {}
    for home in homes:
        count = counts.setdefault(_value(home, level), [0, 0])
        count[0] += 1
        count[1] += home.household_id not in fitted
    return tuple(Tile(name, *counts[name]) for name in sorted(counts, key=_natural))


def two_to_a_landing(rooms: Sequence[Household]) -> bool:
    """Whether they can stand on the page as they stand in the house."""
    floors = Counter(_floor(home) for home in rooms)
    return None not in floors and set(floors.values()) == {2}


def _floor(home: Household) -> int | None:
    """Of a room like 501 or 1203; None: it is not numbered so."""
    name = name_of(home)
    return int(name) // 100 if name.isdecimal() and len(name) > 2 else None


def _from_the_top(home: Household) -> tuple[int, list[tuple[int, int, str]]]:
    return -(_floor(home) or 0), _natural(name_of(home))


def _natural(name: str) -> list[tuple[int, int, str]]:
    """2 before 10."""
    parts = (part for part in _PARTS.split(name) if part)
    return [(0, int(part), "") if part.isdecimal() else (1, 0, part) for part in parts]
