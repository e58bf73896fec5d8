"""What a person may say that an incident was: which of the seven outcomes fit which kind.

The one table of it, for the page, the API, the command line and the texts. The rules take any of
them; what makes no sense of a kind would only spoil the reports, so whoever asks is told what fits.
"""

from collections.abc import Mapping
from typing import Final

from gateway.alerts.phrases import DOOR_KINDS
from rules.model import Kind, Outcome

AT_HOME, RETURNED, PERMITTED, EXIT, FALSE, FAULT, MOVED = (
    Outcome.AT_HOME,
    Outcome.RETURNED,
    Outcome.PERMITTED_AFTER_ALL,
    Outcome.EMERGENCY_EXIT,
    Outcome.FALSE_ALARM,
    Outcome.SENSOR_FAULT,
    Outcome.MOVED,
)
DOOR: Final = (AT_HOME, RETURNED, PERMITTED, EXIT, FALSE, FAULT, MOVED)
"""A door: all that people may say."""

FITTING: Final[Mapping[Kind, tuple[Outcome, ...]]] = {
    **dict.fromkeys(sorted(DOOR_KINDS), DOOR),
    # Many homes: what it was counts for each of them, and they do not all move away at once.
    Kind.MASS_OPENING: (EXIT, AT_HOME, RETURNED, PERMITTED, FALSE, FAULT),
    # Who takes a sensor off, or silences it, may have left: whoever looked says who is there.
    Kind.TAMPER: (FAULT, AT_HOME, RETURNED, PERMITTED, EXIT, FALSE, MOVED),
    Kind.SENSOR_SILENT: (FAULT, AT_HOME, RETURNED, EXIT, FALSE, MOVED),
    Kind.SENSOR_FAULT: (FAULT, AT_HOME, RETURNED, PERMITTED, EXIT, FALSE, MOVED),
    Kind.BATTERY_LOW: (FAULT, FALSE, MOVED),
    # The meal was not taken in. A sensor that missed the opening is the harmless case.
    Kind.WELFARE: (AT_HOME, RETURNED, EXIT, FAULT, FALSE, MOVED),
    # A part of the gateway: a device failed, somebody works on it with leave, or it was nothing.
    Kind.GATEWAY_FAULT: (FAULT, PERMITTED, FALSE),
    # A call for help is no opening: nobody permits it, and no sensor reports it.
    Kind.EMERGENCY: (EXIT, AT_HOME, RETURNED, FALSE),
}
"""The likeliest first."""


def fitting(kind: str) -> tuple[Outcome, ...]:
    """What may be said of an incident of this kind."""
    return FITTING[Kind(kind)]


def listed(kind: str) -> str:
    """The same as words for people at a command line."""
    return ", ".join(fitting(kind))


def described() -> str:
    """All of the table as a sentence for each set of kinds, for those who write programs."""
    kinds: dict[tuple[Outcome, ...], list[str]] = {}
    for kind, outcomes in FITTING.items():
        kinds.setdefault(outcomes, []).append(kind)
    return "; ".join(f"{', '.join(ks)}: {', '.join(outcomes)}" for outcomes, ks in kinds.items())
