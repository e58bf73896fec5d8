"""Every answer of the stand-in passes the provider's published OpenAPI document, whatever becomes
of what was created."""

from collections.abc import AsyncIterator
from urllib.parse import quote

import httpx
import pytest

from simulators.provider import (
    BUSY,
    DELIVERED,
    MACHINE,
    NEVER,
    NO_ANSWER,
    Fate,
    ProviderStandIn,
    failed,
    late,
    rate_limited,
    refused,
    undelivered,
)
from tests.support.published import error_faults, faults, saying

TO = "+8613800138000"
FATES = [
    DELIVERED,
    NEVER,
    BUSY,
    NO_ANSWER,
    MACHINE,
    undelivered(30003),
    failed(30001),
    late(100.0),
]


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


WRONG = [
    {"sid": "XX"}, {"status": "gone"}, {"date_created": "2022-04-01"}, {"sid": None}, {"extra": 1},
    {"error_code": "30003"}, {"account_sid": 3},
]  # fmt: skip


@pytest.mark.parametrize("change", WRONG)
async def test_the_check_itself_finds_what_is_wrong(
    standin: ProviderStandIn, http: httpx.AsyncClient, change: dict[str, object]
) -> None:
    standin.reply(TO, "1")
    page = await http.get("/Messages.json")
    one = await http.get(f"/Messages/{page.json()['messages'][0]['sid']}.json")
    assert faults(page) == faults(one) == []
    wrong = one.json() | change
    assert faults(saying(one, wrong))
    assert faults(saying(page, page.json() | {"messages": [wrong]}))
    assert faults(saying(page, page.json() | {"end": "0"}))
    assert faults(saying(one, {name: what for name, what in one.json().items() if name != "uri"}))


@pytest.mark.parametrize("fate", FATES)
@pytest.mark.parametrize("kind", ["Messages", "Calls"])
async def test_created_fetched_and_listed_at_every_stage(
    standin: ProviderStandIn, http: httpx.AsyncClient, kind: str, fate: Fate
) -> None:
    standin.fate(fate)
    sender = {"From": standin.our_number}
    forms = [{"To": TO, "Body": "门开了", "MachineDetection": "Enable", "Twiml": "<Response/>"}]
    forms.append(forms[0] | {"MessagingServiceSid": "MG" + "7" * 32})
    for form in forms:
        created = await http.post(f"/{kind}.json", data=form | sender)
        assert created.status_code == 201
        assert faults(created) == []
        for _ in range(10):
            assert faults(await http.get(f"/{kind}/{created.json()['sid']}.json")) == []
            standin.advance(50)
    for query in ("?PageSize=1", f"?To={quote(TO)}", "?PageSize=1&Page=1", "?Page=9"):
        listed = await http.get(f"/{kind}.json{query}")
        assert faults(listed) == []
        assert bool(listed.json()[kind.lower()]) == (query != "?Page=9")


async def test_what_came_in_is_listed_as_published(
    standin: ProviderStandIn, http: httpx.AsyncClient
) -> None:
    standin.reply(TO, "1")
    listed = await http.get("/Messages.json")
    assert [one["direction"] for one in listed.json()["messages"]] == ["inbound"]
    assert faults(listed) == []


@pytest.mark.parametrize("failure", [refused(21211), refused(21610), rate_limited(3)])
@pytest.mark.parametrize("kind", ["Messages", "Calls"])
async def test_errors(
    standin: ProviderStandIn, http: httpx.AsyncClient, kind: str, failure: object
) -> None:
    standin.next(failure)  # type: ignore[arg-type]
    answer = await http.post(f"/{kind}.json", data={"To": TO})
    assert error_faults(answer) == []


@pytest.mark.parametrize(
    ("kind", "change", "code"),
    [
        ("Messages", {"StatusCallback": "no address"}, 21609),
        ("Messages", {"StatusCallback": "https://gate_way.example/x"}, 21609),
        ("Calls", {"StatusCallback": "ftp://gateway.example/x"}, 21609),
        ("Calls", {"StatusCallbackEvent": "finished"}, 21626),
        ("Calls", {"Twiml": ""}, 21205),
    ],
)
async def test_what_the_provider_refuses_of_our_addresses(
    standin: ProviderStandIn, http: httpx.AsyncClient, kind: str, change: dict[str, str], code: int
) -> None:
    form = {"To": TO, "From": standin.our_number, "Body": "x", "Twiml": "<Response/>"} | change
    answer = await http.post(f"/{kind}.json", data=form)
    assert (answer.status_code, answer.json()["code"]) == (400, code)
