"""The text for several: one segment, every code in it or told how many are, nothing private."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.alerts.budget_wording import Matter, every, together, trial
from gateway.alerts.segments import fits, is_gsm
from gateway.alerts.wording import every as every_single
from gateway.ledger.rows import Language

ZH, EN = Language.ZH, Language.EN
EVENING = datetime(2022, 4, 1, 22, 14)  # noqa: DTZ001 - as the household's clock says it
THREE = [
    Matter("4071", "3栋2单元501", EVENING + timedelta(minutes=3)),
    Matter("4082", "3栋2单元502", EVENING),
    Matter("5093", "12栋1单元1601", EVENING),
]


@pytest.mark.parametrize(
    ("language", "can_reply", "urgent", "said"),
    [
        (
            ZH,
            False,
            False,
            "【门磁】3扇门有事：4071 3栋2单元501，4082 3栋2单元502，5093 12栋1单元1601，"
            "最早22:14。请去看看。",
        ),
        (
            ZH,
            True,
            True,
            "【门磁】紧急：3扇门有事：4071 3栋2单元501，4082 3栋2单元502，"
            "5093 …1单元1601，最早22:14。回1和编号。",
        ),
        (
            EN,
            True,
            False,
            "Door sensor: 3 doors: 4071 Bldg 3 Unit 2 501, 4082 Bldg 3 Unit 2 502, "
            "5093 Bldg 12 Unit 1 1601, first 22:14. Reply 1 and the code.",
        ),
    ],
)
def test_three_doors(language: Language, can_reply: bool, urgent: bool, said: str) -> None:
    made = together(THREE, language, EVENING, can_reply=can_reply, urgent=urgent)
    assert made == (said, 3)
    assert fits(said)


def test_the_next_day_the_date_is_said() -> None:
    tomorrow = EVENING + timedelta(hours=9)
    assert "最早4月1日22:14" in together(THREE, ZH, tomorrow, can_reply=False).text
    assert "first 1/Apr 22:14" in together(THREE, EN, tomorrow, can_reply=False).text


def test_not_only_homes() -> None:
    mixed = [THREE[0], THREE[1]._replace(is_door=False)]
    assert "2件事" in together(mixed, ZH, EVENING, can_reply=False).text
    assert "2 alerts" in together(mixed, EN, EVENING, can_reply=False).text


@given(
    st.lists(st.text(max_size=40), min_size=2, max_size=30),
    st.sampled_from([ZH, EN]),
    st.booleans(),
    st.booleans(),
)
def test_always_one_segment_with_every_code_that_it_stands_for(
    addresses: list[str], language: Language, can_reply: bool, urgent: bool
) -> None:
    matters = [Matter(str(4000 + n), where, EVENING) for n, where in enumerate(addresses)]
    later = EVENING + timedelta(days=1)
    said, told = together(matters, language, later, can_reply=can_reply, urgent=urgent)
    assert fits(said)
    assert 2 <= told <= len(matters)
    assert all(matter.code in said for matter in matters[:told])
    assert str(told) in said
    assert language is ZH or is_gsm(said)


def test_every_wording_has_its_own_name_and_is_one_segment() -> None:
    found = [*every_single(), *every()]
    names = [(one.name, one.language) for one in found]
    assert len(names) == len(set(names))
    assert all(fits(one.text) for one in found)


@pytest.mark.parametrize(("language", "mark"), [(ZH, "演练"), (EN, "DRILL")])
def test_a_test_is_marked(language: Language, mark: str) -> None:
    assert mark in trial(language)
