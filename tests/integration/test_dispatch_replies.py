"""Replies are found by asking, acted on, and answered once."""

import asyncio
from collections.abc import AsyncIterator
from itertools import pairwise
from pathlib import Path

import pytest

from gateway.alerts.commands import Acknowledge, Command, Unknown
from gateway.alerts.provider import Reply
from gateway.alerts.replies import QUIET_S, ReplyReader
from tests.support.outbox import PHONE, RETRYABLE, START, Clock, Store, Twin

STRANGER = "+8613900000009"


class Inbox:
    def __init__(self, store: Store, clock: Clock) -> None:
        self.store, self.clock = store, clock
        self.twin = Twin(clock)
        self.heard: list[tuple[str, Command, int]] = []
        self.ignored = self.answered = 0
        self.open = True
        self.anything = True
        self.answer: str | None = "【门磁】4071已记您处理。"
        self.trouble: list[Exception] = []
        self.reader = self.new_reader()

    def new_reader(self) -> ReplyReader:
        return ReplyReader(
            self.store.write,
            [self.twin],
            {PHONE: "P1"}.get,
            self._on_reply,
            now=self.clock.now,
            active=lambda: self.open,
            wanted=lambda: self.anything,
            sleep=self.clock.sleep,
            random=lambda: 1.0,
            answered=self._answered,
            ignored=self._ignored,
        )

    async def _on_reply(self, reply: Reply, command: Command) -> str | None:
        if self.trouble:
            raise self.trouble.pop()
        self.heard.append((reply.sender, command, reply.at))
        return self.answer

    def _answered(self) -> None:
        self.answered += 1

    def _ignored(self) -> None:
        self.ignored += 1

    def comes(self, text: str, *, sender: str = PHONE, at: int = START) -> None:
        name = f"SM{len(self.twin.inbox)}"
        self.twin.inbox.append(Reply(name, sender, text, at))

    async def answers(self) -> list[tuple[str, str, int | None]]:
        rows = (await self.store.rows()).values()
        return [(row.phone, row.text, row.incident_id) for row in rows]


@pytest.fixture
async def inbox(tmp_path: Path) -> AsyncIterator[Inbox]:
    clock = Clock()
    store = await Store.open(tmp_path / "doorwatch.db", clock)
    yield Inbox(store, clock)
    await store.close()


async def test_a_reply_is_acted_on_and_answered_once(inbox: Inbox) -> None:
    inbox.comes("1 4071")
    assert [await inbox.reader.poll() for _ in range(3)] == [1, 0, 0]
    assert inbox.heard == [(PHONE, Acknowledge("4071"), START)]
    assert await inbox.answers() == [(PHONE, inbox.answer, None)]
    assert inbox.answered == 1


async def test_what_is_brought_and_what_is_found_is_acted_on_once(inbox: Inbox) -> None:
    inbox.comes("1 4071")
    [reply] = inbox.twin.inbox
    twice = (inbox.reader.take(reply), inbox.reader.poll(), inbox.reader.take(reply))
    await asyncio.gather(*twice)
    assert await inbox.new_reader().poll() == 0
    assert inbox.heard == [(PHONE, Acknowledge("4071"), START)]
    assert await inbox.answers() == [(PHONE, inbox.answer, None)]


async def test_a_clock_that_was_ahead_hides_no_later_reply(inbox: Inbox) -> None:
    await inbox.reader.take(Reply("SM8", PHONE, "1 4071", START + 86_400_000))
    inbox.comes("1 4523", at=START - 1_000)
    assert await inbox.new_reader().poll() == 1


async def test_a_clock_that_is_behind_hides_no_later_reply(inbox: Inbox) -> None:
    ahead = 3_600_000  # so much shows the provider's more; it is asked by its own

    async def replies(since: int) -> list[Reply]:
        return [reply for reply in inbox.twin.inbox if reply.at >= since + ahead]

    inbox.twin.replies = replies  # type: ignore[method-assign]
    inbox.comes("1 4071", at=START + ahead)
    assert await inbox.reader.poll() == 1
    inbox.comes("1 4523", at=START + ahead + 60_000)
    inbox.clock.at += 61_000
    assert await inbox.reader.poll() == 1


async def test_a_stranger_who_is_brought_is_counted_and_never_answered(inbox: Inbox) -> None:
    stranger = Reply("SM9", STRANGER, "1 4071", START)
    await inbox.reader.take(stranger)
    await inbox.reader.take(stranger)
    assert (inbox.heard, inbox.ignored, await inbox.answers()) == ([], 1, [])


