"""The outbox, sent: every alert exactly once, none dropped, on a real database."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from gateway.alerts.apart import APART
from gateway.alerts.delivery import PATIENCE
from gateway.alerts.dispatch import GIVE_UP, Dispatcher
from gateway.alerts.errors import ProviderError
from gateway.alerts.errors import Reason as Fault
from gateway.alerts.leaving import SEND_DEADLINE
from gateway.alerts.outbox import Outbox
from gateway.alerts.provider import Progress, Status
from gateway.store.alerts import AlertRow
from rules.moment import DAY, MINUTE, SECOND
from tests.support.outbox import FINAL, PHONE, RETRYABLE, TEXT, UNCERTAIN, Clock, Store, Twin


class House:
    """One gateway's alert path; ``restart`` is a crash and a new process on the same file."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.clock = Clock()
        self.twilio = Twin(self.clock)
        self.route: list[Twin] = [self.twilio]
        self.wanted: Callable[[int, AlertRow], bool] = lambda incident, row: True
        self.seen: list[tuple[int, str]] = []
        self.options: dict[str, Any] = {}
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        self.store = await Store.open(self.path, self.clock)
        self.dispatcher = Dispatcher(
            Outbox(self.store.write),
            lambda channel, phone: self.route,
            self.still_wanted,
            now=self.clock.now,
            sleep=self.clock.sleep,
            random=lambda: 1.0,
            on_change=lambda row: self.seen.append((row.id, row.status)),
            **self.options,
        )

    def still_wanted(self, incident: int, row: AlertRow) -> bool:
        return self.wanted(incident, row)

    def run(self) -> None:
        self._task = asyncio.create_task(self.dispatcher.run())

    async def crash(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        await self.store.close()

    async def restart(self) -> None:
        await self.crash()
        await self.start()
        self.run()

    async def add(self, **values: Any) -> int:
        alert_id = await self.store.add(self.clock.now(), **values)
        self.dispatcher.wake()
        return alert_id

    async def until(self, alert_id: int, *statuses: str, limit_s: float = 3600.0) -> AlertRow:
        await self.clock.until(
            lambda: any(seen == (alert_id, status) for seen in self.seen for status in statuses),
            limit_s=limit_s,
        )
        return (await self.store.rows())[alert_id]

    def history(self, alert_id: int) -> list[str]:
        return [status for seen, status in self.seen if seen == alert_id]


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    house = House(tmp_path / "doorwatch.db")
    await house.start()
    yield house
    await house.crash()


async def test_a_committed_alert_is_claimed_sent_and_recorded(house: House) -> None:
    house.run()
    alert = await house.add()
    row = await house.until(alert, "accepted")
    assert house.history(alert) == ["sending", "accepted"]
    assert (row.provider, row.provider_id, row.attempts) == ("twilio", "twilio-0", 1)
    assert row.sending_at == row.accepted_at == house.clock.now()
    assert [m.outgoing.text for m in house.twilio.messages] == [TEXT]


async def test_the_claim_is_durable_before_the_provider_hears_of_it(house: House) -> None:
    at_the_provider: list[str] = []
    house.twilio.gate = asyncio.Event()
    house.run()
    alert = await house.add()
    await house.clock.until(lambda: house.twilio.running == 1)
    at_the_provider.append((await house.store.rows())[alert].status)
    house.twilio.gate.set()
    await house.until(alert, "accepted")
    assert at_the_provider == ["sending"]


@pytest.mark.parametrize("hidden", [0, 1, 2])
async def test_killed_between_send_and_record_it_is_found_and_not_sent_again(
    house: House, hidden: int
) -> None:
    def die() -> None:
        house.store.dead = True

    house.twilio.on_taken = die
    house.run()
    alert = await house.add()
    await house.clock.until(lambda: len(house.twilio.messages) == 1)
    await house.clock.pass_by(1)
    house.twilio.on_taken = lambda: None
    house.twilio.hidden_finds = hidden
    await house.restart()
    row = await house.until(alert, "accepted", limit_s=60)
    assert row.provider_id == "twilio-0"
    assert len(house.twilio.messages) == 1


async def test_killed_between_claim_and_send_it_is_sent_once(house: House) -> None:
    house.twilio.gate = asyncio.Event()
    house.run()
    alert = await house.add()
    await house.clock.until(lambda: house.twilio.running == 1)
    house.twilio.gate = None
    await house.restart()
    row = await house.until(alert, "accepted", limit_s=60)
    assert len(house.twilio.messages) == 1
    assert (row.attempts, house.twilio.finds) == (2, 4)  # once more right before it goes


async def test_after_a_long_down_time_one_look_is_enough(house: House) -> None:
    house.twilio.gate = asyncio.Event()
    house.run()
    alert = await house.add()
    await house.clock.until(lambda: house.twilio.running == 1)
    house.twilio.gate = None
    house.clock.at += 5 * MINUTE
    await house.restart()
    await house.until(alert, "accepted", limit_s=1)
    assert (len(house.twilio.messages), house.twilio.finds) == (1, 1)


async def test_a_record_the_disk_refuses_is_made_later_without_a_second_text(
    house: House,
) -> None:
    def refuse() -> None:
        house.store.refusals = 3

    house.twilio.on_taken = refuse
    house.run()
    alert = await house.add()
    row = await house.until(alert, "accepted", limit_s=60)
    assert row.provider_id == "twilio-0"
    assert len(house.twilio.messages) == 1


async def test_a_claim_the_disk_refuses_is_made_later(house: House) -> None:
    house.store.refusals = 3
    house.run()
    alert = await house.add()
    await house.until(alert, "accepted", limit_s=60)
    assert len(house.twilio.messages) == 1


@pytest.mark.parametrize("taken", [True, False])
async def test_a_lost_answer_is_asked_for_before_sending_again(house: House, taken: bool) -> None:
    house.twilio.takes_uncertain = taken
    house.twilio.script = [UNCERTAIN]
    house.run()
    alert = await house.add()
    row = await house.until(alert, "accepted", limit_s=60)
    assert len(house.twilio.messages) == 1
    assert row.attempts == (1 if taken else 2)
    assert row.error is None


async def test_two_lost_answers_with_the_same_text_are_two_messages(house: House) -> None:
    house.twilio.script = [UNCERTAIN, UNCERTAIN]
    house.run()
    alerts = [await house.add(incident_id=1), await house.add(incident_id=2)]
    rows = [await house.until(alert, "accepted", limit_s=60) for alert in alerts]
    assert {row.provider_id for row in rows} == {"twilio-0", "twilio-1"}
    assert len(house.twilio.messages) == 2


async def test_two_calls_to_one_number_in_doubt_are_told_apart(house: House) -> None:
    house.twilio.script = [UNCERTAIN, UNCERTAIN]
    house.run()
    alerts = [await house.add(kind="voice", text=text) for text in ("第一件", "第二件")]
    rows = [await house.until(alert, "accepted", limit_s=60) for alert in alerts]
    assert [row.provider_id for row in rows] == ["twilio-0", "twilio-1"]
    assert [m.outgoing.text for m in house.twilio.messages] == ["第一件", "第二件"]


@pytest.mark.parametrize(("taken", "attempts"), [(True, 1), (False, 2)])
async def test_a_message_that_is_known_to_be_another_alerts_is_not_taken_for_this_one(
    house: House, taken: bool, attempts: int
) -> None:
    house.run()
    first = await house.until(await house.add(), "accepted")
    house.clock.at += APART + 1
    # Their clock was wrong: the first one seems to have been created just now.
    house.twilio.messages[0] = house.twilio.messages[0]._replace(created_at=house.clock.now())
    house.twilio.script = [UNCERTAIN]
    house.twilio.takes_uncertain = taken
    second = await house.until(await house.add(), "accepted")
    assert (first.provider_id, second.provider_id) == ("twilio-0", "twilio-1")
    assert (second.attempts, len(house.twilio.messages)) == (attempts, 2)


async def test_a_call_waits_until_the_last_one_to_that_number_has_rung(house: House) -> None:
    house.run()
    first = await house.until(await house.add(kind="voice", text="第一件"), "accepted")
    await house.restart()
    second = await house.until(await house.add(kind="voice", text="第二件"), "accepted")
    assert (second.accepted_at or 0) - (first.accepted_at or 0) == APART
    other = await house.add(kind="voice", phone="+8613800000002")
    await house.until(other, "accepted", limit_s=0)


@pytest.mark.parametrize(
    ("retry_after", "waited_s"), [(None, 2), (30.0, 31), (9_999.0, 301), (0.5, 1.5)]
)
async def test_too_many_requests_then_well(
    house: House, retry_after: float | None, waited_s: float
) -> None:
    house.twilio.script = [
        ProviderError(Fault.RATE_LIMITED, retryable=True, retry_after=retry_after, code="20429")
    ]
    begun = house.clock.now()
    house.run()
    alert = await house.add()
    row = await house.until(alert, "accepted")
    assert house.history(alert) == ["sending", "pending", "sending", "accepted"]
    assert row.accepted_at == begun + int(waited_s * SECOND)
    assert row.attempts == 2


async def test_a_final_refusal_is_failed_and_says_why(house: House) -> None:
    house.twilio.script = [FINAL]
    house.run()
    alert = await house.add()
    row = await house.until(alert, "failed")
    assert row.error == "bad_number 21211"
    assert (house.twilio.messages, house.history(alert)) == ([], ["sending", "failed"])


@pytest.mark.parametrize("fault", [RETRYABLE, FINAL])
async def test_a_failed_provider_hands_on_at_once(house: House, fault: Exception) -> None:
    modem = Twin(house.clock, "modem")
    house.route = [modem, house.twilio]
    modem.script = [fault]
    begun = house.clock.now()
    house.run()
    alert = await house.add()
    row = await house.until(alert, "accepted")
    assert (row.provider, row.accepted_at, row.attempts) == ("twilio", begun, 2)


async def test_when_all_fail_the_first_is_tried_again_but_not_the_one_that_refused(
    house: House,
) -> None:
    modem = Twin(house.clock, "modem")
    house.route = [modem, house.twilio]
    modem.script = [FINAL]
    house.twilio.script = [RETRYABLE, RETRYABLE]
    house.run()
    alert = await house.add()
    row = await house.until(alert, "accepted")
    assert (row.provider, row.attempts, modem.messages) == ("twilio", 4, [])


async def test_no_provider_for_a_number_is_said_and_not_kept_quiet(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    house.route = []
    house.run()
    for alert in [await house.add() for _ in range(3)]:
        assert (await house.until(alert, "failed")).error == "no_route"
    said = [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]
    assert said == ["no provider serves sms to a number: failed (no_route); said once"]


async def test_a_provider_that_cannot_say_is_left_for_another_after_patience(
    house: House,
) -> None:
    modem = Twin(house.clock, "modem")
    house.route = [house.twilio, modem]
    house.twilio.script = [UNCERTAIN]
    house.twilio.find_script = [RETRYABLE] * 100
    begun = house.clock.now()
    house.run()
    alert = await house.add()
    row = await house.until(alert, "accepted")
    assert row.provider == "modem"
    assert PATIENCE <= (row.accepted_at or 0) - begun <= PATIENCE + 61 * SECOND


async def test_an_outage_of_hours_delays_and_never_drops(house: House) -> None:
    modem = Twin(house.clock, "modem")
    house.route = [modem]
    modem.script = [RETRYABLE] * 200
    house.run()
    alert = await house.add()
    row = await house.until(alert, "accepted", limit_s=8 * 3600)
    assert row.attempts == 201
    assert (row.accepted_at or 0) - row.created_at > 3 * 3600 * SECOND


async def test_what_is_given_up_after_a_day_is_failed_with_its_last_error(house: House) -> None:
    house.twilio.script = [RETRYABLE] * 5_000
    house.run()
    alert = await house.add()
    await house.clock.pass_by(1)
    house.clock.at += GIVE_UP
    row = await house.until(alert, "failed")
    assert row.error == "provider_down 503"


async def test_past_its_deadline_an_alert_gives_way_to_a_newer_one(house: House) -> None:
    old = await house.add()
    house.clock.at += SEND_DEADLINE + 1
    newer = await house.add(step=3, text="【门磁】仍无人应答。编号4071")
    another = await house.add(person_id="P2", phone="+8613800000002")
    house.run()
    assert (await house.until(old, "stale")).attempts == 0
    await house.until(newer, "accepted")
    await house.until(another, "accepted")
    assert len(house.twilio.messages) == 2


async def test_it_does_not_give_way_to_one_that_is_held(house: House) -> None:
    old = await house.add()
    house.clock.at += 5 * MINUTE
    newer = await house.add(step=3, text="【门磁】仍无人应答。编号4071", status="held")
    await house.store.write(
        lambda c: c.execute("UPDATE alerts SET next_at = next_at + ? WHERE id = ?", (DAY, newer))
    )
    house.run()
    await house.until(old, "accepted")


async def test_before_its_deadline_it_does_not(house: House) -> None:
    old = await house.add()
    await house.add(step=3, text="【门磁】仍无人应答。编号4071")
    house.run()
    await house.until(old, "accepted")


async def test_what_is_acknowledged_before_it_left_is_stale(house: House) -> None:
    house.wanted = lambda incident, row: incident != 7
    over = await house.add(incident_id=7)
    other = await house.add(incident_id=8)
    answer = await house.add(incident_id=None)
    house.run()
    assert (await house.until(over, "stale")).provider is None
    await house.until(other, "accepted")
    await house.until(answer, "accepted")
    assert house.history(over) == ["stale"]


async def test_an_acknowledgement_while_it_is_retried_stops_it(house: House) -> None:
    house.twilio.script = [RETRYABLE]
    house.run()
    alert = await house.add()
    await house.until(alert, "pending")
    house.wanted = lambda incident, row: False
    await house.until(alert, "stale")
    assert house.twilio.messages == []


async def test_a_text_that_leaves_late_says_so(house: House) -> None:
    await house.crash()
    house.options = {"reword": lambda row, now: f"{row.text} 晚到"}
    await house.start()
    alert = await house.add()
    house.clock.at += SEND_DEADLINE + 1
    house.run()
    row = await house.until(alert, "accepted")
    assert row.text == house.twilio.messages[0].outgoing.text == f"{TEXT} 晚到"


@pytest.mark.parametrize(
    ("minutes", "words"),
    [
        (5, TEXT),  # it is not late
        (11, f"{TEXT} 晚到"),
    ],
)
async def test_what_the_provider_never_had_says_how_late_it_is_after_a_crash(
    house: House, minutes: int, words: str
) -> None:
    await house.crash()
    house.options = {"reword": lambda row, now: f"{row.text} 晚到"}
    await house.start()
    house.twilio.gate = asyncio.Event()
    house.run()
    alert = await house.add()
    await house.clock.until(lambda: house.twilio.running == 1)
    house.twilio.gate = None
    house.clock.at += minutes * MINUTE
    await house.restart()
    row = await house.until(alert, "accepted", limit_s=60)
    assert [row.text] == [message.outgoing.text for message in house.twilio.messages] == [words]


async def test_one_slow_number_holds_up_nobody_else(house: House) -> None:
    slow = [
        await house.add(kind="voice", incident_id=n, phone=PHONE, text=f"第{n}件")
        for n in range(70)
    ]
    other = await house.add(phone="+8613800000002")
    house.twilio.script = [UNCERTAIN]
    house.twilio.find_script = [RETRYABLE] * 3
    house.run()
    await house.until(other, "accepted", limit_s=0)
    for alert in slow:
        await house.until(alert, "accepted")
    assert len({m.provider_id for m in house.twilio.messages}) == 71


async def test_many_go_at_a_time_but_no_more_than_allowed(house: House) -> None:
    alerts = [await house.add(phone=f"+86138000{n:05}") for n in range(50)]
    house.twilio.gate = asyncio.Event()
    house.run()
    await house.clock.until(lambda: house.twilio.running == 16)
    house.twilio.gate.set()
    for alert in alerts:
        await house.until(alert, "accepted", limit_s=0)
    assert house.twilio.most_running == 16
    assert len(house.twilio.messages) == 50


@pytest.mark.parametrize("retryable", [True, False])
async def test_what_did_not_arrive_is_sent_again_only_when_that_may_help(
    house: House, retryable: bool
) -> None:
    house.run()
    alert = await house.add()
    row = await house.until(alert, "accepted")
    gone = Progress("twilio-0", Status.FAILED, "unreachable 30003", None)
    house.seen.clear()
    await house.dispatcher.arrived_not(row, gone, retryable=retryable)
    if retryable:
        row = await house.until(alert, "accepted")
        assert (row.provider_id, row.attempts, row.error) == ("twilio-1", 2, None)
    else:
        row = await house.until(alert, "failed")
        assert row.error == "unreachable 30003"


async def test_drain_lets_what_is_under_way_end_and_claims_nothing_more(house: House) -> None:
    house.twilio.gate = asyncio.Event()
    house.run()
    first = await house.add()
    await house.clock.until(lambda: house.twilio.running == 1)
    ending = asyncio.create_task(house.dispatcher.drain(5))
    await asyncio.sleep(0)
    second = await house.add(text="later")
    house.twilio.gate.set()
    await ending
    rows = await house.store.rows()
    assert (rows[first].status, rows[second].status) == ("accepted", "pending")


async def test_any_mixture_of_trouble_ends_with_one_text_each(house: House) -> None:
    """200 alerts, every third send in some trouble, a crash in between: one message a row."""
    troubles: Sequence[Exception | None] = [None, UNCERTAIN, None, RETRYABLE, None, None]
    house.twilio.script = [troubles[n % len(troubles)] for n in range(400)]
    alerts = [
        await house.add(phone=f"+86138000{n % 20:05}", text=f"{TEXT}{n // 2}") for n in range(200)
    ]
    house.run()
    await house.clock.until(lambda: len(house.twilio.messages) >= 100)
    await house.restart()
    for alert in alerts:
        await house.until(alert, "accepted")
    rows = await house.store.rows()
    assert {row.status for row in rows.values()} == {"accepted"}
    assert len(house.twilio.messages) == 200
    assert len({row.provider_id for row in rows.values()}) == 200
