"""Which provider an alert goes by, and what its words may offer: by configuration and state."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from gateway.alerting import names_of, providers_of
from gateway.alerts.provider import Provider
from gateway.config import Config, load
from gateway.households import GATEWAY, grid_key
from gateway.store import alerts as table
from gateway.ways_out import WaysOut
from rules.grid import FaultChanged
from rules.model import Channel
from tests.support.desk import Desk, desk

MAINLAND, ABROAD = "+8613800138000", "+85251230001"
TWILIO = '[twilio]\naccount_sid = "AC1"\nauth_token_file = "token"\nfrom_number = "+14155550100"\n'
MODEM = "[modem]\nenabled = true\n"


def config_of(folder: Path, text: str) -> Config:
    for name in ("token", "a.urls", "b.urls"):
        (folder / name).write_text("ntfy://somewhere")
        (folder / name).chmod(0o600)
    (folder / "config.toml").write_text(text)
    return load(folder / "config.toml")


@pytest.mark.parametrize(
    ("text", "kind", "phone", "names"),
    [
        (TWILIO + MODEM, Channel.SMS, MAINLAND, ["modem", "twilio"]),
        (TWILIO, Channel.SMS, MAINLAND, ["twilio"]),  # the modem is not there
        (TWILIO + MODEM, Channel.SMS, ABROAD, ["twilio"]),
        ('[channels]\nsms = ["twilio", "modem"]\n' + TWILIO + MODEM, Channel.SMS, ABROAD,
         ["twilio", "modem"]),
        ('[channels."+852"]\nsms = ["modem"]\n' + TWILIO + MODEM, Channel.SMS, ABROAD, ["modem"]),
        (TWILIO + MODEM, Channel.VOICE, MAINLAND, ["twilio"]),  # a modem cannot call
        (TWILIO + MODEM, Channel.CHAT, MAINLAND, []),
        ('[channels]\nchat = ["b.urls", "a.urls"]\n', Channel.CHAT, ABROAD, ["chat:b", "chat:a"]),
        ('[channels]\nchat = ["a.urls"]\n[channels."+86"]\nchat = ["b.urls"]\n', Channel.CHAT,
         MAINLAND, ["chat:b"]),
    ],
)  # fmt: skip
async def test_the_order_of_ways_is_configuration(
    tmp_path: Path, text: str, kind: Channel, phone: str, names: list[str]
) -> None:
    config = config_of(tmp_path, text)
    providers = providers_of(config)
    assert tuple(providers) == names_of(config)
    async with desk(tmp_path) as here:
        out = WaysOut(config, providers, here.core.memory, lambda name: False)
        assert [provider.name for provider in out.route(kind, phone)] == names
    await close(providers)


@pytest.mark.parametrize(
    ("text", "failing", "phone", "can"),
    [
        (TWILIO, "", ABROAD, True),
        (TWILIO, "", MAINLAND, False),  # no two-way texts with foreign numbers
        (TWILIO + MODEM, "", MAINLAND, True),  # the modem has a number of the country
        (TWILIO + MODEM, "modem", MAINLAND, False),  # while Twilio stands in for it
        (MODEM, "modem", MAINLAND, True),  # nobody stands in: it will be the modem
        ("", "", ABROAD, False),
    ],
)
async def test_words_offer_an_answer_by_what_works_for_number_and_provider(
    tmp_path: Path, text: str, failing: str, phone: str, can: bool
) -> None:
    config = config_of(tmp_path, text)
    providers = providers_of(config)
    async with desk(tmp_path) as here:
        out = WaysOut(config, providers, here.core.memory, lambda name: name == failing)
        assert out.can_reply(phone) is can
        here.core.memory.ways = here.core.memory.ways._replace(can_reply=out.can_reply)
        await here.opens()
        person = "mainland" if phone == MAINLAND else "member"
        [said] = await here.database.rows(
            "SELECT text FROM alerts WHERE person_id = ? AND kind = 'sms'", (person,)
        )
        assert ("回1" in said["text"]) is can
    await close(providers)


async def test_the_news_that_a_provider_fails_goes_by_another(tmp_path: Path) -> None:
    config = config_of(tmp_path, TWILIO + MODEM)
    providers = providers_of(config)
    async with desk(tmp_path) as here:
        out = WaysOut(config, providers, here.core.memory, lambda name: False)
        await here.opens()
        await here.core.ask(grid_key(GATEWAY), FaultChanged("provider:twilio", True))
        await here.core.ask(grid_key(GATEWAY), FaultChanged("hci0", True))
        await here.passes_by(30)
        assert await avoided(here, out) == {"provider:twilio": ("twilio",), "hci0": (), "": ()}
        await here.core.ask(grid_key(GATEWAY), FaultChanged("provider:twilio", False))
        # It serves again, and may say so itself.
        assert await avoided(here, out) == {"provider:twilio": (), "hci0": (), "": ()}
    await close(providers)


async def avoided(here: Desk, out: WaysOut) -> dict[str, tuple[str, ...]]:
    """By whom the alerts of each incident must not go, by the part that it is about."""
    found = {}
    for card_id in range(1, 10):
        rows = await here.database.transaction(lambda c, i=card_id: table.of_incident(c, i))
        for row in rows:
            card = here.core.memory.cards.get(card_id)
            assert card is not None
            state = here.core.memory.state(card.owner)
            incidents = getattr(state, "incidents", ())
            about = next((one.about for one in incidents if one.number == card.number), "")
            found[about] = tuple(out.avoided(row))
    return found


async def close(providers: Mapping[str, Provider]) -> None:
    for provider in providers.values():
        await provider.close()
