"""rules.toml: the numbers, chains and budgets a site has changed, over what we ship.

Read whole or refused whole. Knows the file; what the numbers mean is in ``rules``.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from gateway import toml
from gateway.errors import Mistake, Mistakes
from gateway.ledger.model import Ledger
from gateway.rulesfile import read
from gateway.rulesfile.judged import contradictions
from gateway.rulesfile.keys import Settings, split
from gateway.rulesfile.read import Budget
from rules.moment import Duration
from rules.policy import CHAINS, Rules

NAME = "rules.toml"

# Mainland carriers stop at 3 identical or 5 different texts to a number in 24 h: stay below.
BUDGETS: Mapping[str, Budget] = {"+86": Budget(2, 4, 1)}


Override: TypeAlias = dict[str, Any]
"""What a grid or household has of its own, by field of ``Rules``."""


@dataclass(frozen=True, slots=True)
class RulesFile:
    """The rules in force."""

    text: str  # the file as written, for the journal
    rules: Rules
    settings: Settings
    supervision: Mapping[str, Duration]  # by protocol, where it differs
    counters: Mapping[str, bool]  # by protocol, where known: True, only the door moves them
    budgets: Mapping[str, Budget]  # by country prefix
    grids: Mapping[str, Override]
    households: Mapping[str, Override]
    _of_grid: Mapping[str, Rules]

    @classmethod
    def default(cls) -> "RulesFile":
        """What we ship."""
        return cls.parse("")

    @classmethod
    def load(cls, path: Path | None) -> "RulesFile":
        """The rules in ``path``; None: what we ship. Raises ``Mistakes`` with all of them.

        Refuses contradictions, which ``parse`` does not: what an earlier release took into the
        journal must stay readable.
        """
        if path is None:
            return cls.default()
        found = read.document(toml.read(path), path.name)
        if wrong := found.mistakes + contradictions(found, path.name):
            raise Mistakes(wrong)
        return cls._of(found, path.read_bytes().decode("utf-8-sig"))

    @classmethod
    def parse(cls, text: str, name: str = NAME) -> "RulesFile":
        """The rules in ``text``, called ``name`` in messages."""
        found = read.document(toml.parse(text, name), name)
        if found.mistakes:
            raise Mistakes(found.mistakes)
        return cls._of(found, text)

    @classmethod
    def _of(cls, found: read.Found, text: str) -> "RulesFile":
        rules, settings = split(found.defaults)
        chains = {**CHAINS, **found.chains}
        base = Rules(**rules, chains=chains)
        grids = {key: split(values)[0] for key, values in found.grids.items()}
        return cls(
            text=text,
            rules=base,
            settings=Settings(**settings),
            supervision=found.supervision,
            counters=found.counters,
            budgets={**BUDGETS, **found.budgets},
            grids=grids,
            households={key: split(values)[0] for key, values in found.households.items()},
            _of_grid={key: base._replace(**own) for key, own in grids.items()},
        )

    def for_household(self, household_id: str, grid_id: str) -> Rules:
        """The rules for a household: its own over its grid's over the defaults.

        Households without rules of their own share one object.
        """
        shared = self._of_grid.get(grid_id, self.rules)
        own = self.households.get(household_id)
        return shared._replace(**own) if own else shared

    def strangers(self, ledger: Ledger, name: str = NAME) -> list[Mistake]:
        """Overrides for grids and households that the ledger does not have."""
        return [
            Mistake(f"{name}: {kind}.{key}", f"there is no {kind} {key!r}", "correct its id")
            for kind, keys, known in (
                ("grid", self.grids, ledger.grids),
                ("household", self.households, ledger.households),
            )
            for key in keys
            if key not in known
        ]
