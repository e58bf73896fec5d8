"""The house is the map: buildings, units, floors from the top down, rooms as they stand. Pure.

A room that lies between known ones is drawn as a faint number, so that the eye finds its way.
Homes whose rooms nobody knows are listed apart.
"""

import re
from collections.abc import Iterable
from itertools import groupby
from typing import NamedTuple

from gateway.ledger.model import Household
from gateway.ledger.rooms import bare

_ROOM = re.compile(r"(?P<floor>[0-9]{1,2})(?P<door>[0-9]{2})")
LANDING = 2  # rooms on a landing where nothing else is known
WIDEST = 8  # rooms on a landing that are filled in; a hotel's corridor is not
HIGHEST = 40  # floors that are filled in


class Room(NamedTuple):
    """One place on the map. ``household_id`` None: nobody of the ledger lives there."""

    label: str
    household_id: str | None = None


class Unit(NamedTuple):
    """``rooms``: row by row, the highest floor first, ``width`` to a row."""

    name: str
    width: int
    rooms: tuple[Room, ...]


class Building(NamedTuple):
    name: str
    units: tuple[Unit, ...]
    homes: int


class Plan(NamedTuple):
    buildings: tuple[Building, ...]
    elsewhere: tuple[Household, ...]  # whose rooms are unknown


def plan(households: Iterable[Household]) -> Plan:
    """Where everybody lives, in the order of names."""
    placed: list[tuple[str, str, int, int, Household]] = []
    elsewhere = []
    for home in households:
        room = _ROOM.fullmatch(bare(home.room)) if home.room else None
        if room is None or not home.building:
            elsewhere.append(home)
            continue
        unit = bare(home.unit) if home.unit else ""
        floor, door = int(room["floor"]), int(room["door"])
        placed.append((bare(home.building), unit, floor, door, home))
    placed.sort(key=lambda one: (_natural(one[0]), _natural(one[1]), -one[2], one[3], one[4].room))
    buildings = []
    for name, group in groupby(placed, key=lambda one: one[0]):
        homes = list(group)
        floors = _between({one[2] for one in homes}, HIGHEST)[::-1]
        units = tuple(
            _unit(unit, [(floor, door, home) for _, _, floor, door, home in rooms], floors)
            for unit, rooms in groupby(homes, key=lambda one: one[1])
        )
        buildings.append(Building(name, units, len(homes)))
    elsewhere.sort(key=lambda home: _natural(home.address))
    return Plan(tuple(buildings), tuple(elsewhere))


def _unit(name: str, rooms: list[tuple[int, int, Household]], floors: list[int]) -> Unit:
    at: dict[tuple[int, int], list[Household]] = {}
    for floor, door, home in rooms:
        at.setdefault((floor, door), []).append(home)
    doors = _between({1, LANDING} | {door for _, door, _ in rooms}, WIDEST)
    found: list[Room] = []
    for floor in floors:
        for door in doors:
            # Two households behind one number stand side by side, as far as there is a place.
            here = at.get((floor, door), [])
            label = f"{floor}{door:02}"
            found.append(Room(label, here[0].household_id if here else None))
    extra = [home for homes in at.values() for home in homes[1:]]
    found += [Room(home.room or home.address, home.household_id) for home in extra]
    return Unit(name, len(doors), tuple(found))


def _between(known: set[int], most: int) -> list[int]:
    """Every number from the least to the greatest, or the known alone if that is too many."""
    least, greatest = min(known), max(known)
    whole = greatest - least < most
    return list(range(least, greatest + 1)) if whole else sorted(known)


def _natural(name: str) -> tuple[tuple[int, str], ...]:
    """2 before 10, and what is no number after them."""
    parts = re.findall(r"[0-9]+|[^0-9]+", name)
    return tuple((int(part), "") if part.isdigit() else (10**9, part) for part in parts)
