"""A machine whose clocks a test sets: what ``gateway.clock.evidence.Machine`` asks."""

import os
from collections.abc import Callable
from pathlib import Path

from gateway.clock.evidence import Machine

BOOT = "9d3b1c52-0d4e-4a86-8f1b-6b2f0a7c1e55"


class Bench:
    """Moments in ms. Its files lie in ``folder``; nothing vouches for its clock at first."""

    def __init__(self, folder: Path, wall: int) -> None:
        self.wall = wall
        self.steady = 20_000  # the gateway starts some seconds after the machine
        self.disciplined = False  # the kernel's own word: chrony, ntpd
        self.network: list[Callable[[], int | None]] = []
        self.asked = 0
        self._folder = folder
        self._syncs = 0
        self.boots(BOOT)

    @property
    def machine(self) -> Machine:
        return Machine(
            wall=self._wall,
            steady=lambda: self.steady,
            kernel_synchronised=lambda: self.disciplined,
            timesyncd=self._folder / "synchronized",
            rtc=self._folder,
            boot_id=self._folder / "boot_id",
            network=tuple(self.network),
        )

    def _wall(self) -> int:
        self.asked += 1
        return self.wall

    def passes(self, duration: int) -> None:
        """Time, for both clocks alike."""
        self.wall += duration
        self.steady += duration

    def timesyncd(self, wall: int | None = None) -> None:
        """NTP answers: it puts the wall clock right and touches its file."""
        self.wall = self.wall if wall is None else wall
        self._syncs += 1
        file = self._folder / "synchronized"
        file.touch()
        os.utime(file, ns=(0, self._syncs * 1_000_000_000))

    def rtc(self, since_epoch: object, hctosys: object = 1) -> None:
        """A hardware clock that shows so many seconds since 1970."""
        (self._folder / "since_epoch").write_text(f"{since_epoch}\n")
        (self._folder / "hctosys").write_text(f"{hctosys}\n")

    def boots(self, boot_id: str) -> None:
        """Another boot: timesyncd's file lies in /run and is gone."""
        (self._folder / "boot_id").write_text(f"{boot_id}\n")
        (self._folder / "synchronized").unlink(missing_ok=True)
        self.steady = 20_000
