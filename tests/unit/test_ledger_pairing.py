"""A sensor bound, moved or taken out is the next ledger; the last one stays as it was."""

import pytest

from gateway.errors import Mistakes
from gateway.ledger import pairing
from gateway.ledger.pairing import Device
from tests.support.desk import LEDGER

MAC = "3C:2E:F5:AA:BB:01"


def test_a_new_sensor_needs_a_protocol_and_a_home() -> None:
    assert not pairing.can_pair(LEDGER, "N", Device(MAC))
    assert not pairing.can_pair(LEDGER, "N", Device(MAC, "bthome"))
    assert pairing.can_pair(LEDGER, "N", Device(MAC, "bthome", household_id="H1"))
    assert pairing.can_pair(LEDGER, "S1", Device("doors/other"))


def test_another_device_keeps_the_id_and_loses_the_key() -> None:
    key = "231d39c1d7cc1ab1aee224cd096db932"
    first = pairing.paired(LEDGER, "HK", "S1", Device(MAC, "bthome", key), "here")
    again = pairing.paired(first, "HK", "S1", Device(MAC), "here")
    other = pairing.paired(first, "HK", "S1", Device("3C:2E:F5:AA:BB:02"), "here")
    found = [(each.sensors["S1"].household_id, each.sensors["S1"].key)
             for each in (first, again, other)]  # fmt: skip
    assert found == [("H1", key), ("H1", key), ("H1", None)]
    assert LEDGER.sensors["S1"].key is None


def test_a_device_hangs_on_one_door_only() -> None:
    with pytest.raises(Mistakes, match="is also that of sensor 'S2'"):
        pairing.paired(LEDGER, "HK", "S1", Device("doors/S2"), "here")


def test_moved_and_retired() -> None:
    moved = pairing.moved(LEDGER, "S1", "H2")
    assert moved.sensors["S1"].household_id == "H2"
    assert pairing.retired(moved, "S1").sensors.keys() == LEDGER.sensors.keys() - {"S1"}
    for unknown in (lambda: pairing.moved(LEDGER, "S9", "H1"),
                    lambda: pairing.retired(LEDGER, "S9")):  # fmt: skip
        with pytest.raises(KeyError):
            unknown()


def test_an_id_is_never_given_twice() -> None:
    first = pairing.free_id(LEDGER, "H1")
    bound = pairing.paired(LEDGER, "HK", first, Device(MAC, "bthome", household_id="H1"), "here")
    assert (first, pairing.free_id(bound, "H1")) == ("H1-1", "H1-2")
    assert pairing.free_id(LEDGER, "H1", frozenset({"H1-1"})) == "H1-2"
