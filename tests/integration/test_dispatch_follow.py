"""An accepted alert is followed to its end, and its status never goes backwards."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from gateway.alerts.follow import FOLLOWED, NO_RECEIPT, Follower
from gateway.alerts.outbox import Outbox
from gateway.alerts.provider import Progress, Status
from gateway.alerts.status import AlertStatus
from gateway.store.alerts import AlertRow
from rules.moment import SECOND
from tests.support.outbox import RETRYABLE, START, Clock, Store, Twin


class Following:
    def __init__(self, store: Store, clock: Clock) -> None:
        self.store, self.clock = store, clock
        self.twin = Twin(clock)
        self.seen: list[str] = []
        self.arrived_not: list[tuple[int, str | None, bool]] = []
        self.latencies: list[tuple[str, float]] = []
        self.outbox = Outbox(store.write)
        self.follower = Follower(
            self.outbox,
            lambda name: self.twin if name == "twilio" else None,
            self._arrived_not,
            now=clock.now,
            sleep=clock.sleep,
            observer=self,
            on_change=lambda row: self.seen.append(row.status),
        )
        self.task: asyncio.Task[None] | None = None

    async def _arrived_not(self, row: AlertRow, progress: Progress, *, retryable: bool) -> None:
        self.arrived_not.append((row.id, progress.error, retryable))

    def transition(self, kind: str, provider: str, status: str) -> None:
        pass

    def provider_up(self, name: str, up: bool) -> None:
        pass

    def latency(self, stage: str, seconds: float) -> None:
        self.latencies.append((stage, seconds))

    def held(self, why: str) -> None:
        pass

    async def accepted(self, **values: Any) -> AlertRow:
        """A row as the dispatcher leaves it."""
        alert = await self.store.add(self.clock.now(), **values)
        pending = (await self.store.rows())[alert]
        sending = pending._replace(status="sending", provider="twilio", attempts=1)
        accepted = sending._replace(
            status="accepted", provider_id="id-1", accepted_at=self.clock.now()
        )
        assert await self.outbox.move(pending, sending)
        assert await self.outbox.move(sending, accepted)
        return accepted

    def says(self, *statuses: Status, error: str | None = None, at: int | None = None) -> None:
        self.twin.statuses["id-1"] = [Progress("id-1", status, error, at) for status in statuses]

    def run(self) -> None:
        self.task = asyncio.create_task(self.follower.run())

    async def row(self, alert: int) -> AlertRow:
        return (await self.store.rows())[alert]


@pytest.fixture
async def following(tmp_path: Path) -> AsyncIterator[Following]:
    clock = Clock()
    store = await Store.open(tmp_path / "doorwatch.db", clock)
    following = Following(store, clock)
    yield following
    if following.task is not None:
        following.task.cancel()
        await asyncio.gather(following.task, return_exceptions=True)
    await store.close()


S = Status


@pytest.mark.parametrize(
    ("said", "steps"),
    [
        ((S.SENT, S.DELIVERED), ["sent", "delivered"]),
        ((S.DELIVERED,), ["delivered"]),
        ((S.ACCEPTED, S.ACCEPTED, S.SENT, S.ACCEPTED, S.DELIVERED), ["sent", "delivered"]),
        ((S.SENT, S.ANSWERED), ["sent", "answered"]),
        ((S.SENT, S.NO_ANSWER), ["sent", "no_answer"]),
        ((S.BUSY,), ["busy"]),
        ((S.MACHINE,), ["machine"]),
    ],
)
async def test_each_step_is_taken_once_and_none_backwards(
    following: Following, said: tuple[Status, ...], steps: list[str]
) -> None:
    row = await following.accepted()
    following.says(*said)
    following.follower.seen(row)
    following.run()
    await following.clock.until(lambda: following.seen == steps, limit_s=120)
    asked = following.twin.fetches
    await following.clock.pass_by(3600)
    assert following.seen == steps
    assert following.twin.fetches == asked  # at its end nobody asks any more
    assert (await following.row(row.id)).status == steps[-1]


async def test_when_it_arrived_is_the_networks_word_within_our_bounds(
    following: Following,
) -> None:
    row = await following.accepted(reading_at=START - 1_500)
    following.says(S.DELIVERED, at=START + 1_000)
    following.run()
    following.follower.seen(row)
    await following.clock.until(lambda: following.seen == ["delivered"])
    assert (await following.row(row.id)).delivered_at == START + 1_000
    assert following.latencies == [("delivered", 2.5)]


@pytest.mark.parametrize(
    ("error", "attempts", "retryable"),
    [
        ("unreachable 30003", 1, True),
        ("queue_full 30001", 1, True),
        ("unknown_number 30005", 1, False),
        ("blocked 30007", 1, False),
        ("carrier 30008", 1, False),  # it may have arrived
        ("unreachable 30003", 3, False),  # carriers fine the same text again and again
        (None, 1, False),
    ],
)
async def test_a_failure_is_told_with_whether_another_try_may_help(
    following: Following, error: str | None, attempts: int, retryable: bool
) -> None:
    row = await following.accepted()
    following.says(S.FAILED, error=error)
    following.run()
    following.follower.seen(row._replace(attempts=attempts))
    await following.clock.until(lambda: bool(following.arrived_not), limit_s=10)
    assert following.arrived_not == [(row.id, error, retryable)]


async def test_what_was_on_its_way_before_a_restart_is_followed(following: Following) -> None:
    row = await following.accepted()
    following.says(S.DELIVERED)
    following.run()
    await following.clock.until(lambda: following.seen == ["delivered"], limit_s=0)
    assert (await following.row(row.id)).status == "delivered"


async def test_questions_come_quickly_first_and_seldom_later(following: Following) -> None:
    following.says(S.SENT)
    following.follower.seen(await following.accepted())
    following.run()
    counts = []
    for seconds in (20, 600, 3600, 20 * 3600):
        before = following.twin.fetches
        await following.clock.pass_by(seconds)
        counts.append(following.twin.fetches - before)
    assert 4 <= counts[0] <= 8
    assert 8 <= counts[1] <= 20
    assert 50 <= counts[2] <= 62
    assert 100 <= counts[3] <= 130


async def test_a_receipt_that_never_comes_is_said_and_no_longer_asked_for(
    following: Following,
) -> None:
    row = await following.accepted()
    following.says(S.SENT)
    following.follower.seen(row)
    following.run()
    await following.clock.pass_by(FOLLOWED / SECOND + 700)
    asked = following.twin.fetches
    await following.clock.pass_by(7_200)
    row = await following.row(row.id)
    assert (row.status, row.error) == ("sent", NO_RECEIPT)
    assert following.twin.fetches == asked


async def test_a_refused_write_or_a_silent_provider_only_delays(following: Following) -> None:
    row = await following.accepted()
    following.says(S.DELIVERED)
    following.follower.seen(row)
    following.run()
    await following.clock.until(lambda: True)
    following.store.refusals = 2
    await following.clock.until(lambda: following.seen == ["delivered"], limit_s=60)
    assert (await following.row(row.id)).status == "delivered"


async def test_a_status_somebody_else_wrote_stands(following: Following) -> None:
    row = await following.accepted()
    delivered = row._replace(status=AlertStatus.DELIVERED.value)
    following.says(S.SENT)
    following.follower.seen(row)
    assert await following.outbox.move(row, delivered)
    following.run()
    await following.clock.pass_by(600)
    assert (await following.row(row.id)).status == "delivered"
    assert following.twin.fetches == 1
    assert following.seen == []


async def test_a_provider_that_cannot_be_asked_is_asked_later(following: Following) -> None:
    row = await following.accepted()
    following.says(S.DELIVERED)
    failing = [RETRYABLE, RETRYABLE]
    fetch = following.twin.fetch

    async def sometimes(channel: Any, provider_id: str) -> Progress:
        if failing:
            raise failing.pop()
        return await fetch(channel, provider_id)

    following.twin.fetch = sometimes  # type: ignore[method-assign]
    following.follower.seen(row)
    following.run()
    await following.clock.until(lambda: following.seen == ["delivered"], limit_s=60)


async def test_a_burst_is_asked_for_a_few_at_a_time_the_longest_waiting_first(
    following: Following,
) -> None:
    """Sending goes first: following many must not take the provider's lines from it."""
    rows = [await following.accepted() for _ in range(30)]
    asked: list[str] = []
    running = most = 0
    gate = asyncio.Event()

    async def fetch(channel: object, provider_id: str) -> Progress:
        nonlocal running, most
        running, most = running + 1, max(most, running + 1)
        asked.append(provider_id)
        await gate.wait()
        running -= 1
        return Progress(provider_id, S.DELIVERED, None, None)

    following.twin.fetch = fetch  # type: ignore[method-assign]
    following.run()
    for number, row in enumerate(rows):
        following.follower.seen(row._replace(provider_id=f"id-{number}"))
    await following.clock.until(lambda: running > 0, limit_s=10)
    await following.clock.pass_by(60)
    assert most == 4
    gate.set()
    await following.clock.until(lambda: len(following.seen) == 30, limit_s=60)
    assert most == 4
    assert asked == [f"id-{number}" for number in range(30)]
