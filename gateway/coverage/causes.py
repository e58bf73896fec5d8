"""What the running gateway's memory says of who is not observed at this moment, and since when.

Reads the memory; writes nothing and keeps nothing. Every sensor of a home has to be heard: the
unheard one may be the open door.
"""

from collections.abc import Collection, Iterator

from gateway.config import Config
from gateway.coverage.gaps import Gap, State
from gateway.coverage.table import Key
from gateway.memory import Memory
from gateway.policies import BROKER, RADIO
from rules.grid import Grid
from rules.moment import Moment

OF_RECEIVER = {RADIO: State.RADIO, BROKER: State.BROKER}
FOR_ALL = frozenset({State.POWER, State.CLOCK})


def receivers(config: Config) -> set[str]:
    """What this gateway hears by at all."""
    found = {RADIO} if config.ble.enabled else set()
    return found | {BROKER} if config.mqtt.url is not None else found


def causes(
    memory: Memory, receivers: Collection[str], known: set[str], now: Moment
) -> dict[Key, Moment]:
    """Every gap that is open at ``now``, and since when.

    ``receivers``: what this gateway hears by at all. ``known``: households that once were in the
    ledger; one that is there no more is not observed.
    """
    found: dict[Key, Moment] = {}

    def add(cause: State, subject: str | None, since: Moment) -> None:
        key = cause, subject
        found[key] = min(since, found.get(key, now))

    if memory.doubtful_since is not None:
        add(State.CLOCK, None, memory.doubtful_since)
    unsensed = set(memory.homes)
    for grid in memory.grids.values():
        for receiver, since in grid.deaf:
            add(OF_RECEIVER[receiver], None, since)
        for sensor in grid.policy.sensors:
            unsensed.discard(sensor.household_id)
            if sensor.receiver not in receivers:
                add(OF_RECEIVER[sensor.receiver], None, now)
            if not memory.intake.sensors[sensor.sensor_id].heard_at:
                add(State.SENSOR, sensor.household_id, now)  # nobody knows how its door stands
            if sensor.every is None:
                add(State.UNSUPERVISED, sensor.household_id, now)
        for household_id, since in _silent(memory, grid):
            add(State.SENSOR, household_id, since)
    for key, home in memory.homes.items():
        for faulty in home.rest.faulty:  # what it told while it began to flap is worth nothing
            add(State.SENSOR, key, faulty.flapped_at - home.policy.rules.flap)
    for key in unsensed | (known - memory.homes.keys()):
        add(State.SENSOR, key, now)
    return found


def _silent(memory: Memory, grid: Grid) -> Iterator[tuple[str, Moment]]:
    """Households with a silent sensor, and when it was last heard.

    Not since when the rules count: for them silence stands still while nobody could hear, but who
    was not heard after that was not observed before it either.
    """
    for one in grid.silent:
        sensor = memory.intake.sensors.get(one.sensor_id)
        last = sensor.heard_at if sensor is not None else 0
        if last <= one.at:  # else it is back, and the grid is told in a moment
            yield one.household_id, last or one.since


def hears(memory: Memory) -> dict[str, frozenset[State]]:
    """What would be in the way of every household: power and clock, and what it is heard by."""
    found = dict.fromkeys(memory.homes, FOR_ALL)
    for grid in memory.grids.values():
        for sensor in grid.policy.sensors:
            found[sensor.household_id] |= {OF_RECEIVER[sensor.receiver]}
    return found


def settled(memory: Memory, now: Moment) -> dict[str, Moment]:
    """Up to when it is known of a household whether it was observed: a supervised sensor may
    turn out to have died right after its last word."""
    found = dict.fromkeys(memory.homes, now)
    for grid in memory.grids.values():
        for sensor in grid.policy.sensors:
            if sensor.every is not None:
                heard = memory.intake.sensors[sensor.sensor_id].heard_at
                found[sensor.household_id] = min(heard, found[sensor.household_id])
    return found


class Silences:
    """Silences that came and went between two looks: a sensor that repeats itself just as often
    as it has to."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory
        self._before: dict[str, tuple[Moment, Moment]] = {}  # by sensor: heard; counts from

    def ended(self) -> Iterator[Gap]:
        """Since the last call; of longer ones, too."""
        before, self._before = self._before, {}
        for grid in self._memory.grids.values():
            deaf = dict(grid.deaf)
            for sensor in grid.policy.sensors:
                if sensor.every is None or sensor.receiver in deaf:
                    continue
                heard = self._memory.intake.sensors[sensor.sensor_id].heard_at
                counts_from = max(heard, grid.counts_from.get(sensor.sensor_id, 0))
                self._before[sensor.sensor_id] = heard, counts_from
                last, counted_from = before.get(sensor.sensor_id, (0, 0))
                if last and heard > last and heard - counted_from > sensor.every:
                    yield Gap(State.SENSOR, sensor.household_id, last, heard)
