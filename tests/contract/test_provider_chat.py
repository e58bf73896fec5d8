"""Chat groups through apprise, to a service of our own: who gets what, and what answers mean."""

import asyncio
import builtins
import logging
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from gateway.alerts import chat_urls
from gateway.alerts.chat import ChatProvider
from gateway.alerts.errors import ProviderError, Reason
from gateway.alerts.provider import Outgoing, Progress, Status
from rules.model import Channel
from tests.support.sink import Answer, Sink

pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")

ANN, BEN, CAI = "+8613800000001", "+8613800000002", "+8613800000003"
GROUPS = {ANN: "三号楼群", BEN: "duty", CAI: None}
TEXT = Outgoing(7, Channel.CHAT, ANN, "3栋2单元501 22:14开门 <未许可> & *请查看*", "zh")


@pytest.fixture
def sink() -> Iterator[Sink]:
    with Sink() as sink:
        yield sink


@pytest.fixture
async def chat(sink: Sink, tmp_path: Path) -> AsyncIterator[ChatProvider]:
    file = tmp_path / "chat.urls"
    file.write_text(
        f"三号楼群, duty = {sink.url('south')}\nduty = {sink.url('desk')}\n{sink.url('all')}\n"
    )
    provider = ChatProvider("chat:ours", chat_urls.read(file), GROUPS.get)
    yield provider
    await provider.close()


async def error_of(provider: ChatProvider, outgoing: Outgoing = TEXT) -> ProviderError:
    with pytest.raises(ProviderError) as caught:
        await provider.send(outgoing)
    return caught.value


@pytest.mark.parametrize(
    ("phone", "groups"), [(ANN, ["south"]), (BEN, ["desk", "south"]), (CAI, ["all"])]
)
async def test_the_ledgers_group_decides_where_it_goes(
    sink: Sink, chat: ChatProvider, phone: str, groups: list[str]
) -> None:
    progress = await chat.send(TEXT._replace(to=phone))
    assert progress == Progress("chat:ours-7", Status.SENT, None, None)
    assert sorted(sink.messages) == [(group, TEXT.text) for group in groups]


async def test_a_group_that_no_address_serves_is_handed_on(sink: Sink, tmp_path: Path) -> None:
    file = tmp_path / "chat.urls"
    file.write_text(sink.url("all"))
    provider = ChatProvider("chat:ours", chat_urls.read(file), GROUPS.get)
    error = await error_of(provider)
    assert (error.reason, error.code, error.retryable) == (Reason.NOT_FOUND, "group", False)
    assert sink.messages == []
    await provider.close()


@pytest.mark.parametrize(
    ("answer", "reason", "retryable", "uncertain"),
    [
        (Answer(401, taken=False), Reason.AUTH, True, False),
        (Answer(404, taken=False), Reason.AUTH, True, False),
        (Answer(413, taken=False), Reason.REFUSED, False, False),
        (Answer(429, taken=False), Reason.RATE_LIMITED, True, False),
        (Answer(503, taken=False), Reason.PROVIDER_DOWN, True, True),
        (Answer(cuts=True), Reason.CONNECTION_LOST, True, True),
        (Answer(hangs=True), Reason.TIMEOUT, True, True),
        # WeCom, DingTalk and Feishu say no with HTTP 200 and a number in the body.
        (Answer(body='{"errcode":93000,"errmsg":"invalid"}'), Reason.AUTH, True, False),
        (Answer(body='{"errcode":45009,"errmsg":"freq"}'), Reason.RATE_LIMITED, True, False),
        (Answer(body='{"errcode":310000,"errmsg":"keywords"}'), Reason.AUTH, True, False),
        (Answer(body='{"code":19001,"msg":"token","data":{}}'), Reason.AUTH, True, False),
        (Answer(body='{"code":11232,"msg":"frequency"}'), Reason.RATE_LIMITED, True, False),
        (Answer(body='{"errcode":44004,"errmsg":"empty"}'), Reason.REFUSED, False, False),
    ],
)
async def test_how_a_message_is_refused(  # a table's columns
    sink: Sink,
    chat: ChatProvider,
    answer: Answer,
    reason: Reason,
    retryable: bool,
    uncertain: bool,
) -> None:
    sink.next(answer)
    error = await error_of(chat)
    assert (error.reason, error.retryable, error.uncertain) == (reason, retryable, uncertain)
    sink.let_go()


