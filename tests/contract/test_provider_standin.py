"""The stand-in is true to Twilio's published API: fields, forms, words, filters, paging, errors.

The field sets are those of the published OpenAPI document (version 2010-04-01).
"""

import asyncio
import json
import re
import signal
import socket
import sys
import time
from collections.abc import AsyncIterator
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from simulators.provider import (
    NEVER,
    Fate,
    ProviderStandIn,
    rate_limited,
    unavailable,
    undelivered,
)
from simulators.provider.fate import DELIVERED, stage_at

TO = "+8613800138000"

MESSAGE_FIELDS = {
    *("account_sid", "api_version", "body", "date_created", "date_sent", "date_updated"),
    *("direction", "error_code", "error_message", "from", "messaging_service_sid", "num_media"),
    *("num_segments", "price", "price_unit", "sid", "status", "subresource_uris", "to", "uri"),
}
CALL_FIELDS = {
    *("account_sid", "answered_by", "api_version", "caller_name", "date_created"),
    *("date_updated", "direction", "duration", "end_time", "forwarded_from", "from"),
    *("from_formatted", "group_sid", "parent_call_sid", "phone_number_sid", "price"),
    *("price_unit", "queue_time", "sid", "start_time", "status", "subresource_uris", "to"),
    *("to_formatted", "trunk_sid", "uri"),
}
PAGE_FIELDS = {
    *("end", "first_page_uri", "next_page_uri", "page", "page_size", "previous_page_uri"),
    *("start", "uri"),
}
RFC_2822 = re.compile(r"(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d [A-Z][a-z]{2} \d{4} [\d:]{8} \+0000\Z")


@pytest.fixture
async def standin() -> AsyncIterator[ProviderStandIn]:
    async with ProviderStandIn(delay=100) as provider:
        yield provider


@pytest.fixture
async def http(standin: ProviderStandIn) -> AsyncIterator[httpx.AsyncClient]:
    base = f"{standin.base_url}/2010-04-01/Accounts/{standin.account_sid}"
    auth = (standin.account_sid, standin.auth_token)
    async with httpx.AsyncClient(base_url=base, auth=auth, trust_env=False) as client:
        yield client


def text(standin: ProviderStandIn, body: str = "门开了", to: str = TO) -> dict[str, str]:
    return {"To": to, "From": standin.our_number, "Body": body}


async def test_a_message_has_the_published_fields(
    standin: ProviderStandIn, http: httpx.AsyncClient
) -> None:
    answer = await http.post("/Messages.json", data=text(standin))
    message = answer.json()
    assert (answer.status_code, set(message)) == (201, MESSAGE_FIELDS)
    assert re.fullmatch(r"SM[0-9a-f]{32}", message["sid"])
    path = f"/2010-04-01/Accounts/{standin.account_sid}/Messages/{message['sid']}"
    assert message["uri"] == f"{path}.json"
    assert message["subresource_uris"] == {"media": f"{path}/Media.json"}
    assert (message["status"], message["direction"], message["num_media"]) == (
        "queued",
        "outbound-api",
        "0",
    )
    assert message["date_sent"] is None
    assert RFC_2822.match(message["date_created"])
    assert abs(parsedate_to_datetime(message["date_created"]).timestamp() - time.time()) < 5
    assert (await http.get(f"/Messages/{message['sid']}.json")).json() == message


async def test_a_call_has_the_published_fields(
    standin: ProviderStandIn, http: httpx.AsyncClient
) -> None:
    form = {"To": TO, "From": standin.our_number, "Twiml": "<Response/>"}
    answer = await http.post("/Calls.json", data=form | {"MachineDetection": "Enable"})
    call = answer.json()
    assert (answer.status_code, set(call), call["status"]) == (201, CALL_FIELDS, "queued")
    assert re.fullmatch(r"CA[0-9a-f]{32}", call["sid"])
    assert (call["start_time"], call["end_time"], call["answered_by"]) == (None, None, None)
    standin.advance(300)
    call = (await http.get(f"/Calls/{call['sid']}.json")).json()
    assert (call["status"], call["answered_by"]) == ("completed", "human")
    assert RFC_2822.match(call["start_time"])
    assert RFC_2822.match(call["end_time"])


async def test_states_follow_each_other(standin: ProviderStandIn, http: httpx.AsyncClient) -> None:
    sid = (await http.post("/Messages.json", data=text(standin))).json()["sid"]
    seen = []
    for _ in range(5):
        message = (await http.get(f"/Messages/{sid}.json")).json()
        seen.append((message["status"], message["date_sent"] is not None))
        standin.advance(50)
    assert seen == [
        ("queued", False),
        ("sending", False),
        ("sent", True),
        ("sent", True),
        ("delivered", True),
    ]


