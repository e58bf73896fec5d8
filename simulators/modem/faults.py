"""What can go wrong while a text is being sent. ``taken``: the network has it all the same."""

from typing import NamedTuple


class Fault(NamedTuple):
    """What happens to one ``Send``."""

    error: str = ""  # a name under org.freedesktop.ModemManager1.Error
    taken: bool = False
    unplugged: bool = False
    dies: bool = False
    silent: bool = False


def refused(error: str) -> Fault:
    """Nothing leaves, and ``Send`` ends with this error, as ``Message.NoNetwork``."""
    return Fault(error=error)


def unplugged(*, taken: bool = False) -> Fault:
    """The modem is pulled out in the middle of it."""
    return Fault(error="Core.Aborted", taken=taken, unplugged=True)


def mm_dies(*, taken: bool = False) -> Fault:
    """ModemManager is killed in the middle of it; the bus tells the caller."""
    return Fault(taken=taken, dies=True)


def hangs(*, taken: bool = False) -> Fault:
    """The modem does not answer; ``Send`` ends when the stand-in's ``go_on`` says so."""
    return Fault(taken=taken, silent=True)
