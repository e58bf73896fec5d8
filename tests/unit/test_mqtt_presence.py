"""Wills and availabilities: who came, who went; never how a door stands."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.mqtt.absence import Absence
from drivers.mqtt.decode_one import decode_message
from drivers.mqtt.dialects import DIALECTS
from drivers.mqtt.presence import Presence, covers
from drivers.mqtt.settling import Settling

Z2M, THEENGS = "zigbee2mqtt", "home/TheengsGateway"


@pytest.mark.parametrize(
    ("protocol", "topic", "payload", "presence"),
    [
        (Z2M, "zigbee2mqtt/a/b/availability", '{"state":"offline"}', Presence(False, ("a/b",))),
        (Z2M, "zigbee2mqtt/a/availability", "online", Presence(True, ("a",))),
        (Z2M, "zigbee2mqtt/a/availability", "", None),
        (Z2M, "zigbee2mqtt/bridge/state", "offline", Presence(False, ("#",))),
        (Z2M, "zigbee2mqtt/bridge/state", '{"state":"online"}', Presence(True, ("#",), "", True)),
        (Z2M, "zigbee2mqtt/bridge/info", "online", None),
        ("tasmota", "tele/a/b/LWT", "Offline", Presence(False, ("a/b/#",))),
        ("tasmota", "tele/a/LWT", "Online", Presence(True, ("a/#",), "", True)),
        ("tasmota", "stat/a/LWT", "Online", None),
        ("tasmota", "tele/LWT", "Online", None),
        ("esphome", "hall/status", "offline", Presence(False, ("hall/binary_sensor/#",))),
        ("esphome", "a/b/status", "online", Presence(True, ("a/b/binary_sensor/#",), "", True)),
        ("esphome", "/status", "online", None),
        ("esphome", "hall/status", "idle", None),
        ("shelly", "shellies/shellydw2-7A/online", "false", None),  # it sleeps
        ("shelly", "shellyplus1-a0b1/online", "false", Presence(False, ("shellyplus1-a0b1/#",))),
        ("shelly", "a/b/online", "true", Presence(True, ("a/b/#",), "", True)),
        ("theengs", f"{THEENGS}/LWT", "offline", Presence(False, via=THEENGS)),
        ("theengs", f"{THEENGS}/LWT", "online", Presence(True, via=THEENGS)),
        ("theengs", "elsewhere/LWT", "online", None),
        ("json", "doors/1/LWT", "offline", Presence(False, ("doors/1", "1"), via="doors/1")),
        ("json", "lab/x/y/online", "true", Presence(True, ("lab/x/y", "x/y"), via="lab/x/y")),
        ("json", "doors/1", "offline", None),
        ("chirpstack", "application/7/device/24e124141c000001/event/status", "offline", None),
    ],
)
def test_table(protocol: str, topic: str, payload: str, presence: Presence | None) -> None:
    assert DIALECTS[protocol].presence(topic, payload.encode()) == presence
    assert decode_message(topic, payload.encode()).door is None


topics = st.sampled_from(
    [
        "zigbee2mqtt/bridge/state",
        "zigbee2mqtt/a/availability",
        "tele/a/LWT",
        "a/status",
        "a/online",
        "home/g/LWT",
        "doors/1/LWT",
        "/status",
        "tele//LWT",
    ]
)


@given(topic=topics | st.text(max_size=20), payload=st.binary(max_size=40))
def test_nothing_raises_and_no_door_moves(topic: str, payload: bytes) -> None:
    for dialect in DIALECTS.values():
        presence = dialect.presence(topic, payload)
        assert presence is None or isinstance(presence.there, bool)
        if presence is not None:
            assert dialect.locate(topic) is None, "the same message is no state too"


@pytest.mark.parametrize(
    ("pattern", "address", "covered"),
    [
        ("#", "anything", True),
        ("a", "a", True),
        ("a", "a/b", False),
        ("a/#", "a", True),
        ("a/#", "a/b/c", True),
        ("a/#", "ab", False),
    ],
)
def test_patterns(pattern: str, address: str, covered: bool) -> None:
    assert covers(pattern, address) is covered


class Lost:
    """The sensors of a ledger and which of them were called unknown, in order."""

    def __init__(self, **sensors: set[str]) -> None:
        self.unknown: list[str] = []
        self.absence = Absence(lambda protocol, address: self.unknown.append(address))
        self.absence.use(sensors)

    def told(self, protocol: str, presence: Presence) -> list[str]:
        self.unknown.clear()
        self.absence.told(protocol, presence, DIALECTS[protocol].aliases)
        return sorted(self.unknown)


def test_only_sensors_of_the_ledger_and_each_once() -> None:
    lost = Lost(tasmota={"hall", "hall/Switch2", "hall2"}, zigbee2mqtt={"hall"})
    gone = Presence(False, ("hall/#",))
    assert lost.told("tasmota", gone) == ["hall", "hall/Switch2"]
    assert lost.told("tasmota", gone) == []
    assert lost.told("tasmota", Presence(True, ("hall/#",))) == []
    assert lost.told("tasmota", gone) == ["hall", "hall/Switch2"]
    assert lost.told("esphome", gone) == []


def test_of_two_receivers_only_what_the_lost_one_heard() -> None:
    lost = Lost(theengs={"A", "B", "C"})
    lost.absence.heard_via("theengs", "A", "home/one")
    lost.absence.heard_via("theengs", "B", "home/two")
    # C was not heard since our start: it may have come through either
    assert lost.told("theengs", Presence(False, via="home/one")) == ["A", "C"]
    assert lost.told("theengs", Presence(False, via="home/two")) == ["B"]


def test_plain_json_by_its_topic_its_short_name_and_what_its_payload_said() -> None:
    lost = Lost(json={"doors/1", "2", "S3", "S4"})
    lost.absence.heard_via("json", "S3", "doors/3")
    found = [
        lost.told("json", Presence(False, (f"doors/{n}", f"{n}"), via=f"doors/{n}"))
        for n in range(1, 5)
    ]
    assert found == [["doors/1"], ["2"], ["S3"], []]


def test_another_ledger_forgets_who_left_it() -> None:
    lost = Lost(theengs={"A", "B"})
    assert lost.told("theengs", Presence(False, via="home/one")) == ["A", "B"]
    lost.absence.use({"theengs": {"B"}})
    assert lost.absence.lost == {("theengs", "B")}


def test_a_sender_s_restart_settles_its_own_addresses_only() -> None:
    settling = Settling()
    settling.settle_at(0.0)
    settling.again("hall/#", 10.0)
    assert not settling.first("shed", 5.0)
    assert settling.first("hall", 5.0)
    assert not settling.first("hall", 5.0)
    assert settling.first("hall/Switch2", 5.0)
    assert not settling.first("hall/Switch3", 10.0)
