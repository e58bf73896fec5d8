"""Every command group, imported for its registration."""

from gateway.cli import check, decode, doctor, incidents, ledger, replay, run, sensors

__all__ = ["check", "decode", "doctor", "incidents", "ledger", "replay", "run", "sensors"]
