"""Who answers for the neighbourhood: the roster, with invented names and numbers.

Owns the people of a simulated town. Knows nothing of doors or of the product. Unless another
pattern is given, the numbers are of one block of +86 138 0000 xxxx that demos use as
placeholders; nothing is ever sent to them, the provider here is a stand-in.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗"
GIVEN = (
    "敏",
    "强",
    "丽",
    "军",
    "洋",
    "勇",
    "娟",
    "涛",
    "静",
    "磊",
    "燕",
    "斌",
    "晓梅",
    "志远",
    "建国",
)
ENGLISH = ("Amy Turner", "Ben Carter", "Clara Young", "Dan Foster")

DAY_SHIFT = "mon-sun 08:00-20:00"
NIGHT_SHIFT = "mon-sun 20:00-08:00"
MAINLAND = "+86138{:08d}"  # of the person's number; texts from abroad cannot be answered there


@dataclass(frozen=True, slots=True)
class Person:
    """One line of the roster. ``grid_id`` and ``duty`` blank: all grids, always."""

    person_id: str
    name: str
    phone: str  # E.164
    role: str  # member, leader, community, command, ops, installer
    grid_id: str = ""
    language: str = "zh"
    duty: str = ""


def roster(seed: int, grid_ids: Sequence[str], phones: str = MAINLAND) -> tuple[Person, ...]:
    """Members and a leader a grid, and who stands above them; every role always has somebody.

    Grids take turns: one member always on duty; two members in shifts; two members always,
    of whom the second speaks English (so each town of two grids or more has one).
    """
    rng = Random(f"people {seed}")
    names = [surname + given for surname in SURNAMES for given in GIVEN]
    rng.shuffle(names)
    english = list(ENGLISH)
    rng.shuffle(english)
    people: list[Person] = []

    def join(role: str, grid_id: str = "", duty: str = "", language: str = "zh") -> None:
        number = len(people) + 1
        name = english[number % len(english)] if language == "en" else names.pop()
        phone = phones.format(number)
        people.append(Person(f"P{number:02d}", name, phone, role, grid_id, language, duty))

    for index, grid_id in enumerate(grid_ids):
        match index % 3:
            case 0:
                join("member", grid_id, DAY_SHIFT)
                join("member", grid_id, NIGHT_SHIFT)
            case 1:
                join("member", grid_id)
                join("member", grid_id, language="en")
            case _:
                join("member", grid_id)
        join("leader", grid_id)
    join("community")
    join("command")
    join("command", duty=DAY_SHIFT)
    join("ops")
    join("installer")
    return tuple(people)
