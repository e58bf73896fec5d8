"""The machine's wall clock. The gateway's time may be another: ``gateway.clock``."""

import time

from rules.moment import SECOND, Moment


def wall_clock() -> Moment:
    return int(time.time() * SECOND)
