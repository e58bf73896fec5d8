"""What the pages and the API stand on: the running gateway, and whoever is logged in to it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from gateway.accounts.lockout import Lockout
from gateway.accounts.sessions import Sessions
from gateway.ledger.rows import Language

if TYPE_CHECKING:
    from pathlib import Path

    from gateway.config import Config
    from gateway.core import Core
    from gateway.discovery import Discovery
    from gateway.memory import Memory
    from gateway.metrics import Metrics
    from gateway.store.database import Database
    from gateway.web.health import Health
    from rules.moment import Moment


async def _nothing() -> None:
    """Where no gateway runs around the pages."""


@dataclass(slots=True)
class Site:
    """Handed to every router. What is asked of the rules goes by ``gateway.requests.carry_out``."""

    config: "Config"
    core: "Core"
    database: "Database"
    discovery: "Discovery"
    health: "Health"
    metrics: "Metrics"
    sessions: Sessions
    key: bytes  # the session key; derive from it, never sign with it
    committed: Callable[[], None]  # texts may be waiting
    take_ledger: Callable[[], Awaitable[None]] = _nothing  # the newest one, in force on return
    take_rules: Callable[[], Awaitable[None]] = _nothing  # rules.toml as it is now, likewise
    config_path: "Path | None" = None  # of config.toml; None: the demo's, which has no file
    lockout: Lockout = field(default_factory=Lockout)

    @property
    def memory(self) -> "Memory":
        return self.core.memory

    @property
    def zone(self) -> ZoneInfo:
        return self.config.gateway.timezone

    @property
    def language(self) -> Language:
        """Of whoever has said nothing else."""
        return Language(self.config.gateway.language)

    @property
    def is_demo(self) -> bool:
        """Played, not installed: when it has ended, nothing will be there again."""
        return self.config_path is None

    @property
    def secure(self) -> bool:
        """Whether browsers reach us by TLS, ours or a proxy's."""
        public = self.config.web.public_url
        return self.config.web.tls_cert is not None or bool(public and public.startswith("https:"))

    def now(self) -> "Moment":
        return self.core.clock.now()
