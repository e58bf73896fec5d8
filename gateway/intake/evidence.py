"""Was the door opened between two readings and nobody heard it? What a sensor's counter says.

Pure. For readings as they come in and for logs of readings alike; which moments lie between the
two is known to whoever asks.
"""

from enum import StrEnum
from typing import Final

from rules.model import Door

FAR: Final = 1_000
"""Door events that a gateway may miss of one sensor: two weeks of a busy family. A larger step of
a counter without a bound is another count (a new battery, a new firmware), and proves nothing."""
FAR_OF_CIRCLE: Final = 4
"""The same for a counter that begins at 0 again: a quarter of its circle. Half of it would tell a
step forward from one back, but a counter that restarts anywhere would accuse too often."""
FAR_PAST_ZERO: Final = 16
"""The same where such a counter has passed 0: a new battery lets most of them begin there."""


class Evidence(StrEnum):
    """What a step of a counter proves; the values are metric labels."""

    NONE = "none"
    POSSIBLE = "possible"  # something was not heard; the door or not, nobody knows
    MISSED = "missed"  # the door was opened at least once, and nobody heard it


NONE, POSSIBLE, MISSED = Evidence


def of_counter(
    last_door: Door,
    last_counter: int,
    door: Door,
    counter: int,
    below: int | None = None,
    by_door: bool = True,
) -> Evidence:
    """What lies between the last reading and this one, beside the change that this one tells.

    ``below``: the number at which the counter begins at 0 again (256 for one byte); None: it only
    grows. ``by_door``: nothing but an opening or a closing moves it, each by one.

    Whatever comes after the one expected event (none, if the door stands as it stood) is at least
    one opening: a door that was closed can only have been opened, and one that was open and moved
    twice was closed and opened. A count that does not fit the states (one step, and the door
    stands as before) is an opening too: it moved, and somebody should look.
    """
    step = counter - last_counter
    if below is not None:
        step %= below
    expected = 1 if door is not last_door or not by_door else 0
    if step <= expected:
        return NONE
    if below is None:
        far = FAR
    else:
        far = below // FAR_OF_CIRCLE if counter > last_counter else FAR_PAST_ZERO
    if step > far:
        return NONE
    return MISSED if by_door else POSSIBLE
