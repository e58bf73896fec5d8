"""Changes of the ledger from a page: stored with who did it, and in force when this returns."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from gateway.ledger.model import Ledger
from gateway.store import audit, ledgers
from gateway.store.audit import Did

if TYPE_CHECKING:
    from gateway.web.site import Site

TRIES: Final = 3  # somebody imports at the same moment


async def change(
    site: "Site",
    who: str,
    subject: Callable[[], str],
    detail: str,
    changed: Callable[[Ledger], Ledger],
) -> None:
    """``subject``: the sensor, asked once ``changed`` has run; ``detail``: what was done, without
    an address or a key.

    Raises what ``changed`` raises: then nothing was changed; ``ledgers.Overtaken`` when somebody
    else keeps storing versions.
    """
    for tries_left in reversed(range(TRIES)):
        version, before = await ledgers.latest(site.database)
        after = changed(before)
        if after == before:
            break
        now = site.now()
        try:
            await ledgers.add(
                site.database,
                after,
                now,
                after=version,
                also=lambda c, at=now: audit.note(c, at, who, Did.LEDGER, subject(), detail),  # type: ignore[misc]
            )
            break
        except ledgers.Overtaken:
            if not tries_left:
                raise
    await site.take_ledger()
