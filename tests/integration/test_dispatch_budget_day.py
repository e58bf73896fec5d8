"""A day and a night of doors for a mainland number, on real parts: rules, outbox, Twilio's client
and its stand-in, whose clock is put forward; the gateway is killed four times."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from drivers.reading import Decoded, Delivery, Reading, nothing
from gateway import loading
from gateway.alerting import Alerting
from gateway.alerts.budget_site import Town
from gateway.alerts.twilio import TwilioAccount, TwilioProvider
from gateway.clock import Clock
from gateway.config import load
from gateway.core import Core
from gateway.metrics import Metrics
from gateway.store import ledgers
from gateway.store.alerts import AlertRow
from gateway.store.database import Database
from rules.model import Channel, Door, Severity
from rules.moment import DAY, MINUTE, SECOND
from simulators.provider import ProviderStandIn, rate_limited
from tests.support.site import Site

MEMBER, LEADER = "+8613800000001", "+85251230002"
TWILIO = TwilioProvider(TwilioAccount(account_sid="AC1", auth_token="t", from_number=LEADER))
SETTLE_S = 20.0  # real seconds in which everything that is due must have left


class Gateway(Clock):
    """The gateway's decisions and its alert path, without ears; at the stand-in's time."""

    def __init__(self, site: Site, provider: ProviderStandIn) -> None:
        self.site, self.provider = site, provider

    def now(self) -> int:
        return int(self.provider.account.now() * SECOND)

    def verified(self) -> bool:
        return True

    async def start(self) -> None:
        config = load(self.site.config)
        self.database = await Database.open(config.store.path)
        memory = await loading.load(self.database, config)
        newest = await loading.newest_moment(self.database)
        self.metrics = Metrics((), ("twilio",))
        self.core = Core(self.database, memory, self, self.metrics, self.committed)
        self.out = Alerting(config, self.database, self.core, self.metrics)
        await self.out.load()
        await self.core.resume(newest)
        version, ledger = await ledgers.latest(self.database)
        if version != memory.ledger_version:
            await self.core.use(ledger, version, memory.rules)
        await self.out.start()

    def committed(self) -> None:
        self.out.committed()

    async def die(self) -> None:
        await self.out.stop(0)
        await self.database.close()

    async def restart(self) -> None:
        await self.die()
        await self.start()

    async def says(self, sensor: str, door: Door) -> None:
        reading = Reading("mqtt", "json", f"doors/{sensor}", Decoded(door), self.now())
        self.core.submit(Delivery(reading, nothing))
        await self.core.turn()

    async def opens(self, home: int) -> None:
        await self.says(f"S{home}", Door.CLOSED)
        await self.says(f"S{home}", Door.OPEN)
        await self.says(f"S{home}", Door.CLOSED)  # left open it would become critical
        await self.settled()

    async def pass_by(self, span: int) -> None:
        """In steps of the chains, with everything that falls due."""
        until = self.now() + span
        while (left := until - self.now()) > 0:
            self.provider.account.advance(min(left, 5 * MINUTE) / SECOND)
            await self.core.turn()
            await self.settled()

    async def settled(self) -> None:
        """Until nothing is on its way to the provider; calls that wait for each other are let."""
        self.out.committed()
        async with asyncio.timeout(SETTLE_S):
            while due := await self.database.rows(
                "SELECT kind, status FROM alerts WHERE status IN ('pending', 'held', 'sending')"
                " AND (status = 'sending' OR next_at <= ?)",
                (self.now(),),
            ):
                if all(row["status"] == "pending" for row in due):
                    self.provider.account.advance(1)
                    self.out.committed()
                await asyncio.sleep(0.005)

    async def rows(self) -> dict[int, AlertRow]:
        columns = ", ".join(AlertRow._fields)
        found = await self.database.rows(f"SELECT {columns} FROM alerts ORDER BY id")
        return {row[0]: AlertRow(*row) for row in found}

    def held(self, why: str) -> float:
        return (
            self.metrics.registry.get_sample_value("doorwatch_texts_held_total", {"reason": why})
            or 0
        )


@asynccontextmanager
async def town(folder: Path) -> AsyncIterator[Gateway]:
    async with ProviderStandIn(delay=0.0) as provider:
        site = Site(folder, "mqtt://127.0.0.1:1", provider, households=12, member=MEMBER)
        await site.import_ledger()
        gateway = Gateway(site, provider)
        zone = load(site.config).gateway.timezone
        today = datetime.fromtimestamp(provider.account.now(), zone)
        noon = today.replace(hour=12, minute=0, second=0, microsecond=0) + timedelta(days=1)
        provider.account.advance((noon - today).total_seconds())
        await gateway.start()
        yield gateway
        await gateway.die()


@pytest.fixture
async def gateway(tmp_path: Path) -> AsyncIterator[Gateway]:
    async with town(tmp_path) as gateway:
        yield gateway


def most_in(moments: list[int], span: int) -> int:
    return max((sum(at - span < other <= at for other in moments) for at in moments), default=0)


async def test_the_fourth_door_of_a_day_is_told_by_a_call(gateway: Gateway) -> None:
    for home in (1, 2, 3, 4):
        await gateway.opens(home)
        await gateway.pass_by(1 * MINUTE)
    texts = [m.body for m in gateway.provider.messages if m.to == MEMBER]
    assert [f"{home}栋2单元501" in text for home, text in zip((1, 2, 3), texts, strict=True)]
    rows = await gateway.rows()
    text = next(row for row in rows.values() if row.status == "merged" and row.phone == MEMBER)
    call = rows[text.merged_into or 0]
    assert (text.kind, text.error) == ("sms", f"other_way: by alert {call.id}")
    assert (call.kind, call.phone, call.incident_id) == ("voice", MEMBER, text.incident_id)
    assert "4栋2单元501" in call.text
    assert gateway.held("other_way") == 1


async def test_doors_that_open_while_the_provider_takes_nothing_are_told_together(
    gateway: Gateway,
) -> None:
    gateway.provider.account.outage = rate_limited("1")
    for home in (1, 2, 3, 4):
        await gateway.says(f"S{home}", Door.CLOSED)
        await gateway.says(f"S{home}", Door.OPEN)
    async with asyncio.timeout(SETTLE_S):
        rows = gateway.rows
        while {(row.attempts, row.status) for row in (await rows()).values()} != {(1, "pending")}:
            await asyncio.sleep(0.005)
    gateway.provider.account.outage = None
    await gateway.pass_by(2 * MINUTE)
    texts = [m.body for m in gateway.provider.messages if m.to == MEMBER]
    codes = [row[0] for row in await gateway.database.rows("SELECT code FROM incidents")]
    assert len(texts) <= 2, "the first may come back a moment before the others"
    assert any("扇门有事" in text for text in texts)
    assert len(codes) == 4
    assert all(code in "".join(texts) for code in codes)


async def test_a_day_of_doors(gateway: Gateway) -> None:
    for home in range(1, 13):
        await gateway.opens(home)
        await gateway.pass_by(115 * MINUTE)
        if home % 3 == 0:
            await gateway.restart()
    await gateway.pass_by(60 * MINUTE)
    mainland = [int(m.created * SECOND) for m in gateway.provider.messages if m.to == MEMBER]
    assert most_in(mainland, DAY) == 4
    rows = await gateway.rows()
    incidents = {row.incident_id for row in rows.values()}
    assert len(incidents) == 12
    for row in rows.values():
        whole = rows[row.merged_into] if row.merged_into else row
        left = whole.provider_id is not None
        assert left or (whole.status in ("held", "stale")), whole
        assert whole.status != "held" or whole.error
    reached = {row.incident_id for row in rows.values() if row.provider_id is not None}
    reached |= {row.incident_id for row in rows.values() if row.status == "merged"}
    assert reached == incidents


async def test_how_grave_an_alert_is_and_how_else_it_can_be_told(gateway: Gateway) -> None:
    await gateway.opens(1)
    row = next(row for row in (await gateway.rows()).values() if row.phone == MEMBER)
    memory = gateway.core.memory
    served: list[Channel] = []
    site = Town(memory, lambda channel, phone: [TWILIO] if channel in served else [])
    card = memory.cards.get(row.incident_id or 0)
    assert card is not None
    kinds = []
    for severity in ("low", "medium", "high", "critical"):
        card.body["severity"] = severity
        served[:] = [Channel.CHAT, Channel.VOICE]
        assert site.severity(row) is Severity[severity.upper()]
        kinds.append([kind for kind, _ in site.otherwise(row, gateway.now())])
    assert kinds == [[], ["chat"], ["voice", "chat"], ["voice", "chat"]]
    served.clear()
    assert site.otherwise(row, gateway.now()) == [], "nobody serves it"
    card.body["drill"] = True
    assert site.severity(row) is Severity.MEDIUM, "a drill takes nothing that is reserved"
    assert site.together([row, row], gateway.now()) is None, "nor is it told with what is real"
    answer = row._replace(incident_id=None)
    assert site.severity(answer) is None
