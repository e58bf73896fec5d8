"""A door sensor that is heard and that the ledger does not have: offered to the installer."""

from typing import NamedTuple

from rules.model import Door


class Stranger(NamedTuple):
    """What was heard of it last. The receiver keeps the list, and bounds it."""

    source: str  # "ble" | "mqtt"
    protocol: str  # as in the ledger
    address: str  # as the ledger would have it
    heard_at: int  # ms since the epoch (UTC)
    door: Door | None = None
    battery: int | None = None  # per cent
    rssi: int | None = None  # dBm
    needs_key: bool = False  # encrypted: nothing can be read without
    name: str = ""  # what it calls itself, if it does
    topic: str = ""  # MQTT: where it speaks; another dialect may read the same door there
    sure: bool = True  # False: it may be another kind of contact or switch
    sealed: tuple[str, bytes] | None = None  # UUID and data: what a key can be tried on
