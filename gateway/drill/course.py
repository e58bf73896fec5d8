"""A drill's home comes and goes: as an input of the journal, so that a replay does the same."""

from typing import Protocol
from zoneinfo import ZoneInfo

from gateway.drill import SOURCE, key_of, policy
from gateway.households import Said
from gateway.intake import Intake
from gateway.ledger.model import Ledger
from gateway.rulesfile import RulesFile
from gateway.store.journal import DrillChanged
from rules.home import UNRESOLVED, Home
from rules.model import Outcome, Resolved
from rules.moment import Moment
from rules.policy import Policy
from rules.step import Input


class Homes(Protocol):
    """What is asked of ``gateway.memory.Memory``."""

    ledger: Ledger
    rules: RulesFile
    zone: ZoneInfo
    intake: Intake
    drills: dict[str, Home]

    def begin_drill(self, policy: Policy, now: Moment) -> None: ...

    def apply(self, key: str, given: Input, now: Moment) -> list[Said]: ...


def take(homes: Homes, given: DrillChanged, now: Moment) -> list[Said]:
    """A drill begins, or ends: its incident is over, and its home is forgotten."""
    key = key_of(given.grid_id)
    home = homes.drills.get(key)
    if given.begins:
        if home is None:
            homes.intake.hide(key, SOURCE)
            homes.begin_drill(policy(key, homes.ledger, homes.rules, homes.zone), now)
        return []
    said: list[Said] = []
    if home is not None and home.incident and home.incident.phase in UNRESOLVED:
        over = Resolved(home.incident.number, given.by, Outcome.CLEARED)
        said = homes.apply(key, over, now)
    homes.intake.forget(key)
    homes.drills.pop(key, None)
    return said
