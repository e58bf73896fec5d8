"""What the gateway shows and says to whoever watches over it, beside the counters of
``gateway.metrics``: sensors, the disk, certificates, budgets, and its own sign of life.

Each part reads what is there when somebody looks; none decides anything or writes to the store.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from gateway.backup import last
from gateway.config import Config
from gateway.telemetry.certificates import Certificates, files_of
from gateway.telemetry.disk import Disk
from gateway.telemetry.ping import Ping
from rules.moment import HOUR, SECOND

if TYPE_CHECKING:
    from gateway.metrics import Metrics


@contextmanager
def of(config: Config, metrics: "Metrics", works: Callable[[], bool]) -> Iterator[None]:
    """What is about the machine, beside the other metrics; and the ping, as long as it lasts.

    ``works``: whether heartbeats pass. From any thread.
    """
    metrics.registry.register(Disk(config.store.path.parent))
    metrics.registry.register(Certificates(files_of(config)))
    every_s = config.backup.every_hours * HOUR / SECOND
    metrics.backups(lambda: last.success_s(config.store.path), every_s)
    url = config.metrics.ping_url
    if url is None:
        yield
        return
    ping = Ping(url, works, metrics.registry)
    ping.start()
    try:
        yield
    finally:
        ping.stop()
