"""What is news, what is a repeat, and since when a state may hold."""

import json
from dataclasses import replace

import pytest

from drivers.errors import Reason
from drivers.reading import Decoded, Reading
from gateway.intake import Intake
from gateway.intake.news import REPEAT, News
from gateway.ledger.model import Household, Ledger, Protocol, Sensor
from gateway.ledger.rows import Grid
from rules.model import Door
from rules.moment import DAY, MINUTE

T0 = 1_772_380_800_000
LEDGER = Ledger(
    grids={"G": Grid("G")},
    households={"H": Household("H", "G", "1-101", None)},  # type: ignore[arg-type]
    sensors={
        "J": Sensor("J", "H", Protocol.JSON, "doors/J"),
        "Z": Sensor("Z", "H", Protocol.ZIGBEE2MQTT, "front door"),
        "B": Sensor("B", "H", Protocol.BTHOME, "AA:BB:CC:DD:EE:FF"),
    },
)


@pytest.fixture
def intake() -> Intake:
    intake = Intake()
    intake.use(LEDGER)
    return intake


def reading(
    address: str, door: Door | None, protocol: str = "zigbee2mqtt", **more: object
) -> Reading:
    of_decoded = {k: more.pop(k) for k in ("counter", "at", "battery") if k in more}
    source = "ble" if protocol == "bthome" else "mqtt"
    return Reading(source, protocol, address, Decoded(door=door, **of_decoded), T0, **more)


OPEN, CLOSED = Door.OPEN, Door.CLOSED


def take(intake: Intake, *readings: Reading) -> list[str]:
    found = []
    for index, each in enumerate(readings):
        news = intake.take(each, T0 + index)
        found.append("news" if isinstance(news, News) else "repeat" if news == REPEAT else news)
    return found


CASES = {
    "a change is news": (
        [reading("front door", CLOSED), reading("front door", OPEN)],
        ["news", "news"],
    ),
    "the same state again is a repeat": (
        [reading("front door", CLOSED), reading("front door", CLOSED)],
        ["news", "repeat"],
    ),
    "a battery that fell is news": (
        [reading("front door", CLOSED, battery=60), reading("front door", CLOSED, battery=59)],
        ["news", "news"],
    ),
    "a number seen before is a repeat, whatever came between": (
        [
            reading("doors/J", CLOSED, "json", counter=1),
            reading("doors/J", OPEN, "json", counter=2),
            reading("doors/J", CLOSED, "json", counter=1),
        ],
        ["news", "news", "repeat"],
    ),
    "nor do the beacons that a relay hands on, and an old one of them is known": (
        [
            reading("doors/J", CLOSED, "json", counter=1),
            reading("doors/J", CLOSED, "json", counter=2),
            reading("doors/J", OPEN, "json", counter=3),
            reading("doors/J", CLOSED, "json", counter=2),
            reading("doors/J", OPEN, "json", counter=4),
            reading("doors/J", CLOSED, "json", counter=5),
        ],
        ["news", "repeat", "news", "repeat", "repeat", "news"],
    ),
    "what a broker may send again is known by its number": (
        [
            reading("doors/J", CLOSED, "json", counter=1, message_id=1),
            reading("doors/J", CLOSED, "json", counter=2, message_id=2),
        ],
        ["news", "news"],
    ),
    "a beacon moves the packet id, not the door": (
        [
            reading("AA:BB:CC:DD:EE:FF", CLOSED, "bthome", counter=1),
            reading("AA:BB:CC:DD:EE:FF", CLOSED, "bthome", counter=2),
        ],
        ["news", "repeat"],
    ),
    "what the broker delivers twice is a repeat": (
        [
            reading("front door", OPEN, message_id=7),
            reading("front door", CLOSED, message_id=8),
            reading("front door", OPEN, message_id=7, redelivered=True, queued_since=T0),
        ],
        ["news", "news", "repeat"],
    ),
    "the flag alone proves nothing": (
        [
            reading("front door", CLOSED, message_id=7),
            reading("front door", OPEN, message_id=9, redelivered=True),
        ],
        ["news", "news"],
    ),
    "a stranger is refused": ([reading("back door", OPEN)], [Reason.UNKNOWN_SENSOR]),
    "the ledger's id serves as the address of plain JSON": (
        [reading("J", CLOSED, "json")],
        ["news"],
    ),
    "older than what is kept is refused": (
        [reading("doors/J", OPEN, "json", at=T0 - 15 * DAY)],
        [Reason.TOO_OLD],
    ),
}


@pytest.mark.parametrize(("readings", "expected"), CASES.values(), ids=CASES.keys())
def test_news_and_repeats(intake: Intake, readings: list[Reading], expected: list[str]) -> None:
    assert take(intake, *readings) == expected


@pytest.mark.parametrize(
    ("more", "since"),
    [
        ({}, None),  # live: it happened when we heard it
        ({"live": False}, T0),  # not watched since its last word
        ({"live": False, "queued_since": T0 + 5}, T0 + 5),  # the broker kept it for us
        ({"live": False, "queued_since": T0 + 5, "at": T0 + 7}, None),  # it tells its own time
    ],
)
def test_since_when_it_may_have_happened(
    intake: Intake, more: dict[str, object], since: int | None
) -> None:
    intake.take(reading("doors/J", CLOSED, "json"), T0)
    news = intake.take(reading("doors/J", OPEN, "json", **more), T0 + MINUTE)
    assert isinstance(news, News)
    assert news.seen is not None
    assert news.seen.since == since


