"""What people read: exact texts, one segment, the room number always in it, nothing private."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.alerts.address import clean, room, shorten
from gateway.alerts.code import next_code
from gateway.alerts.phrases import PHRASES
from gateway.alerts.segments import fits, is_gsm, measure
from gateway.alerts.wording import (
    ANSWERS,
    SAMPLE_LINK,
    About,
    answer,
    choose,
    duration,
    every,
    spoken,
    text,
)
from gateway.ledger.rows import Language
from rules.model import Kind, Reason, Severity

ZONE = ZoneInfo("Asia/Shanghai")


def local(year: int, month: int, day: int, hour: int, minute: int) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=ZONE)


ZH, EN = Language.ZH, Language.EN
EVENING = local(2022, 4, 1, 22, 14)
ABOUT = About(
    kind=Kind.UNAUTHORISED_OPENING,
    reason=Reason.UNCOVERED,
    severity=Severity.HIGH,
    address="3栋2单元501",
    occurred_at=EVENING,
    code="4071",
)
GAP = {"since": local(2022, 4, 1, 21, 50)}
LONG = "江汉区民意街道友谊社区幸福花园小区二期东区3栋2单元501"

# what, changes, can_reply, Chinese, English
TABLE: list[tuple[str, dict[str, object], bool, str, str]] = [
    (
        "an opening, as a phone that may answer gets it",
        {},
        True,
        "【门磁】3栋2单元501 22:14开门，不在许可时段，门仍开。回1 4071我来处理。编号4071",
        "Door sensor: Bldg 3 Unit 2 501 opened 22:14, outside permitted times, still open. "
        "Reply 1 4071 if you take it. Code 4071",
    ),
    (
        "an opening, where nobody can answer",
        {"door_open": False},
        False,
        "【门磁】3栋2单元501 22:14开门，不在许可时段，门已关。请去看看。编号4071",
        "Door sensor: Bldg 3 Unit 2 501 opened 22:14, outside permitted times, now closed. "
        "Please look. Code 4071",
    ),
    (
        "an opening in the curfew",
        {"reason": Reason.CURFEW, "severity": Severity.CRITICAL},
        False,
        "【门磁】紧急：3栋2单元501 22:14开门，夜间不在许可时段，门仍开。请去看看。编号4071",
        "Door sensor: Urgent: Bldg 3 Unit 2 501 opened 22:14, at night, outside permitted times, "
        "still open. Please look. Code 4071",
    ),
    (
        "a drill",
        {"drill": True},
        False,
        "【门磁演练】3栋2单元501 22:14开门，不在许可时段，门仍开。请去看看。编号4071",
        "DRILL, door sensor: Bldg 3 Unit 2 501 opened 22:14, outside permitted times, "
        "still open. Please look. Code 4071",
    ),
    (
        "an inferred opening",
        {"kind": Kind.INFERRED_OPENING, "reason": Reason.BETWEEN} | GAP,
        False,
        "【门磁】3栋2单元501 推断21:50至22:14至少开过一次门，门仍开。请去看看。编号4071",
        "Door sensor: Bldg 3 Unit 2 501 opened at least once between 21:50 and 22:14 (inferred), "
        "still open. Please look. Code 4071",
    ),
    (
        "an inferred opening of a certain verdict, over midnight",
        {"since": local(2022, 3, 31, 23, 50), "door_open": False},
        False,
        "【门磁】3栋2单元501 推断3月31日23:50至4月1日22:14至少开过一次门，不在许可时段，门已关。"
        "请去看看。编号4071",
        "Door sensor: Bldg 3 Unit 2 501 opened at least once between 31/Mar 23:50 and "
        "1/Apr 22:14 (inferred), outside permitted times, now closed. Please look. Code 4071",
    ),
    (
        "held open",
        {"kind": Kind.HELD_OPEN, "reason": Reason.TOO_LONG, "minutes_open": 12},
        False,
        "【门磁】3栋2单元501 22:14开门，超过许可时长，已开12分，门仍开。请去看看。编号4071",
        "Door sensor: Bldg 3 Unit 2 501 opened 22:14, longer than permitted, open for 12 min, "
        "still open. Please look. Code 4071",
    ),
    (
        "past the end of a window",
        {"kind": Kind.WINDOW_OVERRUN, "reason": Reason.PAST_END},
        False,
        "【门磁】3栋2单元501 22:14开门，许可时段已过，门仍开。请去看看。编号4071",
        "Door sensor: Bldg 3 Unit 2 501 opened 22:14, past the permitted time, still open. "
        "Please look. Code 4071",
    ),
    (
        "a window used up",
        {"kind": Kind.WINDOW_OVERRUN, "reason": Reason.WINDOW_USED_UP},
        False,
        "【门磁】3栋2单元501 22:14开门，许可次数已用完，门仍开。请去看看。编号4071",
        "Door sensor: Bldg 3 Unit 2 501 opened 22:14, permitted openings used up, still open. "
        "Please look. Code 4071",
    ),
    (
        "again and again",
        {"kind": Kind.REPEATED_OPENING, "reason": Reason.REPEATED},
        False,
        "【门磁】3栋2单元501 22:14又开门，短时间内多次，门仍开。请去看看。编号4071",
        "Door sensor: Bldg 3 Unit 2 501 opened again 22:14, several times in a short while, "
        "still open. Please look. Code 4071",
    ),
    (
        "late, and the next day",
        {"late_seconds": 2 * 3600 + 300},
        False,
        "【门磁】3栋2单元501 4月1日22:14开门，不在许可时段，门仍开。消息晚到2小时5分。"
        "请去看看。编号4071",
        "Door sensor: Bldg 3 Unit 2 501 opened 1/Apr 22:14, outside permitted times, still open. "
        "Reported 2 h 5 min late. Please look. Code 4071",
    ),
    (
        "by a clock that was not verified",
        {"clock_verified": False},
        False,
        "【门磁】3栋2单元501 22:14开门，不在许可时段，门仍开，时间未核准。请去看看。编号4071",
        "Door sensor: Bldg 3 Unit 2 501 opened 22:14, outside permitted times, still open, "
        "time not verified. Please look. Code 4071",
    ),
    (
        "many homes",
        {"kind": Kind.MASS_OPENING, "address": "东风网格"},
        False,
        "【门磁】东风网格 22:14起多户同时开门，可能有火情，请马上查看。编号4071",
        "Door sensor: .. many doors opened from 22:14, perhaps a fire, please look at once. "
        "Code 4071",
    ),
    (
        "tamper",
        {"kind": Kind.TAMPER},
        False,
        "【门磁】3栋2单元501 22:14门磁被取下，请去看看。编号4071",
        "Door sensor: Bldg 3 Unit 2 501 door sensor removed 22:14, please look. Code 4071",
    ),
    (
        "silence",
        {"kind": Kind.SENSOR_SILENT},
        False,
        "【门磁】3栋2单元501 22:14起门磁没有消息，看不见这扇门，请去看看。编号4071",
        "Door sensor: Bldg 3 Unit 2 501 door sensor silent since 22:14, door not seen, "
        "please look. Code 4071",
    ),
    (
        "flapping",
        {"kind": Kind.SENSOR_FAULT},
        False,
        "【门磁】3栋2单元501 22:14起门磁反复报开关，可能松动，请去看看。编号4071",
        "Door sensor: Bldg 3 Unit 2 501 door sensor flapping since 22:14, perhaps loose, "
        "please look. Code 4071",
    ),
    (
        "battery",
        {"kind": Kind.BATTERY_LOW},
        False,
        "【门磁】3栋2单元501 22:14门磁电量低，请换电池。编号4071",
        "Door sensor: Bldg 3 Unit 2 501 door sensor battery low 22:14, please change it. Code 4071",
    ),
    (
        "welfare",
        {"kind": Kind.WELFARE},
        False,
        "【门磁】3栋2单元501 到22:14该开门时没有开门，请问候一下。编号4071",
        "Door sensor: Bldg 3 Unit 2 501 did not open by 22:14 as it should, "
        "please ask after them. Code 4071",
    ),
    (
        "the gateway itself",
        {"kind": Kind.GATEWAY_FAULT, "address": "gw-03"},
        False,
        "【门磁】gw-03 22:14起网关工作不正常，请查看。编号4071",
        "Door sensor: gw-03 gateway not working well since 22:14, please look. Code 4071",
    ),
    (
        "somebody calls for help",
        {"kind": Kind.EMERGENCY, "severity": Severity.CRITICAL},
        False,
        "【门磁】紧急：3栋2单元501 22:14住户求助，请马上联系或上门。编号4071",
        "Door sensor: Urgent: Bldg 3 Unit 2 501 the household called for help at 22:14, please call"
        " or go at once. Code 4071",
    ),
]


@pytest.mark.parametrize(
    ("changes", "can_reply", "chinese", "english"),
    [row[1:] for row in TABLE],
    ids=[row[0] for row in TABLE],
)
def test_exact_texts(
    changes: dict[str, object], can_reply: bool, chinese: str, english: str
) -> None:
    about = replace(ABOUT, **changes)  # type: ignore[arg-type]
    assert text(about, ZH, can_reply=can_reply) == chinese
    assert text(about, EN, can_reply=can_reply) == english
    assert fits(chinese)
    assert fits(english)


def test_the_table_has_every_kind() -> None:
    assert {row[1].get("kind", ABOUT.kind) for row in TABLE} == set(Kind)


def test_a_step_that_nobody_answered_says_so() -> None:
    assert "仍无人应答。" in text(ABOUT, ZH, can_reply=True, unanswered=True)
    assert "No answer yet. " in text(ABOUT, EN, can_reply=True, unanswered=True)
    assert "仍无人应答" not in text(ABOUT, ZH, can_reply=True)


@pytest.mark.parametrize("language", list(Language))
@pytest.mark.parametrize("late", [0, 12, 26 * 60])
@pytest.mark.parametrize("stood", [0, 12])
@pytest.mark.parametrize("unanswered", [False, True])
@pytest.mark.parametrize(
    ("can_reply", "link"), [(True, ""), (False, ""), (False, "https://door.example/a/Xk3v9TbQm2L")]
)
def test_what_is_urgent_says_so_whenever_it_fits(
    language: Language, late: int, stood: int, unanswered: bool, can_reply: bool, link: str
) -> None:
    """However long the address, the reason and the delay: it is the first word that helps."""
    word = {ZH: "紧急：", EN: "Urgent: "}[language]
    limit = {ZH: 70, EN: 160}[language]
    for kind in Kind:
        for address in ("3栋2单元501", LONG):
            urgent = replace(
                ABOUT,
                kind=kind,
                severity=Severity.CRITICAL,
                address=address,
                late_seconds=late * 60,
                minutes_open=stood,
            )
            said = text(urgent, language, can_reply=can_reply, unanswered=unanswered, link=link)
            assert word in said or measure(said).units + measure(word).units > limit, said


def test_a_reply_is_offered_only_where_it_works() -> None:
    for language, words in ((ZH, "回1"), (EN, "Reply")):
        assert words in text(ABOUT, language, can_reply=True)
        assert words not in text(ABOUT, language, can_reply=False)


@pytest.mark.parametrize(
    ("language", "keypad", "said"),
    [
        (ZH, False, "门磁提醒。3栋2单元501，22点14分开门，不在许可时段，门仍开。编号 4 0 7 1。"),
        (
            ZH,
            True,
            "门磁提醒。3栋2单元501，22点14分开门，不在许可时段，门仍开。您来处理，请按1。"
            "再听一遍，请按2。如是紧急出门，请按9。编号 4 0 7 1。",
        ),
        (
            EN,
            False,
            "This is the door sensor service. Bldg 3 Unit 2 501, opened 22:14, "
            "outside permitted times, still open. The code is 4 0 7 1.",
        ),
    ],
)
def test_a_call_says_it_aloud(language: Language, keypad: bool, said: str) -> None:
    assert spoken(ABOUT, language, keypad=keypad) == said
    assert is_gsm(said) is (language is EN)


# -- what must hold for every home -----------------------------------------------------------

PRIVATE = re.compile(r"\d{7}")
MOMENTS = st.datetimes(
    local(2020, 1, 1, 0, 0).replace(tzinfo=None),
    local(2090, 1, 1, 0, 0).replace(tzinfo=None),
    timezones=st.just(ZONE),
)
ADDRESS = st.one_of(
    st.text(max_size=120),
    st.builds(
        "{}{}栋{}单元{}{}".format,
        st.text(max_size=60),
        st.integers(1, 99),
        st.integers(1, 9),
        st.integers(101, 3999),
        st.sampled_from(["", "室", "房", "号"]),
    ),
)
ABOUTS = st.builds(
    About,
    kind=st.sampled_from(Kind),
    reason=st.sampled_from(Reason),
    severity=st.sampled_from(Severity),
    address=ADDRESS,
    occurred_at=MOMENTS,
    code=st.integers(0, 10**6).map(lambda seed: next_code((), seed)),
    since=st.none() | MOMENTS,
    late_seconds=st.integers(0, 10**7),
    door_open=st.booleans(),
    drill=st.booleans(),
    clock_verified=st.booleans(),
    minutes_open=st.integers(0, 10**5),
)


@given(ABOUTS, st.sampled_from(Language), st.booleans(), st.booleans())
def test_any_text_is_one_segment_with_code_and_nothing_private(
    about: About, language: Language, can_reply: bool, unanswered: bool
) -> None:
    said = text(about, language, can_reply=can_reply, unanswered=unanswered)
    size = measure(said)
    assert size.segments == 1
    assert size.gsm is (language is EN)
    assert about.code in said
    assert not PRIVATE.search(said)
    assert "\n" not in said
    assert said == said.strip()


@given(
    st.text(max_size=60),
    st.integers(1, 99),
    st.integers(101, 3999),
    st.sampled_from(Language),
    ABOUTS,
)
def test_the_room_is_in_every_text_however_long_the_address(
    village: str, building: int, number: int, language: Language, about: About
) -> None:
    about = replace(about, address=f"{village}小区{building}栋2单元{number}")
    said = text(about, language, can_reply=True)
    assert re.search(rf"(?<!\d){number}(?!\d)", said)


@pytest.mark.parametrize(
    ("address", "found"),
    [
        ("3栋2单元501", "501"),
        ("501室 3栋", "501"),
        ("Room 501, Building 3, Rose Garden", "501"),
        ("1200 Main Street Apt 5B", "5B"),
        ("12号楼A1502", "A1502"),
        ("幸福花园", ""),
    ],
)
def test_which_number_is_the_room(address: str, found: str) -> None:
    start, end = room(address)
    assert address[start:end] == found


@pytest.mark.parametrize(
    ("address", "units", "short"),
    [
        ("3栋2单元501", 16, "3栋2单元501"),
        (LONG, 16, "…园小区二期东区3栋2单元501"),
        ("3栋2单元501北门进去左手第二个楼梯口", 14, "3栋2单元501北门进去左…"),
        ("幸福花园小区3栋2单元501北门进去左手第二个楼梯口", 10, "…3栋2单元501…"),
    ],
)
def test_how_an_address_is_cut(address: str, units: int, short: str) -> None:
    assert shorten(address, units, ZH) == short
    assert measure(short).units <= units


@pytest.mark.parametrize(
    ("address", "chinese", "english"),
    [
        ("３栋２单元５０１", "3栋2单元501", "Bldg 3 Unit 2 501"),
        ("甲栋501室", "甲栋501室", "Bldg A 501"),
        ("12号楼1502", "12号楼1502", "Bldg 12 1502"),
        ("幸福花园3栋501", "幸福花园3栋501", ".. Bldg 3 501"),
        ("Résidence Ça 5", "Résidence Ça 5", "Résidence Ça 5"),
        ("3栋501 13800138000", "3栋501 …", "Bldg 3 501 .."),
        ("3栋501 138-0013-8000", "3栋501 …", "Bldg 3 501 .."),
        ("3栋\n501\t", "3栋 501", "Bldg 3 501"),
    ],
)
def test_an_address_is_cleaned(address: str, chinese: str, english: str) -> None:
    assert clean(address, ZH) == chinese
    assert clean(address, EN) == english


# -- links -----------------------------------------------------------------------------------

TOKEN = "/a/Xk3v9TbQm2Lz7P"
SHORT, USUAL, WIDE = "https://d.cn", "https://dw.example.com", "https://door.example.com"
NEVER = "https://gw-03.doorwatch.example.org"


@pytest.mark.parametrize(
    ("changes", "public", "said"),
    [
        (
            {},
            SHORT,
            "【门磁】3栋2单元501 22:14开门，不在许可时段，门仍开。我来处理 https://d.cn/a/",
        ),
        ({}, USUAL, "【门磁】3栋2单元501 22:14开门，门仍开。我来处理 https://dw.example.com/a/"),
        ({}, WIDE, "【门磁】3栋2单元501 22:14开门，门仍开。https://door.example.com/a/"),
        (
            {"late_seconds": 600},
            SHORT,
            "【门磁】3栋2单元501 22:14开门，门仍开。消息晚到10分。我来处理 https://d.cn/a/",
        ),
        (
            {"drill": True, "door_open": False},
            USUAL,
            "【门磁演练】3栋2单元501 22:14开门，门已关。https://dw.example.com/a/",
        ),
        # Where it leaves no room for the door, or for how late we are, there is no link.
        ({"late_seconds": 600}, USUAL, None),
        ({"address": LONG}, USUAL, None),
        ({}, NEVER, None),
    ],
)
def test_a_link_stands_at_the_end_or_not_at_all(
    changes: dict[str, object], public: str, said: str | None
) -> None:
    about = replace(ABOUT, **changes)  # type: ignore[arg-type]
    told = text(about, ZH, can_reply=False, link=public + TOKEN)
    if said is None:
        assert told == text(about, ZH, can_reply=False)
    else:
        assert told == said.removesuffix("/a/") + TOKEN


def test_a_link_in_english_and_none_where_a_reply_works() -> None:
    link = USUAL + TOKEN
    assert text(ABOUT, EN, can_reply=False, link=link) == (
        "Door sensor: Bldg 3 Unit 2 501 opened 22:14, outside permitted times, still open. "
        f"Code 4071. If you take it: {link}"
    )
    assert text(ABOUT, EN, can_reply=True, link=link) == text(ABOUT, EN, can_reply=True)


@given(
    st.sampled_from(Kind),
    ADDRESS,
    st.sampled_from([SHORT, USUAL, WIDE, NEVER]),
    st.sampled_from([0, 600, 7_200]),
    st.booleans(),
    st.sampled_from(Language),
)
def test_with_a_link_it_is_one_segment_and_the_link_is_whole(
    kind: Kind, address: str, public: str, late: int, drill: bool, language: Language
) -> None:
    about = replace(ABOUT, kind=kind, address=address, late_seconds=late, drill=drill)
    told = text(about, language, can_reply=False, link=public + TOKEN)
    assert fits(told)
    assert told.endswith(public + TOKEN) or (public not in told and "4071" in told)
    if told.endswith(TOKEN) and late:
        assert ("晚到" in told) or ("late" in told)


# -- answers ---------------------------------------------------------------------------------


def test_answers() -> None:
    taken = answer("taken", ZH, code="4071", minutes=10)
    assert taken == "【门磁】4071已记您处理。10分后门还开着会再提醒。"
    assert answer("over", ZH, code="4071") == "【门磁】4071已经结束，不用再处理。"
    assert answer("over", EN, code="4071") == "Door sensor: 4071 is over, nothing more to do."
    assert answer("taken", EN, code="4071", drill=True).startswith("DRILL")


@pytest.mark.parametrize("language", list(Language))
@pytest.mark.parametrize("name", ANSWERS)
def test_every_answer_is_one_segment(name: str, language: Language) -> None:
    said = answer(name, language, code="123456", minutes=10**5, drill=True)
    assert fits(said)
    assert is_gsm(said) is (language is EN)


def test_a_bare_one_with_several_open_lists_the_codes() -> None:
    opened = [("4071", "3栋2单元501"), ("4523", "5栋1单元1203")]
    assert choose(opened, ZH) == (
        "【门磁】有几件未处理，请回1和编号：4071 3栋2单元501，4523 5栋1单元1203"
    )
    many = choose(opened * 20, ZH)
    assert fits(many)
    assert many.endswith("等40件")


@given(st.lists(st.tuples(st.sampled_from(["4071", "123456"]), ADDRESS), min_size=1, max_size=60))
def test_the_list_of_codes_is_one_segment_with_at_least_the_first(
    opened: list[tuple[str, str]],
) -> None:
    for language in Language:
        said = choose(opened, language)
        assert fits(said)
        assert opened[0][0] in said


@pytest.mark.parametrize(
    ("minutes", "chinese", "english"),
    [
        (0, "0分", "0 min"),
        (59, "59分", "59 min"),
        (60, "1小时", "1 h"),
        (125, "2小时5分", "2 h 5 min"),
        (1_500, "1天1小时", "1 d 1 h"),
    ],
)
def test_durations(minutes: int, chinese: str, english: str) -> None:
    assert (duration(minutes, ZH), duration(minutes, EN)) == (chinese, english)


def test_every_wording_can_be_listed_for_registration() -> None:
    listed = list(every())
    assert len(listed) == len({(w.name, w.language) for w in listed})
    assert {w.name.split(".")[0] for w in listed} == {*Kind, "answer", "choose"}
    assert all(fits(w.text) for w in listed)
    assert {w.language for w in listed} == set(Language)


SAMPLES = st.builds(
    About,
    kind=st.sampled_from(Kind),
    reason=st.sampled_from(["", *Reason]),
    severity=st.sampled_from(Severity),
    address=st.just("3栋2单元501"),
    occurred_at=st.just(datetime(2022, 4, 1, 22, 14, tzinfo=UTC)),
    code=st.just("4071"),
    since=st.sampled_from([None, datetime(2022, 4, 1, 21, 59, tzinfo=UTC)]),
    late_seconds=st.sampled_from([0, 600, 36000]),
    door_open=st.booleans(),
    drill=st.booleans(),
    clock_verified=st.booleans(),
    minutes_open=st.sampled_from([0, 12]),
    recovery=st.booleans(),
)


def clauses(said: str, language: Language) -> set[str]:
    """What a text says, piece by piece; its head is one of them. Dates, which belong to times,
    and the address of a link are no words."""
    words, said = PHRASES[language], said.replace(SAMPLE_LINK, "")
    said = re.sub(r"\d+月\d+日|\d+/[A-Z][a-z]{2} ", "", said)
    found = set()
    for head in (words.drill_head, words.head, words.urgent):
        if said.startswith(head):
            found.add(head)
            said = said.removeprefix(head)
    return found | set(re.split("[，。]" if language is ZH else r"[,.] |[.]$", said))


LISTED = {
    language: set().union(*(clauses(w.text, language) for w in every() if w.language is language))
    for language in Language
}


@given(
    SAMPLES,
    st.sampled_from(Language),
    st.booleans(),
    st.booleans(),
    st.sampled_from(["", SAMPLE_LINK]),
)
@settings(max_examples=400)
def test_whatever_a_text_says_is_in_the_list(
    about: About, language: Language, can_reply: bool, unanswered: bool, link: str
) -> None:
    about = replace(about, recovery=about.recovery and about.kind in PHRASES[language].recovered)
    said = text(about, language, can_reply=can_reply, unanswered=unanswered, link=link)
    assert clauses(said, language) <= LISTED[language]


def test_plain_words() -> None:
    for wording in every():
        for word in ("违规", "违反", "擅自", "！", "!", "unauthorised", "violation", "breach"):
            assert word not in wording.text


def test_the_same_opening_later_reads_the_same_but_for_the_delay() -> None:
    late = replace(ABOUT, occurred_at=EVENING - timedelta(hours=1), late_seconds=600)
    assert text(late, ZH, can_reply=False) == (
        "【门磁】3栋2单元501 21:14开门，不在许可时段，门仍开。消息晚到10分。请去看看。编号4071"
    )
