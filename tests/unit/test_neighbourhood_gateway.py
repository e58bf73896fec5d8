"""The seam between a town and the product: what a packet is to a gateway that remembers."""

from datetime import date, datetime, time

import pytest

from simulators.neighbourhood import Sensor, Town, settle
from simulators.neighbourhood.gateway import Gateway, Packet, Text

DAY = date(2026, 3, 2)
SECOND, HOUR = 1_000, 3_600_000


class Door:
    """One home that isolates and has no window: whatever opens is told."""

    def __init__(self, *, counts_doors: bool = True) -> None:
        whole = settle(1, 60, 7, day=DAY)
        home = next(h for h in whole.households if h.isolation_start < DAY)
        sensor = Sensor("S", home.household_id, "bthome", "A4:C1:38:00:00:01")
        sensor = Sensor("S", home.household_id, "bthome", sensor.address, counts_doors=counts_doors)
        self.texts: list[Text] = []
        town = Town(DAY, whole.zone, whole.grids, whole.people, (home,), (sensor,), ())
        self.gateway = Gateway(town, self.texts.append)
        self.noon = int(datetime.combine(DAY, time(12), whole.zone).timestamp() * 1000)

    def says(self, after: int, *, opened: bool, counter: int) -> None:
        at = self.noon + after
        self.gateway.pass_time(at)
        self.gateway.heard(Packet("S", opened, at, counter=counter))

    @property
    def reasons(self) -> list[str]:
        return [f"{d.verdict} {d.reason}" for _, d in self.gateway.said]


UNAUTHORISED = "unauthorised_opening uncovered"


def test_an_opening_is_told_at_once() -> None:
    door = Door()
    door.says(0, opened=False, counter=1)
    door.says(HOUR, opened=True, counter=2)
    assert door.reasons == [UNAUTHORISED]
    assert door.texts[0].at == door.noon + HOUR
    assert (door.texts[0].role, door.texts[0].channel, door.texts[0].step) == ("member", "sms", 0)


@pytest.mark.parametrize(
    ("counts_doors", "counter", "reasons"),
    [(True, 1, []), (True, 3, [UNAUTHORISED]), (False, 3, [])],
)
def test_a_counter_tells_of_an_opening_that_nobody_heard(
    counts_doors: bool, counter: int, reasons: list[str]
) -> None:
    door = Door(counts_doors=counts_doors)
    door.says(0, opened=False, counter=1)
    door.says(HOUR, opened=False, counter=counter)
    assert door.reasons == reasons


def test_a_counter_of_one_byte_begins_anew() -> None:
    door = Door()
    door.says(0, opened=False, counter=255)
    door.says(HOUR, opened=True, counter=0)
    assert [d.since for _, d in door.gateway.said] == [None]


@pytest.mark.parametrize(("counter", "since"), [(2, None), (7, 0)])
def test_after_a_time_without_ears_only_the_very_next_packet_is_an_event(
    counter: int, since: int | None
) -> None:
    door = Door(counts_doors=False)
    door.says(0, opened=False, counter=1)
    door.gateway.lost(["S"])
    door.says(HOUR, opened=True, counter=counter)
    expected = None if since is None else door.noon + since
    assert [d.since for _, d in door.gateway.said if d.verdict != "sensor_silent"] == [expected]