def test_a_sensor_that_its_relay_gave_up_is_unknown_until_it_is_heard(intake: Intake) -> None:
    intake.take(reading("front door", CLOSED), T0)
    intake.unknown("zigbee2mqtt", "front door")
    assert intake.sensors["Z"].door is CLOSED  # a will closes and opens nothing
    news = intake.take(reading("front door", OPEN), T0 + MINUTE)
    assert isinstance(news, News)
    assert news.seen is not None
    assert news.seen.since == T0
    assert not intake.sensors["Z"].lost


def test_message_numbers_that_a_broker_uses_again_prove_nothing_later(intake: Intake) -> None:
    intake.take(reading("front door", OPEN, message_id=1), T0)
    intake.take(reading("front door", CLOSED, message_id=2), T0 + 2 * MINUTE)
    again = reading("front door", OPEN, message_id=1, redelivered=True, queued_since=T0)
    assert isinstance(intake.take(again, T0 + 2 * MINUTE + 1), News)


def test_an_outage_ages_no_message_number(intake: Intake) -> None:
    first = reading("front door", OPEN, message_id=1)
    intake.take(first, T0)
    away = {"queued_since": T0, "live": False}
    intake.take(reading("doors/J", CLOSED, "json", message_id=5, **away), T0 + DAY)
    assert intake.take(first._replace(redelivered=True, queued_since=T0), T0 + DAY) == REPEAT


def test_a_repeat_without_a_name_of_its_own_is_known_when_it_is_delivered_again(
    intake: Intake,
) -> None:
    """Open, open again (another link quality), closed; killed before the last two were
    acknowledged: they come again, in their order, and are neither news nor evidence."""
    told = [
        reading("front door", door, message_id=n) for n, door in enumerate((OPEN, OPEN, CLOSED), 2)
    ]
    assert [type(intake.take(each, T0)).__name__ for each in told] == ["News", "Repeat", "News"]
    again = [each._replace(redelivered=True, queued_since=T0) for each in told[1:]]
    assert [intake.take(each, T0 + MINUTE) for each in again] == [REPEAT, REPEAT]


def test_the_last_64_things_told_are_known_again_after_a_snapshot_too(intake: Intake) -> None:
    """Repeated as one uplink repeats its records; the very first has been forgotten."""
    past = [
        reading("doors/J", (CLOSED, OPEN)[n % 2], "json", counter=n, at=T0 + n) for n in range(65)
    ]
    assert set(take(intake, *past)) == {"news"}
    another = Intake()
    another.use(LEDGER)
    another.recall(json.loads(json.dumps(intake.memory())))
    for known in (intake, another):
        assert set(take(known, *past[1:])) == {"repeat"}
        assert take(known, past[0]) == ["news"]


def test_a_sensor_that_begins_to_count_again_is_heard(intake: Intake) -> None:
    intake.take(reading("doors/J", OPEN, "json", counter=1), T0)
    intake.take(reading("doors/J", CLOSED, "json", counter=2), T0 + 1)
    assert isinstance(intake.take(reading("doors/J", OPEN, "json", counter=1), T0 + DAY), News)


def test_another_protocol_or_key_is_another_sensor(intake: Intake) -> None:
    intake.take(reading("AA:BB:CC:DD:EE:FF", CLOSED, "bthome", counter=9), T0)
    row = LEDGER.sensors["B"]
    intake.use(replace(LEDGER, sensors=dict(LEDGER.sensors) | {"B": replace(row, key="00" * 16)}))
    assert intake.sensors["B"].counter is None
    other = replace(row, protocol=Protocol.XIAOMI)
    intake.use(replace(LEDGER, sensors=dict(LEDGER.sensors) | {"B": other}))
    assert intake.known("xiaomi", "AA:BB:CC:DD:EE:FF")
    assert not intake.known("bthome", "AA:BB:CC:DD:EE:FF")


@pytest.mark.parametrize("door", [OPEN, CLOSED])
def test_what_a_broker_kept_happened_between_then_and_now(intake: Intake, door: Door) -> None:
    """Also the later ones of a queue, and whatever the queue said first."""
    intake.take(reading("front door", OPEN if door is CLOSED else CLOSED), T0)
    kept = {"queued_since": T0 + MINUTE}
    intake.take(reading("front door", OPEN if door is CLOSED else CLOSED, **kept), T0 + DAY)
    news = intake.take(reading("front door", door, **kept), T0 + DAY)
    assert isinstance(news, News)
    assert news.seen is not None
    assert news.seen.since == T0 + MINUTE


def test_news_of_the_past_does_not_change_the_state(intake: Intake) -> None:
    intake.take(reading("doors/J", CLOSED, "json", at=T0), T0)
    intake.take(reading("doors/J", OPEN, "json", at=T0 - MINUTE), T0 + 1)
    assert intake.sensors["J"].door is CLOSED


def test_a_memory_taken_back_knows_what_it_knew(intake: Intake) -> None:
    first = reading("doors/J", OPEN, "json", counter=4, battery=80)
    intake.take(first, T0)
    again = Intake()
    again.use(LEDGER)
    again.recall(intake.memory())
    assert again.sensors["J"] == intake.sensors["J"]
    assert again.take(first, T0 + 1) == REPEAT
