"""How full the store's disk is, how much is written to it, and how worn it says it is.

Reads /sys and /proc when somebody looks. What a machine does not tell has no series: an SD card
says nothing of its life, an eMMC does (JESD84-B51, DEVICE_LIFE_TIME_EST), and a container may
hide the device altogether.
"""

import os
from collections.abc import Iterator
from pathlib import Path

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

SYS = Path("/sys")
IO = Path("/proc/self/io")
SECTOR = 512  # bytes; the kernel counts in these, whatever the disk has
_WRITTEN = 6  # which field of /sys/block/*/stat: sectors written since boot
_TENTHS = 10  # life_time says 0x01 for up to a tenth of the life used, ... 0x0B: beyond it


class Disk(Collector):
    """Of the file system that ``folder`` is on."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._device = _device(folder, SYS)

    def collect(self) -> Iterator[Metric]:
        try:
            room = os.statvfs(self._folder)
        except OSError:  # it is gone; that the store cannot write is told elsewhere
            return
        yield GaugeMetricFamily(
            "doorwatch_disk_free_bytes", "Left for the store", room.f_bavail * room.f_frsize
        )
        yield GaugeMetricFamily(
            "doorwatch_disk_size_bytes", "Of the store's file system", room.f_blocks * room.f_frsize
        )
        own = _own()
        if own is not None:
            yield CounterMetricFamily(
                "doorwatch_written_bytes", "By this process, to any disk", own
            )
        if self._device is not None:
            yield from self._of_device(self._device)

    def _of_device(self, device: Path) -> Iterator[Metric]:
        size, stat = _text(device / "size"), _text(device / "stat").split()
        life = _text(device / "device/life_time").split()
        labels = (device.name,)
        if size.isdecimal():
            found = GaugeMetricFamily(
                "doorwatch_disk_device_bytes", "Size of the whole device", labels=("device",)
            )
            found.add_metric(labels, int(size) * SECTOR)
            yield found
        if len(stat) > _WRITTEN:
            written = CounterMetricFamily(
                "doorwatch_disk_written_bytes",
                "To the whole device, since boot",
                labels=("device",),
            )
            written.add_metric(labels, int(stat[_WRITTEN]) * SECTOR)
            yield written
        tenths = [int(each, 16) for each in life if each != "0x00"]  # 0: it does not say
        if tenths:
            used = GaugeMetricFamily(
                "doorwatch_disk_life_used_ratio",
                "As the device says, in tenths; 1.1: beyond its life",
                labels=("device",),
            )
            used.add_metric(labels, max(tenths) / _TENTHS)
            yield used

    def describe(self) -> Iterator[Metric]:
        return iter(())


def _device(folder: Path, sys: Path) -> Path | None:
    """The whole disk beneath a folder; None: the kernel does not show one."""
    try:
        number = folder.stat().st_dev
        found = (sys / f"dev/block/{os.major(number)}:{os.minor(number)}").resolve(strict=True)
    except OSError:
        return None
    return found.parent if (found / "partition").exists() else found


def _own() -> int | None:
    for line in _text(IO).splitlines():
        name, _, value = line.partition(": ")
        if name == "write_bytes":
            return int(value)
    return None


def _text(path: Path) -> str:
    """What the kernel says there; empty: nothing."""
    try:
        return path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        return ""
