"""What a kind of door sensor can be relied on for between two openings. The shape only.

Two questions that the rules ask and no packet answers: after how much silence is a sensor gone,
and is a jump of its counter evidence of a door that was opened unheard. The tables are
``drivers.ble.kinds`` and ``drivers.mqtt.kinds``.
"""

from typing import Final, NamedTuple

BYTE: Final = 256  # packet ids and frame counters of one byte: 255 is followed by 0


class Kind(NamedTuple):
    """One model, or with ``model`` empty what is assumed when only the protocol is known."""

    protocol: str  # as in the ledger
    supervised_every_minutes: int | None  # None: unsupervised, silence proves nothing
    counter_by_door_only: bool  # True by mistake accuses a resident who never left
    source: str  # where both answers come from
    model: str = ""
    counter_below: int | None = None  # it begins at 0 again there; None: it only grows
