"""``doorwatch run`` whose heart beats ten times a second, and which is given up after one without a
beat: so that a test need not wait for minutes. Nothing else is changed.
"""

from functools import partial

from gateway import telemetry
from gateway.cli.main import main
from gateway.heartbeat import beating
from gateway.telemetry.ping import Ping

if __name__ == "__main__":
    beating.STUCK_S = 1.0
    beating.EVERY_S = 0.1
    telemetry.Ping = partial(Ping, every_s=0.1)  # type: ignore[misc, assignment]
    main()
