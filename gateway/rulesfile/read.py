"""The tables of rules.toml: from TOML's values to ours, with every mistake found on the way."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from gateway import toml
from gateway.errors import Mistake
from gateway.ledger.clocks import Unreadable, plain
from gateway.ledger.rows import Protocol
from gateway.ledger.values import parse_word
from gateway.ledger.words import SEVERITIES
from gateway.rulesfile.keys import DAY_MINUTES, KEYS, SHIPPED, number
from rules.model import Channel, Role, Severity
from rules.moment import MINUTE, Duration
from rules.policy import Step

TABLES = ("defaults", "supervision", "counters", "escalation", "budget", "grid", "household")
_ELSEWHERE = {"defaults": tuple(KEYS)}
_MINUTES = number(MINUTE, 0, 7 * DAY_MINUTES)


class Budget(NamedTuple):
    """How many texts a number of this prefix may get in 24 h, before the carrier stops them."""

    same_per_day: int
    texts_per_day: int
    reserved_for_critical: int  # of texts_per_day: the last ones


class Row(NamedTuple):
    """A block of [[escalation]], as written."""

    place: str
    severity: Severity
    after: Duration
    targets: tuple[tuple[Role, Channel], ...]


@dataclass(slots=True)
class Found:
    """What a file holds, by key, and what is wrong with it."""

    defaults: dict[str, Any] = field(default_factory=dict)
    supervision: dict[str, Duration] = field(default_factory=dict)
    counters: dict[str, bool] = field(default_factory=dict)
    chains: dict[Severity, tuple[Step, ...]] = field(default_factory=dict)
    rows: list[Row] = field(default_factory=list)  # of the chains, in the order of the file
    budgets: dict[str, Budget] = field(default_factory=dict)
    grids: dict[str, dict[str, Any]] = field(default_factory=dict)
    households: dict[str, dict[str, Any]] = field(default_factory=dict)
    mistakes: list[Mistake] = field(default_factory=list)

    def wrong(self, place: str, what: str, remedy: str) -> None:
        self.mistakes.append(Mistake(place, what, remedy))


def document(raw: dict[str, Any], name: str) -> Found:
    """Everything in a file called ``name``."""
    found = Found()
    for key, value in raw.items():
        place = f"{name}: {key}"
        if key not in TABLES:
            found.mistakes.append(toml.unknown(place, key, TABLES, _ELSEWHERE))
        elif key == "escalation":
            _escalation(found, place, value)
        elif not isinstance(value, dict):
            found.wrong(place, "is not a table", f"put its keys under [{key}]")
        elif key == "defaults":
            found.defaults = _numbers(found, place, value)
        elif key == "supervision":
            _supervision(found, place, value)
        elif key == "counters":
            _counters(found, place, value)
        elif key == "budget":
            _budgets(found, place, value)
        else:
            overrides = found.grids if key == "grid" else found.households
            _overrides(found, place, value, overrides)
    _contradictions(found, name)
    return found


def _each(
    found: Found, place: str, values: dict[str, Any], known: Iterable[str]
) -> Iterable[tuple[str, str, Any]]:
    """Key, place and value of those that are known; the others are mistakes."""
    names = tuple(known)
    for key, value in values.items():
        where = f"{place}.{key}"
        if key in names:
            yield key, where, value
        else:
            found.mistakes.append(toml.unknown(where, key, names, _ELSEWHERE))


def _by_protocol(
    found: Found, place: str, values: dict[str, Any]
) -> Iterable[tuple[str, str, Any]]:
    """The same, for protocols in either language; one that is there twice is a mistake."""
    read: dict[str, Any] = {}
    for key, value in values.items():
        try:
            word = parse_word(Protocol, key).value
        except Unreadable:
            word = key
        if word in read:
            found.wrong(f"{place}.{key}", "is there twice", "take one of them out")
        read[word] = value
    return _each(found, place, read, tuple(Protocol))


def _value(found: Found, place: str, read: Callable[[Any], Any], value: Any) -> Any:
    """The value, or None when it is wrong."""
    try:
        return read(value)
    except Unreadable as error:
        found.wrong(place, error.what, error.remedy)
        return None


def _numbers(found: Found, place: str, values: dict[str, Any]) -> dict[str, Any]:
    read = {
        key: _value(found, where, KEYS[key].read, value)
        for key, where, value in _each(found, place, values, KEYS)
    }
    return {key: value for key, value in read.items() if value is not None}


def _overrides(
    found: Found, place: str, tables: dict[str, Any], into: dict[str, dict[str, Any]]
) -> None:
    for key, values in tables.items():
        where = f"{place}.{key}"
        if not isinstance(values, dict):
            found.wrong(where, "is not a table", "put its keys under a heading with its id")
            continue
        for name in values:
            if name in KEYS and KEYS[name].gateway_wide:
                remedy = "put it under [defaults]"
                found.wrong(f"{where}.{name}", "holds for the whole gateway", remedy)
        into[key] = _numbers(found, where, values)


def _supervision(found: Found, place: str, values: dict[str, Any]) -> None:
    for key, where, value in _by_protocol(found, place, values):
        minutes = _value(found, where, number(MINUTE, 1, 7 * DAY_MINUTES), value)
        if minutes is not None:
            found.supervision[key] = minutes


def _counters(found: Found, place: str, values: dict[str, Any]) -> None:
    for key, where, value in _by_protocol(found, place, values):
        by_door = _value(found, where, _by_door, value)
        if by_door is not None:
            found.counters[key] = by_door


def _budgets(found: Found, place: str, tables: dict[str, Any]) -> None:
    for prefix, values in tables.items():
        where = f'{place}."{prefix}"'
        if not re.fullmatch(r"\+[1-9][0-9]{0,6}", prefix) or not isinstance(values, dict):
            found.wrong(where, "is no country prefix", 'write [budget."+86"]')
            continue
        counts = {
            key: _value(found, at, number(1, 0 if key == "reserved_for_critical" else 1, 1000), v)
            for key, at, v in _each(found, where, values, Budget._fields)
        }
        for key in Budget._fields:
            if key not in values:
                found.wrong(f"{where}.{key}", "is missing", "give a number a day")
        if len(counts) == len(Budget._fields) and None not in counts.values():
            budget = Budget(**counts)
            if budget.reserved_for_critical > budget.texts_per_day:
                remedy = f"give at most {budget.texts_per_day}"
                what = "is more than texts_per_day"
                found.wrong(f"{where}.reserved_for_critical", what, remedy)
            found.budgets[prefix] = budget


_COLUMNS = ("severity", "after_minutes", "roles", "kinds")


def _escalation(found: Found, place: str, values: Any) -> None:
    """A severity with rows here has these steps and none of the shipped ones."""
    if not isinstance(values, list) or not all(isinstance(row, dict) for row in values):
        found.wrong(place, "is not a list of steps", "write [[escalation]] before each")
        return
    rows = [_row(found, f"{place}[{at}]", row) for at, row in enumerate(values)]
    found.rows = [row for row in rows if row is not None]
    for severity in Severity:
        steps: dict[Duration, tuple[tuple[Role, Channel], ...]] = {}
        for row in found.rows:
            if row.severity is severity:
                before = steps.get(row.after, ())
                steps[row.after] = before + tuple(t for t in row.targets if t not in before)
        if steps:
            found.chains[severity] = tuple(Step(after, steps[after]) for after in sorted(steps))


def _row(found: Found, place: str, values: dict[str, Any]) -> Row | None:
    mistakes = len(found.mistakes)
    for key in _COLUMNS:
        if key not in values:
            found.wrong(f"{place}.{key}", "is missing", "add it")
    read: dict[str, Any] = {}
    for key, where, value in _each(found, place, values, _COLUMNS):
        if key == "severity":
            read[key] = _value(found, where, _severity, value)
        elif key == "after_minutes":
            read[key] = _value(found, where, _MINUTES, value)
        elif key == "roles":
            read[key] = _value(found, where, _roles, value)
        else:
            read[key] = _value(found, where, _kinds, value)
    if len(found.mistakes) > mistakes:
        return None
    both = ((role, kind) for role in read["roles"] for kind in read["kinds"])
    targets = tuple(dict.fromkeys(both))  # a word and its translation are one
    return Row(place, read["severity"], read["after_minutes"], targets)


def _by_door(value: Any) -> bool:
    if value not in ("door", "other"):
        remedy = 'write "door" if only the door moves it, else "other"'
        raise Unreadable(f"{value!r} is not known", remedy)
    return bool(value == "door")


def _severity(value: Any) -> Severity:
    word = plain(value).lower() if isinstance(value, str) else value
    for severity in Severity:
        if word == severity.word or word in SEVERITIES[severity]:
            return severity
    raise Unreadable(f"{value!r} is not known", "use low, medium, high or critical")


def _roles(value: Any) -> list[Role]:
    return [parse_word(Role, word) for word in _list(value)]


def _kinds(value: Any) -> list[Channel]:
    return [parse_word(Channel, word) for word in _list(value)]


def _list(value: Any) -> list[str]:
    words = isinstance(value, list) and all(isinstance(word, str) for word in value)
    if not words or not value:
        raise Unreadable("is not a list of words", 'write it in brackets, as ["member", "leader"]')
    return list(value)


def _contradictions(found: Found, name: str) -> None:
    values = {**SHIPPED, **found.defaults}
    start, end = values["quiet_hours"]
    digests = {f"grid.{key}": own["digest"] for key, own in found.grids.items() if "digest" in own}
    for table, digest in {"defaults": values["digest"], **digests}.items():
        if start <= digest < end if start < end else digest >= start or digest < end:
            place = f"{name}: {table}.digest"
            found.wrong(place, "falls into quiet_hours", "send it after they end")
