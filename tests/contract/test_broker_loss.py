"""What a broker loses of what it acknowledged; counted, and printed with ``-s``.

The figures of docs/brokers.md come from the same code, with more messages.
"""

import pytest

from simulators.brokers.loss import Loss, brokers, measure

MESSAGES = 300
WINDOW = 5  # messages; one was seen each time, on an idle machine and a busy one
TOO_MANY = 1_200  # more than the 1,000 at which mosquitto's default begins to drop


async def loss_of(name: str, end: str, after: float, messages: int = MESSAGES) -> Loss:
    async with brokers(name) as broker:
        loss = await measure(broker, messages, end, after)
    print(f"{name}, {end} after {after} s: {len(loss.lost)} of {loss.acknowledged} lost")
    assert loss.acknowledged == messages
    return loss


@pytest.mark.parametrize("name", ["mosquitto", "nats"])
async def test_an_orderly_restart_loses_nothing(name: str) -> None:
    assert await loss_of(name, "restart", 0.0) == Loss(MESSAGES, (), 0)


async def test_the_durable_broker_loses_nothing_when_it_is_killed() -> None:
    assert (await loss_of("nats", "kill", 0.0)).lost == ()


async def test_the_shipped_broker_loses_at_most_the_newest_when_it_is_killed() -> None:
    """It writes after it has acknowledged: the window that docs/brokers.md publishes."""
    lost = (await loss_of("mosquitto", "kill", 0.0)).lost
    assert lost == tuple(range(MESSAGES - len(lost), MESSAGES))
    assert len(lost) <= WINDOW


async def test_the_shipped_broker_loses_nothing_half_a_second_later() -> None:
    assert (await loss_of("mosquitto", "kill", 0.5)).lost == ()


async def test_why_its_defaults_are_not_shipped() -> None:
    """The count can tell: this is what the two settings are for."""
    restarted = await loss_of("mosquitto-default", "restart", 0.0, TOO_MANY)
    assert restarted.lost == tuple(range(1_000, TOO_MANY))
    killed = await loss_of("mosquitto-default", "kill", 0.0, TOO_MANY)
    assert killed.lost == tuple(range(TOO_MANY))
