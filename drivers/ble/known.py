"""What the radio must know of a sensor: how to read it, and what was last accepted of it.

The gateway makes these from its ledger and its journal; the listener keeps them up to date.
"""

from dataclasses import dataclass


@dataclass(slots=True)
class KnownSensor:
    """A bound sensor. All adapters share it, so a packet heard by two of them counts once.

    Restore ``replay_counter`` (and ``counter``, ``counts_anew``, ``used_up_to``) from the journal
    at start: without it a recorded packet could be played back to a gateway that has just been
    restarted.

    A sensor that encrypts may begin to count anew with a new battery. No packet tells that from a
    recorded one, so none is believed until a person says so (``accept_new_count``).
    """

    mac: str  # upper case with colons
    protocol: str  # as in the ledger
    key: bytes | None = None  # 16 bytes
    replay_counter: int | None = None  # authenticated, of the last accepted packet
    counter: int | None = None  # packet id or frame counter of the last accepted packet
    payload: bytes | None = None  # the last accepted bytes: equal ones are repeats
    stated: bool = True  # ``payload`` says how the door stands
    sure: bool = True  # nothing can have happened between the last state and the last packet
    idle: bytes | None = None  # the last bare sign of life; it may alternate with ``payload``
    refused: bytes | None = None  # the last refused bytes: judged once, counted once
    accepted_at: float = 0.0  # monotonic seconds
    counts_anew: int | None = None  # the newest of a lower count, refused: battery changed?
    used_up_to: int | None = None  # where the count before a change of battery ended
    extras: tuple[int | None, bool | None, bool | None] = (None, None, None)
    # battery, battery low, tamper as last delivered: without a door state only news is told

    def accept_new_count(self, newest: int | None, used_up_to: int | None) -> None:
        """It has a new battery. Packets above ``newest`` are believed, but what may be a recorded
        one of its old count, up to ``used_up_to``, only where it follows closely."""
        self.replay_counter, self.used_up_to = newest, used_up_to
        self.counts_anew, self.refused = None, None
