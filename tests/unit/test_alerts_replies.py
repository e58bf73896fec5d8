"""Answers as people type them."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.alerts.replies import Acknowledge, Command, Unknown, parse

BARE = Acknowledge(None)
CODE = Acknowledge("4071")


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("1", BARE),
        (" 1 ", BARE),
        ("１", BARE),
        ("1。", BARE),
        ("1.", BARE),
        ("「1」", Unknown()),
        ("“1”", BARE),
        ("收到", BARE),
        ("收到！", BARE),
        ("好", BARE),
        ("好的", BARE),
        ("OK", BARE),
        ("我来处理", BARE),
        ("1我来处理", BARE),
        ("1 4071", CODE),
        ("１　４０７１", CODE),
        ("1,4071", CODE),
        ("1，4071。", CODE),
        ("1-4071", CODE),
        ("14071", CODE),
        ("1\n4071", CODE),
        ("1 编号4071", CODE),
        ("1 code 4071", CODE),
        ("回1 4071我来处理", CODE),
        ("收到 4071", CODE),
        ("1 40712", Acknowledge("40712")),
        ("", Unknown()),
        ("2", Unknown()),
        ("9", Unknown()),
        ("11", Unknown()),
        ("10", Unknown()),
        ("0", Unknown()),
        ("1407", Unknown()),
        ("4071", Unknown()),
        ("4071 1", Unknown()),
        ("1 4071 4523", Unknown()),
        ("不好", Unknown()),
        ("没收到", Unknown()),
        ("我不来处理", Unknown()),
        ("1 不是我", Unknown()),
        ("STOP", Unknown()),
        ("谢谢", Unknown()),
        ("13800000001", Unknown()),
    ],
)
def test_table(text: str, command: Command) -> None:
    assert parse(text) == command


@given(st.text(max_size=200))
def test_anything_can_be_read(text: str) -> None:
    command = parse(text)
    if isinstance(command, Acknowledge) and command.code is not None:
        assert command.code.isascii()
        assert command.code.isdigit()


def test_long_nonsense_is_read_quickly() -> None:
    for filler in (" ", ".", "1", "好", " 1", "1 编号 "):
        begun = time.process_time()
        assert parse("1" + filler * 20_000 + "x") == Unknown()
        assert time.process_time() - begun < 1
