"""``doorwatch run`` on a disk that tells of its life: SYS, then as usual.

SYS stands for /sys: no test machine has an eMMC, and a container may show no disk at all.
"""

import os
import sys
from pathlib import Path

from gateway.cli.main import main
from gateway.telemetry import disk

DEVICE = "mmcblk0"


def write(root: Path, folder: Path, *, life: str, sectors: int) -> Path:
    """Beneath ``root``, what the kernel would say of the disk that ``folder`` is on: an eMMC with
    one partition. ``life``: its life_time; ``sectors``: written since boot. Gives the device."""
    number = folder.stat().st_dev
    device = root / "devices/mmc0" / DEVICE
    partition = device / f"{DEVICE}p2"
    (device / "device").mkdir(parents=True)
    partition.mkdir()
    (partition / "partition").write_text("2\n")
    (device / "size").write_text(f"{32_000_000_000 // disk.SECTOR}\n")
    (device / "stat").write_text(f"  10 0 80 5 20 0 {sectors} 9 0 12 14\n")
    (device / "device/life_time").write_text(f"{life}\n")
    (root / "dev/block").mkdir(parents=True)
    (root / f"dev/block/{os.major(number)}:{os.minor(number)}").symlink_to(partition)
    return device


if __name__ == "__main__":
    disk.SYS = Path(sys.argv.pop(1))
    main()
