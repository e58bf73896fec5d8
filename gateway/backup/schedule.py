"""The daemon's part: a backup every so many hours, in a process of its own, at low priority.

Copying, checking and sealing would hold the loop and its memory; a process gives both back. When it
is due is read off the disk: a restart makes none too many and misses none.
"""

import asyncio
import logging
import sys
import time
from pathlib import Path

from gateway.backup import last
from gateway.config import Config
from rules.moment import HOUR, MINUTE, SECOND, Duration, Moment

log = logging.getLogger("doorwatch.backup")
AGAIN: Duration = 15 * MINUTE  # after a failure: a disk is mounted, a line comes back
LOOK_S = 60.0  # the wall clock may jump
AFTER_START_S = 60.0  # what waits at a start comes first


def due_at(known: last.Last, every: Duration, now: Moment) -> Moment:
    """When the next one is. What lies in the future, the clock has made up."""
    at = known.at + every if known.at <= now else now
    return max(at, known.failed_at + AGAIN) if known.failed_at <= now else at


class Schedule:
    """One a gateway. ``run`` ends at once where no backup is configured."""

    def __init__(self, config: Config, config_path: Path | None) -> None:
        self._config = config
        self._config_path = None if config_path is None else config_path.absolute()

    async def run(self, after_start_s: float = AFTER_START_S) -> None:
        """Until cancelled. Never raises for what a backup does."""
        if self._config_path is None or not self._config.backup.is_wanted:
            return
        every = self._config.backup.every_hours * HOUR
        await asyncio.sleep(after_start_s)
        while True:
            now = time.time_ns() // 1_000_000
            wait = due_at(last.read(self._config.store.path), every, now) - now
            if wait <= 0:
                try:
                    await self._take(self._config_path)
                except OSError as error:
                    log.error("backup made=no why=%r", error.strerror)
                await asyncio.sleep(LOOK_S)
            else:
                await asyncio.sleep(min(wait / SECOND, LOOK_S))

    async def _take(self, config_path: Path) -> None:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "gateway.cli", "backup", "--scheduled",
            "--config", str(config_path),
            stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        try:
            _, said = await process.communicate()
        except asyncio.CancelledError:  # an orderly end does not wait for a slow line
            process.terminate()
            await process.wait()
            raise
        if process.returncode:
            log.error("backup made=no why=%r", said.decode(errors="replace").strip())
        else:
            known = last.read(self._config.store.path)
            log.info("backup made=yes name=%s bytes=%d", known.name, known.size)
