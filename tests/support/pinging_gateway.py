"""``doorwatch run`` whose heart beats ten times a second, and which is given up after one without a
beat: so that a test need not wait for minutes. Nothing else is changed.
"""

from functools import partial

from gateway import daemon, telemetry
from gateway.cli.main import main
from gateway.heartbeat import beating
from gateway.heartbeat.beating import Heartbeat
from gateway.telemetry.ping import Ping

if __name__ == "__main__":
    beating.STUCK_S = 1.0
    daemon.Heartbeat = partial(Heartbeat, every=0.1)  # type: ignore[attr-defined]
    telemetry.Ping = partial(Ping, every_s=0.1)  # type: ignore[misc, assignment]
    main()
