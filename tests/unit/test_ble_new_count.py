"""A sensor that encrypts and counts anew: a new battery, or somebody who plays back what he
recorded. The radio believes neither; that it looks like the first is told."""

import pytest

from drivers.ble.known import KnownSensor
from drivers.errors import Reason
from rules.model import Door
from simulators.bluez.bthome_sensor import seal
from tests.support.stairwell import KEY, MAC, Stairwell

OPENED, CLOSED = bytes.fromhex("2d01"), bytes.fromhex("2d00")


def packet(counter: int, objects: bytes = CLOSED) -> bytes:
    return seal(objects, counter, key=KEY, mac=MAC)


def stairs(**more: int) -> Stairwell:
    return Stairwell(KnownSensor(MAC, "bthome", KEY, replay_counter=6000, **more))


def asked(told: Stairwell) -> list[int | None]:
    """The counts that were told as perhaps a new battery's."""
    return [
        each.decoded.replay_counter
        for each in told.readings
        if each.decoded.reason is Reason.REPLAY
    ]


@pytest.mark.parametrize(
    ("counts", "told"),
    [
        ([7], []),  # one proves nothing
        ([7, 8], [8]),
        ([7, 7, 7], []),
        ([7, 9, 12], [9, 12]),
        ([9, 8, 7], []),  # falling: not a sensor
        ([7, 8, 7, 8], [8]),  # played back while it counts
        ([7, 5000, 8, 9], [5000, 9]),  # whatever came last
        ([1, 4000], [4000]),  # a count that goes by seconds
    ],
)
def test_a_lower_count_that_grows_is_told_and_not_believed(
    counts: list[int], told: list[int]
) -> None:
    heard = stairs()
    assert [count for count in counts if heard.hear(packet(count))] == []
    assert asked(heard) == told
    assert [each.decoded.door for each in heard.readings] == [None] * len(told)
    assert heard.heard == []  # and is no sign of life
    assert set(heard.rejected) == {Reason.REPLAY}
    assert heard.sensor.replay_counter == 6000


def test_packets_out_of_order_are_no_new_count() -> None:
    heard = stairs()
    for count in (6005, 6003, 6004):  # the second adapter was slow
        heard.hear(packet(count))
    assert asked(heard) == []
    assert heard.sensor.counts_anew is None


@pytest.mark.parametrize("forged", ["402d01", packet(7)[:-1] + b"\0", packet(8)[:-1] + b"\0"])
def test_what_is_not_authentic_asks_nobody(forged: str | bytes) -> None:
    heard = stairs()
    for _ in range(3):
        heard.hear(forged)
    heard.hear(packet(7))
    assert asked(heard) == []


def test_a_sensor_that_goes_on_counting_ends_the_question() -> None:
    heard = stairs()
    for count in (7, 8):
        heard.hear(packet(count))
    heard.hear(packet(6001))
    assert heard.sensor.counts_anew is None
    assert heard.doors[-1][0] is Door.CLOSED


def test_after_a_restart_the_question_goes_on_from_the_newest_count() -> None:
    heard = stairs(counts_anew=50)
    for count in (48, 50, 51):
        heard.hear(packet(count))
    assert asked(heard) == [51]


# -- once a person has said that the battery was changed -----------------------------------


@pytest.fixture
def changed() -> Stairwell:
    heard = stairs()
    for count in (7, 8, 9):
        heard.hear(packet(count))
    heard.readings.clear()
    heard.rejected.clear()
    heard.sensor.accept_new_count(9, used_up_to=6000)
    return heard


def test_the_new_count_is_believed_from_there_on(changed: Stairwell) -> None:
    for count, objects in ((10, OPENED), (11, CLOSED)):
        assert changed.hear(packet(count, objects))
    assert [door for door, _ in changed.doors] == [Door.OPEN, Door.CLOSED]


@pytest.mark.parametrize("recorded", [1, 7, 8, 266, 3000, 5999, 6000])
def test_what_was_recorded_before_is_believed_no_more_than_before(
    changed: Stairwell, recorded: int
) -> None:
    assert not changed.hear(packet(recorded, OPENED))
    assert changed.doors == []
    assert changed.rejected == [Reason.REPLAY]
    assert changed.hear(packet(10))  # the sensor itself is not hindered


def test_the_last_packet_still_in_the_air_says_nothing(changed: Stairwell) -> None:
    changed.hear(packet(9))
    assert changed.doors == []


def test_beyond_the_old_count_everything_is_new(changed: Stairwell) -> None:
    assert changed.hear(packet(6001, OPENED))
    assert changed.doors[-1][0] is Door.OPEN


def test_a_sensor_that_was_not_heard_for_long_asks_again(changed: Stairwell) -> None:
    for count in (1000, 1001):
        changed.hear(packet(count))
    assert asked(changed) == [1001]
