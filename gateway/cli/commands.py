"""Every command group, imported for its registration."""

from gateway.cli import check, decode, demo, doctor, incidents, ledger, replay, run, sensors

__all__ = [
    "check",
    "decode",
    "demo",
    "doctor",
    "incidents",
    "ledger",
    "replay",
    "run",
    "sensors",
]
