"""A door message that cannot be read is told of once a topic and hour, with what would count."""

import logging

import pytest

from drivers.mqtt.dialects import DIALECTS, Ways, dialects_of
from drivers.mqtt.dialects.plain_json import Shape
from drivers.mqtt.unreadable import AGAIN, LONGEST, TOPICS, Unreadable, explained

AJAR = b'{"state":"ajar"}'


class Hours:
    """The log of what is heard at moments of our choice."""

    def __init__(self, caplog: pytest.LogCaptureFixture) -> None:
        caplog.set_level(logging.WARNING)
        self._caplog = caplog
        self._now = 0.0
        self._unreadable = Unreadable(lambda: self._now)

    def heard(self, topic: str, at: float) -> list[str]:
        self._now = at
        self._caplog.clear()
        self._unreadable.heard(DIALECTS["json"], topic, AJAR)
        return self._caplog.messages


@pytest.fixture
def hours(caplog: pytest.LogCaptureFixture) -> Hours:
    return Hours(caplog)


def test_once_a_topic_and_hour(hours: Hours) -> None:
    said = [
        """'doors/S1': json cannot read '{"state":"ajar"}'; wanted is {"state": ...}: "open" for"""
        ' open, "closed" for closed'
    ]
    assert hours.heard("doors/S1", 0) == said
    assert hours.heard("doors/S1", AGAIN - 1) == []
    assert len(hours.heard("doors/S2", AGAIN - 1)) == 1
    assert hours.heard("doors/S1", AGAIN) == said


def test_who_invents_topics_does_not_fill_the_log(hours: Hours) -> None:
    said = sum(len(hours.heard(f"doors/{number}", 0)) for number in range(TOPICS + 5))
    assert said == TOPICS
    assert len(hours.heard("doors/one more", AGAIN)) == 1


def test_a_long_payload_is_cut_and_a_strange_one_escaped() -> None:
    assert f"cannot read '{'x' * LONGEST}...';" in explained(DIALECTS["json"], b"x" * 10_000)
    assert "\\n" in explained(DIALECTS["json"], b"a\nb")


def test_the_words_are_those_of_the_site() -> None:
    shape = Shape(state="door.is", open=("auf", "1"), closed=("zu",))
    dialect = dialects_of(Ways(json_shape=shape))["json"]
    assert dialect.wanted == '{"door.is": ...}: "auf" or "1" for open, "zu" for closed'


@pytest.mark.parametrize("protocol", sorted(DIALECTS))
def test_every_dialect_has_words_of_its_own(protocol: str) -> None:
    others = [each.wanted for name, each in DIALECTS.items() if name != protocol]
    assert DIALECTS[protocol].wanted not in others
