"""The whole way out on real parts: outbox, dispatcher, follower, Twilio's client, its stand-in."""

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gateway.alerts.dispatch import Dispatcher
from gateway.alerts.follow import Follower
from gateway.alerts.outbox import Outbox
from gateway.alerts.twilio import TwilioAccount, TwilioProvider
from gateway.store.alerts import AlertRow
from simulators.provider import (
    Failure,
    ProviderStandIn,
    after_accepting,
    dropped,
    rate_limited,
    refused,
    unavailable,
    undelivered,
)
from tests.support.outbox import Clock, Store

PHONE = "+12025550123"
LIMIT_S = 20


def now() -> int:
    return time.time_ns() // 1_000_000


class Way:
    """Everything between a committed row and the network, in one process."""

    def __init__(self, store: Store, standin: ProviderStandIn) -> None:
        self.store, self.standin = store, standin
        self.changed = asyncio.Event()
        self.steps: list[str] = []
        account = TwilioAccount(
            account_sid=standin.account_sid,
            auth_token=standin.auth_token,
            from_number=standin.our_number,
            api_base=standin.base_url,
        )
        self.twilio = TwilioProvider(account)
        outbox = Outbox(store.write)
        self.dispatcher = Dispatcher(
            outbox,
            lambda channel, phone: [self.twilio],
            lambda incident, row: True,
            now=now,
            random=lambda: 0.0,
            on_change=self._seen,
            settle=(0.1, 0.1),
        )
        self.follower = Follower(
            outbox,
            lambda name: self.twilio,
            self.dispatcher.arrived_not,
            now=now,
            on_change=self._seen,
        )
        self.tasks = [
            asyncio.create_task(self.dispatcher.run()),
            asyncio.create_task(self.follower.run()),
        ]

    def _seen(self, row: AlertRow) -> None:
        self.steps.append(row.status)
        self.changed.set()
        self.follower.seen(row)

    async def ends(self, status: str) -> AlertRow:
        alert = await self.store.add(now(), phone=PHONE)
        self.dispatcher.wake()
        async with asyncio.timeout(LIMIT_S):
            while status not in self.steps:
                self.changed.clear()
                await self.changed.wait()
        return (await self.store.rows())[alert]

    async def close(self) -> None:
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)
        await self.twilio.close()


@pytest.fixture
async def way(tmp_path: Path) -> AsyncIterator[Way]:
    store = await Store.open(tmp_path / "doorwatch.db", Clock())
    async with ProviderStandIn(delay=0.01) as standin:
        way = Way(store, standin)
        yield way
        await way.close()
    await store.close()


@pytest.mark.parametrize(
    ("failure", "attempts"),
    [
        (None, 1),
        (rate_limited("1"), 2),
        (unavailable(), 2),
        (dropped(), 2),
        (unavailable(accept=True), 1),
        (after_accepting(), 1),
    ],
    ids=["well", "429", "503", "dropped", "taken, then 503", "taken, then dropped"],
)
async def test_one_text_is_delivered_whatever_the_answer(
    way: Way, failure: Failure | None, attempts: int
) -> None:
    if failure is not None:
        way.standin.next(failure)
    row = await way.ends("delivered")
    assert (row.attempts, row.provider_id) == (attempts, way.standin.messages[0].sid)
    assert row.error is None
    assert [m.body for m in way.standin.messages] == [row.text]


@pytest.mark.parametrize("code", [21211, 21610])
async def test_a_final_refusal_ends_it(way: Way, code: int) -> None:
    way.standin.next(refused(code))
    row = await way.ends("failed")
    assert str(code) in (row.error or "")
    assert way.standin.messages == []


async def test_an_undelivered_text_is_failed_with_its_reason(way: Way) -> None:
    way.standin.fate(undelivered(30005))
    row = await way.ends("failed")
    assert row.error == "unknown_number 30005"
    assert len(way.standin.messages) == 1
