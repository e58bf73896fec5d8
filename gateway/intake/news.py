"""What became of a reading: news, or known already."""

from typing import NamedTuple

from gateway.intake.evidence import NONE, Evidence
from gateway.intake.heard import Heard
from gateway.store.journal import Row
from rules.model import DoorSeen, Sensed


class News(NamedTuple):
    """A reading worth keeping: the row for the journal (its id is given later)."""

    heard: Heard
    seen: DoorSeen | None  # None: nothing about the door
    row: Row
    sensed: Sensed | None = None  # of its own conditions only what has changed
    evidence: Evidence = NONE  # what its counter says of the time before


class Repeat(NamedTuple):
    """Known already; only that the sensor lives is new.

    ``row`` for a message that nothing but its broker's number tells from another: kept if a
    commit is made anyway, so that it is known when it is delivered again.
    """

    row: Row | None = None
    evidence: Evidence = NONE


REPEAT = Repeat()
