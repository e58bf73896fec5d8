"""``doorwatch`` as somebody types it, on a small site in a folder of its own."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from gateway.cli.main import main

CONFIG = """
[gateway]
language = "en"
[store]
path = "data/doorwatch.db"
[ble]
enabled = false
[mqtt]
url = "{broker}"
[web]
listen = "127.0.0.1:0"
[metrics]
listen = "127.0.0.1:0"
"""
TABLES = {
    "grids": "grid_id,community\nG1,Lotus\n",
    "people": (
        "person_id,name,phone,role,grid_id\n"
        "P1,Wang,+12025550101,member,G1\n"
        "P2,Li,+12025550102,leader,G1\n"
        "P3,Zhao,+12025550103,community,\n"
        "P4,Qian,+12025550104,command,\n"
    ),
    "households": (
        "household_id,grid_id,address,isolation_start,isolation_end\n"
        "H1,G1,3-2-501,2026-03-01,2036-03-31\n"
        "H2,G1,3-2-502,2026-03-01,2036-03-31\n"
        "H3,G1,3-2-503,2026-03-01,2026-03-02\n"
    ),
    "sensors": (
        "sensor_id,household_id,protocol,address,key,place\n"
        "S1,H1,json,S1,,front\n"
        "S2,H2,bthome,3C:2E:F5:AA:BB:CC,231d39c1d7cc1ab1aee224cd096db932,front\n"
        "S3,H3,json,S3,,\n"
        "S1b,H1,json,S1b,,inner\n"
    ),
    "windows": (
        "window_id,applies_to,kind,weekdays,start,end,max_openings,max_open_minutes\n"
        "W1,all,delivery,mon-sun,07:00,08:00,1,10\n"
    ),
}


class Typed(NamedTuple):
    """What came of a command."""

    status: int
    out: str
    err: str

    def json(self) -> Any:
        return json.loads(self.out)


Run = Callable[..., Typed]


class Site:
    """A folder with config.toml and the five ledger files."""

    def __init__(self, folder: Path, broker: str = "mqtt://127.0.0.1:1") -> None:
        self.folder = folder
        self.config = folder / "config.toml"
        self.config.write_text(CONFIG.format(broker=broker), encoding="utf-8")
        self.ledger = folder / "ledger"
        self.ledger.mkdir()
        for name, text in TABLES.items():
            (self.ledger / f"{name}.csv").write_text(text, encoding="utf-8")

    @property
    def store(self) -> Path:
        return self.folder / "data" / "doorwatch.db"

    @property
    def files(self) -> list[str]:
        return sorted(map(str, self.ledger.glob("*.csv")))

    def write(self, name: str, text: str) -> str:
        path = self.folder / name
        path.write_text(text, encoding="utf-8")
        return str(path)


def runner(capsys: pytest.CaptureFixture[str], site: Site) -> Run:
    """``run("incidents", "list", "--json")`` with the site's configuration."""

    def run(*words: object) -> Typed:
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main([*map(str, words), "--config", str(site.config)])
        out, err = capsys.readouterr()
        code = ended.value.code
        return Typed(code if isinstance(code, int) else 0 if code is None else 1, out, err)

    return run
