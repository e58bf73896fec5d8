"""What nats-server does not do as mosquitto does, and what that means for a site."""

from collections.abc import AsyncIterator

import pytest

from drivers.mqtt.dialects import DIALECTS
from simulators.brokers import Nats
from simulators.mqtt.sender import Broker, Sender
from tests.support.mqtt import Ear, Heard, within


@pytest.fixture
async def nats() -> AsyncIterator[Nats]:
    async with Nats() as running:
        yield running


@pytest.mark.parametrize("name", ["3 2 501", "3.2.501"])
async def test_a_name_with_a_space_or_a_dot_disconnects_its_sender(nats: Nats, name: str) -> None:
    async with Ear(nats.port, "doors/#", client_id="other") as ear:
        await ear.subscribed()
        async with Ear(nats.port) as sender:
            await sender.until(lambda: sender.link.up)
            await sender.link.publish(f"doors/{name}", "open", qos=0)
            assert "closed the connection" in await sender.down()
        assert ear.link.up
        assert ear.messages.empty()


async def test_a_client_id_with_a_dot_has_its_session(nats: Nats) -> None:
    for returns in (False, True):
        async with Ear(nats.port, "doors/#", client_id="doorwatch-gw.03") as ear:
            await ear.subscribed()
            assert ear.link.session_present is returns


async def test_all_dialects_together_stay_within_a_session_s_limit(nats: Nats) -> None:
    async with Heard(nats.port, *DIALECTS, discover=True) as heard:
        assert heard.states == [(True, "")]
        async with Sender(Broker(nats.port), "sender") as sender:
            await within(sender.publish("zigbee2mqtt/a", '{"contact":false}'))
            await within(sender.publish("application/7/device/24e124141c000001/event/up", "{}"))
        assert {(await heard.next()).protocol for _ in range(2)} == {"zigbee2mqtt", "chirpstack"}
