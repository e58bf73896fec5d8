"""What the radios' metrics say, read off the scanners when somebody looks.

``doorwatch_radio_up`` is not here: it is told at each change, and readiness with it.
"""

import time
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from drivers.ble.errors import Trouble

if TYPE_CHECKING:
    from drivers.ble.scanner import Scanner

TROUBLE = "doorwatch_radio_trouble"
RESTARTS = "doorwatch_radio_restarts"
PACKETS = "doorwatch_radio_packets"
LAST_PACKET = "doorwatch_radio_last_packet_timestamp_seconds"


class Radios(Collector):
    """One set of series an adapter, every reason from the start."""

    def __init__(self, scanners: Sequence["Scanner"]) -> None:
        self._scanners = scanners

    def collect(self) -> Iterator[Metric]:
        trouble = GaugeMetricFamily(
            TROUBLE, "1: why the adapter does not listen now", labels=("adapter", "reason")
        )
        restarts = CounterMetricFamily(
            RESTARTS, "Scans that had to be started again, and why", labels=("adapter", "reason")
        )
        packets = CounterMetricFamily(
            PACKETS, "Bluetooth packets heard, strangers' too", labels=("adapter",)
        )
        last = GaugeMetricFamily(
            LAST_PACKET, "Last packet of a door sensor's format; 0: none yet", labels=("adapter",)
        )
        for scanner in self._scanners:
            for reason in Trouble:
                labels = (scanner.adapter, reason.value)
                trouble.add_metric(labels, scanner.trouble is reason)
                restarts.add_metric(labels, scanner.restarts[reason])
            packets.add_metric((scanner.adapter,), scanner.packets)
            quiet = scanner.quiet_seconds
            last.add_metric((scanner.adapter,), 0 if quiet is None else time.time() - quiet)
        yield from (trouble, restarts, packets, last)

    def describe(self) -> Iterator[Metric]:
        return iter(())
