"""What a person may say of an incident fits its kind, by whatever way they say it."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gateway.alerts.commands import OUTCOMES
from gateway.alerts.phrases import DOOR_KINDS
from gateway.granting import Refused
from gateway.outcomes import FITTING, described
from gateway.requests import carry_out
from rules.model import Kind, Outcome
from tests.support.every_kind import EVERY_KIND, every_kind
from tests.support.web import Web, csrf, web

NOT_OF_A_GATEWAY = {Outcome.AT_HOME, Outcome.RETURNED, Outcome.MOVED, Outcome.EMERGENCY_EXIT}


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[Web]:
    async with web(tmp_path, EVERY_KIND) as made:
        yield made


def test_every_kind_has_some_that_people_may_say_once_each() -> None:
    assert FITTING.keys() == set(Kind)
    for kind, outcomes in FITTING.items():
        assert set(outcomes) <= OUTCOMES.keys(), kind
        assert len(set(outcomes)) == len(outcomes) > 1, kind


def test_a_door_may_have_been_any_and_a_gateway_nothing_of_a_home() -> None:
    assert all(set(FITTING[kind]) == OUTCOMES.keys() for kind in DOOR_KINDS)
    assert not NOT_OF_A_GATEWAY & set(FITTING[Kind.GATEWAY_FAULT])
    assert all(Outcome.FALSE_ALARM in outcomes for outcomes in FITTING.values())  # as texts say


async def test_every_kind_can_be_ended_by_what_fits_it_and_by_nothing_else(here: Web) -> None:
    found = await every_kind(here.desk)
    assert found.keys() == set(Kind)
    for kind, card in found.items():
        asked = {"do": "resolve", "incident": card.id, "by": "command"}
        for outcome in sorted(OUTCOMES.keys() - set(FITTING[kind])):
            with pytest.raises(Refused, match=f"{outcome} does not fit {kind}: say one of "):
                await carry_out(here.site.core, asked | {"outcome": outcome.value})
            assert card.state == "open", kind
        await carry_out(here.site.core, asked | {"outcome": FITTING[kind][0].value})
        assert (card.state, card.body["outcome"]) == ("resolved", FITTING[kind][0]), kind


async def test_the_page_offers_what_fits_the_likeliest_first(here: Web) -> None:
    found = await every_kind(here.desk)
    client = await here.client("ops")
    for kind, card in found.items():
        text = (await client.get(f"/incidents/{card.id}")).text
        offered = re.findall(r'type="radio" name="outcome" value="(\w+)"', text)
        assert offered == [*FITTING[kind]]


async def test_the_page_and_the_api_refuse_the_rest(here: Web) -> None:
    card = (await every_kind(here.desk))[Kind.GATEWAY_FAULT]
    client = await here.client("command")
    token = await csrf(client)
    path, data = f"/incidents/{card.id}/resolve", {"outcome": "at_home"}
    page = await client.post(path, data=data | {"csrf": token})
    assert page.status_code == 409
    api = await client.post(f"/api/v1{path}", json=data, headers={"X-CSRF-Token": token})
    assert api.status_code == 409
    assert "at_home does not fit gateway_fault: say one of" in api.json()["detail"]
    assert card.state == "open"


async def test_the_document_of_the_api_has_the_table(here: Web) -> None:
    schemas = here.app.openapi()["components"]["schemas"]
    said = schemas["Resolving"]["properties"]["outcome"]["description"]
    assert described() in said
    assert "gateway_fault: sensor_fault, permitted_after_all, false_alarm" in said


async def test_by_text_what_does_not_fit_is_answered_with_what_does(here: Web) -> None:
    card = (await every_kind(here.desk))[Kind.BATTERY_LOW]
    answer = await here.desk.says("member", f"0 {card.code} 7")
    assert (
        answer
        == f"【门磁】{card.code}不是这样的事。误报请回0 {card.code} 3，来处理请回1 {card.code}。"
    )
    assert card.state == "open"
    await here.desk.says("member", f"0 {card.code} 3")
    assert card.body["outcome"] == "false_alarm"
