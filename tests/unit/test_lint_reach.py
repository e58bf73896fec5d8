"""People who cannot be told by the kinds that their steps use, or cannot answer."""

from typing import Any

import pytest

from gateway.alerting import providers_of
from gateway.config import Config
from gateway.ledger.model import Ledger, Person
from gateway.ledger.phones import takes_texts
from gateway.lint.found import grouped
from gateway.lint.reach import lint, ways_of
from rules.model import Channel, Role
from rules.moment import MINUTE
from rules.policy import Step

HONG_KONG, MAINLAND = "+85251230001", "+8613800138000"
LANDLINE = "+861062781234"
CALLS = {"account_sid": "AC1", "from_number": "+12025550100"}
TEXTS_ONLY = {"account_sid": "AC1", "messaging_service_sid": "MG1"}


def config(
    twilio: dict[str, str],
    channels: dict[str, Any] | None = None,
    *,
    modem: bool = False,
    public_url: str = "https://doors.example",
) -> Config:
    values = {
        "twilio": twilio,
        "channels": channels or {},
        "modem": {"enabled": modem},
        "web": {"public_url": public_url},
    }
    return Config.model_validate(values, context={"base": None})


def said(settings: Config, *phones: str, kinds: tuple[str, ...] = ("sms", "voice")) -> list[str]:
    people = {f"P{n}": Person(f"P{n}", "", p, Role.MEMBER) for n, p in enumerate(phones, 1)}
    step = Step(5 * MINUTE, tuple((Role.MEMBER, Channel(kind)) for kind in kinds))
    found = lint(Ledger(people=people), {"high": (step,)}, settings, providers_of(settings))
    return [str(warned).partition("; set one up")[0] for warned in grouped(found)]


@pytest.mark.parametrize("phone", [HONG_KONG, MAINLAND])
def test_who_has_a_provider_is_no_matter(phone: str) -> None:
    assert said(config(CALLS), phone) == []


@pytest.mark.parametrize(
    ("twilio", "channels", "phone", "reasons"),
    [
        (TEXTS_ONLY, {}, HONG_KONG, "cannot be told by voice (twilio cannot, as set up)"),
        (
            CALLS,
            {"prefixes": {"+86": {"voice": ("modem",)}}},
            MAINLAND,
            "cannot be told by voice (modem: not set up)",
        ),
        (
            CALLS,
            {"sms": (), "voice": ("modem",)},
            HONG_KONG,
            "cannot be told at all by sms (no provider serves sms for this number),"
            " voice (modem: not set up)",
        ),
        (CALLS, {}, LANDLINE, "cannot be told by sms (a landline takes no texts)"),
        (CALLS, {}, "", "cannot be told at all by sms (no phone), voice (no phone)"),
    ],
)
def test_who_has_none_is_said_with_the_reason(
    twilio: dict[str, str], channels: dict[str, Any], phone: str, reasons: str
) -> None:
    assert said(config(twilio, channels), phone) == [f"person P1: {reasons}"]


MUTE = (
    "person P1: cannot answer: no text of theirs comes back to the number that tells them; enable"
    " [modem], give [web] a public_url, or answer for them with doorwatch incidents ack CODE"
)


@pytest.mark.parametrize(
    ("phone", "modem", "public_url", "warned"),
    [
        (MAINLAND, False, "", [MUTE]),
        (MAINLAND, True, "", []),
        (MAINLAND, False, "https://doors.example", []),
        (HONG_KONG, False, "", []),
    ],
)
def test_who_is_told_can_answer(
    phone: str, modem: bool, public_url: str, warned: list[str]
) -> None:
    assert said(config(CALLS, modem=modem, public_url=public_url), phone) == warned


def test_a_chat_step_without_a_chat_provider() -> None:
    lost = "2 people P1, P2: cannot be told by chat (no provider serves chat for this number)"
    assert said(config(CALLS), HONG_KONG, MAINLAND, kinds=("sms", "chat")) == [lost]


def test_without_any_provider_one_line_says_it_for_all() -> None:
    assert said(config({}), HONG_KONG, LANDLINE) == [
        "providers: none is set up: nobody would be told; fill in [twilio] in config.toml, or"
        " enable [modem]"
    ]
    assert ways_of(config({}), {})(HONG_KONG) == frozenset(Channel)


def test_ways_are_the_kinds_that_arrive() -> None:
    settings = config(CALLS)
    ways = ways_of(settings, providers_of(settings))
    assert ways(HONG_KONG) == {Channel.SMS, Channel.VOICE}
    assert ways(LANDLINE) == {Channel.VOICE}


@pytest.mark.parametrize(
    ("phone", "takes"),
    [
        (MAINLAND, True),
        ("+12025550101", True),  # mobile or landline, nobody knows
        ("+8619900000000", True),
        (LANDLINE, False),
        ("+85225230001", False),
        ("+0", True),
    ],
)
def test_landlines(phone: str, takes: bool) -> None:
    assert takes_texts(phone) is takes
