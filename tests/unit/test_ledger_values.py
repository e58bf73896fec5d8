"""Single cells: every way of writing one value gives that value, and what is none is refused."""

import pytest

from gateway import drill, households
from gateway.config.tables import Dialects
from gateway.ledger.clocks import (
    Unreadable,
    parse_duty,
    parse_moment,
    parse_time,
    parse_weekdays,
    show_weekdays,
)
from gateway.ledger.model import Protocol
from gateway.ledger.phones import parse_phone
from gateway.ledger.rooms import Rooms, bare, from_address
from gateway.ledger.values import OURS, TOPICS, parse_address, parse_id, parse_key, parse_target
from rules.policy import Shift


@pytest.mark.parametrize(
    ("text", "phone"),
    [
        ("+8613800138000", "+8613800138000"),
        ("13800138000", "+8613800138000"),
        ("138 0013 8000", "+8613800138000"),
        ("138-0013-8000", "+8613800138000"),
        ("１３８００１３８０００", "+8613800138000"),
        ("0086 138 0013 8000", "+8613800138000"),
        ("010-62781234", "+861062781234"),
        ("+1 415 555 0100", "+14155550100"),
        ("19900000000", "+8619900000000"),
    ],
)
def test_phones(text: str, phone: str) -> None:
    assert parse_phone(text, "CN") == phone


@pytest.mark.parametrize(
    "text",
    ["12345", "1380013800", "138001380001", "+861010", "abc", "", "+", "1.38E+10", "+99912345678"],
)
def test_no_phones(text: str) -> None:
    with pytest.raises(Unreadable):
        parse_phone(text, "CN")


@pytest.mark.parametrize(
    ("text", "days", "english", "chinese"),
    [
        ("mon-fri", (0, 1, 2, 3, 4), "mon-fri", "周一至周五"),
        ("sat,sun", (5, 6), "sat,sun", "周六、周日"),
        ("mon-sun", (0, 1, 2, 3, 4, 5, 6), "mon-sun", "每天"),
        ("Monday, Wednesday", (0, 2), "mon,wed", "周一、周三"),
        ("周六、周日", (5, 6), "sat,sun", "周六、周日"),
        ("周六日", (5, 6), "sat,sun", "周六、周日"),
        ("周一到五", (0, 1, 2, 3, 4), "mon-fri", "周一至周五"),
        ("星期一 星期天", (0, 6), "mon,sun", "周一、周日"),
        ("fri - mon", (0, 4, 5, 6), "mon,fri-sun", "周一、周五至周日"),
        ("工作日", (0, 1, 2, 3, 4), "mon-fri", "周一至周五"),
    ],
)
def test_weekdays(text: str, days: tuple[int, ...], english: str, chinese: str) -> None:
    assert parse_weekdays(text) == days
    assert (show_weekdays(days, "en"), show_weekdays(days, "zh")) == (english, chinese)


@pytest.mark.parametrize("text", ["", "1-5", "m-f", "mon-", "mon-tue-wed", "周八", "weekend-mon"])
def test_no_weekdays(text: str) -> None:
    with pytest.raises(Unreadable):
        parse_weekdays(text)


EVERY_DAY = (0, 1, 2, 3, 4, 5, 6)


@pytest.mark.parametrize(
    ("text", "shifts"),
    [
        ("", ()),
        ("全天", ()),
        ("08:00-20:00", (Shift(EVERY_DAY, 480, 1200),)),
        ("每天8点-20点", (Shift(EVERY_DAY, 480, 1200),)),
        ("mon 08:00-12:00, 14:00-18:00", (Shift((0,), 480, 720), Shift((0,), 840, 1080))),
        ("mon 00:00-24:00", (Shift((0,), 0, 0),)),
        ("sat 20:00-08:00;", (Shift((5,), 1200, 480),)),
        ("周一至周五：８：００－２０：００", (Shift((0, 1, 2, 3, 4), 480, 1200),)),
        ("mon 08:00-20:00\nsat 09:00-10:00", (Shift((0,), 480, 1200), Shift((5,), 540, 600))),
    ],
)
def test_duty(text: str, shifts: tuple[Shift, ...]) -> None:
    assert parse_duty(text) == shifts


@pytest.mark.parametrize(
    "text", ["mon", "mon 8-20", "mon 08:00", "mon 08:00-20:00 maybe", "mon 08:00-25:00"]
)
def test_no_duty(text: str) -> None:
    with pytest.raises(Unreadable):
        parse_duty(text)


@pytest.mark.parametrize(
    ("text", "minute"),
    [
        ("07:30", 450),
        ("7:30", 450),
        ("７：３０", 450),
        ("07:30:00", 450),
        ("7点30分", 450),
        ("9时", 540),
    ],
)
def test_times(text: str, minute: int) -> None:
    assert parse_time(text) == minute


@pytest.mark.parametrize(
    ("text", "iso"),
    [
        ("2022-04-01", "2022-04-01"),
        ("2022/4/1", "2022-04-01"),
        ("2022.4.1", "2022-04-01"),
        ("２０２２年４月１日", "2022-04-01"),
        ("2022-04-01 8:05", "2022-04-01T08:05:00"),
        ("2022-04-01T08:05:06", "2022-04-01T08:05:06"),
        ("2022年4月1日 18:00", "2022-04-01T18:00:00"),
        ("2022-04-14 24:00", "2022-04-15T00:00:00"),
    ],
)
def test_moments(text: str, iso: str) -> None:
    assert parse_moment(text).isoformat() == iso


