"""The daily text: counts and first addresses, one segment, in the reader's language."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.alerts.digest import Matter, What, every, text
from gateway.alerts.segments import fits
from gateway.ledger.rows import Language

ZH, EN = Language.ZH, Language.EN
LONG = "江汉区民意街道友谊社区幸福花园小区二期东区3栋2单元501"
LOW = [Matter(What.BATTERY, f"3栋2单元50{n}") for n in (1, 2)]
OVER = Matter(What.UNVERIFIED, "5栋101", "4071")


@pytest.mark.parametrize(
    ("matters", "chinese", "english"),
    [
        (
            LOW,
            "【门磁】今日待办：低电量2户(3栋2单元501，3栋2单元502)。",
            "Door sensor: today: battery low 2 (Bldg 3 Unit 2 501, Bldg 3 Unit 2 502).",
        ),
        (
            [*LOW, OVER],
            "【门磁】今日待办：未确认1件(4071 5栋101)，低电量2户(3栋2单元501，3栋2单元502)。",
            "Door sensor: today: unconfirmed 1 (4071 Bldg 5 101), "
            "battery low 2 (Bldg 3 Unit 2 501, Bldg 3 Unit 2 502).",
        ),
        (
            [Matter(What.SILENT, f"{n}栋501") for n in range(1, 13)],
            "【门磁】今日待办：无消息12户(1栋501，2栋501等)。",
            "Door sensor: today: silent 12 (Bldg 1 501, Bldg 2 501 ...).",
        ),
        (
            [Matter(what, "3栋2单元501") for what in What],
            "【门磁】今日待办：未发出1件，无消息1户，门磁故障1户，待问候1户，未确认1件，"
            "低电量1户，检修时1件。",
            "Door sensor: today: unsent 1, silent 1, sensor fault 1, to ask after 1, "
            "unconfirmed 1, battery low 1, in maintenance 1.",
        ),
    ],
)
def test_what_it_says(matters: list[Matter], chinese: str, english: str) -> None:
    assert (text(matters, ZH), text(matters, EN)) == (chinese, english)


def test_a_long_address_gives_way_and_keeps_building_and_room() -> None:
    said = text([Matter(What.SILENT, LONG), *LOW, OVER], ZH)
    assert fits(said)
    assert "3栋2单元501" in said


@given(st.lists(st.tuples(st.sampled_from(What), st.integers(1, 999)), min_size=1, max_size=7))
def test_it_is_one_segment_whatever_waits(counts: list[tuple[What, int]]) -> None:
    matters = [Matter(what, LONG, "4071") for what, n in dict(counts).items() for _ in range(n)]
    for language in Language:
        assert fits(text(matters, language))


def test_every_wording_is_listed_for_registration() -> None:
    names = [(one.name, one.language) for one in every()]
    assert len(set(names)) == len(names) == 2 * (len(What) + 2)
    assert all(fits(one.text) for one in every())
