"""Reading config.toml: the whole of it or every mistake in it. Changes and opens nothing else."""

import os
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from gateway import toml
from gateway.config import checks as config_checks
from gateway.config.tables import MAINLAND, Config, Table
from gateway.errors import Mistake, Mistakes

__all__ = ["Config", "load"]

TABLES: dict[str, type[Table]] = {
    name: field.annotation
    for name, field in Config.model_fields.items()
    if isinstance(field.annotation, type)
}
KEYS = {name: frozenset(table.model_fields) - {"prefixes"} for name, table in TABLES.items()}
_PREFIXES = re.compile(r"\.prefixes\.(\+[^.]*)")
DEFAULT_RULES = "rules.toml"  # beside config.toml, if it is there; so too where that is written


def load(path: Path) -> Config:
    """The configuration in ``path``. Raises ``Mistakes`` with every one of them."""
    raw = _with_rules(toml.read(path), path)
    mistakes: list[Mistake] = []
    read: dict[str, Table] = {}
    for name, values in raw.items():
        place = f"{path.name}: {name}"
        if name not in TABLES:
            mistakes.append(toml.unknown(place, name, TABLES, KEYS))
        elif not isinstance(values, dict):
            mistakes.append(Mistake(place, "is not a table", f"put its keys under [{name}]"))
        else:
            table, wrong = _table(name, values, path)
            mistakes += wrong
            if table is not None:
                read[name] = table
    config = Config.model_validate(read)
    if not {"mqtt", "ble", "web", "metrics"} & (raw.keys() - read.keys()):
        mistakes += _placed(path, config_checks.across(config))
    if mistakes:
        raise Mistakes(mistakes)
    return config


def _with_rules(raw: dict[str, Any], path: Path) -> dict[str, Any]:
    """Unless another path is written, the rules file beside the configuration counts if it is
    there; without it, the defaults. Any other file must be there."""
    table = raw.get("rules", {})
    if not isinstance(table, dict) or table.get("path", DEFAULT_RULES) != DEFAULT_RULES:
        return raw
    there = os.path.lexists(path.parent / DEFAULT_RULES)  # a link to nowhere is a mistake
    return {**raw, "rules": {**table, "path": DEFAULT_RULES if there else ""}}


def _table(name: str, values: dict[str, Any], path: Path) -> tuple[Table | None, list[Mistake]]:
    """A table, or None when a value of it is wrong; then its other values are judged alone."""
    place = f"{path.name}: {name}"
    mistakes: list[Mistake] = []
    context = {"base": path.parent.absolute()}
    if name == "channels":
        values, mistakes = _prefixes(values, place)
    kind = TABLES[name]
    try:
        table = kind.model_validate(values, context=context)
    except ValidationError as error:
        wrong = toml.said(place, error, KEYS[name], KEYS)
        mistakes += [m._replace(place=_PREFIXES.sub(r'."\1"', m.place)) for m in wrong]
        broken = {detail["loc"][0] for detail in error.errors()}
        rest = {key: value for key, value in values.items() if key not in broken}
        part = kind.model_validate(rest, context=context)
        return None, mistakes + _placed(path, config_checks.files(name, part))
    found = [*config_checks.files(name, table), *config_checks.within(table)]
    return table, mistakes + _placed(path, found)


def _prefixes(values: dict[str, Any], place: str) -> tuple[dict[str, Any], list[Mistake]]:
    """``[channels."+86"]`` and the like gathered as ``prefixes``, over those we ship."""
    given = {key: value for key, value in values.items() if key.startswith("+")}
    rest = {key: value for key, value in values.items() if key not in given}
    wrong = [
        Mistake(f"{place}.{key}", "is no country prefix", "write a plus and digits, as +86")
        for key in given
        if not re.fullmatch(r"\+[1-9][0-9]{0,6}", key)
    ]
    if "prefixes" in rest:
        del rest["prefixes"]
        wrong.append(toml.unknown(f"{place}.prefixes", "prefixes", KEYS["channels"], KEYS))
    return {**rest, "prefixes": {**MAINLAND, **given}}, wrong


def _placed(path: Path, mistakes: Iterable[Mistake]) -> list[Mistake]:
    return [m._replace(place=f"{path.name}: {m.place}") for m in mistakes]