async def test_a_restart_does_not_act_again(inbox: Inbox) -> None:
    inbox.comes("1")
    await inbox.reader.poll()
    inbox.comes("谢谢", at=START + 60_000)
    assert await inbox.new_reader().poll() == 1
    assert [command for _, command, _ in inbox.heard] == [Acknowledge(None), Unknown()]


async def test_what_came_while_we_were_down_is_found(inbox: Inbox) -> None:
    inbox.comes("1 4071")
    await inbox.reader.poll()
    inbox.comes("1 4523", at=START + 1_000)
    inbox.clock.at += 6 * 3_600_000
    assert await inbox.new_reader().poll() == 1


async def test_strangers_are_counted_and_never_answered(inbox: Inbox) -> None:
    inbox.comes("1 4071", sender=STRANGER)
    await inbox.reader.poll()
    await inbox.reader.poll()
    assert (inbox.heard, inbox.ignored, await inbox.answers()) == ([], 1, [])


async def test_no_answer_when_there_is_nothing_to_say(inbox: Inbox) -> None:
    inbox.answer = None
    inbox.comes("1")
    await inbox.reader.poll()
    assert (len(inbox.heard), await inbox.answers(), inbox.answered) == (1, [], 0)


async def test_a_crash_before_it_is_noted_repeats_the_acting_and_answers_once(
    inbox: Inbox,
) -> None:
    inbox.comes("1 4071")
    write = inbox.store.write
    writes = 0

    async def failing(work: object) -> object:
        nonlocal writes
        writes += 1
        if writes == 3:  # newest, unseen, and then the note
            raise OSError("disk full")
        return await write(work)  # type: ignore[arg-type]

    inbox.store.write = failing  # type: ignore[method-assign, assignment]
    reader = inbox.new_reader()
    with pytest.raises(OSError, match="disk full"):
        await reader.poll()
    assert await reader.poll() == 1
    assert len(inbox.heard) == 2
    assert len(await inbox.answers()) == 1


async def test_one_that_cannot_be_acted_on_does_not_hold_up_the_next(inbox: Inbox) -> None:
    inbox.comes("1 4071")
    inbox.comes("1 4523", at=START + 1_000)
    inbox.trouble = [RuntimeError("broken")]
    with pytest.raises(RuntimeError):
        await inbox.reader.poll()
    await inbox.reader.poll()
    codes = [command for _, command, _ in inbox.heard]
    assert codes == [Acknowledge("4523"), Acknowledge("4071")]


async def test_it_asks_often_while_somebody_may_answer_and_backs_off(
    inbox: Inbox, caplog: pytest.LogCaptureFixture
) -> None:
    inbox.open = False
    asked: list[int] = []
    replies = inbox.twin.replies
    failing: list[Exception] = []

    async def counted(since: int) -> list[Reply]:
        asked.append(inbox.clock.now())
        if failing:
            raise failing.pop()
        return await replies(since)

    inbox.twin.replies = counted  # type: ignore[method-assign]
    task = asyncio.create_task(inbox.reader.run())
    try:
        await inbox.clock.pass_by(QUIET_S + 60)
        assert [at - START for at in asked] == [0, QUIET_S * 1000]
        asked.clear()
        failing += [RETRYABLE] * 6
        inbox.open = True
        inbox.reader.wake()
        inbox.comes("1", at=inbox.clock.now())
        await inbox.clock.until(lambda: len(inbox.heard) == 1, limit_s=300)
        gaps = [(b - a) / 1000 for a, b in pairwise(asked)]
        assert gaps == [5, 5, 8, 16, 32, 60]
        said = [one for one in caplog.messages if one.startswith("replies cannot be read")]
        assert len(said) == 1  # not six times: an outage may last for hours
        await inbox.clock.pass_by(20)
        assert len(asked) == 11
        inbox.open = False
        inbox.comes("0 4071 7", at=inbox.clock.now())
        await inbox.clock.pass_by(2 * QUIET_S)
        assert len(asked) == 11 + 2
        assert len(inbox.heard) == 2  # what it was, said when nobody waited for it any more
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_nobody_is_asked_while_no_reply_could_mean_anything(inbox: Inbox) -> None:
    inbox.open = inbox.anything = False
    inbox.comes("1")
    task = asyncio.create_task(inbox.reader.run())
    try:
        await inbox.clock.pass_by(3 * QUIET_S)
        assert inbox.heard == []
        inbox.open = inbox.anything = True
        inbox.reader.wake()
        await inbox.clock.until(lambda: len(inbox.heard) == 1, limit_s=10)
    finally:
        task.cancel()
