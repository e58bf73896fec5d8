"""The table of an alert's life, and that nothing leaves it."""

import asyncio
from pathlib import Path

import pytest

from gateway.alerts.outbox import Outbox, advanced, check_step
from gateway.alerts.provider import Progress, Status
from gateway.alerts.status import ENDS, FOLLOWERS, AlertStatus
from gateway.store.alerts import AlertRow
from tests.support.outbox import PHONE, START, TEXT, Clock, Store

S = AlertStatus
ROW = AlertRow(
    id=1,
    incident_id=1,
    person_id="P1",
    phone=PHONE,
    kind="sms",
    step=0,
    text=TEXT,
    status="pending",
    provider=None,
    provider_id=None,
    attempts=0,
    created_at=START,
    reading_at=None,
    next_at=START,
    sending_at=None,
    accepted_at=None,
    delivered_at=None,
    error=None,
)


def test_every_status_is_in_the_table_and_the_ends_are_the_promised_ones() -> None:
    assert set(FOLLOWERS) == set(S)
    assert {S.DELIVERED, S.ANSWERED, S.NO_ANSWER, S.BUSY, S.MACHINE} < ENDS
    assert {S.FAILED, S.STALE, S.CANCELLED} < ENDS
    assert len(ENDS) == 8


def test_every_alert_can_come_to_an_end_and_nothing_is_sent_unclaimed() -> None:
    reached = {S.PENDING}
    while more := {after for status in reached for after in FOLLOWERS[status]} - reached:
        reached |= more
    assert reached == set(S)
    assert {s for s in S if S.SENDING in FOLLOWERS[s]} == {S.PENDING}
    assert {s for s in S if S.ACCEPTED in FOLLOWERS[s]} == {S.SENDING}
    # What may be at a provider is never called overtaken.
    assert {s for s in S if S.STALE in FOLLOWERS[s]} == {S.PENDING, S.HELD}


@pytest.mark.parametrize("old", list(S))
@pytest.mark.parametrize("new", list(S))
def test_a_step_outside_the_table_is_an_error(old: S, new: S) -> None:
    before, after = ROW._replace(status=old.value), ROW._replace(status=new.value)
    if old is new or new in FOLLOWERS[old]:
        check_step(before, after)
    else:
        with pytest.raises(ValueError, match=f"cannot become {new}"):
            check_step(before, after)


@pytest.mark.parametrize("status", [s for s in S if s is not S.SENDING])
def test_accepted_said_late_takes_nothing_back(status: S) -> None:
    row = ROW._replace(status=status.value)
    assert advanced(row, Progress("x", Status.ACCEPTED, None, None), START) is None


def test_the_words_of_providers_are_words_of_alerts() -> None:
    assert {status.value for status in Status} <= {status.value for status in S}


async def test_a_move_is_made_only_from_the_expected_status(tmp_path: Path) -> None:
    store = await Store.open(tmp_path / "doorwatch.db", Clock())
    try:
        outbox = Outbox(store.write)
        alert = await store.add(START)
        row = (await store.rows())[alert]
        sending = row._replace(status="sending")
        assert await outbox.move(row, sending)
        assert not await outbox.move(row, row._replace(status="cancelled"))
        assert (await store.rows())[alert].status == "sending"
    finally:
        await store.close()


async def test_moves_that_wait_together_are_one_commit(tmp_path: Path) -> None:
    store = await Store.open(tmp_path / "doorwatch.db", Clock())
    commits = 0
    write = store.write

    async def counted(work: object) -> object:
        nonlocal commits
        commits += 1
        return await write(work)  # type: ignore[arg-type]

    try:
        outbox = Outbox(counted)  # type: ignore[arg-type]
        for _ in range(50):
            await store.add(START)
        rows = (await store.rows()).values()
        moved = await asyncio.gather(
            *(outbox.move(row, row._replace(status="sending")) for row in rows)
        )
        assert (moved, commits) == ([True] * 50, 1)
    finally:
        await store.close()
