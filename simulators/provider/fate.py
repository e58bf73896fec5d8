"""What becomes of a message or call after it was accepted: its states, as offsets in time. Pure.

The state at any moment follows from the moment of creation, so no timer runs and a clock that
is put forward shows the later states at once.
"""

from collections.abc import Iterator
from typing import NamedTuple


class Stage(NamedTuple):
    after: float  # in units of the stand-in's delay, from creation
    status: str
    error_code: int | None = None
    answered_by: str | None = None


class Fate(NamedTuple):
    """The stages after the first; ``text`` and ``call`` because one number gets both."""

    text: tuple[Stage, ...]
    call: tuple[Stage, ...]
    wait: float = 0.0  # seconds more before the last stage


_SENT = (Stage(0.5, "sending"), Stage(1, "sent"))
_RINGS = (Stage(1, "ringing"),)


def _taken(answered_by: str) -> tuple[Stage, ...]:
    """Somebody or something takes the call; half a delay later detection knows which."""
    return (
        *_RINGS,
        Stage(2, "in-progress"),
        Stage(2.5, "in-progress", answered_by=answered_by),
        Stage(3, "completed", answered_by=answered_by),
    )


_HEARD = _taken("human")

DELIVERED = Fate((*_SENT, Stage(2, "delivered")), _HEARD)
ANSWERED = DELIVERED
NEVER = Fate(_SENT, _RINGS)  # accepted, sent, and nothing more is ever heard
BUSY = Fate(DELIVERED.text, (*_RINGS, Stage(2, "busy")))
NO_ANSWER = Fate(DELIVERED.text, (*_RINGS, Stage(3, "no-answer")))
MACHINE = Fate(DELIVERED.text, _taken("machine_start"))


def undelivered(error_code: int) -> Fate:
    """It reached the network and not the handset: 30003, 30005, 30006, 30007, 30008 ..."""
    return Fate(
        (*_SENT, Stage(2, "undelivered", error_code)), (*_RINGS, Stage(2, "failed", error_code))
    )


def failed(error_code: int) -> Fate:
    """It never left the provider: 30001, 30002 ..."""
    return Fate((Stage(1, "failed", error_code),), (Stage(1, "failed", error_code),))


def late(seconds: float) -> Fate:
    """Delivered, or answered, that much later."""
    return DELIVERED._replace(wait=seconds)


def stage_at(
    first: str, stages: tuple[Stage, ...], elapsed: float, delay: float, wait: float
) -> tuple[Stage, float]:
    """The stage after ``elapsed`` seconds, and since how many seconds after creation."""
    current, began = Stage(0, first), 0.0
    for begins, stage in timeline(first, stages, delay, wait):
        if elapsed < begins:
            break
        current, began = stage, begins
    return current, began


def timeline(
    first: str, stages: tuple[Stage, ...], delay: float, wait: float
) -> Iterator[tuple[float, Stage]]:
    """Every stage, with the seconds after creation at which it begins."""
    yield 0.0, Stage(0, first)
    for number, stage in enumerate(stages, 1):
        yield stage.after * delay + (wait if number == len(stages) else 0.0), stage
