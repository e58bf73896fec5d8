"""What a sensor of the ledger is relied on for: the ledger, then rules.toml, then the table."""

import pytest

from gateway import kinds
from gateway.ledger.rows import Protocol, Sensor
from gateway.rulesfile import RulesFile
from rules.moment import MINUTE


def test_every_protocol_of_the_ledger_has_an_answer() -> None:
    assert kinds.BY_PROTOCOL.keys() == set(Protocol)


@pytest.mark.parametrize(
    ("protocol", "own_minutes", "rules", "minutes"),
    [
        ("bthome", None, "", None),  # it says nothing between openings: unsupervised
        ("switchbot", None, "", 30),
        ("zigbee2mqtt", None, "", 1_500),
        ("json", None, "", None),
        ("bthome", None, "[supervision]\nbthome = 90", 90),
        ("json", None, "[supervision]\nbthome = 90", None),
        ("switchbot", 15, "[supervision]\nswitchbot = 90", 15),
        ("bthome", 240, "", 240),
    ],
)
def test_after_how_much_silence_it_is_gone(
    protocol: str, own_minutes: int | None, rules: str, minutes: int | None
) -> None:
    sensor = Sensor("S", "H", Protocol(protocol), "x", supervision_minutes=own_minutes)
    wanted = None if minutes is None else minutes * MINUTE
    assert kinds.supervised_every(sensor, RulesFile.parse(rules)) == wanted


@pytest.mark.parametrize("protocol", Protocol)
def test_a_counter_is_the_doors_only_where_the_site_says_so(protocol: Protocol) -> None:
    shipped = RulesFile.default()
    assert not kinds.counter_by_door_only(protocol, shipped)
    rules = RulesFile.parse(f'[counters]\n{protocol} = "door"')
    assert kinds.counter_by_door_only(protocol, rules)
    assert not kinds.counter_by_door_only("json" if protocol != "json" else "bthome", rules)


def test_packet_ids_are_one_byte_and_uplinks_are_not() -> None:
    assert [kinds.counter_below(each) for each in ("bthome", "theengs", "chirpstack", "json")] == [
        256, 256, None, None
    ]  # fmt: skip
