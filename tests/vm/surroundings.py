"""What keeps its power while a gateway loses it: broker, witness, and doors that open and close."""

import asyncio
import json
import random
import time
from collections import defaultdict

from simulators.broker import Mosquitto
from simulators.mqtt.sender import Sender
from tests.vm.left import Reading
from tests.vm.witness import Witness

HOMES = 600
RATE = 40  # readings a second: several in each commit, and a commit under way at any moment


class Surroundings:
    """Of one life of a gateway, or of several one after the other."""

    def __init__(self, broker: Mosquitto, witness: Witness, doors: Sender) -> None:
        self.broker, self.witness, self.doors = broker, witness, doors
        # Numbers never come again, so a reading in a journal is this life's.
        self._numbers = defaultdict[str, int](lambda: time.time_ns() // 1_000_000)
        self._order = random.Random(7)

    @property
    def acknowledged(self) -> set[Reading]:
        """By the gateway."""
        return {_reading(message.payload) for message in self.witness.acknowledged}

    @property
    def sent(self) -> set[Reading]:
        """What the broker took, so that it must arrive in the end."""
        return {_reading(published.payload) for published in self.doors.acknowledged}

    async def live(self) -> None:
        """Doors open and close while the gateway listens, until cancelled."""
        while True:
            if self.witness.connections:
                sensor = f"S{self._order.randrange(HOMES) + 1}"
                self._numbers[sensor] += 1
                number = self._numbers[sensor]
                state = "open" if number % 2 == 0 else "closed"
                said = {"sensor_id": sensor, "state": state, "seq": number}
                self.doors.give(f"doors/{sensor}", json.dumps(said))
            await asyncio.sleep(1 / RATE)


def _reading(payload: bytes) -> Reading:
    said = json.loads(payload)
    return said["sensor_id"], said["seq"]
