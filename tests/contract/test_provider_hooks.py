"""The stand-in's own requests are as published: signed, in the published forms, and they can go
wrong in every way that a provider's do."""

from collections.abc import AsyncIterator

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from twilio.request_validator import RequestValidator  # type: ignore[import-untyped]

from simulators.provider import (
    BUSY,
    MACHINE,
    NO_ANSWER,
    Fate,
    ProviderStandIn,
    failed,
    undelivered,
)
from simulators.provider.hooks import signature
from tests.support.hooked import Hooked

TO = "+8613800138000"
TEXT_FIELDS = {"AccountSid", "ApiVersion", "From", "MessageSid", "MessageStatus"}
TEXT_FIELDS |= {"SmsSid", "SmsStatus", "To"}
CALL_FIELDS = {"AccountSid", "ApiVersion", "CallSid", "CallStatus", "Called", "Caller"}
CALL_FIELDS |= {"Direction", "From", "To", "Timestamp", "CallbackSource", "SequenceNumber"}


@pytest.fixture
async def ours() -> AsyncIterator[Hooked]:
    async with Hooked() as hooked:
        yield hooked


@pytest.fixture
async def standin(ours: Hooked) -> AsyncIterator[ProviderStandIn]:
    async with ProviderStandIn(delay=100, sms_url=f"{ours.url}/sms") as provider:
        yield provider


async def created(standin: ProviderStandIn, kind: str, form: dict[str, str | list[str]]) -> str:
    url = f"{standin.base_url}/2010-04-01/Accounts/{standin.account_sid}/{kind}.json"
    auth = (standin.account_sid, standin.auth_token)
    async with httpx.AsyncClient(auth=auth, trust_env=False) as client:
        answer = await client.post(url, data={"To": TO, "From": standin.our_number} | form)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["sid"])


@given(st.dictionaries(st.text(max_size=5), st.text(max_size=5), max_size=5))
def test_signatures_are_what_the_official_validator_computes(form: dict[str, str]) -> None:
    url = "https://gateway.example/twilio/sms?alert=1"
    assert signature("token", url, form) == RequestValidator("token").compute_signature(url, form)


@pytest.mark.parametrize(
    ("fate", "statuses"),
    [
        (None, ["queued", "sent", "delivered"]),
        (undelivered(30003), ["queued", "sent", "undelivered"]),
        (failed(30001), ["queued", "failed"]),
    ],
)
async def test_a_text_is_followed_to_its_end(
    standin: ProviderStandIn, ours: Hooked, fate: Fate | None, statuses: list[str]
) -> None:
    if fate is not None:
        standin.fate(fate)
    sid = await created(standin, "Messages", {"Body": "x", "StatusCallback": f"{ours.url}/status"})
    standin.advance(1_000)
    await standin.wait_for(lambda: len(ours.got) == len(statuses))
    assert [got.form["MessageStatus"] for got in ours.got] == statuses
    validator = RequestValidator(standin.auth_token)
    for got in ours.got:
        assert validator.validate(ours.url + got.path, got.form, got.signature)
        assert set(got.form) - {"ErrorCode"} == TEXT_FIELDS
        assert got.form["MessageSid"] == sid
    code = fate.text[-1].error_code if fate is not None else None
    assert ours.got[-1].form.get("ErrorCode") == (str(code) if code else None)


@pytest.mark.parametrize(
    ("fate", "status", "answered_by"),
    [
        (None, "completed", "human"),
        (MACHINE, "completed", "machine_start"),
        (BUSY, "busy", None),
        (NO_ANSWER, "no-answer", None),
        (failed(13224), "failed", None),
    ],
)
async def test_a_call_ends_with_what_became_of_it(
    standin: ProviderStandIn, ours: Hooked, fate: Fate | None, status: str, answered_by: str | None
) -> None:
    if fate is not None:
        standin.fate(fate)
    form: dict[str, str | list[str]] = {
        "Twiml": "<Response><Say>x</Say></Response>",
        "StatusCallback": f"{ours.url}/status",
        "MachineDetection": "Enable",
    }
    await created(standin, "Calls", form)
    standin.advance(1_000)
    await standin.wait_for(lambda: len(ours.got) == 1)  # without a choice only the end is said
    [got] = ours.got
    assert (got.form["CallStatus"], got.form.get("AnsweredBy")) == (status, answered_by)
    assert set(got.form) - {"AnsweredBy", "CallDuration", "Duration"} == CALL_FIELDS