@pytest.mark.parametrize(
    "body", ['{"errcode":0,"errmsg":"ok"}', '{"code":0,"msg":"success"}', "[1]", "", '{"code":"x"}']
)
async def test_what_is_a_yes(sink: Sink, chat: ChatProvider, body: str) -> None:
    sink.next(Answer(body=body))
    assert (await chat.send(TEXT)).status is Status.SENT


async def test_how_long_to_wait_is_handed_on(sink: Sink, chat: ChatProvider) -> None:
    sink.next(Answer(429, taken=False, retry_after="17"))
    assert (await error_of(chat)).retry_after == 17.0


async def test_tried_again_it_goes_to_those_only_who_lack_it(
    sink: Sink, chat: ChatProvider
) -> None:
    outgoing = TEXT._replace(to=BEN)
    sink.next(Answer(429, taken=False))  # one of the two, whichever comes first
    assert (await error_of(chat, outgoing)).reason is Reason.RATE_LIMITED
    await chat.send(outgoing)
    assert sorted(group for group, _ in sink.messages) == ["desk", "south"]


async def test_one_address_that_will_never_take_it_does_not_undo_the_other(
    sink: Sink, chat: ChatProvider
) -> None:
    sink.next(Answer(400, taken=False))
    progress = await chat.send(TEXT._replace(to=BEN))
    assert (progress.status, progress.error) == (Status.SENT, "refused 400")
    assert len(sink.messages) == 1


async def test_two_messages_to_one_group_do_not_wait_for_each_other(
    sink: Sink, tmp_path: Path
) -> None:
    """Apprise as it comes pauses for 5.5 s between two to ntfy, WeCom and most others."""
    file = tmp_path / "chat.urls"
    file.write_text(sink.url("doors").replace("json:", "ntfy:"))
    provider = ChatProvider("chat:ours", chat_urls.read(file), GROUPS.get)
    async with asyncio.timeout(5):
        for alert_id in (1, 2):
            await provider.send(TEXT._replace(alert_id=alert_id, to=CAI))
    assert sink.texts() == [TEXT.text] * 2
    await provider.close()


async def test_an_address_that_nobody_understands_is_named_by_its_line(tmp_path: Path) -> None:
    file = tmp_path / "chat.urls"
    file.write_text("# ours\nnonsense://SECRET\n")
    provider = ChatProvider("chat:ours", chat_urls.read(file), GROUPS.get)
    error = await error_of(provider, TEXT._replace(to=CAI))
    assert (error.reason, error.code) == (Reason.AUTH, "line 2")
    with pytest.raises(ProviderError, match="auth line 2"):  # doctor asks so
        await provider.replies(0)
    await provider.close()


async def test_no_address_and_no_text_is_ever_logged(
    sink: Sink, chat: ChatProvider, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        await chat.send(TEXT)
        sink.next(Answer(503, taken=False))
        await error_of(chat)
        sink.down()
        await error_of(chat)
    for private in ("south", "127.0.0.1", "3栋2单元501", ANN):
        assert private not in caplog.text
    assert "south" not in repr(chat_urls.Way(1, (), sink.url("south")))


async def test_without_the_library_it_says_so(
    chat: ChatProvider, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.delitem(sys.modules, "gateway.alerts.chat_wire", raising=False)
    imports = builtins.__import__

    def missing(name: str, *rest: Any) -> Any:
        if name == "apprise":
            raise ModuleNotFoundError("No module named 'apprise'", name="apprise")
        return imports(name, *rest)

    monkeypatch.setattr(builtins, "__import__", missing)
    error = await error_of(chat)
    assert (error.reason, error.code) == (Reason.NOT_SERVED, "no_apprise")
    assert "pip install apprise" in caplog.text
