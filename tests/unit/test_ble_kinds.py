"""What is relied on between two openings: an answer with a source for every format we read."""

from drivers.ble.decoders import FORMATS
from drivers.ble.kinds import BY_PROTOCOL, KINDS


def test_every_format_has_an_answer_and_every_answer_a_source() -> None:
    assert BY_PROTOCOL.keys() == {each.protocol for each in FORMATS}
    assert {each.protocol for each in KINDS} == BY_PROTOCOL.keys()
    assert all(len(each.source) > 20 for each in KINDS)
    assert len({(each.protocol, each.model) for each in KINDS}) == len(KINDS)


def test_a_protocol_promises_no_more_than_each_of_its_models() -> None:
    for kind in KINDS:
        assumed = BY_PROTOCOL[kind.protocol]
        assert assumed.counter_by_door_only <= kind.counter_by_door_only
        assert assumed.counter_below == kind.counter_below
        if kind.supervised_every_minutes is None:
            assert assumed.supervised_every_minutes is None


def test_supervision_is_within_what_alarm_practice_allows() -> None:
    """Two hours at most (EN 50131, grade 2), and no shorter than a radio's bad moments."""
    for kind in KINDS:
        minutes = kind.supervised_every_minutes
        assert minutes is None or 10 <= minutes <= 120
