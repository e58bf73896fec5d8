"""What ``doctor`` looks at: everything outside the process that an alarm depends on.

Changes nothing, sends nothing, and does not disturb a running gateway (its session at the broker
and its scan go on). Each finding says what to type.
"""

import asyncio
import contextlib
import os
import shutil
import stat
import tempfile
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

from gateway.clock import SystemClock
from gateway.config import Config
from gateway.doctor_ways import Finding, broker, provider, radio

LEAST_FREE = 200 * 1024 * 1024  # bytes: a year of readings of a site, and its logs


async def examine(config: Config, config_path: Path) -> list[Finding]:
    """Every part, in the order in which an alarm needs them. Never raises for what it finds."""
    looks: list[Callable[[], Coroutine[Any, Any, Finding]]] = []
    if config.ble.enabled:
        looks += [lambda name=name: radio(name) for name in config.ble.adapters]  # type: ignore[misc]
    if config.mqtt.url is not None:
        looks.append(lambda: broker(config))
    looks.append(lambda: provider(config))
    ways = await asyncio.gather(*(look() for look in looks))
    return [*ways[:-1], clock(), disk(config), ways[-1], *permissions(config, config_path)]


def clock() -> Finding:
    if SystemClock().verified():
        return Finding("clock", True, "verified by NTP")
    return Finding("clock", False, "nothing vouches for the time", "sudo timedatectl set-ntp true")


def disk(config: Config) -> Finding:
    """Free space, and whether a file can be made durable there."""
    folder = config.store.path.parent
    owner = _owner()
    if not folder.is_dir():
        remedy = f"sudo install -d -o {owner} -m 750 {folder}"
        return Finding("disk", False, f"{folder} is not there", remedy)
    try:
        with tempfile.NamedTemporaryFile(dir=folder, prefix=".doctor-") as file:
            file.write(b"doorwatch")
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        remedy = f"sudo chown {owner} {folder} && sudo chmod 750 {folder}"
        return Finding("disk", False, f"{folder} cannot be written: {error.strerror}", remedy)
    free = shutil.disk_usage(folder).free
    said = f"{free // 1_000_000} MB free in {folder}"
    if free < LEAST_FREE:
        return Finding("disk", False, said, "sudo journalctl --vacuum-size=50M; sudo apt-get clean")
    return Finding("disk", True, said)


def permissions(config: Config, config_path: Path) -> list[Finding]:
    """What others may read of what only the gateway should."""
    path = config.store.path
    open_ones = [
        file
        for file in (path, *(path.with_name(path.name + end) for end in ("-wal", "-shm")))
        if _mode(file) & (stat.S_IROTH | stat.S_IWOTH)
    ]
    if _mode(config_path) & stat.S_IWOTH:
        open_ones.append(config_path)
    if open_ones:
        files = " ".join(map(str, open_ones))
        said = f"everybody on this machine may read or change {files}"
        return [Finding("permissions", False, said, f"chmod o-rwx {files}")]
    known = f"{path} is there" if path.exists() else f"{path} is made at the first start"
    return [Finding("permissions", True, f"{known}, for {_owner()} only")]


def _mode(path: Path) -> int:
    with contextlib.suppress(OSError):
        return path.stat().st_mode
    return 0


def _owner() -> str:
    import pwd  # noqa: PLC0415

    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        return str(os.geteuid())