@pytest.mark.parametrize(
    "text",
    ["4/1/2022", "2022-13-01", "2022-04-01 25:00", "2022-04-01T08:00+08:00", "9999-12-31 24:00"],
)
def test_no_moments(text: str) -> None:
    with pytest.raises(Unreadable):
        parse_moment(text)


@pytest.mark.parametrize(
    ("address", "rooms"),
    [
        ("3栋2单元501", ("3", "2", "501")),
        ("3号楼2单元501室", ("3", "2", "501")),
        ("3-2-501", ("3", "2", "501")),
        ("幸福里小区12幢1单元1203", ("12", "1", "1203")),
        ("A座1201", ("A", None, "1201")),
        ("３栋２单元５０１", ("3", "2", "501")),
        ("Building 3, Unit 2, Room 501", ("3", "2", "501")),
        ("解放路12号", (None, None, None)),
        ("3栋旁的小屋", (None, None, None)),
        ("2022-04-01", (None, None, None)),
    ],
)
def test_rooms_in_an_address(address: str, rooms: tuple[str | None, ...]) -> None:
    assert from_address(address) == Rooms(*rooms)


@pytest.mark.parametrize(
    ("name", "short"), [("3栋", "3"), ("2单元", "2"), ("501室", "501"), ("栋", "栋")]
)
def test_a_building_has_one_name(name: str, short: str) -> None:
    assert bare(name) == short


@pytest.mark.parametrize(
    ("protocol", "text", "address"),
    [
        (Protocol.BTHOME, "3c2ef5aabbcc", "3C:2E:F5:AA:BB:CC"),
        (Protocol.XIAOMI, "3C-2E-F5-AA-BB-CC", "3C:2E:F5:AA:BB:CC"),
        (Protocol.THEENGS, "3C:2E:F5:AA:BB:CC", "3C:2E:F5:AA:BB:CC"),
        (Protocol.CHIRPSTACK, "24E124136B325678", "24e124136b325678"),
        (Protocol.ZIGBEE2MQTT, "前门（大）/A", "前门（大）/A"),
        (Protocol.ZIGBEE2MQTT, "zigbee2mqtt/foo", "foo"),
        (Protocol.ZIGBEE2MQTT, "zigbee2mqtt", "zigbee2mqtt"),
        (Protocol.JSON, "doors/S1", "doors/S1"),
        (Protocol.JSON, "door #5", "door #5"),
        (Protocol.HOMEASSISTANT, "+", "+"),
    ],
)
def test_addresses(protocol: Protocol, text: str, address: str) -> None:
    assert parse_address(protocol, text) == address


@pytest.mark.parametrize("topic", ["doors/+", "#", "+/S1", "doors/#", "a/+/b"])
def test_a_sensor_is_no_wildcard(topic: str) -> None:
    with pytest.raises(Unreadable) as wrong:
        parse_address(Protocol.JSON, topic)
    assert wrong.value.what == f"{topic!r} stands for many topics"


def test_prefixes_are_those_of_a_site_that_says_nothing() -> None:
    usual = Dialects()
    assert {
        Protocol.JSON: usual.json_prefix,
        Protocol.ZIGBEE2MQTT: usual.zigbee2mqtt_prefix,
    } == TOPICS


@pytest.mark.parametrize(
    ("protocol", "text", "key"),
    [
        (Protocol.BTHOME, "23 1D" * 8, "231d" * 8),
        (Protocol.XIAOMI, "AB" * 16, "ab" * 16),
        (Protocol.XIAOMI, "ab" * 12, "ab" * 12),
    ],
)
def test_keys(protocol: Protocol, text: str, key: str) -> None:
    assert parse_key(protocol, text) == key


@pytest.mark.parametrize(
    ("protocol", "text"),
    [
        (Protocol.BTHOME, "ab" * 12),
        (Protocol.BTHOME, "xy" * 16),
        (Protocol.XIAOMI, "ab" * 15),
        (Protocol.SWITCHBOT, "ab" * 16),
        (Protocol.JSON, "ab" * 16),
    ],
)
def test_no_keys(protocol: Protocol, text: str) -> None:
    with pytest.raises(Unreadable):
        parse_key(protocol, text)


@pytest.mark.parametrize(
    ("text", "target"),
    [
        ("household:H1", "household:H1"),
        ("户：H1", "household:H1"),
        ("grid: G1", "grid:G1"),
        ("ALL", "all"),
        ("全部", "all"),
    ],
)
def test_targets(text: str, target: str) -> None:
    assert parse_target(text) == target


@pytest.mark.parametrize("text", ["H1", "household:", "household", "all:H1", "street:S1"])
def test_no_targets(text: str) -> None:
    with pytest.raises(Unreadable):
        parse_target(text)


@pytest.mark.parametrize("text", ["drill:G1", "grid:G1", "grid:", "ｄｒｉｌｌ：G1"])
def test_names_of_the_gateways_own_are_no_ids(text: str) -> None:
    with pytest.raises(Unreadable):
        parse_id(text)


def test_they_are_those_that_it_uses() -> None:
    assert drill.key_of("G1").startswith(OURS)
    assert households.grid_key("G1").startswith(OURS)
    assert parse_id("drill-1") == "drill-1"
