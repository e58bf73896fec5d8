"""A drill 演练: the door of a home that is hidden, one a grid, and only while the drill runs.

Owns its name and what holds for it: it always isolates, nothing is permitted, and the grid's own
people are told by the grid's own chain. No ledger has it, so it counts in no coverage, no silence
and no opening of many homes. When a drill begins and ends is ``gateway.drilling``'s.
"""

from typing import Final
from zoneinfo import ZoneInfo

from gateway.ledger.model import Ledger
from gateway.policies import roster_of
from gateway.rulesfile import RulesFile
from rules.model import Severity
from rules.moment import MINUTE, Duration
from rules.policy import Policy

SOURCE: Final = "drill"
"""Of its readings; also the protocol of its sensor, and by whom it ends."""
LIMIT: Duration = 30 * MINUTE
"""The shipped chain has come to its end by then: who has not answered, does not."""
_PREFIX: Final = "drill:"
KEYS: Final = (_PREFIX, "drill;")
"""Every key of a drill lies from the first up to, not including, the second."""


def key_of(grid_id: str) -> str:
    """The hidden household of a grid, and its sensor."""
    return _PREFIX + grid_id


def is_drill(key: str | None) -> bool:
    """Whether a household, sensor or owner of incidents is a drill's."""
    return key is not None and key.startswith(_PREFIX)


def grid_of(key: str) -> str:
    """The grid that is drilled."""
    return key.removeprefix(_PREFIX)


def policy(key: str, ledger: Ledger, rules: RulesFile, zone: ZoneInfo) -> Policy:
    """What holds for the hidden household. A grid that the ledger has no longer has no people.

    In the curfew its incident is critical, as it would be; but nobody is called out of bed at once
    for a drill: the chain is that of the day, which begins with one text to the members.
    """
    grid_id = grid_of(key)
    rules_there = rules.for_household("", grid_id)
    by_day = rules_there.chains | {Severity.CRITICAL: rules_there.chains[Severity.HIGH]}
    return Policy(
        household_id=key,
        zone=zone,
        rules=rules_there._replace(chains=by_day),
        roster=roster_of(ledger, grid_id),
        sensor_ids=frozenset((key,)),
    )
