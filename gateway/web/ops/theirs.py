"""Who may see what is about the whole gateway, and where its files are."""

from pathlib import Path
from typing import TYPE_CHECKING

from gateway.accounts.rights import Who
from gateway.web.guard import not_found

if TYPE_CHECKING:
    from gateway.web.site import Site


def whole_gateway(who: Who) -> None:
    """Raises 404 for somebody of one grid: configuration, rules and the audit are everybody's."""
    if not who.sees(None):
        raise not_found()


def configuration(site: "Site") -> Path | None:
    """config.toml; None: the demo, which has none."""
    return None if site.config_path is None else site.config_path.absolute()
