"""Granting a pass and taking one back: what is asked, as an input of the rules.

Owns when it is refused. Knows no person's rights: whoever asks has looked.
"""

from typing import Any, TypeAlias

from gateway.alerts.phrases import DOOR_KINDS
from gateway.core import Core
from gateway.incidents import Card, incident_of
from gateway.passes import LONGEST, SHORTEST, Pass
from gateway.store.journal import BatteryChanged, Given
from rules.home import UNRESOLVED
from rules.model import PassGranted, PassRevoked
from rules.moment import MINUTE
from rules.windows import passes

Asked: TypeAlias = tuple[str | None, Given | BatteryChanged, dict[str, Any]]
"""Whom it is about, what the core is given, and what is answered."""


class Refused(Exception):
    """The request cannot be carried out; the text says why, for whoever asked."""


def grant(core: Core, body: dict[str, Any]) -> Asked:
    """``household``, ``minutes``, ``kind``, ``incident`` (its id, or None), ``by``, and ``own``:
    whether the resident takes it, who may do so a few times a day.

    Granted from an incident whose door stands open, it covers that opening and the incident is
    over; else it covers the next opening. Raises ``Refused``.
    """
    home = core.memory.homes.get(body["household"])
    if home is None:
        raise Refused(f"household {body['household']} is not in the ledger that is in force")
    minutes, number, own = int(body["minutes"]), None, bool(body.get("own"))
    if not SHORTEST <= minutes <= LONGEST:
        raise Refused(f"a pass lasts from {SHORTEST} to {LONGEST} minutes, not {minutes}")
    if body.get("incident") is not None:
        card = core.memory.cards.get(int(body["incident"]))
        if card is None or card.owner != body["household"]:
            raise Refused(f"household {body['household']} has no incident {body['incident']}")
        if not can_excuse(core, card):
            raise Refused(f"incident {card.id} is over, or not about a door: grant without it")
        number = card.number
    now = core.clock.now()
    if own and not passes.left(home, now):
        most = home.policy.rules.self_passes_per_day
        raise Refused(f"0 of {most} passes are left that this household may take today")
    pass_id = core.memory.passes.new_id()
    given = PassGranted(
        pass_id,
        now,
        now + minutes * MINUTE,
        incident=number,
        own=own,
        by=body["by"],
        kind=body.get("kind") or "other",
    )
    return body["household"], given, {"pass": pass_id}


def can_excuse(core: Core, card: Card) -> bool:
    """Whether a pass may still be granted from this incident."""
    home = core.memory.homes.get(card.owner)
    incident = incident_of(home, card.number) if home is not None else None
    return incident is not None and incident.phase in UNRESOLVED and card.body["kind"] in DOOR_KINDS


def revoke(core: Core, body: dict[str, Any]) -> Asked:
    """``pass`` and ``by``: takes back one that was not used. Raises ``Refused``."""
    one: Pass | None = core.memory.passes.get(body["pass"])
    if one is None:
        raise Refused(f"there is no {body['pass']}, or it is long over")
    state = one.state(core.clock.now())
    if state != "valid":
        raise Refused(f"{one.pass_id} is {state} already: there is nothing to take back")
    return one.household_id, PassRevoked(one.pass_id, body["by"]), {"pass": one.pass_id}
