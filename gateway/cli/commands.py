"""Every command group, imported for its registration."""

from gateway.cli import run

__all__ = ["run"]
