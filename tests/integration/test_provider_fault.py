"""A provider that goes on refusing is a fault of the gateway: ops hears of it, by another way."""

import asyncio
from pathlib import Path

from gateway.alerting import Alerting, names_of
from gateway.config import load
from gateway.incidents import Card
from gateway.metrics import Metrics
from simulators.modem import ModemStandIn
from simulators.provider import ProviderStandIn
from tests.support.desk import Desk, desk

OPS = "+85251230007"


def faults(here: Desk) -> list[Card]:
    return [card for card in here.cards() if card.body["kind"] == "gateway_fault"]


async def test_ops_is_told_by_the_modem_that_twilio_refuses_and_it_clears(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("token")
    (tmp_path / "token").chmod(0o600)
    async with ProviderStandIn() as twilio, ModemStandIn() as mm, desk(tmp_path) as here:
        (tmp_path / "config.toml").write_text(
            '[channels]\nsms = ["twilio", "modem"]\n[modem]\nenabled = true\n'
            f'[twilio]\naccount_sid = "{twilio.account_sid}"\nauth_token_file = "token"\n'
            f'from_number = "{twilio.our_number}"\napi_base = "{twilio.base_url}"\n'
        )
        (tmp_path / "token").write_text(twilio.auth_token)
        config = load(tmp_path / "config.toml")
        here.sends = True
        with mm.as_system_bus():

            async def sleep(seconds: float) -> None:  # time flies when nobody has to do anything
                await asyncio.sleep(0.001)
                here.clock.at += 1_000

            metrics = Metrics((), names_of(config))
            alerting = Alerting(config, here.database, here.core, metrics, sleep)
            await twilio.down()
            await alerting.start()
            await here.opens()
            alerting.committed()
            async with asyncio.timeout(20):
                while not faults(here):
                    await here.passes_by(1)
                    alerting.committed()
                    await asyncio.sleep(0.01)
                while not any(sms.number == OPS for sms in mm.network):
                    alerting.committed()
                    await asyncio.sleep(0.01)
            assert metrics.providers_up() == {"twilio": False, "modem": True}
            tried = await here.database.rows(
                "SELECT DISTINCT provider FROM alerts WHERE phone = ? AND attempts > 0", (OPS,)
            )
            assert [row["provider"] for row in tried] == ["modem"]
            await twilio.up()
            async with asyncio.timeout(20):
                while faults(here):
                    await here.passes_by(1)
                    alerting.committed()
                    await asyncio.sleep(0.01)
            await alerting.stop(1.0)
