"""What is relied on between two openings: an answer with a source for every dialect."""

from drivers.mqtt.dialects import DIALECTS
from drivers.mqtt.kinds import BY_PROTOCOL, KINDS


def test_every_dialect_has_an_answer_and_every_answer_a_source() -> None:
    assert BY_PROTOCOL.keys() == DIALECTS.keys()
    assert {each.protocol for each in KINDS} == BY_PROTOCOL.keys()
    assert all(len(each.source) > 20 for each in KINDS)
    assert len({(each.protocol, each.model) for each in KINDS}) == len(KINDS)


def test_a_protocol_promises_no_more_than_each_of_its_models() -> None:
    for kind in KINDS:
        assumed = BY_PROTOCOL[kind.protocol].supervised_every_minutes
        own = kind.supervised_every_minutes
        assert assumed is None or (own is not None and own <= assumed)
        assert BY_PROTOCOL[kind.protocol].counter_by_door_only <= kind.counter_by_door_only


def test_supervision_allows_a_bad_moment_and_ends_within_what_zigbee2mqtt_allows() -> None:
    for kind in KINDS:
        minutes = kind.supervised_every_minutes
        assert minutes is None or 15 <= minutes <= 1_500
