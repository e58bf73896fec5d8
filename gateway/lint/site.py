"""What is doubtful in a site that has no mistakes: said by ``doorwatch check``, grouped by grid.

Puts the subjects together, the gravest first; each has a module of its own.
"""

from gateway.alerting import providers_of
from gateway.config import Config
from gateway.ledger.model import Ledger
from gateway.lint import duty as lint_duty
from gateway.lint import homes as lint_homes
from gateway.lint import reach as lint_reach
from gateway.lint import windows as lint_windows
from gateway.lint.duty import Chains
from gateway.lint.found import Seen, Warned, grouped
from gateway.rulesfile import NAME, RulesFile, judged
from rules.model import Kind
from rules.moment import Moment
from rules.policy import MASS_CHAIN, OPS_CHAIN

_GATEWAY: Chains = {Kind.GATEWAY_FAULT.value: OPS_CHAIN}
_NO_HOMES = Seen(
    None,
    "",
    "ledger",
    "no household is in it: nobody is watched, nobody would be told",
    "import one: doorwatch ledger import FILES",
)


def lint(config: Config, rules: RulesFile, ledger: Ledger | None, now: Moment) -> list[Warned]:
    """Every doubt, as of ``now`` (milliseconds UTC); without homes, only those of the site."""
    name = config.rules.path.name if config.rules.path else NAME
    written = judged.written(rules.text, name)
    found = [Warned(*doubt) for doubt in judged.doubts(written, name)]
    zone, providers = config.gateway.timezone, providers_of(config)
    if ledger is None or not ledger.households:
        deaf = [] if providers else grouped([lint_reach.NO_PROVIDER])
        return [*found, *deaf, *grouped([_NO_HOMES])]
    chains, ways = _chains(rules), lint_reach.ways_of(config, providers)
    seen = [
        *lint_duty.lint_gateway(ledger, _GATEWAY, ways),
        *lint_duty.lint(ledger, chains, ways),
        *lint_reach.lint(ledger, {**chains, **_GATEWAY}, config, providers),
        *lint_homes.lint(ledger, rules, zone, now),
        *lint_windows.lint(ledger, zone, now),
    ]
    return found + grouped(seen)


def _chains(rules: RulesFile) -> Chains:
    """Those of a grid, the worst first; a severity without steps waits for the digest."""
    chains = rules.rules.chains
    of_severity = {s.word: chains[s] for s in sorted(chains, reverse=True) if chains[s]}
    return {Kind.MASS_OPENING.value: MASS_CHAIN, **of_severity}
