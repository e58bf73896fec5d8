"""The people whose phones ring: who reads a text, answers it, and goes to the door.

Owns what they have read and mean to do. Sends nothing itself.
"""

import re
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import NamedTuple

from simulators.neighbourhood import Person, answer, arrives

OFFER = re.compile(r"(?:回|Reply )1 (\d{4,6})")  # how a text says that it can be answered


class Answer(NamedTuple):
    """Somebody will reply ``1 CODE``, and then walk to the door."""

    person: Person
    code: str
    after: timedelta
    walks: timedelta

    @property
    def text(self) -> str:
        return f"1 {self.code}"


class Roster:
    """Who is at which phone."""

    def __init__(self, seed: int, people: Iterable[Person]) -> None:
        self._seed = seed
        self._by_phone = {person.phone: person for person in people}
        self._about_to: set[tuple[str, str]] = set()

    def at(self, phone: str) -> Person | None:
        return self._by_phone.get(phone)

    def reads(self, phone: str, text: str, at: datetime) -> Answer | None:
        """What the person of that phone does about a text; None: nothing (more)."""
        person, offer = self.at(phone), OFFER.search(text)
        if person is None or offer is None:
            return None
        code = offer[1]
        after = answer(self._seed, person, code, at)
        if after is None or (phone, code) in self._about_to:
            return None
        self._about_to.add((phone, code))
        return Answer(person, code, after, arrives(self._seed, person, code))

    def presses(self, person: Person, code: str) -> Answer:
        """Somebody takes a call, says at once that they go, and does."""
        return Answer(person, code, timedelta(), arrives(self._seed, person, code))

    def answered(self, given: Answer) -> None:
        """A later text about the same door is read anew."""
        self._about_to.discard((given.person.phone, given.code))
