"""Beginning and ending maintenance: what is asked, as an input.

Owns when it is refused. Knows no person's rights: whoever asks has looked.
"""

from typing import Any

from gateway.core import Core
from gateway.granting import Refused
from gateway.maintenance import Maintenance
from rules.moment import HOUR, MINUTE, Duration

LONGEST: Duration = 24 * HOUR
"""A grid of which nobody hears for longer is abandoned; whoever needs more asks again."""


def asked(core: Core, body: dict[str, Any]) -> tuple[Maintenance, dict[str, Any]]:
    """``grid`` (None: the gateway), ``by``, and ``minutes`` (None: it ends), ``why``,
    ``even_critical``: what the gateway is given, and what is answered. Raises ``Refused``."""
    now, memory = core.clock.now(), core.memory
    grid_id, minutes = body["grid"], body.get("minutes")
    if grid_id is not None and grid_id not in memory.ledger.grids:
        raise Refused(f"there is no grid {grid_id!r} in the ledger that is in force")
    if minutes is None:
        if not memory.maintained.lasts(grid_id, now):
            name = "the gateway" if grid_id is None else f"grid {grid_id}"
            raise Refused(f"{name} is not under maintenance")
        return Maintenance(grid_id, now, body["by"]), {"grid": grid_id, "until": now}
    if not 1 <= int(minutes) <= LONGEST // MINUTE:
        raise Refused(f"maintenance lasts from 1 to {LONGEST // MINUTE} minutes, not {minutes}")
    until = now + int(minutes) * MINUTE
    critical = bool(body.get("even_critical"))
    given = Maintenance(grid_id, until, body["by"], body.get("why") or "", critical)
    return given, {"grid": grid_id, "until": until}
