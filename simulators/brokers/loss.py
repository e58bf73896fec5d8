"""How many messages a broker loses that it had acknowledged: counted, not believed.

A subscriber with a session leaves; a sender publishes at QoS 1 until everything is confirmed; the
broker is killed (SIGKILL) or restarted; the subscriber returns and counts what is missing.

    python -m simulators.brokers.loss --broker nats --messages 1500 --end kill --after 0 --rounds 5
"""

import argparse
import asyncio
import statistics
from typing import Final, NamedTuple

from drivers.mqtt.link import Link
from drivers.mqtt.message import Message
from drivers.mqtt.settings import MqttSettings
from simulators.brokers.mosquitto import Mosquitto
from simulators.brokers.nats import Nats
from simulators.mqtt.sender import Broker, Sender

_TOPIC: Final = "doors/1"
_END: Final = b"end"
_WAIT: Final = 30.0  # s for all that a broker still has


class Loss(NamedTuple):
    acknowledged: int
    lost: tuple[int, ...]  # which, by their order
    twice: int


def brokers(name: str) -> Mosquitto | Nats:
    """``mosquitto`` and ``nats`` as we ship and recommend them, ``mosquitto-default`` as it is
    when only persistence is switched on."""
    if name == "nats":
        return Nats()
    if name == "mosquitto":
        return Mosquitto()
    defaults = "max_queued_messages 1000\nautosave_on_changes false\nautosave_interval 1800"
    return Mosquitto(more=defaults)


async def measure(broker: Mosquitto | Nats, messages: int, end: str, after: float) -> Loss:
    """``end``: ``kill`` or ``restart``, ``after`` s after the last acknowledgement."""
    came: list[int] = []
    subscribed, ended = asyncio.Event(), asyncio.Event()

    def take(message: Message) -> None:
        if message.payload == _END:
            ended.set()
        else:
            came.append(int(message.payload))
        message.ack()

    def link() -> Link:
        subscribed.clear()
        found = Link(
            MqttSettings("127.0.0.1", broker.port, "counter", retry_first=0.1),
            clock=lambda: 0,
            on_message=take,
            on_state=lambda up, reason: None,
            on_subscribed=lambda refused: subscribed.set(),
        )
        found.set_filters(["doors/#"])
        return found

    async with asyncio.timeout(_WAIT):
        before = link()
        await before.start()
        await subscribed.wait()
        await before.stop()
        async with Sender(Broker(broker.port), "sender") as sender:
            for number in range(messages):
                sender.give(_TOPIC, str(number))
            await sender.settled()
            await asyncio.sleep(after)
            await (broker.kill() if end == "kill" else broker.stop())
        await broker.start()
        later = link()
        await later.start()
        await subscribed.wait()
        async with Sender(Broker(broker.port), "sender-again") as sender:
            await sender.publish(_TOPIC, _END)
        await ended.wait()
        await later.stop()
    missing = sorted(set(range(messages)) - set(came))
    return Loss(messages, tuple(missing), len(came) - len(set(came)))


async def _rounds(name: str, messages: int, end: str, after: float, rounds: int) -> None:
    lost = []
    for _ in range(rounds):
        async with brokers(name) as broker:
            loss = await measure(broker, messages, end, after)
        lost.append(len(loss.lost))
        ends = f" ({loss.lost[0]} to {loss.lost[-1]})" if loss.lost else ""
        print(f"{name}: {end} after {after} s: {len(loss.lost)} of {messages} lost{ends}")
    print(f"{name}: median {statistics.median(lost)}, most {max(lost)}")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    names = ["mosquitto", "nats", "mosquitto-default"]
    parser.add_argument("--broker", choices=names, default="mosquitto")
    parser.add_argument("--messages", type=int, default=1500)
    parser.add_argument("--end", choices=["kill", "restart"], default="kill")
    parser.add_argument("--after", type=float, default=0.0, help="seconds")
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    asyncio.run(_rounds(given.broker, given.messages, given.end, given.after, given.rounds))


if __name__ == "__main__":
    main()
