"""Only what Twilio signed gets in; what is said goes to ``Answers`` and comes back as TwiML."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from xml.etree import ElementTree

import httpx
import pytest
from fastapi import FastAPI

from gateway.alerts.provider import Progress, Reply, Status
from gateway.web import webhooks
from gateway.web.webhooks import Line
from simulators.provider.hooks import signature

TOKEN, PUBLIC = "the token", "https://gateway.example"
PHONE = "+12025550123"
NOW = 1_650_000_000_000
SMS = {"MessageSid": "SM1", "From": PHONE, "To": "+12025550100", "Body": "1 4071"}
CALL = {"CallSid": "CA1", "From": "+12025550100", "To": PHONE, "Direction": "outbound-api"}
ASKS = Line("门开了 & 未许可", "zh", 7)
STATUS = {"MessageSid": "SM2", "MessageStatus": "delivered"}


@dataclass
class Kept:
    """``Answers`` that keeps what it is told."""

    texts: list[Reply] = field(default_factory=list)
    keys: list[tuple[str, int | None, str]] = field(default_factory=list)
    told: list[Progress] = field(default_factory=list)
    line: Line | None = ASKS
    trouble: Exception | None = None

    def _fail(self) -> None:
        if self.trouble is not None:
            raise self.trouble

    async def text(self, reply: Reply) -> None:
        self._fail()
        self.texts.append(reply)

    async def key(self, phone: str, alert_id: int | None, key: str) -> Line | None:
        self._fail()
        self.keys.append((phone, alert_id, key))
        return self.line

    async def status(self, progress: Progress) -> None:
        self._fail()
        self.told.append(progress)


class Web:
    def __init__(self) -> None:
        self.kept = Kept()
        self.refused: list[str] = []
        app = FastAPI()
        app.include_router(
            webhooks.router(
                self.kept,
                public_url=PUBLIC,
                auth_token=TOKEN,
                now=lambda: NOW,
                refused=self.refused.append,
            )
        )
        # As a proxy hands it on: not the address that Twilio was told.
        self.http = httpx.AsyncClient(
            transport=httpx.ASGITransport(app), base_url="http://127.0.0.1:8080"
        )

    async def post(self, path: str, form: dict[str, str], **change: object) -> httpx.Response:
        signed = change.get("signature", signature(TOKEN, PUBLIC + path, form))
        headers = {} if signed is None else {"X-Twilio-Signature": str(signed)}
        return await self.http.post(path, data=form, headers=headers)


@pytest.fixture
async def web() -> AsyncIterator[Web]:
    web = Web()
    yield web
    await web.http.aclose()


@pytest.mark.parametrize(
    ("path", "form"),
    [
        ("/twilio/sms", SMS),
        ("/twilio/voice?alert=7", CALL),
        ("/twilio/status", STATUS),
    ],
)
@pytest.mark.parametrize(
    "how",
    ["unsigned", "garbage", "another token", "another address", "another form", "without query"],
)
async def test_what_twilio_did_not_sign_is_refused_and_counted(
    web: Web, path: str, form: dict[str, str], how: str
) -> None:
    signed = {
        "unsigned": None,
        "garbage": "c2lnbmF0dXJl",
        "another token": signature("other", PUBLIC + path, form),
        "another address": signature(TOKEN, "https://other.example" + path, form),
        "another form": signature(TOKEN, PUBLIC + path, form | {"Body": "1 4523"}),
        "without query": signature(TOKEN, PUBLIC + path + "&x=1", form),
    }[how]
    assert (await web.post(path, form, signature=signed)).status_code == 403
    assert web.kept == Kept()
    assert web.refused == [path.removesuffix("?alert=7").rsplit("/", 1)[1]]


async def test_a_form_without_end_is_not_read(web: Web) -> None:
    form = SMS | {"Body": "x" * (webhooks.LONGEST + 1)}
    assert (await web.post("/twilio/sms", form)).status_code == 403


@pytest.mark.parametrize("path", ["/twilio/sms", "/twilio/voice", "/twilio/status"])
async def test_looking_does_nothing(web: Web, path: str) -> None:
    assert (await web.http.get(path)).status_code == 405


async def test_a_text_is_handed_on_and_answered_by_the_outbox_only(web: Web) -> None:
    answer = await web.post("/twilio/sms", SMS)
    assert web.kept.texts == [Reply("SM1", PHONE, "1 4071", NOW)]
    assert answer.headers["content-type"].startswith("text/xml")
    assert [*ElementTree.fromstring(answer.text)] == []


@pytest.mark.parametrize(
    ("form", "progress"),
    [
        (STATUS, Progress("SM2", Status.DELIVERED, None, None)),
        (
            {"MessageSid": "SM2", "MessageStatus": "undelivered", "ErrorCode": "30003"},
            Progress("SM2", Status.FAILED, "unreachable 30003", None),
        ),
        ({"CallSid": "CA1", "CallStatus": "ringing"}, Progress("CA1", Status.SENT, None, None)),
        ({"CallSid": "CA1", "CallStatus": "completed"}, Progress("CA1", Status.SENT, None, None)),
        ({"CallSid": "CA1", "CallStatus": "busy"}, Progress("CA1", Status.BUSY, None, None)),
        (
            {"CallSid": "CA1", "CallStatus": "no-answer"},
            Progress("CA1", Status.NO_ANSWER, None, None),
        ),
        (
            {"CallSid": "CA1", "CallStatus": "failed"},
            Progress("CA1", Status.FAILED, "failed", None),
        ),
        (
            {"CallSid": "CA1", "CallStatus": "completed", "AnsweredBy": "machine_start"},
            Progress("CA1", Status.MACHINE, None, None),
        ),
        (
            {"CallSid": "CA1", "CallStatus": "completed", "AnsweredBy": "human"},
            Progress("CA1", Status.ANSWERED, None, None),
        ),
    ],
)
async def test_a_status_in_our_words(web: Web, form: dict[str, str], progress: Progress) -> None:
    assert (await web.post("/twilio/status", form)).status_code == 204
    assert web.kept.told == [progress]


@pytest.mark.parametrize(
    ("path", "change", "heard"),
    [
        ("/twilio/voice?alert=7", {"Digits": "1"}, (PHONE, 7, "1")),
        ("/twilio/voice?alert=7", {}, (PHONE, 7, "")),
        ("/twilio/voice", {"Direction": "inbound", "From": PHONE}, (PHONE, None, "")),
        ("/twilio/voice?alert=x", {"Digits": "9"}, (PHONE, None, "9")),
        ("/twilio/voice?alert=" + "9" * 20, {"Digits": "1"}, (PHONE, None, "1")),
    ],
)
async def test_who_is_on_the_line_and_which_key(
    web: Web, path: str, change: dict[str, str], heard: tuple[str, int | None, str]
) -> None:
    await web.post(path, CALL | change)
    assert web.kept.keys == [heard]


@pytest.mark.parametrize(
    ("line", "verbs"),
    [
        (ASKS, ["Gather"]),
        (Line("taken", "en"), ["Say", "Hangup"]),
        (None, ["Reject"]),
    ],
)
async def test_what_a_call_says_next(web: Web, line: Line | None, verbs: list[str]) -> None:
    web.kept.line = line
    said = ElementTree.fromstring((await web.post("/twilio/voice?alert=7", CALL)).text)
    assert [verb.tag for verb in said] == verbs
    if line is not None and line.alert_id is not None:
        assert said[0].attrib["action"] == f"{PUBLIC}/twilio/voice?alert=7"
        assert said[0].attrib["numDigits"] == "1"
        assert [verb.text for verb in said[0].iter("Say")] == [line.text] * 2
        assert said[0][0].attrib["language"] == "zh-CN"


@pytest.mark.parametrize(
    ("path", "form"),
    [("/twilio/sms", SMS), ("/twilio/voice", CALL), ("/twilio/status", STATUS)],
)
async def test_what_cannot_be_kept_is_not_confirmed(
    web: Web, path: str, form: dict[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    web.kept.trouble = OSError("disk full")
    assert (await web.post(path, form)).status_code == 503
    assert "could not be dealt with" in caplog.text
    assert PHONE not in caplog.text


@pytest.mark.parametrize("path", ["/twilio/sms", "/twilio/voice", "/twilio/status"])
async def test_a_signed_form_of_something_else_does_nothing(web: Web, path: str) -> None:
    assert (await web.post(path, {"Anything": "else"})).status_code < 300
    assert web.kept == Kept()
