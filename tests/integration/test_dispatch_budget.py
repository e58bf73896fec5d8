"""The budget of a number on the way out: what was sent counts over restarts, what cannot leave
is merged, goes another way or is held with its reason, and nothing is lost."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest

from gateway.alerts.budget import CALLS, NO_LIMITS, SHORT, Limits, limits_of
from gateway.alerts.budget_wording import Together
from gateway.alerts.dispatch import Dispatcher
from gateway.alerts.outbox import Outbox
from gateway.alerts.provider import Progress, Status
from gateway.rulesfile import BUDGETS
from gateway.store import alerts as table
from gateway.store.alerts import AlertRow
from rules.model import Channel, Severity
from rules.moment import DAY, MINUTE, SECOND
from tests.support.outbox import FINAL, PHONE, RETRYABLE, UNCERTAIN, Clock, Store, Twin

ABROAD = "+12025550123"


class House:
    """One gateway's alert path with the shipped budgets; ``restart`` is a crash and a new process.

    Incidents below 100 are high, from 100 medium, from 200 critical.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.clock = Clock()
        self.twilio, self.modem = Twin(self.clock), Twin(self.clock, "modem")
        self.routes: dict[Channel, list[Twin]] = {Channel.SMS: [self.twilio]}
        self.over: set[int] = set()  # incidents that somebody has taken
        self.why: list[str] = []
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        self.store = await Store.open(self.path, self.clock)
        self.dispatcher = Dispatcher(
            Outbox(self.store.write),
            lambda channel, phone: self.routes.get(channel, []),
            lambda incident, row: incident not in self.over,
            now=self.clock.now,
            sleep=self.clock.sleep,
            random=lambda: 1.0,
            observer=self,
            reword=lambda row, now: f"late: incident {row.incident_id}",
            site=self,
        )
        self._task = asyncio.create_task(self.dispatcher.run())

    async def crash(self) -> None:
        assert self._task is not None
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
        await self.store.close()

    async def restart(self) -> None:
        await self.crash()
        await self.start()

    async def add(self, incident: int | None, **more: object) -> int:
        words = {"text": f"incident {incident}"} | more
        alert = await self.store.add(self.clock.now(), incident_id=incident, **words)
        self.dispatcher.wake()
        return alert

    async def told(self, *incidents: int, **more: object) -> list[int]:
        """Alerts of one commit after the other, and a minute for each."""
        alerts = []
        for incident in incidents:
            alerts.append(await self.add(incident, **more))
            await self.clock.pass_by(61)
        return alerts

    async def at_once(self, *incidents: int, phone: str = PHONE) -> list[int]:
        """All there before the dispatcher looks."""
        await self.clock.pass_by(0)  # whatever it does now
        now = self.clock.now()
        values = [{"incident_id": n, "text": f"incident {n}", "phone": phone} for n in incidents]
        alerts = [await self.store.add(now, **one) for one in values]
        self.dispatcher.wake()
        return alerts

    async def row(self, alert: int) -> AlertRow:
        return (await self.store.rows())[alert]

    def texts(self, twin: Twin | None = None) -> list[str]:
        return [message.outgoing.text for message in (twin or self.twilio).messages]

    # -- a Site ----------------------------------------------------------------------------

    def limits(self, kind: str, phone: str) -> Limits:
        if kind == Channel.SMS:
            return limits_of(BUDGETS, phone)
        return CALLS if kind == Channel.VOICE else NO_LIMITS

    def severity(self, row: AlertRow) -> Severity | None:
        if row.incident_id is None:
            return None
        levels = (Severity.HIGH, Severity.MEDIUM, Severity.CRITICAL)
        return levels[min(row.incident_id // 100, 2)]

    def together(self, rows: Sequence[AlertRow], now: int) -> Together | None:
        some = rows[:5]
        return Together(f"all of {[row.incident_id for row in some]}", len(some))

    def is_aside(self, row: AlertRow) -> bool:
        return row.incident_id is None

    def held_until(self, row: AlertRow, now: int) -> int | None:
        return None

    def otherwise(self, row: AlertRow, now: int) -> list[tuple[str, str]]:
        urgent = self.severity(row) is not Severity.MEDIUM
        return [(kind.value, f"{kind} {row.incident_id}") for kind in self.routes
                if kind is not Channel.SMS and (urgent or kind is Channel.CHAT)]  # fmt: skip

    # -- an Observer -----------------------------------------------------------------------

    def held(self, why: str) -> None:
        self.why.append(why)

    def transition(self, kind: str, provider: str, status: str) -> None: ...

    def provider_up(self, name: str, up: bool) -> None: ...

    def latency(self, stage: str, seconds: float) -> None: ...


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    house = House(tmp_path / "doorwatch.db")
    await house.start()
    yield house
    await house.crash()


async def test_the_reserved_text_is_for_a_critical_incident(house: House) -> None:
    *first, fourth = await house.told(1, 2, 3, 4)
    critical, last = await house.told(201, 202)
    rows = await house.store.rows()
    assert [rows[alert].status for alert in first] == ["accepted"] * 3
    assert (rows[fourth].status, rows[fourth].error) == ("held", "reserved_for_critical")
    assert rows[critical].status == "accepted"
    assert (rows[last].status, rows[last].error) == ("held", "texts_per_day")
    assert len(house.twilio.messages) == 4
    assert house.why == ["reserved_for_critical", "nobody", "texts_per_day", "nobody"]


async def test_what_was_sent_counts_after_a_restart(house: House) -> None:
    await house.told(1, 2, 3)
    await house.restart()
    (held,) = await house.told(4)
    assert (await house.row(held)).status == "held"
    await house.restart()
    await house.clock.pass_by(20 * 3600)
    assert (await house.row(held)).status == "held"
    await house.clock.pass_by(4 * 3600)
    row = await house.row(held)
    assert (row.status, row.error, len(house.twilio.messages)) == ("accepted", None, 4)
    assert (row.accepted_at or 0) - house.twilio.messages[0].created_at == DAY


async def test_several_that_wait_are_one_text_that_each_points_to(house: House) -> None:
    await house.told(1, 2, 3)
    waiting = await house.at_once(4, 5, 6)
    await house.clock.pass_by(DAY // SECOND)
    rows = await house.store.rows()
    carrier, *riders = (rows[alert] for alert in waiting)
    assert (carrier.status, carrier.text) == ("accepted", "all of [4, 5, 6]")
    for row in riders:
        assert (row.status, row.merged_into) == ("merged", carrier.id)
        assert row.error == f"merged: by alert {carrier.id}"
    assert house.texts()[3:] == ["all of [4, 5, 6]"]


async def test_more_than_one_text_holds_wait_for_the_next(house: House) -> None:
    await house.at_once(*range(1, 9), phone=ABROAD)
    await house.clock.pass_by(61)
    assert house.texts() == ["all of [1, 2, 3, 4, 5]", "all of [6, 7, 8]"]


async def test_after_an_outage_what_waited_comes_in_one(house: House) -> None:
    house.twilio.script = [RETRYABLE] * 8
    await house.at_once(1, 2, 3, 4)
    await house.clock.pass_by(3600)
    assert house.texts() == ["all of [1, 2, 3, 4]"]
    rows = await house.store.rows()
    assert sorted(row.status for row in rows.values()) == ["accepted", "merged", "merged", "merged"]


@pytest.mark.parametrize("restarts", [False, True])
async def test_a_text_that_ends_unsent_lets_go_of_those_it_said(
    house: House, restarts: bool
) -> None:
    house.twilio.script = [RETRYABLE] * 20
    carrier, rider, other = await house.at_once(1, 2, 3, phone=ABROAD)
    await house.clock.pass_by(10)
    assert (await house.row(rider)).merged_into == carrier
    if restarts:
        await house.restart()
    house.over = {1}  # acknowledged before the text that says all three has left
    await house.clock.pass_by(3600)
    rows = await house.store.rows()
    assert rows[carrier].status == "stale"
    assert (rows[rider].status, rows[rider].text) == ("accepted", "all of [2, 3]")
    assert (rows[other].status, rows[other].merged_into) == ("merged", rider)
    assert house.texts() == ["all of [2, 3]"]


async def test_a_text_that_says_others_keeps_its_words_while_it_is_tried_again(
    house: House,
) -> None:
    house.twilio.script = [RETRYABLE] * 40
    await house.at_once(1, 2, phone=ABROAD)
    await house.clock.pass_by(1)
    await house.at_once(3, phone=ABROAD)
    await house.clock.pass_by(3600)
    assert sorted(house.texts()) == ["all of [1, 2]", "late: incident 3"]


async def test_a_text_that_says_others_is_not_said_by_another(house: House) -> None:
    house.twilio.script = [RETRYABLE] * 9
    await house.at_once(1, 2, phone=ABROAD)
    await house.clock.pass_by(1)
    await house.at_once(3, phone=ABROAD)
    await house.clock.pass_by(1)
    await house.crash()
    house.clock.at += 5 * MINUTE  # both are due when it starts again
    house.twilio.script = []
    await house.start()
    await house.clock.pass_by(120)
    assert sorted(house.texts()) == ["all of [1, 2]", "incident 3"]


async def test_a_number_that_refuses_fails_each_in_its_own_name(house: House) -> None:
    house.twilio.script = [FINAL] * 9
    alerts = await house.at_once(1, 2, 3, phone=ABROAD)
    await house.clock.pass_by(600)
    rows = await house.store.rows()
    assert {(rows[alert].status, rows[alert].error) for alert in alerts} == {
        ("failed", "bad_number 21211")
    }


async def test_when_texts_are_used_up_the_urgent_is_called(house: House) -> None:
    house.routes[Channel.VOICE] = [house.twilio]
    *_, fourth, medium = await house.told(1, 2, 3, 4, 100)
    rows = await house.store.rows()
    call = rows[rows[fourth].merged_into or 0]
    assert (rows[fourth].status, rows[fourth].error) == (
        "merged",
        f"other_way: by alert {call.id}",
    )
    assert (call.kind, call.status, call.text) == ("voice", "accepted", "voice 4")
    assert rows[medium].status == "held"
    assert house.why == ["other_way", "reserved_for_critical", "nobody"]


async def test_a_call_that_is_due_anyway_is_not_made_twice(house: House) -> None:
    house.routes[Channel.VOICE] = [house.twilio]
    await house.told(201, 202, 203, 204)
    text = await house.add(205)
    call = await house.add(205, kind="voice", text="call 205")
    await house.clock.pass_by(120)
    assert (await house.row(text)).merged_into == call
    assert house.texts()[4:] == ["call 205"]


async def test_a_call_in_place_of_a_text_says_how_late_it_is(house: House) -> None:
    house.routes[Channel.VOICE] = [house.twilio]
    await house.told(1, 2, 3)
    house.twilio.script = [RETRYABLE] * 20
    text = await house.add(4)
    await house.clock.pass_by(1800)
    assert house.texts()[3:] == ["late: incident 4"]
    assert (await house.row(text)).status == "merged"


async def test_a_call_that_cannot_be_made_leaves_the_text_held(house: House) -> None:
    house.routes[Channel.VOICE] = [house.modem]
    house.modem.script = [FINAL]
    *_, fourth = await house.told(1, 2, 3, 4)
    await house.clock.pass_by(60)
    row = await house.row(fourth)
    assert (row.status, row.error) == ("held", "reserved_for_critical")
    assert "nobody" in house.why
    assert house.texts(house.modem) == []


async def test_the_next_provider_has_texts_of_its_own(house: House) -> None:
    house.routes[Channel.SMS] = [house.modem, house.twilio]
    *_, fourth = await house.told(1, 2, 3, 4)
    assert (await house.row(fourth)).provider == "twilio"
    assert (len(house.modem.messages), len(house.twilio.messages)) == (3, 1)


async def test_somebody_else_who_is_told_is_no_alarm(house: House) -> None:
    await house.told(1, 2, 3)
    await house.add(4)
    await house.add(4, phone=ABROAD, person_id="P2")
    await house.clock.pass_by(1)
    assert house.why == ["reserved_for_critical"]


async def test_a_short_wait_is_borne(house: House) -> None:
    house.routes[Channel.VOICE] = [house.modem]
    await house.add(1, phone=ABROAD)
    await house.clock.pass_by(1)
    second = await house.add(2, phone=ABROAD)
    await house.clock.pass_by(1)
    row = await house.row(second)
    assert (row.status, row.error) == ("held", "burst")
    assert row.next_at - house.clock.now() < SHORT
    await house.clock.pass_by(60)
    assert (await house.row(second)).status == "accepted"
    assert house.texts(house.modem) == []
    assert "nobody" not in house.why


@pytest.mark.parametrize(
    ("fault", "takes", "left"),
    [(RETRYABLE, False, 2), (FINAL, False, 3), (UNCERTAIN, True, 2), (UNCERTAIN, False, 2)],
    ids=["told to come back", "refused", "taken without an answer", "not taken after all"],
)
async def test_only_what_may_have_been_taken_counts(
    house: House, fault: Exception, takes: bool, left: int
) -> None:
    house.twilio.script = [fault]
    house.twilio.takes_uncertain = takes
    await house.told(1)
    await house.told(*range(2, 2 + left))
    (over,) = await house.told(9)
    rows = await house.store.rows()
    assert rows[over].status == "held"
    assert sum(row.handed for row in rows.values()) == len(house.twilio.messages) == 3


async def test_a_text_in_doubt_counts_while_nobody_can_say(house: House) -> None:
    house.twilio.script = [UNCERTAIN]
    house.twilio.takes_uncertain = False
    house.twilio.find_script = [RETRYABLE] * 1000
    await house.told(1, 2, 3, 4)
    rows = await house.store.rows()
    assert [row.status for row in rows.values()] == ["sending", "accepted", "accepted", "held"]


async def test_what_did_not_arrive_counts_all_the_same(house: House) -> None:
    (first,) = await house.told(1)
    gone = Progress("twilio-0", Status.FAILED, "unreachable 30003", None)
    await house.dispatcher.arrived_not(await house.row(first), gone, retryable=True)
    await house.clock.pass_by(60)
    assert (await house.row(first)).handed == 2
    _, over = await house.told(2, 3)
    assert (await house.row(over)).status == "held"
    await house.restart()
    (after,) = await house.told(4)
    assert (await house.row(after)).status == "held"


async def test_the_same_words_are_not_sent_a_third_time(house: House) -> None:
    (first,) = await house.told(1)
    for number in range(2):
        gone = Progress(f"twilio-{number}", Status.FAILED, "unreachable 30003", None)
        await house.dispatcher.arrived_not(await house.row(first), gone, retryable=True)
        await house.clock.pass_by(60)
    row = await house.row(first)
    assert (row.status, row.error, row.handed) == ("held", "same_per_day", 2)


async def test_an_answer_is_not_kept_for_tomorrow(house: House) -> None:
    await house.told(1, 2, 3)
    answer = await house.add(None, text="4071已记您处理。")
    await house.clock.pass_by(1)
    row = await house.row(answer)
    assert (row.status, row.error) == ("stale", "reserved_for_critical")
    prompt = [await house.add(None, phone=ABROAD, text=f"{n}") for n in range(3)]
    await house.clock.pass_by(1)
    rows = await house.store.rows()
    assert {rows[alert].status for alert in prompt} == {"accepted"}


async def test_what_is_taken_while_it_is_held_is_stale(house: House) -> None:
    *_, held = await house.told(1, 2, 3, 4)
    house.over = {4}
    await house.clock.pass_by(DAY // SECOND)
    assert (await house.row(held)).status == "stale"


async def test_a_day_of_alarms_with_restarts_keeps_to_the_budget_and_loses_nothing(
    house: House,
) -> None:
    """Every 20 minutes somebody's door, every sixth critical, trouble now and then."""
    house.twilio.script = [None, None, RETRYABLE, None, UNCERTAIN] * 40
    alerts = []
    for turn in range(72):
        incident = 200 + turn if turn % 6 == 5 else turn
        for who, phone in (("P1", PHONE), ("P2", ABROAD)):
            alerts.append(await house.add(incident, phone=phone, person_id=who))
        await house.clock.pass_by(20 * MINUTE // SECOND)
        if turn % 10 == 9:
            await house.restart()
    await house.clock.pass_by(30)
    rows = await house.store.rows()
    ours = [message for message in house.twilio.messages if message.outgoing.to == PHONE]
    for last in ours:
        day = [m for m in ours if last.created_at - DAY < m.created_at <= last.created_at]
        assert len(day) <= 4
    assert len(ours) >= 4
    for alert in alerts:
        row = rows[alert]
        whole = rows[row.merged_into] if row.merged_into else row
        assert whole.status == "accepted" or (whole.status, bool(whole.error)) == ("held", True)
    assert {rows[a].status for a in alerts if rows[a].phone == ABROAD} <= {"accepted", "merged"}


async def test_what_somebody_else_ended_is_not_waited_for(house: House) -> None:
    *_, held = await house.told(1, 2, 3, 4)
    sql = "UPDATE alerts SET status = 'cancelled' WHERE id = ?"
    await house.store.database.transaction(lambda c: c.execute(sql, (held,)))
    await house.clock.pass_by(DAY // SECOND + 60)
    assert (await house.row(held)).status == "cancelled"
    (after,) = await house.told(5)
    assert (await house.row(after)).status == "accepted"


async def test_what_is_held_does_not_make_the_outbox_look_stuck(house: House) -> None:
    *_, held = await house.told(1, 2, 3, 4)
    assert (await house.row(held)).status == "held"
    assert await house.store.database.transaction(table.backlog) == (1, None)
