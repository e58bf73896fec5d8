"""What every way out must do, run against each: Twilio, the local modem, chat.

The stand-ins are true to published interfaces; chat goes through apprise to a service of our own.
What a way cannot promise it says in ``promises``, and is held to that here.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Coroutine
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from gateway.alerts import chat_urls, modem, twilio_lanes
from gateway.alerts.chat import ChatProvider
from gateway.alerts.errors import ProviderError, Reason
from gateway.alerts.modem import ModemProvider
from gateway.alerts.provider import Outgoing, Progress, Provider, Status
from gateway.alerts.twilio import TwilioAccount, TwilioProvider
from gateway.alerts.wall import wall_clock
from rules.model import Channel
from simulators.modem import ModemStandIn, hangs
from simulators.modem import refused as modem_refuses
from simulators.provider import ProviderStandIn, rate_limited, refused, silent
from tests.support.sink import Answer, Sink

# Apprise's mail asks for a module that Python 3.13 no longer has.
pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")

PHONE = "+14155550123"
WORDS = "3栋2单元501 22:14 开门未许可,请查看。回复 1 4821 确认"
SECRET = "a-secret"


@dataclass
class Way:
    """A provider, and the hands with which a test makes its outside behave."""

    make: Callable[[], Provider]  # another one, as after a restart
    outgoing: Outgoing
    taken: Callable[[], list[str]]  # the texts that the outside has taken, in order
    refuse: Callable[[], None]  # the next send, for good
    busy: Callable[[], None]  # the next send, for a while
    hang: Callable[[], None]  # the next send is taken, and not answered
    go_on: Callable[[], None]  # what hangs ends
    deliver: Callable[[], None]
    down: Callable[[], Coroutine[Any, Any, None]]  # nobody can be reached
    up: Callable[[], Coroutine[Any, Any, None]]
    answer: Callable[[], None] | None  # the person texts back; None: he cannot
    other_kind: Channel


def text(kind: Channel) -> Outgoing:
    return Outgoing(1, kind, PHONE, WORDS, "zh")


@contextlib.asynccontextmanager
async def twilio() -> AsyncIterator[Way]:
    async with ProviderStandIn(delay=100) as standin:

        def make() -> Provider:
            return TwilioProvider(
                TwilioAccount(
                    standin.account_sid,
                    standin.auth_token,
                    from_number=standin.our_number,
                    api_base=standin.base_url,
                )
            )

        yield Way(
            make,
            text(Channel.SMS),
            lambda: [message.body for message in standin.messages],
            lambda: standin.next(refused(21211)),
            lambda: standin.next(rate_limited()),
            lambda: standin.next(silent()),
            lambda: None,
            lambda: standin.advance(1_000),
            standin.down,
            standin.up,
            lambda: (standin.reply(PHONE, "1 4821"), None)[1],
            Channel.CHAT,
        )


@contextlib.asynccontextmanager
async def local_modem() -> AsyncIterator[Way]:
    async with ModemStandIn() as mm:
        mm.report = None
        with mm.as_system_bus():
            there = mm.modem

            async def down() -> None:
                mm.unplug()

            async def up() -> None:
                mm.modem = there

            yield Way(
                ModemProvider,
                text(Channel.SMS),
                lambda: [sms.text for sms in mm.network],
                lambda: mm.next(modem_refuses("Message.InvalidPduParameter")),
                lambda: mm.next(modem_refuses("Message.SimBusy")),
                lambda: mm.next(hangs(taken=True)),
                mm.go_on,
                lambda: mm.deliver(mm.network[0]),
                down,
                up,
                lambda: (mm.receive(PHONE, "1 4821"), None)[1],
                Channel.VOICE,
            )


@contextlib.asynccontextmanager
async def chat(folder: Path) -> AsyncIterator[Way]:
    with Sink() as sink:
        file = folder / "chat.urls"
        file.write_text(f"# ours\n三号楼群 = {sink.url(SECRET)}\n{sink.url('others')}\n")

        async def down() -> None:
            sink.down()

        async def up() -> None:
            sink.up()

        yield Way(
            lambda: ChatProvider("chat:ours", chat_urls.read(file), {PHONE: "三号楼群"}.get),
            text(Channel.CHAT),
            sink.texts,
            lambda: sink.next(Answer(400, taken=False)),
            lambda: sink.next(Answer(429, taken=False)),
            lambda: sink.next(Answer(hangs=True)),
            sink.let_go,
            lambda: None,
            down,
            up,
            None,
            Channel.SMS,
        )


@pytest.fixture(params=["twilio", "modem", "chat"])
async def way(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Way]:
    opened = {"twilio": twilio, "modem": local_modem, "chat": lambda: chat(tmp_path)}
    async with opened[request.param]() as found:
        yield found


@pytest.fixture
async def provider(way: Way) -> AsyncIterator[Provider]:
    made = way.make()
    yield made
    await made.close()


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(twilio_lanes, "DEADLINE_SECONDS", 0.3)
    monkeypatch.setattr(modem, "SEND_S", 0.3)  # chat's service has its own patience in its address


async def error_of(sending: Coroutine[Any, Any, Progress]) -> ProviderError:
    with pytest.raises(ProviderError) as caught:
        await sending
    return caught.value


async def test_a_text_is_taken_once_and_word_for_word(way: Way, provider: Provider) -> None:
    progress = await provider.send(way.outgoing)
    assert way.taken() == [WORDS]
    assert progress.status in (Status.ACCEPTED, Status.SENT)
    assert progress.provider_id
    assert progress.error is None


async def test_delivered_is_said_by_who_knows_it_and_by_nobody_else(
    way: Way, provider: Provider
) -> None:
    sent = await provider.send(way.outgoing)
    before = await provider.fetch(way.outgoing.channel, sent.provider_id)
    assert before.status in (Status.ACCEPTED, Status.SENT)
    way.deliver()
    after = await provider.fetch(way.outgoing.channel, sent.provider_id)
    assert after.provider_id == sent.provider_id
    assert after.status is (Status.DELIVERED if provider.promises.receipts else Status.SENT)


async def test_a_refusal_for_good_says_so_and_the_way_stays_open(
    way: Way, provider: Provider
) -> None:
    way.refuse()
    error = await error_of(provider.send(way.outgoing))
    assert (error.retryable, error.uncertain, way.taken()) == (False, False, [])
    await provider.send(way.outgoing)
    assert way.taken() == [WORDS]


async def test_a_refusal_for_a_while_may_be_tried_again(way: Way, provider: Provider) -> None:
    way.busy()
    error = await error_of(provider.send(way.outgoing))
    assert (error.retryable, error.uncertain, way.taken()) == (True, False, [])
    await provider.send(way.outgoing)
    assert way.taken() == [WORDS]


async def test_whom_nobody_reaches_has_surely_taken_nothing(way: Way, provider: Provider) -> None:
    await provider.send(way.outgoing)
    await way.down()
    error = await error_of(provider.send(way.outgoing))
    assert (error.reason, error.retryable, error.uncertain) == (Reason.NO_CONNECTION, True, False)
    await way.up()
    await provider.send(way.outgoing)
    assert way.taken() == [WORDS] * 2


@pytest.mark.usefixtures("impatient")
async def test_taken_but_not_answered_is_in_doubt_until_it_is_found(
    way: Way, provider: Provider
) -> None:
    since = wall_clock() - 1_000
    way.hang()
    error = await error_of(provider.send(way.outgoing))
    assert (error.reason, error.retryable, error.uncertain) == (Reason.TIMEOUT, True, True)
    assert way.taken() == [WORDS]
    way.go_on()
    assert (await found(provider, way, since) is not None) is provider.promises.once


async def test_after_a_crash_nothing_is_sent_twice_by_who_promises_it(
    way: Way, provider: Provider
) -> None:
    since = wall_clock() - 1_000
    sent = await provider.send(way.outgoing)  # and here we die
    again = way.make()
    known = await found(again, way, since)
    if known is None:
        await again.send(way.outgoing)
    assert way.taken() == [WORDS] * (1 if again.promises.once else 2)
    if again.promises.once:
        assert known is not None
        assert known.provider_id == sent.provider_id
        assert await again.find(way.outgoing, since, {sent.provider_id}) is None
    await again.close()


async def test_what_never_was_sent_is_never_found(way: Way, provider: Provider) -> None:
    since = wall_clock() - 1_000
    await provider.send(way.outgoing._replace(text="别的"))
    assert await provider.find(way.outgoing, since) is None


async def test_a_kind_that_is_not_served_is_refused(way: Way, provider: Provider) -> None:
    assert provider.channels & {way.outgoing.channel, way.other_kind} == {way.outgoing.channel}
    error = await error_of(provider.send(way.outgoing._replace(channel=way.other_kind)))
    assert (error.reason, error.retryable) == (Reason.NOT_SERVED, False)
    assert way.taken() == []


async def test_an_error_tells_neither_number_nor_text_nor_secret(
    way: Way, provider: Provider
) -> None:
    for make_trouble in (way.refuse, way.busy):
        make_trouble()
        said = repr(await error_of(provider.send(way.outgoing)))
        for private in (PHONE, PHONE[-8:], WORDS, SECRET):
            assert private not in said


async def test_answers_come_from_those_who_can_answer(way: Way, provider: Provider) -> None:
    assert provider.can_reply(PHONE) is (way.answer is not None)
    await provider.send(way.outgoing)
    if way.answer is not None:
        way.answer()
    replies = await provider.replies(wall_clock() - 60_000)
    said = [(reply.sender, reply.text) for reply in replies]
    assert said == ([(PHONE, "1 4821")] if way.answer is not None else [])


async def test_a_send_that_is_given_up_lets_go(way: Way, provider: Provider) -> None:
    await provider.send(way.outgoing)
    way.hang()
    sending = asyncio.create_task(provider.send(way.outgoing))
    async with asyncio.timeout(10):
        while len(way.taken()) < 2:
            await asyncio.sleep(0.001)
    sending.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(sending, 5)
    assert (await provider.send(way.outgoing)).status in (Status.ACCEPTED, Status.SENT)
    way.go_on()


async def found(provider: Provider, way: Way, since: int) -> Progress | None:
    """Ask until it can be said, as the dispatcher does."""
    async with asyncio.timeout(10):
        while True:
            try:
                return await provider.find(way.outgoing, since)
            except ProviderError as error:
                assert error.retryable, error
                await asyncio.sleep(0.01)
