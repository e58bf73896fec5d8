"""A neighbourhood with known truth: who lives there, what happens in a day, what is right.

``build`` a town, ``write_ledger`` for the gateway, ``tell`` its day, play the events (a
``Pace`` says when), then ask ``truth`` and ``score``. Nothing of the product is imported.
"""

from simulators.neighbourhood.answers import answer, arrives, somebody_comes
from simulators.neighbourhood.doubts import doubts
from simulators.neighbourhood.events import Event, What, Why
from simulators.neighbourhood.ledger_files import write_ledger
from simulators.neighbourhood.pace import Pace, schedule
from simulators.neighbourhood.people import Person
from simulators.neighbourhood.score import Score, Sent, score
from simulators.neighbourhood.story import tell
from simulators.neighbourhood.town import Grid, Household, Sensor, Town, Window, build
from simulators.neighbourhood.truth import Expected, Opening, Rise, Truth, Verdict, truth

__all__ = [
    "Event",
    "Expected",
    "Grid",
    "Household",
    "Opening",
    "Pace",
    "Person",
    "Rise",
    "Score",
    "Sensor",
    "Sent",
    "Town",
    "Truth",
    "Verdict",
    "What",
    "Why",
    "Window",
    "answer",
    "arrives",
    "build",
    "doubts",
    "schedule",
    "score",
    "somebody_comes",
    "tell",
    "truth",
    "write_ledger",
]
