"""Figures beside their goals: one aligned table for people, one JSON object for machines."""

import json
import os
import platform
import subprocess
import time
import unicodedata
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path

_SYNCS = 200  # enough for a steady mean


@dataclass(frozen=True)
class Figure:
    """One measured thing. ``met`` is None where there is no goal."""

    name: str
    unit: str
    gateway: float | None
    reference: float | None = None
    ratio: float | None = None  # gateway to reference; of pairs measured side by side: the median
    goal: str = ""
    met: bool | None = None
    how: str = ""
    trials: dict[str, list[float]] = field(default_factory=dict)


@dataclass
class Report:
    """Everything of one run."""

    settings: dict[str, object]
    machine: dict[str, object]
    figures: list[Figure] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    seconds: float = 0.0

    def write(self, path: Path) -> None:
        path.write_text(self.json(indent=1) + "\n")

    def json(self, indent: int | None = None) -> str:
        """Every trial, with the time of the report."""
        at = {"at": datetime.now(UTC).isoformat(timespec="seconds")}
        return json.dumps(at | asdict(self), indent=indent, ensure_ascii=False)

    def table(self) -> str:
        head = ("figure", "unit", "gateway", "reference", "ratio", "goal", "")
        rows: list[tuple[str, ...]] = [head]
        for figure in self.figures:
            stands = {True: "met", False: "NOT MET", None: ""}[figure.met]
            numbers = (_number(figure.gateway), _number(figure.reference), _ratio(figure.ratio))
            rows.append((figure.name, figure.unit, *numbers, figure.goal, stands))
        return "\n".join(_aligned(rows, right={2, 3, 4}))


def _number(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def _ratio(value: float | None) -> str:
    return "" if value is None else f"{value:.2f}"


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def _aligned(rows: list[tuple[str, ...]], right: set[int]) -> Iterable[str]:
    widths = [max(_width(row[column]) for row in rows) for column in range(len(rows[0]))]
    for number, row in enumerate(rows):
        cells = []
        for column, cell in enumerate(row):
            space = " " * (widths[column] - _width(cell))
            cells.append(space + cell if column in right else cell + space)
        yield "  ".join(cells).rstrip()
        if number == 0:
            yield "  ".join("-" * width for width in widths)


def machine(folder: Path) -> dict[str, object]:
    """What the figures depend on most."""
    model = ""
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.lower().startswith(("model name", "hardware", "model\t")) and len(line) > len(
            model
        ):
            model = line
    version = subprocess.run(["mosquitto", "-h"], capture_output=True, text=True, check=False)
    return {
        "processor": model.partition(":")[2].strip(),
        "cores": os.cpu_count(),
        "system": platform.platform(),
        "python": platform.python_version(),
        "broker": version.stdout.splitlines()[0] if version.stdout else "",
        "file_system": _file_system(folder),
        "fdatasync_ms": round(_sync_ms(folder), 3),
        "load_at_start": round(os.getloadavg()[0], 2),
    }


def _sync_ms(folder: Path) -> float:
    """The mean of one small durable write."""
    path = folder / "sync-probe"
    with path.open("wb", buffering=0) as file:
        start = time.perf_counter()
        for _ in range(_SYNCS):
            file.write(b"\0" * 1024)
            os.fdatasync(file.fileno())
        mean = (time.perf_counter() - start) / _SYNCS * 1000
    path.unlink()
    return mean


def _file_system(folder: Path) -> str:
    """Bytes written mean nothing on one that lives in memory."""
    best, kind = "", "?"
    for line in Path("/proc/mounts").read_text().splitlines():
        _, where, system, *_ = line.split()
        inside = folder.resolve().is_relative_to(where)
        if inside and len(where) >= len(best):
            best, kind = where, system
    return kind
