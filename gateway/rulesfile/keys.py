"""The keys of rules.toml as data: what each sets, in which unit, and within which bounds.

Defaults stand with the fields they set: ``rules.policy.Rules`` and ``Settings``.
"""

from collections.abc import Callable, Mapping
from datetime import time
from typing import Any, NamedTuple

from gateway.ledger.clocks import Unreadable, parse_time
from rules.moment import HOUR, MINUTE, SECOND, Duration
from rules.policy import Rules

DAY_MINUTES = 24 * 60


class Settings(NamedTuple):
    """The numbers of rules.toml that the rules for one household's doors do not use."""

    send_deadline: Duration = 10 * MINUTE  # later than that, a text says how late it is


class Key(NamedTuple):
    """``read`` takes TOML's value and raises ``Unreadable``."""

    field: str  # of Rules or Settings
    read: Callable[[Any], Any]
    gateway_wide: bool = False  # cannot differ for a grid or household
    of_grid: bool = False  # cannot differ for a household


def number(unit: int, least: int, most: int) -> Callable[[Any], int]:
    """A number of units; a part of a duration's unit is fine, a part of a count is not."""

    def read(value: Any) -> int:
        kinds = (int,) if unit == 1 else (int, float)
        if isinstance(value, bool) or not isinstance(value, kinds):
            what = "whole number" if unit == 1 else "number"
            raise Unreadable(f"is not a {what}", "write digits, without quotes")
        if not least <= value <= most:
            raise Unreadable(f"{value} is out of bounds", f"give {least} to {most}")
        return round(value * unit)

    return read


def clock(value: Any, *, end: bool = False) -> int:
    """A time of day, as text or as TOML's own; an ``end`` may be 24:00."""
    if isinstance(value, time) and not value.second and not value.microsecond:
        return value.hour * 60 + value.minute
    if not isinstance(value, str):
        raise Unreadable("is not a time of day", 'write it as "22:00"')
    return parse_time(value, end=end)


def hours(value: Any) -> tuple[int, int]:
    """From when to when; may cross midnight."""
    if not isinstance(value, dict) or set(value) != {"start", "end"}:
        raise Unreadable("is not a range of hours", 'write { start = "22:00", end = "06:00" }')
    start, end = clock(value["start"]), clock(value["end"], end=True)
    if start == end:
        raise Unreadable("ends when it starts", "let it end at another time")
    return start, end


KEYS: Mapping[str, Key] = {
    "window_grace_minutes": Key("window_grace", number(MINUTE, 0, 120)),
    "rejoin_seconds": Key("rejoin", number(SECOND, 0, 600)),
    "held_open_minutes": Key("held_open", number(MINUTE, 0, DAY_MINUTES)),
    "curfew": Key("curfew", hours),
    "merge_minutes": Key("merge", number(MINUTE, 0, DAY_MINUTES)),
    "on_my_way_minutes": Key("on_my_way", number(MINUTE, 0, DAY_MINUTES)),
    "repeat_openings": Key("repeat_openings", number(1, 2, 1000)),
    "repeat_minutes": Key("repeat", number(MINUTE, 1, 7 * DAY_MINUTES)),
    "repeat_alert_minutes": Key("repeat_alert", number(MINUTE, 1, 7 * DAY_MINUTES)),
    "remind_hours": Key("remind", number(HOUR, 1, 168)),
    "flap_openings": Key("flap_openings", number(1, 2, 1000)),
    "flap_minutes": Key("flap", number(MINUTE, 0, DAY_MINUTES)),
    "flap_reset_hours": Key("flap_reset", number(HOUR, 1, 168)),
    "self_passes_per_day": Key("self_passes_per_day", number(1, 0, 100)),
    "silent_escalate_minutes": Key(
        "silent_escalate", number(MINUTE, 1, 7 * DAY_MINUTES), of_grid=True
    ),
    "common_cause_households": Key("common_cause_households", number(1, 2, 100_000), True),
    "mass_openings": Key("mass_openings", number(1, 2, 100_000), of_grid=True),
    "late_seconds": Key("late", number(SECOND, 0, 86_400)),
    "quiet_hours": Key("quiet_hours", hours, True),
    "digest": Key("digest", clock, of_grid=True),
    "send_deadline_seconds": Key("send_deadline", number(SECOND, 1, 86_400), True),
}

_FIELDS = {**Rules()._asdict(), **Settings()._asdict()}
SHIPPED: Mapping[str, Any] = {key: _FIELDS[each.field] for key, each in KEYS.items()}


def split(values: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Values by key as fields of Rules and fields of Settings."""
    fields = {KEYS[key].field: value for key, value in values.items()}
    rules = {field: value for field, value in fields.items() if field in Rules._fields}
    return rules, {field: value for field, value in fields.items() if field not in rules}
