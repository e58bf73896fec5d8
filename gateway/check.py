"""Everything a site has written, checked at once, for ``doorwatch check``. Changes nothing."""

from pathlib import Path

from gateway import toml
from gateway.config import load
from gateway.errors import Mistake, Mistakes
from gateway.ledger.model import Ledger
from gateway.rulesfile import NAME, RulesFile


def check_all(config_path: Path, ledger: Ledger | None = None) -> list[Mistake]:
    """Every mistake in config.toml and rules.toml; with a ledger, overrides for nobody too."""
    found: list[Mistake] = []
    try:
        rules_path = load(config_path).rules.path
    except Mistakes as error:
        found += error.mistakes
        rules_path = _named(config_path)
    try:
        rules = RulesFile.load(rules_path)
    except Mistakes as error:
        found += error.mistakes
    else:
        name = rules_path.name if rules_path else NAME
        found += rules.strangers(ledger, name) if ledger is not None else []
    return found


def _named(config_path: Path) -> Path | None:
    """The rules file of a configuration that is wrong elsewhere; None when it is not to be read."""
    try:
        table = toml.read(config_path).get("rules", {})
    except Mistakes:
        return None
    name = table.get("path", NAME) if isinstance(table, dict) else NAME
    path = config_path.parent / name if isinstance(name, str) and name else None
    return path if path is not None and path.is_file() else None