async def test_a_calls_events_come_as_they_were_asked_for(
    standin: ProviderStandIn, ours: Hooked
) -> None:
    form: dict[str, str | list[str]] = {
        "Twiml": "<Response/>",
        "StatusCallback": f"{ours.url}/status",
        "StatusCallbackEvent": ["initiated", "ringing", "answered", "completed"],
    }
    await created(standin, "Calls", form)
    standin.advance(1_000)
    await standin.wait_for(lambda: len(ours.got) == 4)
    said = [(got.form["SequenceNumber"], got.form["CallStatus"]) for got in ours.got]
    assert said[:2] == [("0", "initiated"), ("1", "ringing")]
    assert [status for _, status in said[2:]] == ["in-progress", "completed"]


async def test_callbacks_can_be_late_backwards_and_twice(
    standin: ProviderStandIn, ours: Hooked
) -> None:
    standin.hooks.hold()
    await created(standin, "Messages", {"Body": "x", "StatusCallback": f"{ours.url}/status"})
    standin.advance(1_000)
    await standin.wait_for(lambda: standin.hooks.held() == 3)
    assert ours.got == []
    standin.hooks.twice = True
    await standin.hooks.release(backwards=True)
    said = [got.form["MessageStatus"] for got in ours.got]
    assert said == ["delivered", "delivered", "sent", "sent", "queued", "queued"]


async def test_a_text_that_comes_in_is_posted_to_our_number(
    standin: ProviderStandIn, ours: Hooked
) -> None:
    sid = standin.reply(TO, "1 4071").sid
    await standin.wait_for(lambda: len(standin.hooks.posts) == 1)
    [got] = ours.got
    assert (got.form["MessageSid"], got.form["From"], got.form["Body"]) == (sid, TO, "1 4071")
    assert got.form["To"] == standin.our_number
    assert RequestValidator(standin.auth_token).validate(f"{ours.url}/sms", got.form, got.signature)


async def test_nobody_there_is_noted_and_harms_nothing(standin: ProviderStandIn) -> None:
    standin.hooks.sms_url = "http://127.0.0.1:9/sms"  # discard: nobody listens
    standin.reply(TO, "1")
    await standin.wait_for(lambda: len(standin.hooks.posts) == 1)
    assert standin.hooks.posts[0].status == 0


# -- what a call does ------------------------------------------------------------------------

ASKS = (
    '<Response><Gather numDigits="1" action="{url}/key?n=1"><Say language="zh-CN">门开了</Say>'
    "<Pause/></Gather><Say>bye</Say></Response>"
)


async def call(standin: ProviderStandIn, form: dict[str, str | list[str]]) -> list[str]:
    """Who takes it hears this."""
    await created(standin, "Calls", form)
    standin.advance(1_000)
    await standin.wait_for(lambda: bool(standin.calls[0].heard or standin.calls[0].errors))
    await standin.wait_for(lambda: not standin.hooks.busy())
    return [words for _, words in standin.calls[0].heard]


async def test_a_key_goes_to_the_action_and_its_answer_is_carried_out(
    standin: ProviderStandIn, ours: Hooked
) -> None:
    standin.presses("21", TO)
    ours.answers["/key"] = lambda form: (
        ASKS.format(url=ours.url)
        if form["Digits"] == "2"
        else "<Response><Say>taken</Say><Hangup/><Say>never</Say></Response>"
    )
    assert await call(standin, {"Twiml": ASKS.format(url=ours.url)}) == ["门开了"] * 2 + ["taken"]
    assert [(got.path, got.form["Digits"]) for got in ours.got] == [("/key?n=1", d) for d in "21"]
    assert ours.got[0].form["CallSid"] == standin.calls[0].sid
    url = ours.url + ours.got[0].path
    validator = RequestValidator(standin.auth_token)
    assert validator.validate(url, ours.got[0].form, ours.got[0].signature)


async def test_without_a_key_it_goes_on(standin: ProviderStandIn, ours: Hooked) -> None:
    assert await call(standin, {"Twiml": ASKS.format(url=ours.url)}) == ["门开了", "bye"]
    assert ours.got == []


async def test_the_words_can_be_asked_for_and_lead_elsewhere(
    standin: ProviderStandIn, ours: Hooked
) -> None:
    ours.answers["/voice"] = lambda form: "<Response><Redirect>more</Redirect></Response>"
    ours.answers["/more"] = lambda form: f"<Response><Say>{form['AnsweredBy']}</Say></Response>"
    url = f"{ours.url}/voice"
    form: dict[str, str | list[str]] = {"Url": url, "Twiml": "<Response/>"}  # the address wins
    assert await call(standin, form | {"MachineDetection": "Enable"}) == ["human"]


@pytest.mark.parametrize(
    "document", ["", "<Response><Say>x</Response>", "<Response><Sing/></Response>"]
)
async def test_what_is_no_twiml_is_an_application_error(
    standin: ProviderStandIn, ours: Hooked, document: str
) -> None:
    ours.answers["/voice"] = lambda form: document
    assert "error" in (await call(standin, {"Url": f"{ours.url}/voice"}))[0]
    assert len(standin.calls[0].errors) == 1
