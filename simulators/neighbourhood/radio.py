"""What of a sensor's words reaches the gateway, and when: losses come in bursts.

Owns the air and the wires between a door and the gateway. Each link is good or bad, and stays so
for a while (a Gilbert-Elliott channel): in a bad minute most packets are lost, in a good one few.
A sensor says each thing several times, so an event is lost far more rarely than a packet.
"""

import math
from random import Random

from simulators.neighbourhood.town import Sensor

GOOD_LOSS, BAD_LOSS = 0.005, 0.60  # share of packets lost in a good and in a bad minute
BAD_LASTS = 30.0  # seconds on average: a lift, a person in the hall, another radio
# How often each kind says a thing, and how far apart in ms. Advertisements are repeated blindly;
# Zigbee repeats until acknowledged; json goes over TCP, which only takes longer.
SAID = {"bthome": (6, 350), "zigbee2mqtt": (8, 120)}
NETWORK = (20, 180)  # ms from the air to the gateway
TCP_WAITS = 8.0  # seconds on average until a connection in a bad minute gets through


class Link:
    """One sensor's way to the gateway."""

    __slots__ = ("_at", "_bad", "_heard", "_protocol", "_rng", "_share", "_speed", "lost", "sent")

    def __init__(self, sensor: Sensor, seed: int, loss: float) -> None:
        """``loss``: the share of packets that is lost in the long run."""
        self._rng = Random(f"link {seed} {sensor.sensor_id}")
        self._protocol = sensor.protocol
        self._share = max(0.0, (loss - GOOD_LOSS) / (BAD_LOSS - GOOD_LOSS))  # of bad time
        self._speed = 1 / (BAD_LASTS * 1000 * (1 - self._share)) if self._share < 1 else 0.0
        self._bad = self._rng.random() < self._share
        self._at = self._heard = 0
        self.sent = self.lost = 0  # packets
        if loss == 0:
            self._protocol = ""

    def carry(self, at: int) -> int | None:
        """When the gateway hears what was said at ``at`` (ms); None: never."""
        rng = self._rng
        if not self._protocol:
            return at + 100
        stays = math.exp(-(at - self._at) * self._speed)  # how much the state then says of now
        chance = self._share + ((1 - self._share if self._bad else -self._share) * stays)
        self._bad, self._at = rng.random() < chance, at
        if self._protocol not in SAID:
            waits = rng.expovariate(1 / TCP_WAITS) * 1000 if self._bad else 0
            # What is said first is heard first.
            self._heard = max(self._heard + 1, at + rng.randint(*NETWORK) + int(waits))
            return self._heard
        times, apart = SAID[self._protocol]
        loss = BAD_LOSS if self._bad else GOOD_LOSS
        heard = None
        for number in range(times):
            self.sent += 1
            if rng.random() < loss:
                self.lost += 1
            elif heard is None:
                heard = at + number * apart + rng.randint(*NETWORK)
        return heard
