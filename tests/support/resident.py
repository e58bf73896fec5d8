"""A desk with a stored ledger, for what becomes of a household's data."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

from gateway.config import Config
from gateway.ledger.model import Ledger
from gateway.memory_document import document
from gateway.privacy.purge import Purging
from gateway.rulesfile import RulesFile
from gateway.store import ledgers
from rules.moment import DAY
from tests.support.desk import LEDGER, Desk, desk

ZONE = ZoneInfo("Asia/Shanghai")
RELEASED = replace(
    LEDGER,
    households={
        **LEDGER.households,
        "H1": replace(LEDGER.households["H1"], isolation_end=date(2026, 3, 5)),
    },
)
"""H1 is released on 6 March; H2 goes on."""


class Home:
    """``Desk`` with the ledger in the store, as an import leaves it."""

    def __init__(self, here: Desk) -> None:
        self.desk, self.core, self.database = here, here.core, here.database
        self.purging = Purging(here.core, here.database, Config())

    async def use(self, ledger: Ledger) -> None:
        """A new version."""
        version, _ = await ledgers.latest(self.database)
        at = self.desk.clock.now()
        version = await ledgers.add(self.database, ledger, at, after=version)
        await self.core.use(ledger, version, RulesFile.default())

    async def days(self, number: float) -> None:
        """They pass."""
        self.desk.clock.at += int(number * DAY)
        await self.desk.passes_by(0)
        await self.arrived()

    async def arrived(self) -> None:
        """Nothing is on its way any more."""
        await self.database.transaction(
            lambda c: c.execute("UPDATE alerts SET status = 'delivered'")
        )

    async def text(self) -> str:
        """Every row of every table, as one text."""
        tables = await self.database.rows(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
        )
        rows = [
            {name: [tuple(row) for row in await self.database.rows(f"SELECT * FROM {name}")]}
            for (name,) in tables
            if name != "snapshot"
        ]
        snapshot = document(self.core.memory)
        return json.dumps([rows, snapshot], ensure_ascii=False, default=str)

    async def count(self, table: str, where: str = "1") -> int:
        rows = await self.database.rows(f"SELECT COUNT(*) FROM {table} WHERE {where}")
        return int(rows[0][0])


@asynccontextmanager
async def home(folder: Path, ledger: Ledger = RELEASED) -> AsyncIterator[Home]:
    async with desk(folder, ledger) as here:
        one = Home(here)
        await one.use(ledger)
        yield one
