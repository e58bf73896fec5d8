"""What the kernel says of a process: CPU, memory, bytes written. Linux only."""

import os
from pathlib import Path
from typing import NamedTuple

_TICK = 1 / os.sysconf("SC_CLK_TCK")  # s; the kernel counts CPU time in these


class Written(NamedTuple):
    """Bytes since the process began."""

    storage: int  # dirtied pages of files, in the kernel's 4 kB pages: what a card sees
    calls: int  # handed to write() and pwrite()


class Memory(NamedTuple):
    """Bytes now."""

    rss: int
    pss: int  # pages shared with others counted in part


def cpu_seconds(pid: int) -> float:
    """User and system time of all its threads."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) * _TICK


def written(pid: int) -> Written:
    table = _table(Path(f"/proc/{pid}/io"))
    return Written(table["write_bytes"], table["wchar"])


def memory(pid: int) -> Memory:
    table = _table(Path(f"/proc/{pid}/smaps_rollup"))
    return Memory(table["Rss"] * 1024, table["Pss"] * 1024)


def _table(path: Path) -> dict[str, int]:
    found: dict[str, int] = {}
    for line in path.read_text().splitlines():
        key, _, value = line.partition(":")
        number = value.strip().removesuffix(" kB")
        if number.isdigit():
            found[key] = int(number)
    return found
