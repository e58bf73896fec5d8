"""What sensors say besides: battery reports, repeats, beacons. None of it is an opening.

Owns the chatter of each protocol. It always speaks of the door as it stands, and never in
the moment in which it moves: what would be a contradiction is for other simulators to send.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from random import Random

from simulators.neighbourhood.events import Event, What
from simulators.neighbourhood.town import Sensor

AWAY = timedelta(seconds=20)  # a battery report keeps this far from a swing of its door
REPORTS_A_DAY = 2


def chatter(
    sensor: Sensor,
    said: Sequence[Event],
    rng: Random,
    ends: datetime,
    life_sign: timedelta | None,
) -> Iterator[Event]:
    """What ``sensor`` adds to its first word and swings (``said``, in order) until ``ends``."""
    for event, following in zip(said, [*said[1:], None], strict=True):
        until = following.at if following else ends
        if event.moves:
            yield from _echoes(sensor, event, until, rng)
        if life_sign is None:
            share = (until - event.at) / timedelta(days=1) * REPORTS_A_DAY
            reports = int(share + rng.random())
            moments = sorted(rng.uniform(0.05, 0.95) for _ in range(reports))
            offsets = [moment * (until - event.at) for moment in moments]
        else:
            count = int((until - event.at) / life_sign)
            offsets = [life_sign * (n + 1 - rng.uniform(0, 0.1)) for n in range(count)]
        kind = What.CACHED if sensor.protocol == "zigbee2mqtt" else What.BATTERY
        for offset in offsets:
            if AWAY < offset < until - event.at - AWAY:
                yield _again(event, offset, kind, rng)


def _echoes(sensor: Sensor, event: Event, until: datetime, rng: Random) -> Iterator[Event]:
    """What follows a swing within seconds, before the next one."""
    length = until - event.at
    if rng.random() < 0.2:
        yield _again(event, timedelta(milliseconds=rng.randint(200, 800)), What.REPEATED, rng)
    if sensor.protocol == "bthome" and rng.random() < 0.6:
        later = timedelta(milliseconds=rng.randint(1_000, 8_000))
        if later < length - timedelta(seconds=1):
            yield _again(event, later, What.BEACON, rng)
    if sensor.protocol == "zigbee2mqtt" and rng.random() < 0.4:
        later = timedelta(seconds=rng.randint(10, 40))
        if later < length - timedelta(seconds=5):
            yield _again(event, later, What.CACHED, rng)


def _again(event: Event, later: timedelta, what: What, rng: Random) -> Event:
    rssi = event.rssi + rng.choice((-3, -2, -1, 1, 2, 3))
    return Event(event.at + later, event.sensor_id, what, event.open, event.battery, rssi)