async def test_a_failed_message_says_why(standin: ProviderStandIn, http: httpx.AsyncClient) -> None:
    standin.fate(undelivered(30003), TO)
    sid = (await http.post("/Messages.json", data=text(standin))).json()["sid"]
    standin.advance(200)
    message = (await http.get(f"/Messages/{sid}.json")).json()
    assert (message["status"], message["error_code"], message["error_message"]) == (
        "undelivered",
        30003,
        "Unreachable destination handset",
    )


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"To": ""}, 21604),
        ({"To": "13800138000"}, 21211),
        ({"To": "+86 138"}, 21211),
        ({"From": ""}, 21603),
        ({"Body": ""}, 21602),
        ({"Body": "x" * 1_601}, 21617),
        ({"To": "+15005550004"}, 21610),
    ],
)
async def test_what_is_refused(
    standin: ProviderStandIn, http: httpx.AsyncClient, change: dict[str, str], code: int
) -> None:
    answer = await http.post("/Messages.json", data=text(standin) | change)
    error = answer.json()
    assert (answer.status_code, set(error)) == (400, {"code", "message", "more_info", "status"})
    assert (error["code"], error["status"]) == (code, 400)
    assert error["more_info"] == f"https://www.twilio.com/docs/errors/{code}"
    assert standin.messages == []


async def test_who_is_not_known_is_refused(standin: ProviderStandIn) -> None:
    url = f"{standin.base_url}/2010-04-01/Accounts/{standin.account_sid}/Messages.json"
    async with httpx.AsyncClient(trust_env=False) as client:
        answers = [await client.post(url, data=text(standin))]
        for auth in ((standin.account_sid, "wrong"), ("AC" + "0" * 32, standin.auth_token)):
            answers.append(await client.post(url, data=text(standin), auth=auth))
        for answer in answers:
            assert (answer.status_code, answer.json()["code"]) == (401, 20003)
            assert "Basic" in answer.headers["www-authenticate"]
    assert standin.messages == []


@pytest.mark.parametrize(
    "path", ["/Messages/SM" + "0" * 32 + ".json", "/Calls/CA" + "0" * 32 + ".json", "/Faxes.json"]
)
async def test_what_is_not_there_is_not_found(http: httpx.AsyncClient, path: str) -> None:
    answer = await http.get(path)
    assert (answer.status_code, answer.json()["code"]) == (404, 20404)


async def listed(http: httpx.AsyncClient, **query: str) -> list[str]:
    params = {
        name.replace("_before", "<").replace("_after", ">"): value for name, value in query.items()
    }
    page: dict[str, Any] = (await http.get("/Messages.json", params=params)).json()
    assert set(page) == PAGE_FIELDS | {"messages"}
    return [message["body"] for message in page["messages"]]


async def test_lists_are_filtered_and_newest_first(
    standin: ProviderStandIn, http: httpx.AsyncClient
) -> None:
    await http.post("/Messages.json", data=text(standin, "one"))
    standin.advance(150)  # one is sent
    sent = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(standin.account.now() - 50))
    standin.advance(1_000)
    await http.post("/Messages.json", data=text(standin, "two", "+8613800138001"))
    standin.reply(TO, "three")
    later = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(standin.account.now() - 500))
    assert await listed(http) == ["three", "two", "one"]
    assert await listed(http, To=TO) == ["one"]
    assert await listed(http, To=standin.our_number) == ["three"]
    assert await listed(http, From=standin.our_number) == ["two", "one"]
    assert await listed(http, From=TO) == ["three"]
    assert await listed(http, DateSent_after=later) == ["three"]  # two has not been sent yet
    assert await listed(http, DateSent_before=later) == ["one"]
    assert set(await listed(http, DateSent_after=sent)) <= {"one", "three"}
    assert await listed(http, DateSent="2001-01-01") == []


async def test_an_inbound_text_looks_as_published(
    standin: ProviderStandIn, http: httpx.AsyncClient
) -> None:
    sid = standin.reply(TO, "1 4821").sid
    message = (await http.get(f"/Messages/{sid}.json")).json()
    assert set(message) == MESSAGE_FIELDS
    assert (message["direction"], message["status"]) == ("inbound", "received")
    assert (message["from"], message["to"]) == (TO, standin.our_number)
    assert message["date_sent"] == message["date_created"]


async def test_pages_lead_through_the_whole_list(
    standin: ProviderStandIn, http: httpx.AsyncClient
) -> None:
    for number in range(5):
        await http.post("/Messages.json", data=text(standin, str(number)))
    path: str | None = "/Messages.json?PageSize=2&To=%2B8613800138000"
    bodies, pages = [], []
    while path is not None:
        page = (await http.get(path)).json()
        bodies += [message["body"] for message in page["messages"]]
        pages.append((page["page"], page["start"], page["end"], page["page_size"]))
        following = page["next_page_uri"]
        path = following and following.removeprefix(f"/2010-04-01/Accounts/{standin.account_sid}")
    assert bodies == ["4", "3", "2", "1", "0"]
    assert pages == [(0, 0, 1, 2), (1, 2, 3, 2), (2, 4, 4, 2)]


