"""A gateway as installed, in a folder: its configuration, its ledger, its process.

The process is the real ``doorwatch run``; brokers and provider are whatever the test gives.
"""

import asyncio
import csv
import json
import signal
import sqlite3
import sys
import urllib.error
import urllib.request
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from gateway import requests
from gateway.clock.evidence import Machine
from gateway.ledger.importing import read_tables
from gateway.ledger.model import Ledger
from gateway.store import ledgers
from gateway.store.database import Database
from simulators.broker import free_port
from simulators.provider.standin import ProviderStandIn

READY_S = 30.0  # a start takes two seconds here; ten times that on a busy machine
# Rules by which a breach is a text to the member and nothing else.
ONE_STEP = """
[[escalation]]
severity = "high"
after_minutes = 0
roles = ["member"]
kinds = ["sms"]
[[escalation]]
severity = "critical"
after_minutes = 0
roles = ["member"]
kinds = ["sms"]
"""


class Site:
    """``households`` homes H1.. with JSON sensors S1.. on topics ``doors/S1``, one grid, one
    member (P1) and one leader (P2); nothing is permitted unless ``windows`` says so."""

    def __init__(
        self,
        folder: Path,
        broker_url: str,
        provider: ProviderStandIn | None,
        *,
        households: int = 1,
        windows: Sequence[Sequence[str]] = (),
        rules: str = "",
        country: str = "HK",
        member: str = "+85251230001",
        program: Sequence[str] = ("-m", "gateway.cli", "run"),
    ) -> None:
        self.folder = folder
        self.store = folder / "doorwatch.db"
        self.config = folder / "config.toml"
        self.web, self.metrics = free_port(), free_port()
        self.member, self.leader = member, "+85251230002"
        self._program = program
        self._process: asyncio.subprocess.Process | None = None
        self.log = folder / "gateway.log"
        (folder / "rules.toml").write_text(rules)
        twilio = ""
        if provider is not None:
            (folder / "token").write_text(provider.auth_token)
            (folder / "token").chmod(0o600)
            twilio = (
                f'[twilio]\naccount_sid = "{provider.account_sid}"\nauth_token_file = "token"\n'
                f'from_number = "{provider.our_number}"\napi_base = "{provider.base_url}"\n'
            )
        self.config.write_text(
            f'[gateway]\nid = "gw-test"\ncountry = "{country}"\n'
            f'[store]\npath = "{self.store}"\n[rules]\npath = "rules.toml"\n'
            f'[mqtt]\nurl = "{broker_url}"\n[ble]\nenabled = false\n'
            f'[web]\nlisten = "127.0.0.1:{self.web}"\n'
            f'[metrics]\nlisten = "127.0.0.1:{self.metrics}"\n{twilio}'
        )
        self._write_ledger(households, windows)

    def _write_ledger(self, households: int, windows: Sequence[Sequence[str]]) -> None:
        numbers = range(1, households + 1)
        self.tables = {
            "grids": [["grid_id", "community", "subdistrict"], ["G1", "东关", "龙门"]],
            "people": [
                ["person_id", "name", "phone", "role", "grid_id", "language", "duty"],
                ["P1", "王敏", self.member, "member", "G1", "zh", ""],
                ["P2", "刘强", self.leader, "leader", "G1", "en", ""],
            ],
            "households": [
                ["household_id", "grid_id", "address", "isolation_start", "isolation_end"],
                *([f"H{n}", "G1", f"{n}栋2单元501", "2020-01-01", ""] for n in numbers),
            ],
            "sensors": [
                ["sensor_id", "household_id", "protocol", "address"],
                *([f"S{n}", f"H{n}", "json", f"doors/S{n}"] for n in numbers),
            ],
            "windows": [
                ["window_id", "applies_to", "kind", "weekdays", "start", "end"],
                *windows,
            ],
        }
        self.write_tables()

    def write_tables(self) -> None:
        """The ledger's files as ``tables`` has them; a test may have changed it."""
        for name, rows in self.tables.items():
            with (self.folder / f"{name}.csv").open("w", newline="") as file:
                csv.writer(file).writerows(rows)

    async def import_ledger(self) -> None:
        paths = [self.folder / f"{name}.csv" for name in self.tables if len(self.tables[name]) > 1]
        ledger = read_tables(paths, Ledger.empty(), "HK")
        database = await Database.open(self.store)
        try:
            version, _ = await ledgers.latest(database)
            await ledgers.add(database, ledger, 0, after=version)
            if await requests.trusted(database) is None:  # no test machine's clock is vouched for
                trust = Machine().trusted_by("the tests")
                await requests.add(database, {"do": "trust_clock", **trust._asdict()}, 0)
        finally:
            await database.close()

    # -- the process -------------------------------------------------------------------------

    async def start(self, *arguments: str) -> None:
        """Starts the gateway; does not wait for it."""
        with self.log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                *self._program,
                "--config",
                str(self.config),
                *arguments,
                stdout=log,
                stderr=log,
            )

    async def ready(self) -> None:
        """Waits until ``/readyz`` says so, or fails with the gateway's own words."""
        async with asyncio.timeout(READY_S):
            while True:
                assert self.running, f"the gateway ended: {self.log.read_text()[-2000:]}"
                status, _ = await self.get("/readyz")
                if status == 200:
                    return
                await asyncio.sleep(0.05)

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.returncode is None

    async def get(self, path: str, port: int | None = None) -> tuple[int, str]:
        """Status (0: no answer) and body."""

        def ask() -> tuple[int, str]:
            address = f"http://127.0.0.1:{port or self.web}{path}"
            try:
                with urllib.request.urlopen(address, timeout=5) as answer:
                    return answer.status, answer.read().decode()
            except urllib.error.HTTPError as error:
                with error:
                    return error.code, error.read().decode()
            except OSError:
                return 0, ""

        return await asyncio.to_thread(ask)

    async def kill(self) -> int:
        """SIGKILL, as when the plug is pulled on the process."""
        return await self._end(signal.SIGKILL)

    async def stop(self) -> int:
        """SIGTERM; returns the exit status."""
        return await self._end(signal.SIGTERM)

    async def _end(self, number: signal.Signals) -> int:
        process = self._process
        assert process is not None
        if process.returncode is None:
            process.send_signal(number)
        return await asyncio.wait_for(process.wait(), 20)

    async def wait(self) -> int:
        """Until it ends by itself."""
        assert self._process is not None
        return await self._process.wait()

    # -- what is on the disk -----------------------------------------------------------------

    def rows(self, query: str, *values: object) -> list[Any]:
        """A query on the store as another process sees it."""
        connection = sqlite3.connect(f"file:{self.store}?mode=ro", uri=True)
        try:
            return connection.execute(query, values).fetchall()
        finally:
            connection.close()

    def incidents(self) -> list[dict[str, Any]]:
        return [json.loads(body) for (body,) in self.rows("SELECT body FROM incidents ORDER BY id")]

    async def until(self, holds: Any, seconds: float = 20.0) -> None:
        """Waits until ``holds()`` is true, or fails with the gateway's own words."""
        try:
            async with asyncio.timeout(seconds):
                while not holds():
                    await asyncio.sleep(0.05)
        except TimeoutError:
            raise AssertionError(
                f"not so after {seconds} s\n{self.log.read_text()[-3000:]}"
            ) from None
