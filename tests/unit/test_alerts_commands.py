"""Answers as people type them, and what is none."""

from unicodedata import normalize

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.alerts.commands import (
    OUTCOMES,
    Acknowledge,
    Command,
    Emergency,
    Help,
    Permit,
    Say,
    Unknown,
    parse,
)
from gateway.alerts.wording import Wording, every
from rules.model import Outcome

BARE, CODE = Acknowledge(None), Acknowledge("4071")
NINE, PASS = Emergency("4071"), Permit("4071")
FALSE = Say("4071", Outcome.FALSE_ALARM)
NONE = Unknown()

TABLE: list[tuple[Command, list[str]]] = [
    (BARE, ["1", " 1 ", "１", "1。", "1.", "“1”", "「1」", "收到", "收到！", "好", "好的"]),
    (BARE, ["OK", "ok.", "ＯＫ", "okay", "我来处理", "1我来处理", "收到，谢谢", "好的 收到"]),
    (CODE, ["1 4071", "１　４０７１", "1,4071", "1，4071。", "1-4071", "14071", "1\n4071"]),
    (CODE, ["1 编号4071", "1 code 4071", "回1 4071我来处理", "收到 4071", "收到4071", "ok 4071"]),
    (CODE, ["4071 1", "4071收到", "4071，好的", "编号4071 1", "1+4071"]),
    (CODE, ["收到 1 4071", "好的，1 4071", "收到4071 1"]),
    # What keyboards and messengers put in beside it, and nobody sees.
    (BARE, ["1\u200b", "\ufeff1", "\u200e1\u200f", "收到\u2060"]),
    (CODE, ["1\u200b4071", "\u2068 1 4071\u2069", "1\u00ad 4071"]),
    (Acknowledge("40712"), ["1 40712", "40712 1"]),
    (NINE, ["9 4071", "９　４０７１。", "4071 9", "9，4071", "回9 编号4071"]),
    (PASS, ["2 4071", "２ ４０７１", "4071 2", "回2 4071"]),
    (Permit("4071", 30), ["2 4071 30", "２　４０７１　３０", "2 4071 30分", "2 4071 30分钟"]),
    (Permit("4071", 30), ["2，4071，30。", "4071 2 30", "2 30 4071", "2 4071 30 min"]),
    (Permit("4071", 0), ["2 4071 0"]),
    (Permit("4071", 999), ["2 4071 999"]),
    (FALSE, ["0 4071 3", "0 4071 误报", "０ ４０７１ ３。", "4071 0 误报", "0 4071误报"]),
    (FALSE, ["0 4071 false alarm", "0 4071 FALSE_ALARM", "0 3 4071", "0 误报 4071"]),
    (Say("4071", Outcome.RETURNED), ["0 4071 1", "0 4071 已回家", "0 4071 returned"]),
    (Say("4071", Outcome.PERMITTED_AFTER_ALL), ["0 4071 2", "0 4071 允许"]),
    (Say("4071", Outcome.EMERGENCY_EXIT), ["0 4071 4", "0 4071 紧急", "0 4071 emergency exit"]),
    (Say("4071", Outcome.MOVED), ["0 4071 5", "0 4071 搬走", "0 4071 moved"]),
    (Say("4071", Outcome.SENSOR_FAULT), ["0 4071 6", "0 4071 故障", "0 4071 sensor fault"]),
    (Say("4071", Outcome.AT_HOME), ["0 4071 7", "0 4071 在家", "0 4071 at home"]),
    (Help(), ["?", "？", " ? ", "??", "帮助", "HELP", "help!"]),
    # A digit that does something wants a code, and nothing beside it that is not understood.
    (NONE, ["", " ", "。", "0", "2", "9", "2 30", "11", "10", "1407", "4071", "13800000001"]),
    (NONE, ["0 4071", "0 4071 8", "0 4071 0", "0 4071 3 3", "9 4071 1", "94071", "24071 30"]),
    (NONE, ["1 4071 1"]),
    (NONE, ["1 4071 4523", "2 4071 30 30", "2 4071 1440", "1 4071 30", "3 4071", "4071 30"]),
    (NONE, ["不好", "没收到", "我不来处理", "1 不是我", "收到了吗", "STOP", "谢谢", "1❌"]),
    (NONE, ["9 4071 不是紧急", "1.5 4071", "1:30 4071", "OK boomer", "oktoken 4071", "1 407١"]),
    (NONE, ["2022-04-01", "验证码 940712", "1 4071\n> 【门磁】1 4071", "Liked “1 4071”"]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "command"), [(text, command) for command, texts in TABLE for text in texts]
)
def test_table(text: str, command: Command) -> None:
    assert parse(text) == command


def test_every_outcome_that_a_person_can_say_has_its_digit() -> None:
    assert [words[0] for words in OUTCOMES.values()] == list("1234567")
    assert list(OUTCOMES) == list(Outcome)[:7]
    for outcome, words in OUTCOMES.items():
        assert {parse(f"0 4071 {word}") for word in words} == {Say("4071", outcome)}


@given(st.text(max_size=200))
def test_anything_can_be_read(text: str) -> None:
    code = getattr(parse(text), "code", None)
    if code is not None:
        assert code.isascii()
        assert code.isdigit()


PIECES = st.sampled_from(
    ["1", "2", "9", "0", "30", "4071", "１", " ", "。", "?", "收到", "误报", "分", "不", "x", "\n"]
)


@given(st.lists(PIECES, max_size=8).map("".join))
def test_only_its_own_words_act(text: str) -> None:
    """Whatever is said besides a command's words makes it none."""
    command = parse(text)
    if "不" in text or "x" in text:
        assert command == NONE
    if isinstance(command, Emergency | Permit | Say):
        assert normalize("NFKC", text).count(command.code) >= 1


@given(st.sampled_from(list(every())), st.text(max_size=30), st.text(max_size=30))
def test_what_we_wrote_is_never_a_command(wording: Wording, before: str, after: str) -> None:
    """People send alerts on, and quote them."""
    assert parse(f"{before}{wording.text}{after}") == NONE


@pytest.mark.parametrize("filler", [" ", ".", "1", "好", " 1", "1 编号 "])
def test_what_is_too_long_is_no_command(filler: str) -> None:
    assert parse("1" + filler * 20_000) == NONE