@pytest.mark.parametrize("query", ["Page=-1", "PageSize=0", "PageSize=x", "DateSent=yesterday"])
async def test_a_senseless_query_is_refused(http: httpx.AsyncClient, query: str) -> None:
    assert (await http.get(f"/Messages.json?{query}")).status_code == 400


async def test_failures_come_in_order_and_only_where_they_are_meant(
    standin: ProviderStandIn, http: httpx.AsyncClient
) -> None:
    standin.next(rate_limited(3), times=2, to=TO)
    other = await http.post("/Messages.json", data=text(standin, to="+8613800138001"))
    codes = [other.status_code]
    for _ in range(3):
        answer = await http.post("/Messages.json", data=text(standin))
        codes.append(answer.status_code)
        assert answer.headers.get("retry-after") == ("3" if answer.status_code == 429 else None)
    assert codes == [201, 429, 429, 201]


async def test_an_outage_is_for_everything_until_it_ends(
    standin: ProviderStandIn, http: httpx.AsyncClient
) -> None:
    standin.outage(unavailable(503))
    assert (await http.post("/Messages.json", data=text(standin))).status_code == 503
    assert (await http.get("/Messages.json")).status_code == 503
    standin.outage(None)
    assert (await http.post("/Messages.json", data=text(standin))).status_code == 201


async def test_waiting_sees_what_happens_and_ends_when_it_does_not(
    standin: ProviderStandIn, http: httpx.AsyncClient
) -> None:
    waiting = asyncio.create_task(standin.wait_for(lambda: len(standin.messages) == 1))
    await http.post("/Messages.json", data=text(standin))
    await waiting
    with pytest.raises(TimeoutError, match="queued"):
        await standin.wait_for(lambda: len(standin.messages) == 2, timeout=0.05)


@pytest.mark.parametrize(
    ("fate", "elapsed", "status"),
    [
        (DELIVERED, 0.0, "queued"),
        (DELIVERED, 9.9, "sending"),
        (DELIVERED, 10.0, "sent"),
        (DELIVERED, 20.0, "delivered"),
        (NEVER, 1e9, "sent"),
        (DELIVERED._replace(wait=30), 49.9, "sent"),
        (DELIVERED._replace(wait=30), 50.0, "delivered"),
    ],
)
def test_the_state_follows_from_the_time(fate: Fate, elapsed: float, status: str) -> None:
    stage, began = stage_at("queued", fate.text, elapsed, 10.0, fate.wait)
    assert stage.status == status
    assert began <= elapsed


async def test_as_its_own_process_it_records_each_message(tmp_path: Path) -> None:
    record = tmp_path / "record.jsonl"
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "simulators.provider", "--record", str(record), "--delay", "0"),
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        assert process.stdout is not None
        base = (await asyncio.wait_for(process.stdout.readline(), 20)).decode().strip()
        probe = ProviderStandIn()  # for its account and token; it is not started
        before = time.monotonic()
        async with httpx.AsyncClient(trust_env=False) as client:
            url = f"{base}/2010-04-01/Accounts/{probe.account_sid}/Messages.json"
            auth = (probe.account_sid, probe.auth_token)
            assert (await client.post(url, data=text(probe), auth=auth)).status_code == 201
            reply = {"From": TO, "Body": "1 4821"}
            assert (await client.post(f"{base}/stand-in/replies", data=reply)).status_code == 204
            page = (await client.get(url, auth=auth)).json()
        process.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(process.wait(), 10) == 0
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    sent, received = map(json.loads, record.read_text(encoding="utf-8").splitlines())
    assert (sent["kind"], sent["to"], sent["body"]) == ("sms", TO, "门开了")
    assert before <= sent["monotonic"] <= time.monotonic()
    assert (received["direction"], received["from"]) == ("inbound", TO)
    assert {message["sid"] for message in page["messages"]} == {sent["sid"], received["sid"]}


async def test_it_refuses_connections_while_it_is_down_and_comes_back_on_its_port(
    standin: ProviderStandIn, http: httpx.AsyncClient
) -> None:
    port = int(standin.base_url.rsplit(":", 1)[1])
    await http.post("/Messages.json", data=text(standin))
    await standin.down()
    with socket.socket() as client:
        assert client.connect_ex(("127.0.0.1", port)) != 0
    await standin.up()
    await http.post("/Messages.json", data=text(standin))
    assert len(standin.messages) == 2
