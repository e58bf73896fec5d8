"""The five tables of the ledger, column by column, as data. Reads and writes nothing.

A column's first heading of each language is the one an export writes.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from gateway.ledger import clocks, phones, values
from gateway.ledger.document import Row
from gateway.ledger.rows import (
    Care,
    Grid,
    Household,
    Language,
    Person,
    Protocol,
    Sensor,
    Window,
    WindowKind,
)
from gateway.ledger.words import said
from rules.model import Role


@dataclass(frozen=True, slots=True)
class Column:
    """One column. ``parse`` takes the cell's text (never blank) and the gateway's country."""

    name: str  # the English heading and the row's field
    headings: tuple[str, ...]  # in Chinese, and other names it goes by
    parse: Callable[[str, str], Any]
    show: Callable[[Any, str], str]  # value, language
    required: bool = False  # the column must be there, and its cells filled

    def __str__(self) -> str:
        return f"{self.name} ({self.headings[0]})"


@dataclass(frozen=True, slots=True)
class Table:
    """One table; its first column is the id."""

    name: str  # the file's name, and the ledger's field
    headings: tuple[str, ...]  # the file's other names
    kind: type[Row]
    columns: tuple[Column, ...]

    @property
    def key(self) -> Column:
        return self.columns[0]

    def __str__(self) -> str:
        return f"{self.name} ({self.headings[0]})"


def _text(name: str, *headings: str, required: bool = False) -> Column:
    return Column(name, headings, lambda text, _: values.parse_text(text), _as_is, required)


def _id(name: str, *headings: str, required: bool = True) -> Column:
    return Column(name, headings, lambda text, _: values.parse_id(text), _as_is, required)


def _number(name: str, *headings: str) -> Column:
    return Column(name, headings, lambda text, _: values.parse_number(text), _as_is)


def _phone(*, required: bool = False) -> Column:
    headings = ("电话", "手机", "手机号", "联系电话")
    return Column("phone", headings, phones.parse_phone, _as_is, required)


def _word(kind: type[Any], name: str, *headings: str, required: bool = False) -> Column:
    def parse(text: str, _: str) -> Any:
        return values.parse_word(kind, text)

    return Column(name, headings, parse, said, required)


def _clock(
    name: str,
    heading: str,
    parse: Callable[[str], Any],
    show: Callable[[Any], str] = clocks.show_moment,
    *,
    required: bool = False,
) -> Column:
    return Column(name, (heading,), lambda text, _: parse(text), lambda v, _: show(v), required)


def _as_is(value: Any, _: str) -> str:
    return str(value)


GRIDS = Table(
    "grids",
    ("网格", "网格表"),
    Grid,
    (
        _id("grid_id", "网格", "网格编号"),
        _text("community", "社区"),
        _text("subdistrict", "街道"),
    ),
)
PEOPLE = Table(
    "people",
    ("人员", "人员表", "名册"),
    Person,
    (
        _id("person_id", "编号", "人员编号"),
        _text("name", "姓名", required=True),
        _phone(required=True),
        _word(Role, "role", "角色", required=True),
        _id("grid_id", "网格", "网格编号", required=False),
        _word(Language, "language", "语言"),
        Column("duty", ("值班",), lambda text, _: clocks.parse_duty(text), clocks.show_duty),
        _text("chat", "群"),
    ),
)
HOUSEHOLDS = Table(
    "households",
    ("住户", "住户表", "户"),
    Household,
    (
        _id("household_id", "户号", "住户编号"),
        _id("grid_id", "网格", "网格编号"),
        _text("address", "地址", required=True),
        _text("building", "楼栋"),
        _text("unit", "单元"),
        _text("room", "房号"),
        _clock("isolation_start", "隔离开始", clocks.parse_moment, required=True),
        _clock("isolation_end", "隔离结束", clocks.parse_moment),
        Column(
            "care",
            ("关怀",),
            lambda text, _: values.parse_words(Care, text),
            lambda care, language: ("、" if language == "zh" else ", ").join(
                said(word, language) for word in care
            ),
        ),
        _phone(),
    ),
)
SENSORS = Table(
    "sensors",
    ("门磁", "门磁表", "传感器"),
    Sensor,
    (
        _id("sensor_id", "门磁编号", "传感器编号"),
        _id("household_id", "户号", "住户编号"),
        _word(Protocol, "protocol", "协议", required=True),
        # Address and key can be judged only beside the protocol: see ``tables``.
        Column("address", ("地址", "mac"), lambda text, _: text.strip(), _as_is, required=True),
        Column("key", ("密钥",), lambda text, _: text.strip(), _as_is),
        _text("place", "位置"),
        _number("supervision_minutes", "监督间隔"),
    ),
)
WINDOWS = Table(
    "windows",
    ("时段", "许可时段", "窗口"),
    Window,
    (
        _id("window_id", "编号", "时段编号"),
        Column(
            "applies_to",
            ("适用",),
            lambda text, _: values.parse_target(text),
            values.show_target,
            required=True,
        ),
        _word(WindowKind, "kind", "类型", required=True),
        Column(
            "weekdays",
            ("星期",),
            lambda text, _: clocks.parse_weekdays(text),
            clocks.show_weekdays,
            required=True,
        ),
        _clock("start", "开始", clocks.parse_time, clocks.show_time, required=True),
        _clock(
            "end",
            "结束",
            partial(clocks.parse_time, end=True),
            partial(clocks.show_time, end=True),
            required=True,
        ),
        _clock("first_day", "首日", clocks.parse_day),
        _clock("last_day", "末日", clocks.parse_day),
        _number("max_openings", "次数"),
        _number("max_open_minutes", "时长"),
        Column("expected", ("必开",), lambda text, _: values.parse_flag(text), values.show_flag),
    ),
)

TABLES = (GRIDS, PEOPLE, HOUSEHOLDS, SENSORS, WINDOWS)  # a table refers only to earlier ones
