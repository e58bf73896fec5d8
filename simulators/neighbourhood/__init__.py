"""A neighbourhood with known truth: who lives there, what happens in a day, what is right.

``build`` a town, ``write_ledger`` for the gateway, ``tell`` its day, play the events (a
``Pace`` says when), then ask ``truth`` and ``score``.

For weeks: ``settle`` a town, ``live`` there, ``play`` it in virtual time, and ``tally`` what the
gateway told. Of all modules ``gateway`` alone touches the product.
"""

from simulators.neighbourhood.answers import answer, arrives, somebody_comes
from simulators.neighbourhood.blocks import LOW
from simulators.neighbourhood.doubts import doubts
from simulators.neighbourhood.events import Event, What, Why
from simulators.neighbourhood.figures import Tally
from simulators.neighbourhood.ledger_files import write_ledger
from simulators.neighbourhood.life import Life, Mishap, Trouble, live
from simulators.neighbourhood.pace import Pace, Scene, schedule
from simulators.neighbourhood.people import Person
from simulators.neighbourhood.player import Played, play
from simulators.neighbourhood.score import Score, Sent, score
from simulators.neighbourhood.story import tell
from simulators.neighbourhood.tally import tally
from simulators.neighbourhood.town import Grid, Household, Pass, Sensor, Town, Window, build
from simulators.neighbourhood.truth import Expected, Opening, Rise, Truth, Verdict, truth
from simulators.neighbourhood.weeks import settle

__all__ = [
    "LOW",
    "Event",
    "Expected",
    "Grid",
    "Household",
    "Life",
    "Mishap",
    "Opening",
    "Pace",
    "Pass",
    "Person",
    "Played",
    "Rise",
    "Scene",
    "Score",
    "Sensor",
    "Sent",
    "Tally",
    "Town",
    "Trouble",
    "Truth",
    "Verdict",
    "What",
    "Why",
    "Window",
    "answer",
    "arrives",
    "build",
    "doubts",
    "live",
    "play",
    "schedule",
    "score",
    "settle",
    "somebody_comes",
    "tally",
    "tell",
    "truth",
    "write_ledger",
]
