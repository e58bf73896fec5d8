"""What a provider tells unasked: late, twice and in any order, each step is taken once and none
backwards."""

import asyncio
from collections.abc import AsyncIterator
from itertools import permutations
from pathlib import Path

import pytest

from gateway.alerts.follow import TOLD_EARLY, Follower
from gateway.alerts.outbox import Outbox
from gateway.alerts.provider import Progress, Status
from gateway.alerts.status import FOLLOWERS, AlertStatus
from gateway.store.alerts import AlertRow
from rules.moment import SECOND
from tests.support.outbox import START, Clock, Store, Twin

S = Status


class Told:
    def __init__(self, store: Store, clock: Clock) -> None:
        self.store, self.clock = store, clock
        self.twin = Twin(clock)
        self.seen: list[str] = []
        self.arrived_not: list[tuple[str | None, bool]] = []
        self.outbox = Outbox(store.write)
        self.follower = Follower(
            self.outbox,
            lambda name: self.twin,
            self._arrived_not,
            now=clock.now,
            sleep=clock.sleep,
            on_change=lambda row: self.seen.append(row.status),
            is_told=True,
        )

    async def _arrived_not(self, row: AlertRow, progress: Progress, *, retryable: bool) -> None:
        self.arrived_not.append((progress.error, retryable))

    async def sent(self) -> tuple[AlertRow, AlertRow]:
        """A row that is being handed over, and as it is once that is known."""
        alert = await self.store.add(self.clock.now())
        pending = (await self.store.rows())[alert]
        sending = pending._replace(status="sending", provider="twilio", attempts=1)
        assert await self.outbox.move(pending, sending)
        return sending, sending._replace(
            status="accepted", provider_id="id-1", accepted_at=self.clock.now()
        )

    async def accepted(self) -> AlertRow:
        sending, accepted = await self.sent()
        assert await self.outbox.move(sending, accepted)
        self.follower.seen(accepted)
        return accepted

    async def status(self) -> str:
        [row] = (await self.store.rows()).values()
        return row.status


@pytest.fixture
async def told(tmp_path: Path) -> AsyncIterator[Told]:
    clock = Clock()
    store = await Store.open(tmp_path / "doorwatch.db", clock)
    yield Told(store, clock)
    await store.close()


def progress(status: Status, error: str | None = None) -> Progress:
    return Progress("id-1", status, error, None)


@pytest.mark.parametrize("end", [S.DELIVERED, S.ANSWERED, S.BUSY, S.NO_ANSWER, S.MACHINE])
@pytest.mark.parametrize("order", list(permutations(range(3))))
@pytest.mark.parametrize("at_once", [False, True])
async def test_whatever_the_order_the_end_stands(
    told: Told, order: tuple[int, ...], end: Status, at_once: bool
) -> None:
    await told.accepted()
    said = [(S.ACCEPTED, S.SENT, end)[place] for place in order] * 2
    if at_once:
        await asyncio.gather(*(told.follower.told(progress(status)) for status in said))
    else:
        for status in said:
            await told.follower.told(progress(status))
    assert await told.status() == end.value
    assert told.seen in ([end.value], ["sent", end.value])
    assert AlertStatus(end.value) in FOLLOWERS[AlertStatus.SENT]


async def test_what_is_told_before_we_know_that_it_was_taken_counts(told: Told) -> None:
    sending, accepted = await told.sent()
    for status in (S.SENT, S.DELIVERED, S.SENT):
        await told.follower.told(progress(status))
    assert await told.status() == "sending"
    assert await told.outbox.move(sending, accepted)
    told.follower.seen(accepted)
    await told.clock.until(lambda: told.seen[-1:] == ["delivered"])
    assert await told.status() == "delivered"


async def test_a_text_that_did_not_arrive_is_dealt_with_once(told: Told) -> None:
    await told.accepted()
    for _ in range(2):
        await told.follower.told(progress(S.FAILED, "unreachable 30003"))
    assert told.arrived_not[0] == ("unreachable 30003", True)


@pytest.mark.parametrize(("others", "status"), [(1, "delivered"), (TOLD_EARLY, "accepted")])
async def test_what_nobody_knows_is_forgotten_after_many_others(
    told: Told, others: int, status: str
) -> None:
    await told.follower.told(progress(S.DELIVERED))
    for number in range(others):
        await told.follower.told(Progress(f"x-{number}", S.DELIVERED, None, None))
    await told.accepted()
    await told.clock.pass_by(1)
    assert await told.status() == status  # in the end it is found by asking


async def test_the_provider_is_asked_a_minute_later_for_what_it_failed_to_tell(told: Told) -> None:
    await told.accepted()
    told.twin.statuses["id-1"] = [progress(S.DELIVERED)]
    task = asyncio.create_task(told.follower.run())
    try:
        await told.clock.pass_by(30)
        assert told.twin.fetches == 0
        await told.clock.until(lambda: told.seen == ["delivered"], limit_s=90)
        assert told.clock.now() - START >= 60 * SECOND
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
