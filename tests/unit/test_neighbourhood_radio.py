"""The air of a simulated town: how much is lost, and that losses come in bursts."""

from itertools import pairwise

import pytest

from simulators.neighbourhood import Sensor
from simulators.neighbourhood.radio import Link

EVERY = 20_000  # ms between two events
EVENTS = 40_000


def carried(protocol: str, loss: float) -> tuple[Link, list[int | None]]:
    link = Link(Sensor("S", "H", protocol, "A"), 1, loss)
    return link, [link.carry(number * EVERY) for number in range(1, EVENTS + 1)]


@pytest.mark.parametrize("loss", [0.01, 0.02, 0.05])
def test_that_share_of_the_packets_is_lost(loss: float) -> None:
    link, _ = carried("bthome", loss)
    assert link.sent == 6 * EVENTS
    assert link.lost / link.sent == pytest.approx(loss, rel=0.1)


def test_an_event_is_lost_more_rarely_than_a_packet_and_not_alone() -> None:
    _, heard = carried("bthome", 0.02)
    lost = [moment is None for moment in heard]
    share = sum(lost) / EVENTS
    assert 0.0005 < share < 0.005
    after_a_loss = sum(a and b for a, b in pairwise(lost)) / sum(lost)
    assert after_a_loss > 5 * share  # the next one is in the same bad minute


def test_what_goes_over_tcp_arrives_late_and_in_order() -> None:
    _, heard = carried("json", 0.02)
    moments = [moment for moment in heard if moment is not None]
    assert len(moments) == EVENTS
    assert moments == sorted(set(moments))
    late = [at - number * EVERY for number, at in enumerate(moments, start=1)]
    assert min(late) >= 20
    assert 0.005 < sum(delay > 1_000 for delay in late) / EVENTS < 0.05


def test_a_perfect_air_loses_nothing() -> None:
    _, heard = carried("bthome", 0)
    assert None not in heard
