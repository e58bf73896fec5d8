"""Every answer of the stand-in has the published shape, whatever becomes of what was created."""

from collections.abc import AsyncIterator

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
from tests.support.published import CALL, ERROR, MESSAGE, PAGE, faults

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


def test_the_check_itself_finds_what_is_wrong() -> None:
    page = {"end": 0, "start": 0, "page": 0, "page_size": 50, "uri": "/", "first_page_uri": "/"}
    page |= {"next_page_uri": None, "previous_page_uri": None}
    assert list(faults(PAGE, page)) == []
    for change in ({"end": "0"}, {"extra": 1}):
        assert len(list(faults(PAGE, page | change))) == 1
    assert len(list(faults(PAGE, {k: v for k, v in page.items() if k != "uri"}))) == 1
    for wrong in ({"sid": "XX"}, {"status": "gone"}, {"date_sent": "2022-04-01"}, {"sid": None}):
        assert len([f for f in faults(MESSAGE, wrong) if "missing" not in f]) == 1


@pytest.mark.parametrize("fate", FATES)
@pytest.mark.parametrize("kind", ["Messages", "Calls"])
async def test_created_fetched_and_listed_at_every_stage(
    standin: ProviderStandIn, http: httpx.AsyncClient, kind: str, fate: Fate
) -> None:
    standin.fate(fate)
    shape = MESSAGE if kind == "Messages" else CALL
    sender = {"From": standin.our_number}
    forms = [{"To": TO, "Body": "门开了", "MachineDetection": "Enable", "Twiml": "<Response/>"}]
    forms.append(forms[0] | {"MessagingServiceSid": "MG" + "7" * 32})
    for form in forms:
        created = await http.post(f"/{kind}.json", data=form | sender)
        assert created.status_code == 201
        assert list(faults(shape, created.json())) == []
        for _ in range(10):
            fetched = await http.get(f"/{kind}/{created.json()['sid']}.json")
            assert list(faults(shape, fetched.json())) == []
            standin.advance(50)
    listed = (await http.get(f"/{kind}.json?PageSize=1")).json()
    items = listed.pop(kind.lower())
    assert list(faults(PAGE, listed)) == []
    assert [list(faults(shape, item)) for item in items] == [[]]


async def test_what_came_in_is_listed_as_published(
    standin: ProviderStandIn, http: httpx.AsyncClient
) -> None:
    standin.reply(TO, "1")
    [message] = (await http.get("/Messages.json")).json()["messages"]
    assert list(faults(MESSAGE, message)) == []


@pytest.mark.parametrize("failure", [refused(21211), refused(21610), rate_limited(3)])
@pytest.mark.parametrize("kind", ["Messages", "Calls"])
async def test_errors(
    standin: ProviderStandIn, http: httpx.AsyncClient, kind: str, failure: object
) -> None:
    standin.next(failure)  # type: ignore[arg-type]
    answer = await http.post(f"/{kind}.json", data={"To": TO})
    assert list(faults(ERROR, answer.json())) == []
    assert answer.json()["status"] == answer.status_code


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
