"""Everything a site has written, checked at once, for ``doorwatch check``. Changes nothing."""

import os
from pathlib import Path
from typing import NamedTuple

from gateway import toml
from gateway.config import Config, load
from gateway.errors import Mistake, Mistakes
from gateway.ledger import references
from gateway.ledger.model import Ledger, Protocol
from gateway.lint.found import Warned
from gateway.rulesfile import NAME, RulesFile, judged
from rules.moment import Moment


class Report(NamedTuple):
    """What was found."""

    mistakes: list[Mistake]  # what the gateway refuses, or what can never have been meant
    warnings: list[Warned]  # what it does, though perhaps nobody wants it
    looked: bool  # whether the ledger was looked at
    rules: str = ""  # which are in force; blank: they could not be read


def check(config_path: Path, ledger: Ledger | None, now: Moment) -> Report:
    """Mistakes; once the files are right, what is doubtful in them and in the ledger too."""
    from gateway.lint.site import lint  # noqa: PLC0415 - it brings the providers

    found, config, rules = _read(config_path, ledger)
    if config is None or rules is None:
        return Report(found, [], looked=False)
    return Report(found, lint(config, rules, ledger, now), True, _in_force(config, config_path))


def _in_force(config: Config, config_path: Path) -> str:
    if config.rules.path is not None:
        return config.rules.path.name
    if os.path.lexists(config_path.with_name(NAME)):
        return "rules as shipped"  # path = "": it is there and does not count
    return f"rules: built-in defaults, no {NAME} beside {config_path.name}"


def language_of(config_path: Path) -> str:
    """The gateway's, of a configuration that may be wrong elsewhere; else English."""
    try:
        table = toml.read(config_path).get("gateway", {})
    except Mistakes:
        return "en"
    shipped: str = Config().gateway.language
    return str(table.get("language", shipped)) if isinstance(table, dict) else shipped


def check_all(config_path: Path, ledger: Ledger | None = None) -> list[Mistake]:
    """Every mistake in config.toml and rules.toml; with a ledger, what is for nobody in it too."""
    return _read(config_path, ledger)[0]


def _read(
    config_path: Path, ledger: Ledger | None
) -> tuple[list[Mistake], Config | None, RulesFile | None]:
    found: list[Mistake] = []
    config = rules = None
    try:
        config = load(config_path)
        rules_path = config.rules.path
    except Mistakes as error:
        found += error.mistakes
        rules_path = _named(config_path)
    try:
        rules = RulesFile.load(rules_path)
    except Mistakes as error:
        found += error.mistakes
    else:
        name = rules_path.name if rules_path else NAME
        found += against(rules, ledger, name) if ledger is not None else []
    if config is not None and ledger is not None:
        found += references.standing(ledger, _topics(config))
    return found, config, rules


def against(rules: RulesFile, ledger: Ledger, name: str) -> list[Mistake]:
    """What only the ledger shows: overrides and steps for nobody, a household against its grid.

    Before there are people, nothing is said of steps.
    """
    written = judged.written(rules.text, name)
    grid_of = {
        household.household_id: household.grid_id for household in ledger.households.values()
    }
    found = rules.strangers(ledger, name) + judged.contradictions(written, name, grid_of)
    if ledger.people:
        roles = frozenset(person.role for person in ledger.people.values())
        found += judged.strangers(written, roles)
    return found


def _topics(config: Config) -> dict[Protocol, str]:
    given = config.dialects
    return {
        Protocol.JSON: given.json_prefix,
        Protocol.ZIGBEE2MQTT: given.zigbee2mqtt_prefix,
    }


def _named(config_path: Path) -> Path | None:
    """The rules file of a configuration that is wrong elsewhere; None when it is not to be read."""
    try:
        table = toml.read(config_path).get("rules", {})
    except Mistakes:
        return None
    name = table.get("path", NAME) if isinstance(table, dict) else NAME
    path = config_path.parent / name if isinstance(name, str) and name else None
    return path if path is not None and path.is_file() else None
