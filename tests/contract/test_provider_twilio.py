"""Our Twilio provider, through the official client, against the stand-in of the published API."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable
from dataclasses import replace
from email.utils import formatdate
from xml.etree import ElementTree

import pytest

from gateway.alerts import twilio_lanes
from gateway.alerts.errors import ProviderError, Reason
from gateway.alerts.provider import Outgoing, Progress, Provider, Status
from gateway.alerts.twilio import TwilioAccount, TwilioProvider
from rules.model import Channel
from simulators.provider import (
    BUSY,
    MACHINE,
    NEVER,
    NO_ANSWER,
    Failure,
    Fate,
    ProviderStandIn,
    after_accepting,
    dropped,
    failed,
    late,
    rate_limited,
    refused,
    silent,
    unavailable,
    undelivered,
)

PHONE = "+8613800138000"
TEXT = Outgoing(
    1, Channel.SMS, PHONE, "3栋2单元501 22:14 开门未许可,请查看。回复 1 4821 确认", "zh"
)
CALL = TEXT._replace(channel=Channel.VOICE, text="3栋2单元501 门开了 & 未许可")


@pytest.fixture
async def standin() -> AsyncIterator[ProviderStandIn]:
    # A delay that no test sits through: they put the clock forward.
    async with ProviderStandIn(delay=100) as provider:
        yield provider


@pytest.fixture
async def twilio(standin: ProviderStandIn) -> AsyncIterator[TwilioProvider]:
    provider = TwilioProvider(account(standin))
    yield provider
    await provider.close()


def account(standin: ProviderStandIn) -> TwilioAccount:
    return TwilioAccount(
        account_sid=standin.account_sid,
        auth_token=standin.auth_token,
        from_number=standin.our_number,
        api_base=standin.base_url,
    )


def now() -> int:
    return int(time.time() * 1000)


async def refusal_of(sending: Awaitable[Progress]) -> ProviderError:
    with pytest.raises(ProviderError) as caught:
        await sending
    return caught.value


# -- sending and following -----------------------------------------------------------------


async def test_a_text_arrives_word_for_word(
    standin: ProviderStandIn, twilio: TwilioProvider
) -> None:
    progress = await twilio.send(TEXT)
    [message] = standin.messages
    assert (message.to, message.body, message.from_) == (PHONE, TEXT.text, standin.our_number)
    assert progress.provider_id == message.sid
    assert progress.status is Status.ACCEPTED
    assert progress.error is None
    assert abs((progress.updated_at or 0) - now()) < 5_000


async def test_a_text_is_followed_to_the_end(
    standin: ProviderStandIn, twilio: TwilioProvider
) -> None:
    sid = (await twilio.send(TEXT)).provider_id
    seen = []
    for forward in (0, 60, 50, 100):  # queued, sending, sent, delivered
        standin.advance(forward)
        seen.append((await twilio.fetch(Channel.SMS, sid)).status)
    assert seen == [Status.ACCEPTED, Status.ACCEPTED, Status.SENT, Status.DELIVERED]


@pytest.mark.parametrize(
    ("fate", "status", "error"),
    [
        (NEVER, Status.SENT, None),
        (undelivered(30003), Status.FAILED, "unreachable 30003"),
        (undelivered(30005), Status.FAILED, "unknown_number 30005"),
        (undelivered(30006), Status.FAILED, "not_mobile 30006"),
        (undelivered(30007), Status.FAILED, "blocked 30007"),
        (undelivered(30008), Status.FAILED, "carrier 30008"),
        (failed(30001), Status.FAILED, "queue_full 30001"),
        (failed(30002), Status.FAILED, "account 30002"),
    ],
)
async def test_what_becomes_of_a_text(
    standin: ProviderStandIn, twilio: TwilioProvider, fate: Fate, status: Status, error: str | None
) -> None:
    standin.fate(fate, PHONE)
    sid = (await twilio.send(TEXT)).provider_id
    standin.advance(1_000)
    progress = await twilio.fetch(Channel.SMS, sid)
    assert (progress.status, progress.error) == (status, error)


async def test_a_late_delivery_is_sent_until_it_comes(
    standin: ProviderStandIn, twilio: TwilioProvider
) -> None:
    standin.fate(late(3_600))
    sid = (await twilio.send(TEXT)).provider_id
    standin.advance(3_600)
    assert (await twilio.fetch(Channel.SMS, sid)).status is Status.SENT
    standin.advance(300)
    assert (await twilio.fetch(Channel.SMS, sid)).status is Status.DELIVERED


async def test_a_call_says_the_text_twice_in_the_persons_language(
    standin: ProviderStandIn, twilio: TwilioProvider
) -> None:
    progress = await twilio.send(CALL)
    [call] = standin.calls
    assert progress == await twilio.fetch(Channel.VOICE, call.sid)
    assert call.twiml.count('<Say language="zh-CN">3栋2单元501 门开了 &amp; 未许可</Say>') == 2
    assert call.detects_machine
    await twilio.send(CALL._replace(language="en", to="+447700900123"))
    assert 'language="en-GB"' in standin.calls[1].twiml


async def test_without_a_public_address_a_call_offers_no_keys_and_nobody_is_told(
    standin: ProviderStandIn, twilio: TwilioProvider
) -> None:
    await twilio.send(CALL)
    await twilio.send(TEXT)
    assert "Gather" not in standin.calls[0].twiml
    assert [r.status_callback for r in (*standin.calls, *standin.messages)] == ["", ""]


async def test_with_a_public_address_keys_and_states_come_to_it(standin: ProviderStandIn) -> None:
    public = "https://gateway.example"
    twilio = TwilioProvider(replace(account(standin), public_url=public))
    await twilio.send(CALL._replace(alert_id=12))
    await twilio.send(TEXT)
    [call], [message] = standin.calls, standin.messages
    gather = ElementTree.fromstring(call.twiml).find("Gather")
    assert gather is not None
    assert gather.attrib["action"] == f"{public}/twilio/voice?alert=12"
    assert [said.text for said in gather.iter("Say")] == [CALL.text] * 2
    assert call.status_callback == message.status_callback == f"{public}/twilio/status"
    assert call.status_callback_events == ("ringing", "answered", "completed")
    await twilio.close()


@pytest.mark.parametrize(
    ("fate", "status", "error"),
    [
        (late(0), Status.ANSWERED, None),
        (MACHINE, Status.MACHINE, None),
        (BUSY, Status.BUSY, None),
        (NO_ANSWER, Status.NO_ANSWER, None),
        (failed(13224), Status.FAILED, "failed"),
        (NEVER, Status.SENT, None),
    ],
)
async def test_what_becomes_of_a_call(
    standin: ProviderStandIn, twilio: TwilioProvider, fate: Fate, status: Status, error: str | None
) -> None:
    standin.fate(fate)
    sid = (await twilio.send(CALL)).provider_id
    standin.advance(1_000)
    progress = await twilio.fetch(Channel.VOICE, sid)
    assert (progress.status, progress.error) == (status, error)


async def test_a_messaging_service_sends_texts_and_cannot_call(standin: ProviderStandIn) -> None:
    service = "MG" + "7" * 32
    twilio = TwilioProvider(
        TwilioAccount(
            standin.account_sid,
            standin.auth_token,
            messaging_service_sid=service,
            api_base=standin.base_url,
        )
    )
    assert twilio.channels == {Channel.SMS}
    assert (await twilio.send(TEXT)).status is Status.ACCEPTED
    assert standin.messages[0].messaging_service_sid == service
    error = await refusal_of(twilio.send(CALL))
    assert (error.reason, error.retryable) == (Reason.NOT_SERVED, False)
    await twilio.close()


async def test_an_api_key_serves_in_place_of_the_token() -> None:
    key = "SK" + "9" * 32
    async with ProviderStandIn(api_keys={key: "its secret"}) as standin:
        twilio: Provider = TwilioProvider(
            TwilioAccount(
                standin.account_sid,
                api_key_sid=key,
                api_key_secret="its secret",
                from_number=standin.our_number,
                api_base=standin.base_url,
            )
        )
        await twilio.send(TEXT)
        assert len(standin.messages) == 1
        await twilio.close()


# -- errors --------------------------------------------------------------------------------


@pytest.mark.parametrize("outgoing", [TEXT, CALL], ids=["text", "call"])
@pytest.mark.parametrize(
    ("failure", "reason", "retryable", "uncertain", "taken"),
    [
        (refused(21211), Reason.BAD_NUMBER, False, False, 0),
        (refused(21610), Reason.OPTED_OUT, False, False, 0),
        (refused(21408), Reason.COUNTRY_BLOCKED, False, False, 0),
        (refused(21614), Reason.NOT_MOBILE, False, False, 0),
        (refused(21606), Reason.BAD_SENDER, True, False, 0),
        (refused(20003), Reason.AUTH, True, False, 0),
        (rate_limited(), Reason.RATE_LIMITED, True, False, 0),
        (unavailable(500), Reason.PROVIDER_DOWN, True, True, 0),
        (unavailable(503), Reason.PROVIDER_DOWN, True, True, 0),
        (unavailable(502, accept=True), Reason.PROVIDER_DOWN, True, True, 1),
        (dropped(), Reason.CONNECTION_LOST, True, True, 0),
        (after_accepting(), Reason.CONNECTION_LOST, True, True, 1),
        (Failure(status=200, accept=True, body="{cut"), Reason.BAD_ANSWER, True, True, 1),
        (Failure(status=200, accept=True, body="{}"), Reason.BAD_ANSWER, True, True, 1),
        (Failure(status=200, accept=True, body="[]"), Reason.BAD_ANSWER, True, True, 1),
    ],
)
async def test_how_a_send_fails(  # a table's columns
    standin: ProviderStandIn,
    twilio: TwilioProvider,
    outgoing: Outgoing,
    failure: Failure,
    reason: Reason,
    retryable: bool,
    uncertain: bool,
    taken: int,
) -> None:
    standin.next(failure)
    error = await refusal_of(twilio.send(outgoing))
    assert (error.reason, error.retryable, error.uncertain) == (reason, retryable, uncertain)
    assert len(standin.messages) + len(standin.calls) == taken
    assert PHONE not in f"{error!r} {error.__cause__!r}"
    found = await twilio.find(outgoing, now() - 1_000)
    assert (found is not None) is bool(taken)
    assert (await twilio.send(outgoing)).status is Status.ACCEPTED  # and the way is open again


async def test_retry_after_is_handed_on(standin: ProviderStandIn, twilio: TwilioProvider) -> None:
    table: list[tuple[float | str, float, float]] = [
        (17, 17.0, 17.0),
        (formatdate(time.time() + 60, usegmt=True), 50.0, 61.0),
        (formatdate(time.time() - 60, usegmt=True), 0.0, 0.0),
    ]
    for value, least, most in table:
        standin.next(rate_limited(value))
        error = await refusal_of(twilio.send(TEXT))
        assert error.retry_after is not None
        assert least <= error.retry_after <= most
    for nonsense in (None, "soon"):
        standin.next(rate_limited(nonsense))
        assert (await refusal_of(twilio.send(TEXT))).retry_after is None


async def test_a_wrong_token_is_an_auth_error_and_ours(standin: ProviderStandIn) -> None:
    wrong = TwilioAccount(
        standin.account_sid, "wrong", from_number=standin.our_number, api_base=standin.base_url
    )
    twilio = TwilioProvider(wrong)
    error = await refusal_of(twilio.send(TEXT))
    assert (error.reason, error.code, error.ours) == (Reason.AUTH, "20003", True)
    assert "wrong" not in repr(wrong)
    await twilio.close()


async def test_numbers_that_twilio_publishes_for_tests(twilio: TwilioProvider) -> None:
    for number, reason in {
        "+15005550001": Reason.BAD_NUMBER,
        "+15005550003": Reason.COUNTRY_BLOCKED,
        "+15005550004": Reason.OPTED_OUT,
        "+15005550009": Reason.NOT_MOBILE,
    }.items():
        assert (await refusal_of(twilio.send(TEXT._replace(to=number)))).reason is reason


async def test_refused_connections_certainly_sent_nothing(
    standin: ProviderStandIn, twilio: TwilioProvider
) -> None:
    await twilio.send(TEXT)
    await standin.down()
    error = await refusal_of(twilio.send(TEXT))
    assert (error.reason, error.retryable, error.uncertain) == (Reason.NO_CONNECTION, True, False)
    await standin.up()
    await twilio.send(TEXT)
    assert len(standin.messages) == 2


async def test_a_hung_provider_is_given_up_in_time_and_found_again(
    standin: ProviderStandIn, twilio: TwilioProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    await twilio.send(TEXT._replace(text="before"))
    monkeypatch.setattr(twilio_lanes, "DEADLINE_SECONDS", 0.2)
    standin.next(silent())
    error = await refusal_of(twilio.send(TEXT))
    assert (error.reason, error.uncertain) == (Reason.TIMEOUT, True)
    monkeypatch.undo()
    found = await twilio.find(TEXT, now() - 5_000)
    assert found is not None
    assert found.provider_id == standin.messages[1].sid


async def test_a_send_that_is_cancelled_lets_go_at_once(
    standin: ProviderStandIn, twilio: TwilioProvider
) -> None:
    await twilio.send(TEXT)
    standin.next(silent())
    sending = asyncio.create_task(twilio.send(TEXT))
    await standin.wait_for(lambda: len(standin.messages) == 2)
    sending.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(sending, 1)
    assert (await twilio.send(TEXT)).status is Status.ACCEPTED


# -- finding again ---------------------------------------------------------------------------


async def test_find_wants_the_same_recipient_body_and_time(
    standin: ProviderStandIn, twilio: TwilioProvider
) -> None:
    before = now()
    sid = (await twilio.send(TEXT)).provider_id
    found = await twilio.find(TEXT, before)
    assert found is not None
    assert found.provider_id == sid
    for other in (TEXT._replace(to="+8613800138001"), TEXT._replace(text=TEXT.text + "。")):
        assert await twilio.find(other, before) is None
    assert await twilio.find(TEXT, before + 120_000) is None


async def test_find_takes_the_first_since_and_not_an_older_twin(
    standin: ProviderStandIn, twilio: TwilioProvider
) -> None:
    await twilio.send(TEXT)
    standin.advance(300)
    second = await twilio.send(TEXT)
    standin.advance(300)
    await twilio.send(TEXT)
    since = now() - 300_000  # on our clock; theirs was put forward by 600 s and says so
    found = await twilio.find(TEXT, since)
    assert found is not None
    assert found.provider_id == second.provider_id


async def test_find_never_takes_a_reply_for_our_text(
    standin: ProviderStandIn, twilio: TwilioProvider
) -> None:
    standin.account.receive(standin.our_number, TEXT.text, PHONE)
    assert await twilio.find(TEXT, now() - 1_000) is None


async def test_find_knows_a_call_by_recipient_and_time(
    standin: ProviderStandIn, twilio: TwilioProvider
) -> None:
    before = now()
    standin.next(after_accepting())
    assert (await refusal_of(twilio.send(CALL))).uncertain
    found = await twilio.find(CALL, before)
    assert found is not None
    assert found.provider_id == standin.calls[0].sid
    assert await twilio.find(CALL._replace(to="+8613800138001"), before) is None
    assert await twilio.find(CALL, before + 120_000) is None


@pytest.mark.parametrize("outgoing", [TEXT, CALL], ids=["text", "call"])
async def test_find_passes_over_what_belongs_to_another_alert(
    standin: ProviderStandIn, twilio: TwilioProvider, outgoing: Outgoing
) -> None:
    before = now()
    first = await twilio.send(outgoing)
    assert await twilio.find(outgoing, before, {first.provider_id}) is None
    second = await twilio.send(outgoing)
    found = await twilio.find(outgoing, before, {first.provider_id})
    assert found is not None
    assert found.provider_id == second.provider_id


# -- replies ---------------------------------------------------------------------------------


async def test_replies_come_in_order_with_sender_and_text(
    standin: ProviderStandIn, twilio: TwilioProvider
) -> None:
    assert await twilio.replies(now()) == []
    await twilio.send(TEXT)
    first = standin.reply(PHONE, "1 4821")
    standin.advance(2)
    second = standin.reply("+8613800138001", "收到")
    replies = await twilio.replies(now() - 1_000)
    assert [(r.provider_id, r.sender, r.text) for r in replies] == [
        (first.sid, PHONE, "1 4821"),
        (second.sid, "+8613800138001", "收到"),
    ]
    assert replies[0].at == int(first.created) * 1000


async def test_replies_from_before_are_not_asked_for(
    standin: ProviderStandIn, twilio: TwilioProvider
) -> None:
    standin.reply(PHONE, "1 1111")
    standin.advance(3_600)
    standin.reply(PHONE, "1 2222")
    for _ in range(2):  # the first answer tells how far their clock is ahead of ours
        assert [reply.text for reply in await twilio.replies(now())] == ["1 2222"]


async def test_replies_are_found_though_our_clock_is_hours_ahead(
    standin: ProviderStandIn, twilio: TwilioProvider
) -> None:
    standin.advance(-7 * 3_600)
    standin.reply(PHONE, "1 2222")
    for _ in range(2):
        assert [reply.text for reply in await twilio.replies(now())] == ["1 2222"]


async def test_a_gateway_whose_time_is_not_the_machine_s_finds_what_there_is(
    standin: ProviderStandIn,
) -> None:
    """The machine came up long ago by its own clock; the gateway goes on from what it knows."""

    def later() -> int:
        return now() + 30 * 86_400_000

    twilio = TwilioProvider(account(standin), later)
    before = later()
    sent = await twilio.send(TEXT)
    standin.reply(PHONE, "1 2222")
    assert [reply.text for reply in await twilio.replies(before)] == ["1 2222"]
    found = await twilio.find(TEXT, before)
    assert found is not None
    assert found.provider_id == sent.provider_id
    await twilio.close()


async def test_many_sends_at_once_each_arrive_once(
    standin: ProviderStandIn, twilio: TwilioProvider
) -> None:
    texts = [TEXT._replace(alert_id=n, text=f"text {n}") for n in range(60)]
    progress = await asyncio.gather(*map(twilio.send, texts))
    assert sorted(m.body for m in standin.messages) == sorted(t.text for t in texts)
    assert len({p.provider_id for p in progress}) == len(texts)
