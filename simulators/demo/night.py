"""The one story of the day that a stranger watches: the door that opens shortly after eleven.

Owns which door it is, how long it is on the stage, and how the people behave then: they sleep
through the text and their calls, until the leader's phone rings too and the leader presses 1. The
rest of the day people answer as they are.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final, NamedTuple, Self

from simulators.neighbourhood import Event, Scene, Town, Why

BEFORE, AFTER = timedelta(seconds=40), timedelta(minutes=7)  # on the stage, around the opening
SHARE: Final = 0.45  # of the real seconds: 27 of a minute, red for eighteen of them
KEY: Final = "1"  # "I take it"


class Night(NamedTuple):
    """``grid_id``: on whose wall map it is to be seen."""

    household_id: str
    grid_id: str
    opens: datetime

    @classmethod
    def of(cls, town: Town, events: Sequence[Event]) -> Self:
        """Every whole day has it."""
        walk = next(event for event in events if event.why is Why.CURFEW_WALK)
        home = next(s.household_id for s in town.sensors if s.sensor_id == walk.sensor_id)
        grid_id = next(h.grid_id for h in town.households if h.household_id == home)
        return cls(home, grid_id, walk.at)

    @property
    def scene(self) -> Scene:
        return Scene(self.opens - BEFORE, self.opens + AFTER, SHARE)
