"""What the step of a counter proves: was the door opened, and nobody heard it?"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.intake.evidence import FAR, MISSED, NONE, POSSIBLE, Evidence, of_counter
from rules.model import Door

OPEN, CLOSED = Door.OPEN, Door.CLOSED
BYTE = 256


@pytest.mark.parametrize(
    ("last", "now", "evidence"),
    [
        ((CLOSED, 41), (CLOSED, 44), MISSED),  # three events and closed again
        ((OPEN, 41), (CLOSED, 42), NONE),  # the closing that it tells
        ((OPEN, 41), (CLOSED, 44), MISSED),  # closed, opened, closed
        ((CLOSED, 41), (OPEN, 42), NONE),  # the opening that it tells
        ((CLOSED, 41), (OPEN, 44), MISSED),  # one besides
        ((CLOSED, 41), (CLOSED, 41), NONE),  # said again
        ((OPEN, 41), (OPEN, 43), MISSED),  # closed and opened
        ((CLOSED, 41), (CLOSED, 42), MISSED),  # it moved: a closed door can only be opened
        ((CLOSED, 41), (OPEN, 41), NONE),  # counts openings only, or nothing at all
        ((CLOSED, 41), (CLOSED, 3), NONE),  # a new battery
        ((CLOSED, 41), (OPEN, 0), NONE),
        ((CLOSED, 41), (CLOSED, 41 + FAR), MISSED),
        ((CLOSED, 41), (CLOSED, 42 + FAR), NONE),  # another count
    ],
)
def test_a_counter_that_only_grows(
    last: tuple[Door, int], now: tuple[Door, int], evidence: Evidence
) -> None:
    assert of_counter(*last, *now) is evidence


@pytest.mark.parametrize(
    ("last", "now", "evidence"),
    [
        ((CLOSED, 255), (OPEN, 0), NONE),
        ((CLOSED, 254), (CLOSED, 1), MISSED),  # past the end of the byte
        ((CLOSED, 245), (CLOSED, 3), MISSED),
        ((CLOSED, 200), (CLOSED, 3), NONE),  # rather a new battery
        ((CLOSED, 41), (CLOSED, 40), NONE),  # back
        ((CLOSED, 41), (CLOSED, 41 + 64), MISSED),
        ((CLOSED, 41), (CLOSED, 41 + 65), NONE),  # so far that it rather began anew
    ],
)
def test_a_counter_of_one_byte(
    last: tuple[Door, int], now: tuple[Door, int], evidence: Evidence
) -> None:
    assert of_counter(*last, *now, below=BYTE) is evidence


@pytest.mark.parametrize(
    ("last", "now", "evidence"),
    [
        ((CLOSED, 41), (CLOSED, 42), NONE),  # the next packet
        ((CLOSED, 41), (OPEN, 42), NONE),
        ((CLOSED, 41), (CLOSED, 43), POSSIBLE),  # one was not heard, whatever it said
        ((CLOSED, 41), (OPEN, 44), POSSIBLE),
        ((CLOSED, 41), (CLOSED, 40), NONE),
    ],
)
def test_a_counter_that_beacons_move_too_accuses_nobody(
    last: tuple[Door, int], now: tuple[Door, int], evidence: Evidence
) -> None:
    assert of_counter(*last, *now, below=BYTE, by_door=False) is evidence


@given(
    openings=st.integers(0, 7),
    start=st.integers(0, 255),
    was_open=st.booleans(),
    closes=st.booleans(),
    below=st.sampled_from([None, BYTE]),
)
def test_every_opening_of_a_counted_door_shows(
    openings: int, start: int, was_open: bool, closes: bool, below: int | None
) -> None:
    """A door really moves, each time by one; only the last state is heard."""
    events = ([CLOSED] if was_open else []) + [OPEN, CLOSED] * openings + ([] if closes else [OPEN])
    last = OPEN if was_open else CLOSED
    door = events[-1] if events else last
    counter = start + len(events) if below is None else (start + len(events)) % below
    told = 1 if door is OPEN and last is CLOSED else 0  # the one that the last state tells
    unheard = events.count(OPEN) - told
    evidence = of_counter(last, start, door, counter, below=below)
    assert evidence is (MISSED if unheard > 0 else NONE)
