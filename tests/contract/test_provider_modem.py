"""The local modem through ModemManager's published interfaces, and what goes wrong with modems."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from gateway.alerting import _e164
from gateway.alerts import modem as ours
from gateway.alerts.errors import ProviderError, Reason
from gateway.alerts.modem import ModemProvider
from gateway.alerts.modem_inbox import Bringing
from gateway.alerts.observer import Silent
from gateway.alerts.provider import Outgoing, Reply, Status
from gateway.alerts.wall import wall_clock
from rules.model import Channel
from rules.moment import DAY, MINUTE
from simulators.modem import Fault, ModemStandIn, hangs, mm_dies, refused, unplugged
from simulators.modem.sms import UNKNOWN, parts_of

PHONE = "+8613800138000"
TEXT = Outgoing(1, Channel.SMS, PHONE, "【门磁】3栋2单元501 22:14开门，回1 4071我来处理。", "zh")


@pytest.fixture
async def mm() -> AsyncIterator[ModemStandIn]:
    async with ModemStandIn() as standin:
        with standin.as_system_bus():
            yield standin


@pytest.fixture
async def modem(mm: ModemStandIn) -> AsyncIterator[ModemProvider]:
    provider = ModemProvider(e164=lambda number: _e164(number, country="CN"))
    yield provider
    await provider.close()


async def error_of(asking: Awaitable[Any]) -> ProviderError:
    with pytest.raises(ProviderError) as caught:
        await asking
    return caught.value


def shown(mm: ModemStandIn, **fields: Any) -> None:
    """The modem is found in this state."""
    for name, value in fields.items():
        setattr(mm.modem, name, value)
    mm.tell()


# -- before anything is sent -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("state", "reason", "code"),
    [
        ({"state": 2, "lock": 2}, Reason.AUTH, "sim_pin"),
        ({"state": 2, "lock": 4}, Reason.AUTH, "sim_puk"),
        ({"state": 2, "lock": 9}, Reason.AUTH, "modem_locked"),
        ({"state": -1, "failed": 2}, Reason.BAD_SENDER, "sim_missing"),
        ({"state": -1, "failed": 1}, Reason.BAD_SENDER, "modem_failed"),
        ({"state": 3, "may_enable": False}, Reason.AUTH, "Unauthorized"),
        ({"state": 5}, Reason.NO_CONNECTION, "modem_disabled"),
        ({"state": 7, "registration": 2}, Reason.NO_CONNECTION, "not_registered"),
        ({"state": 6, "registration": 3}, Reason.NO_CONNECTION, "registration_denied"),
    ],
)
async def test_why_a_modem_cannot_text(
    mm: ModemStandIn, modem: ModemProvider, state: dict[str, int], reason: Reason, code: str
) -> None:
    shown(mm, **state)
    error = await error_of(modem.send(TEXT))
    assert (error.reason, error.code) == (reason, code)
    assert (error.retryable, error.uncertain) == (True, False)
    assert mm.network == []


async def test_a_modem_that_nobody_switched_on_is_switched_on(
    mm: ModemStandIn, modem: ModemProvider
) -> None:
    shown(mm, state=3)
    await modem.send(TEXT)
    assert len(mm.network) == 1


async def test_no_modem_no_modemmanager_and_no_bus(
    mm: ModemStandIn, modem: ModemProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    mm.unplug()
    assert (await error_of(modem.send(TEXT))).code == "no_modem"
    await mm.stop()
    assert (await error_of(modem.send(TEXT))).code == "ServiceUnknown"
    monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", "unix:path=/nowhere/bus")
    error = await error_of(ModemProvider().send(TEXT))
    assert (error.reason, error.code) == (Reason.NO_CONNECTION, "no_system_bus")


async def test_the_modem_that_is_meant_is_used_and_no_other(mm: ModemStandIn) -> None:
    assert mm.modem is not None
    for device in (mm.modem.imei, "ttyUSB2", "/sys/devices/usb1/1-1"):
        provider = ModemProvider(device)
        await provider.send(TEXT)
        await provider.close()
    other = ModemProvider("ttyUSB9")
    assert (await error_of(other.send(TEXT))).code == "no_modem"
    await other.close()
    assert len(mm.network) == 3


# -- sending ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fault", "reason", "retryable", "uncertain"),
    [
        (refused("Message.NoNetwork"), Reason.NO_CONNECTION, True, False),
        (refused("MobileEquipment.NoNetwork"), Reason.NO_CONNECTION, True, False),
        (refused("Message.NetworkTimeout"), Reason.TIMEOUT, True, True),
        (refused("Message.SmscAddressUnknown"), Reason.BAD_SENDER, True, False),
        (refused("Message.SimPin"), Reason.AUTH, True, False),
        (refused("Message.MemoryFull"), Reason.QUEUE_FULL, True, False),
        (refused("Message.Unknown"), Reason.CARRIER, True, False),
        (refused("Core.Failed"), Reason.CARRIER, True, False),
        (refused("Core.Unauthorized"), Reason.AUTH, True, False),
        (refused("Message.InvalidPduParameter"), Reason.BAD_TEXT, False, False),
        (refused("Serial.ResponseTimeout"), Reason.CONNECTION_LOST, True, True),
        (unplugged(), Reason.CONNECTION_LOST, True, True),
        (unplugged(taken=True), Reason.CONNECTION_LOST, True, True),
        (mm_dies(), Reason.CONNECTION_LOST, True, True),
    ],
)
async def test_how_a_send_fails(  # a table's columns
    mm: ModemStandIn,
    modem: ModemProvider,
    fault: Fault,
    reason: Reason,
    retryable: bool,
    uncertain: bool,
) -> None:
    mm.next(fault)
    error = await error_of(modem.send(TEXT))
    assert (error.reason, error.retryable, error.uncertain) == (reason, retryable, uncertain)
    if not uncertain:
        assert mm.modem is not None
        assert mm.modem.texts == {}  # nothing is left that could be taken for sent


async def test_a_long_text_goes_whole_and_one_too_long_is_refused(
    mm: ModemStandIn, modem: ModemProvider
) -> None:
    long = TEXT._replace(text="门" * 150)
    sent = await modem.send(long)
    assert (mm.network[0].text, parts_of(long.text)) == (long.text, 3)
    # Each part has a reference of its own; the report of the last is the one that counts.
    progress = await modem.fetch(Channel.SMS, sent.provider_id)
    assert progress.status is Status.DELIVERED
    error = await error_of(modem.send(TEXT._replace(text="门" * 67 * 256)))
    assert (error.reason, error.retryable) == (Reason.BAD_TEXT, False)


async def test_the_network_keeps_a_text_for_a_day_and_is_asked_for_a_report(
    mm: ModemStandIn, modem: ModemProvider
) -> None:
    await modem.send(TEXT)
    [sms] = mm.network
    kind, minutes = sms.validity
    assert (sms.report_wanted, kind, minutes.value) == (True, 1, 24 * 60)


async def test_more_than_a_modem_can_send_soon_is_better_off_elsewhere(
    mm: ModemStandIn, modem: ModemProvider
) -> None:
    mm.next(hangs())
    texts = [TEXT._replace(text=f"text {n}") for n in range(ours.WAITING_MOST + 1)]
    sends = [asyncio.create_task(modem.send(text)) for text in texts]
    error = await error_of(sends.pop())
    assert (error.reason, error.retryable, error.uncertain) == (Reason.QUEUE_FULL, True, False)
    await until(lambda: mm.hanging == 1)
    mm.go_on()
    await asyncio.gather(*sends)
    assert [sms.text for sms in mm.network] == [text.text for text in texts[:-1]]


# -- what becomes of it ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("state", "status", "error"),
    [
        (0x00, Status.DELIVERED, None),
        (0x01, Status.SENT, None),  # forwarded, and the centre does not know
        (0x02, Status.SENT, None),  # replaced
        (0x22, Status.SENT, None),  # the phone does not answer, and the centre goes on trying
        (0x46, Status.FAILED, "expired 0x46"),
        (0x43, Status.FAILED, "unknown_number 0x43"),
        (0x62, Status.FAILED, "unreachable 0x62"),
        (0x45, Status.FAILED, "carrier 0x45"),
        (0x200, Status.FAILED, "unknown_number 0x200"),
        (0x300, Status.SENT, None),
    ],
)
async def test_what_a_report_says(
    mm: ModemStandIn, modem: ModemProvider, state: int, status: Status, error: str | None
) -> None:
    mm.report = state
    sent = await modem.send(TEXT)
    progress = await modem.fetch(Channel.SMS, sent.provider_id)
    assert (progress.status, progress.error) == (status, error)


async def test_a_report_comes_late_and_counts_for_its_own_text_only(
    mm: ModemStandIn, modem: ModemProvider
) -> None:
    mm.report = None
    first = await modem.send(TEXT)
    second = await modem.send(TEXT._replace(text="another to the same phone"))
    await modem.send(TEXT._replace(to="+8613800138001"))
    assert (await modem.fetch(Channel.SMS, first.provider_id)).status is Status.SENT
    mm.deliver(mm.network[1])
    mm.deliver(mm.network[0], 0x22)
    mm.deliver(mm.network[0], 0x43, number="+8613800138001")  # another's, the same reference
    assert (await modem.fetch(Channel.SMS, first.provider_id)).status is Status.SENT
    assert (await modem.fetch(Channel.SMS, second.provider_id)).status is Status.DELIVERED
    mm.deliver(mm.network[0], number="13800138000")  # as a network writes its own country's
    assert (await modem.fetch(Channel.SMS, first.provider_id)).status is Status.DELIVERED


async def test_after_modemmanager_began_anew_no_other_text_is_taken_for_ours(
    mm: ModemStandIn, modem: ModemProvider
) -> None:
    mm.report = None
    first = await modem.send(TEXT)
    await mm.stop()
    await mm.start()
    second = await modem.send(TEXT._replace(text="another"))
    mm.deliver(mm.network[1])
    assert first.provider_id != second.provider_id
    assert (await modem.fetch(Channel.SMS, first.provider_id)).status is Status.SENT


# -- in doubt --------------------------------------------------------------------------------


async def test_what_may_still_be_going_is_not_given_up_before_no_send_lasts_that_long(
    mm: ModemStandIn, modem: ModemProvider
) -> None:
    """We died in the middle of a send: the list shows the same as if it had never begun."""
    mm.next(hangs())
    sending = asyncio.create_task(modem.send(TEXT))
    await until(lambda: mm.hanging == 1)
    sending.cancel()
    error = await error_of(modem.find(TEXT, wall_clock() - 1_000))
    assert (error.retryable, error.code) == (True, "sending")
    mm.go_on()
    found = await modem.find(TEXT, wall_clock() - 1_000)
    assert found is not None
    assert found.status is Status.SENT


async def test_what_was_created_and_never_sent_is_taken_away(
    mm: ModemStandIn, modem: ModemProvider
) -> None:
    mm.next(hangs())
    sending = asyncio.create_task(modem.send(TEXT))
    await until(lambda: bool(mm.modem and mm.modem.texts))
    sending.cancel()
    assert mm.modem is not None
    [left] = mm.modem.texts.values()
    assert left.state == UNKNOWN
    assert await modem.find(TEXT, wall_clock() - MINUTE) is None
    assert mm.modem.texts == {}


async def test_pulled_out_while_sending_cannot_be_known_until_it_is_back(
    mm: ModemStandIn, modem: ModemProvider
) -> None:
    """What it cannot promise: a modem that was pulled out remembers nothing."""
    mm.next(unplugged(taken=True))
    assert (await error_of(modem.send(TEXT))).uncertain
    error = await error_of(modem.find(TEXT, wall_clock() - 1_000))
    assert (error.reason, error.code) == (Reason.NO_CONNECTION, "no_modem")
    mm.plug()
    assert await modem.find(TEXT, wall_clock() - 1_000) is None
    await modem.send(TEXT)
    assert len(mm.network) == 2


# -- answers ---------------------------------------------------------------------------------


async def test_an_answer_keeps_its_id_when_modemmanager_begins_anew(
    mm: ModemStandIn, modem: ModemProvider
) -> None:
    mm.receive("10086", "流量")
    sms = mm.receive("13800138000", "1 4071")  # as networks write a number of their own country
    before = await modem.replies(0)
    assert [(reply.sender, reply.text) for reply in before] == [
        ("10086", "流量"),
        (PHONE, "1 4071"),
    ]
    path = sms.path
    await modem.forget(before[0])
    await mm.stop()
    await mm.start()
    [after] = await modem.replies(0)
    assert sms.path != path
    assert after.provider_id == before[1].provider_id


async def test_a_long_answer_is_read_when_all_of_it_is_there(
    mm: ModemStandIn, modem: ModemProvider
) -> None:
    sms = mm.receive_part(PHONE, "1 40")
    assert await modem.replies(0) == []
    mm.complete(sms, "1 4071")
    assert [reply.text for reply in await modem.replies(0)] == ["1 4071"]


async def test_what_lay_there_before_us_has_the_networks_time_what_comes_has_ours(
    mm: ModemStandIn,
) -> None:
    """Our clock may be hours off: an answer that we saw come is never taken for an old one."""
    ahead = 5 * 60 * MINUTE
    provider = ModemProvider(now=lambda: wall_clock() + ahead)
    mm.receive(PHONE, "old", at=datetime.now(UTC) - timedelta(days=2))
    since = wall_clock() + ahead - DAY
    assert await provider.replies(since) == []
    mm.receive(PHONE, "1 4071")
    [reply] = await provider.replies(wall_clock() + ahead - MINUTE)
    assert reply.text == "1 4071"
    await provider.tidy()
    assert mm.modem is not None
    assert [sms.text for sms in mm.modem.texts.values()] == ["1 4071"]  # the old one made room
    await provider.close()


class Desk:
    """Where answers go."""

    def __init__(self) -> None:
        self.refuses = False
        self.taken: list[str] = []
        self.failed: list[Exception] = []

    async def take(self, reply: Reply) -> None:
        if self.refuses:
            raise OSError("disk full")
        self.taken.append(reply.text)


class Word(Silent):
    """What is said of the modem."""

    def __init__(self) -> None:
        self.up: list[bool] = []

    def provider_up(self, name: str, up: bool) -> None:
        assert name == "modem"
        self.up.append(up)


async def test_an_answer_is_brought_at_once_and_leaves_the_sim_when_it_is_acted_on(
    mm: ModemStandIn, modem: ModemProvider
) -> None:
    desk, word = Desk(), Word()

    async def sleep(seconds: float) -> None:  # time does not pass: signals alone wake it
        await asyncio.Event().wait()

    bringing = Bringing(
        modem, desk.take, now=wall_clock, observer=word, failed=desk.failed.append, sleep=sleep
    )
    running = asyncio.create_task(bringing.run())
    await until(lambda: word.up == [True])
    desk.refuses = True
    mm.receive(PHONE, "1 4071")
    await until(lambda: bool(desk.failed))
    assert mm.modem is not None
    assert len(mm.modem.texts) == 1
    desk.refuses = False
    mm.receive("+8613800138001", "收到")  # brings the first one again
    await until(lambda: sorted(desk.taken) == ["1 4071", "收到"])
    await until(lambda: mm.modem is not None and mm.modem.texts == {})
    mm.unplug()
    await until(lambda: word.up[-1] is False)
    mm.plug()
    await until(lambda: word.up[-1] is True)
    mm.receive(PHONE, "0")
    await until(lambda: "0" in desk.taken)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not true():
            await asyncio.sleep(0.001)
