"""A small site through hours of its time: rules, store, alert path, Twilio's client, stand-in."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from drivers.reading import Decoded, Delivery, Reading, nothing
from gateway import requests
from gateway.config import load
from gateway.rulesfile import RulesFile
from rules.local import local
from rules.model import Door
from rules.moment import MINUTE, SECOND
from simulators.provider import ProviderStandIn
from tests.integration.test_dispatch_budget_day import Gateway
from tests.support.site import Site


class Evening(Gateway):
    """A gateway at its stand-in's time; nothing happens but what a test says."""

    async def start(self) -> None:
        await super().start()
        memory = self.core.memory
        rules = RulesFile.load(self.site.folder / "rules.toml")
        if rules.text != memory.rules.text:
            await self.core.use(memory.ledger, memory.ledger_version, rules)

    async def hears(self, sensor: str, **said: Any) -> None:
        """One message of a sensor: ``door``, ``battery``."""
        reading = Reading("mqtt", "json", f"doors/{sensor}", Decoded(**said), self.now())
        self.core.submit(Delivery(reading, nothing))
        await self.core.turn()
        await self.settled()

    async def until(self, clock: str) -> None:
        """Lets time pass until the next time that clocks show this."""
        zone = self.core.memory.zone
        now, hours, minutes = local(self.now(), zone), *map(int, clock.split(":"))
        then = now.replace(hour=hours, minute=minutes, second=0, microsecond=0)
        then += timedelta(days=int(then <= now))
        await self.pass_by(int((then - now).total_seconds() * SECOND))

    async def asked(self, **body: Any) -> dict[str, Any]:
        """What the command of another process asks for, carried out."""
        asking = asyncio.create_task(requests.carry_out(self.core, body))
        await asyncio.sleep(0)
        await self.core.turn()
        self.out.committed()
        answer = await asking
        await self.settled()
        return answer

    async def replied(self) -> int:
        """Asks the provider for replies and acts on them; how many were new."""
        polling = asyncio.create_task(self.out._replies.poll())
        while not polling.done():
            await self.core.turn()
            await asyncio.sleep(0.01)
        await self.settled()
        return polling.result()

    def texts(self, to: str = "", like: str = "") -> list[str]:
        """The bodies of what the provider got."""
        return [m.body for m in self.provider.messages if m.to.endswith(to) and like in m.body]

    async def statuses(self) -> list[str]:
        """Of every alert: ``P1 sms delivered``."""
        rows = (await self.rows()).values()
        return [f"{row.person_id} {row.kind} {row.status}" for row in rows]


@asynccontextmanager
async def evening(
    folder: Path, at: str = "12:00", *, provider: bool = True, **site: Any
) -> AsyncIterator[Evening]:
    """``at``: the time of day at which it begins, tomorrow. ``provider``: whether it is
    configured. ``site``: of ``Site``; ``people``: instead of its roster."""
    people = site.pop("people", None)
    async with ProviderStandIn(delay=0.0) as standin:
        installed = Site(folder, "mqtt://127.0.0.1:1", standin if provider else None, **site)
        if people is not None:
            installed.tables["people"][1:] = people
            installed.write_tables()
        await installed.import_ledger()
        gateway = Evening(installed, standin)
        zone = load(installed.config).gateway.timezone
        today = datetime.fromtimestamp(standin.account.now(), zone)
        hours, minutes = map(int, at.split(":"))
        begins = today.replace(hour=hours, minute=minutes, second=0, microsecond=0)
        standin.account.advance((begins + timedelta(days=1) - today).total_seconds())
        await gateway.start()
        try:
            for number in range(1, site.get("households", 1) + 1):
                await gateway.hears(f"S{number}", door=Door.CLOSED)
            yield gateway
        finally:
            await gateway.die()


async def minutes(gateway: Evening, count: float) -> None:
    """Lets so many pass."""
    await gateway.pass_by(int(count * MINUTE))
