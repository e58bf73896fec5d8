"""How far a sensor has counted under a key, also while the ledger has it otherwise or not at all.

A packet's authenticated counter is believed once. Whoever gives a sensor another id, home or key,
or takes it out of the ledger and puts it back, shall not make recorded packets believable again.
Owns that memory alone; keeps neither addresses nor keys, only what they hash to.
"""

import hashlib
from typing import Final, NamedTuple

from gateway.intake.heard import Heard

IN_MEMORY: Final = ""
"""Where a snapshot has them, beside the sensors: no sensor's id is blank."""


class Count(NamedTuple):
    """As in ``Heard``."""

    replay_counter: int | None
    used_up_to: int | None


class UsedCounts:
    """One for each address and key that ever counted; some tens of bytes each."""

    def __init__(self) -> None:
        self._counts: dict[str, Count] = {}

    def keep(self, heard: Heard) -> None:
        """As far as it has come by now."""
        if heard.key is not None and heard.replay_counter is not None:
            self._counts[_name(heard)] = Count(heard.replay_counter, heard.used_up_to)

    def give_back(self, heard: Heard) -> None:
        """It goes on where this address under this key ended; nothing, if it is a new one."""
        if heard.key is not None and (count := self._counts.get(_name(heard))):
            heard.replay_counter, heard.used_up_to = count

    def written(self) -> list[list[str | int | None]]:
        """For a snapshot."""
        return [[name, *count] for name, count in self._counts.items()]

    def recall(self, written: list[list[str | int | None]]) -> None:
        """Takes back what ``written`` gave."""
        for name, *count in written:
            self._counts[str(name)] = Count(*count)  # type: ignore[arg-type]


def _name(heard: Heard) -> str:
    told = f"{heard.protocol} {heard.address} {heard.key}"
    return hashlib.sha256(told.encode()).hexdigest()[:32]
