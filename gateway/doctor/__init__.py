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
from pathlib import Path

from gateway.config import Config
from gateway.doctor.backup import backup
from gateway.doctor.clock import clock
from gateway.doctor.modem import modem
from gateway.doctor.radio import radios
from gateway.doctor.ways import Finding, broker, provider

LEAST_FREE = 200 * 1024 * 1024  # bytes: a year of readings of a site, and its logs


async def examine(config: Config, config_path: Path) -> list[Finding]:
    """Every part, in the order in which an alarm needs them. Never raises for what it finds."""
    heard, brokers, told = await asyncio.gather(radios(config), _brokers(config), provider(config))
    rest = permissions(config, config_path)
    return [
        *heard,
        *brokers,
        await clock(config),
        disk(config),
        backup(config),
        told,
        *await modem(config),
        *rest,
    ]


async def _brokers(config: Config) -> list[Finding]:
    return [] if config.mqtt.url is None else [await broker(config)]


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
