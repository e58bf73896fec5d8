"""A sender that renews its time with every repeat of a state: only a change keeps its time."""

import pytest

from drivers.mqtt.dialects import DIALECTS
from drivers.mqtt.restated import Restated
from drivers.reading import Decoded
from rules.model import Door

T = 1_772_600_400_000
MINUTE = 60_000
O, C = Door.OPEN, Door.CLOSED  # noqa: E741


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        # in beacon mode: a minute apart, unchanged
        ([(C, 0), (C, 1), (C, 2), (O, 3), (O, 4), (C, 5)], [0, None, None, 3, None, 5]),
        # each change comes twice, as a status and as a notification
        ([(O, 0), (O, 0), (O, 1), (O, 1), (C, 2), (C, 2)], [0, 0, None, None, 2, 2]),
        # news of the past is judged there, and is no change of now
        ([(O, 5), (C, 1), (O, 6)], [5, 1, None]),
        ([(O, 5), (O, 7), (C, 6), (C, 8)], [5, None, 6, 8]),
        # without a time, or without a state, there is nothing to take away
        ([(O, None), (O, 1), (None, 2), (O, 3)], [None, 1, 2, None]),
    ],
)
def test_whose_time_is_kept(
    said: list[tuple[Door | None, int | None]], kept: list[int | None]
) -> None:
    restated = Restated()
    judged = [
        restated.judged("shelly", "a", Decoded(door, at=at if at is None else T + at * MINUTE)).at
        for door, at in said
    ]
    assert judged == [None if at is None else T + at * MINUTE for at in kept]


def test_each_sensor_for_itself() -> None:
    restated = Restated()
    for address in ("a", "b"):
        assert restated.judged("shelly", address, Decoded(O, at=T)).at == T
    battery = restated.judged("shelly", "a", Decoded(O, battery=50, at=T + 1))
    assert battery == Decoded(O, battery=50)


def test_who_does_so() -> None:
    assert [name for name, dialect in DIALECTS.items() if dialect.restates] == ["shelly"]
