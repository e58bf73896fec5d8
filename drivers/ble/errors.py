"""Why a radio does not listen. The values are metric labels and shown by ``doctor``: keep them."""

from enum import StrEnum


class Trouble(StrEnum):
    """All of them are retried for ever; a person can mend the first four sooner."""

    NO_BUS = "no_bus"  # the system's D-Bus cannot be reached
    NO_BLUETOOTHD = "no_bluetoothd"  # nobody owns org.bluez, or it was just restarted
    NO_ADAPTER = "no_adapter"  # not plugged in, or gone
    POWERED_OFF = "powered_off"  # rfkill, or by hand
    REFUSED = "refused"  # BlueZ does not start a discovery
    DISCOVERY_STOPPED = "discovery_stopped"  # ended behind our back
    QUIET = "quiet"  # nothing decodable heard for long: perhaps it hangs
    DEAF = "deaf"  # a restart later still nothing, not even from strangers: it hangs
