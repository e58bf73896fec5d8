"""The order of ways: who fails hands on, and the news of a failing goes by another."""

import asyncio
from collections.abc import AsyncIterator, Callable, Collection, Sequence
from pathlib import Path
from typing import Any

import pytest

from gateway.alerts.dispatch import Dispatcher
from gateway.alerts.errors import ProviderError
from gateway.alerts.follow import Follower
from gateway.alerts.outbox import Outbox
from gateway.alerts.provider import Progress, Promises, Status
from gateway.store.alerts import AlertRow
from rules.moment import MINUTE, SECOND
from tests.support.outbox import FINAL, RETRYABLE, TEXT, UNCERTAIN, Clock, Store, Twin

WAYS = ("modem", "twilio", "spare")


class Ways:
    """Three providers in a row, and what was committed."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self.store, self.clock = store, clock
        self.twins = [Twin(clock, name) for name in WAYS]
        self.avoid: Collection[str] = ()
        self.rewords: set[str] = set()  # providers at which the words do not hold
        self.seen: list[AlertRow] = []
        self.restart()

    def restart(self) -> None:
        """Another dispatcher, which knows what is on the disk."""
        self.dispatcher = Dispatcher(
            Outbox(self.store.write),
            lambda channel, phone: self.twins,
            lambda incident, row: True,
            now=self.clock.now,
            sleep=self.clock.sleep,
            random=lambda: 1.0,
            on_change=self.seen.append,
            avoided=lambda row: self.avoid,
            reword=lambda row, now: f"{row.text} by {row.provider}",
            rewords=lambda row, name: name in self.rewords,
        )

    async def sent(self, *scripts: Sequence[Exception | None], **values: Any) -> AlertRow:
        """One alert, until it is accepted or at its end. ``scripts``: what each provider does."""
        for twin, script in zip(self.twins, scripts, strict=False):
            twin.script = list(script)
        alert = await self.store.add(self.clock.now(), **values)
        await self.run_until(lambda: any(row.status in ENDED for row in self.seen))
        return (await self.store.rows())[alert]

    async def run_until(self, done: Callable[[], bool]) -> None:
        """Let the dispatcher work, and time pass."""
        running = asyncio.create_task(self.dispatcher.run())
        self.dispatcher.wake()
        await self.clock.until(done)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)

    def taken(self) -> dict[str, list[str]]:
        """What each has taken, of those that took anything."""
        return {
            twin.name: [message.outgoing.text for message in twin.messages]
            for twin in self.twins
            if twin.messages
        }


ENDED = ("accepted", "failed")


@pytest.fixture
async def ways(tmp_path: Path) -> AsyncIterator[Ways]:
    clock = Clock()
    store = await Store.open(tmp_path / "doorwatch.db", clock)
    yield Ways(store, clock)
    await store.close()


DOWN: list[ProviderError] = [RETRYABLE] * 9


@pytest.mark.parametrize(
    ("scripts", "by", "attempts"),
    [
        (([], [], []), "modem", 1),
        (([RETRYABLE], [], []), "twilio", 2),
        (([FINAL], [], []), "twilio", 2),
        (([RETRYABLE], [FINAL], []), "spare", 3),
        ((DOWN, DOWN, []), "spare", 3),
        (([RETRYABLE], [RETRYABLE], [RETRYABLE]), "modem", 4),  # from the first again
        (([FINAL], [RETRYABLE], [FINAL]), "twilio", 4),  # and past who refused for good
    ],
)
async def test_the_first_in_order_that_takes_it(
    ways: Ways, scripts: Sequence[Sequence[Exception | None]], by: str, attempts: int
) -> None:
    row = await ways.sent(*scripts)
    assert (row.status, row.provider, row.attempts) == ("accepted", by, attempts)
    assert ways.taken() == {by: [TEXT]}


async def test_handing_on_takes_no_time_and_only_the_whole_round_waits(ways: Ways) -> None:
    start = ways.clock.now()
    row = await ways.sent([RETRYABLE], [RETRYABLE], [])
    assert row.accepted_at == start


async def test_refused_for_good_by_all_is_failed(ways: Ways) -> None:
    row = await ways.sent([FINAL], [FINAL], [FINAL])
    assert (row.status, row.error, ways.taken()) == ("failed", "bad_number 21211", {})


async def test_who_may_have_taken_it_is_asked_before_another_is_used(ways: Ways) -> None:
    row = await ways.sent([UNCERTAIN], [], [])
    assert (row.status, row.provider) == ("accepted", "modem")
    assert ways.taken() == {"modem": [TEXT]}


async def test_who_promises_no_list_is_tried_again_for_a_text_twice_harms_less_than_none(
    ways: Ways,
) -> None:
    first = ways.twins[0]
    first.promises = Promises(receipts=False, once=False)
    first.hidden_finds = 9  # it never finds anything
    row = await ways.sent([UNCERTAIN], [], [])
    assert (row.status, row.provider) == ("accepted", "twilio")
    assert ways.taken() == {"modem": [TEXT], "twilio": [TEXT]}


@pytest.mark.parametrize("others", [RETRYABLE, FINAL], ids=["fail", "refuse"])
@pytest.mark.parametrize("unasked", [7, 30], ids=["minutes", "longer"])
async def test_who_may_have_taken_it_and_cannot_say_never_gets_it_again_unasked(
    ways: Ways, others: ProviderError, unasked: int
) -> None:
    """Its list is down for longer than we wait, and nobody else takes it."""
    ways.twins[0].find_script = [RETRYABLE] * unasked
    row = await ways.sent([UNCERTAIN], [others] * 40, [others] * 40)
    assert (row.status, row.provider) == ("accepted", "modem")
    assert ways.taken() == {"modem": [TEXT]}


async def test_that_it_may_have_it_is_known_after_a_restart_too(ways: Ways) -> None:
    ways.twins[0].find_script = [RETRYABLE] * 7
    ways.twins[0].script = [UNCERTAIN]
    ways.twins[1].script = ways.twins[2].script = [FINAL, FINAL]
    await ways.store.add(ways.clock.now())
    await ways.run_until(lambda: ways.twins[1].script == [FINAL])
    ways.restart()
    await ways.run_until(lambda: any(row.status in ENDED for row in ways.seen))
    assert ways.taken() == {"modem": [TEXT]}


async def test_who_is_down_alone_among_those_that_refused_is_not_hammered(ways: Ways) -> None:
    start = ways.clock.now()
    row = await ways.sent([RETRYABLE] * 4, [FINAL], [FINAL])
    assert (row.provider, row.attempts) == ("modem", 7)
    assert ways.clock.now() - start > 10 * SECOND


@pytest.mark.parametrize(
    ("avoid", "by"),
    [((), "modem"), (("modem",), "twilio"), (("modem", "twilio"), "spare"), (WAYS, None)],
)
async def test_an_alert_never_goes_by_a_provider_that_it_must_avoid(
    ways: Ways, avoid: Collection[str], by: str | None
) -> None:
    ways.avoid = avoid
    row = await ways.sent([], [], [])
    assert ways.taken() == ({by: [TEXT]} if by else {})
    assert row.status == ("accepted" if by else "failed")
    if by is None:
        assert row.error == "no_route"


async def test_not_even_when_all_others_fail(ways: Ways) -> None:
    ways.avoid = ("twilio",)
    row = await ways.sent([RETRYABLE], [], [FINAL])
    assert (row.provider, row.attempts) == ("modem", 3)
    assert "twilio" not in ways.taken()


async def test_words_that_hold_only_by_the_first_are_said_anew_by_the_next(ways: Ways) -> None:
    ways.rewords = {"twilio"}
    await ways.sent([RETRYABLE], [], [])
    assert ways.taken() == {"twilio": [f"{TEXT} by twilio"]}


async def test_words_that_somebody_may_have_read_are_not_changed(ways: Ways) -> None:
    """The modem may have it: another's list is asked for the same words."""
    ways.rewords = {"twilio"}
    first = ways.twins[0]
    first.hidden_finds = 9
    await ways.sent([UNCERTAIN], [], [])
    assert ways.taken() == {"modem": [TEXT], "twilio": [TEXT]}


async def test_who_says_no_more_is_asked_no_more(ways: Ways) -> None:
    """Chat: what it has taken is ``sent``, before a restart and after."""
    twin, clock = ways.twins[0], ways.clock
    twin.promises = Promises(receipts=False, once=False)
    twin.statuses["modem-0"] = [Progress("modem-0", Status.SENT, None, None)]
    row = await ways.sent([], [], [])
    outbox = Outbox(ways.store.write)
    sent = row._replace(status="sent")
    assert await outbox.move(row, sent)

    async def arrived_not(row: AlertRow, progress: Progress, *, retryable: bool) -> None:
        raise AssertionError("nobody said so")

    follower = Follower(outbox, lambda name: twin, arrived_not, now=clock.now, sleep=clock.sleep)
    follower.seen(sent)
    running = asyncio.create_task(follower.run())
    await clock.pass_by(10 * MINUTE / 1000)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert twin.fetches == 0
