"""What the running gateway's memory says of who is not observed at this moment, and since when.

Reads the memory; writes nothing and keeps nothing. Every sensor of a home has to be heard: the
unheard one may be the open door.
"""

from collections.abc import Callable, Collection, Iterator

from gateway.config import Config
from gateway.coverage.gaps import Gap, State
from gateway.coverage.pieces import PIECE, Walk
from gateway.coverage.table import Key
from gateway.memory import Memory
from gateway.policies import BROKER, RADIO
from rules.moment import Moment

OF_RECEIVER = {RADIO: State.RADIO, BROKER: State.BROKER}
FOR_ALL = frozenset({State.POWER, State.CLOCK})


def receivers(config: Config) -> set[str]:
    """What this gateway hears by at all."""
    found = {RADIO} if config.ble.enabled else set()
    return found | {BROKER} if config.mqtt.url is not None else found


def causes(
    memory: Memory, receivers: Collection[str], households: Collection[str], now: Moment
) -> Walk[dict[Key, Moment]]:
    """Every gap of these households that is open at ``now``, and since when; those of everybody,
    too. One that is not in the ledger any more is not observed.

    ``receivers``: what this gateway hears by at all.
    """
    found: dict[Key, Moment] = {}

    def add(cause: State, subject: str | None, since: Moment) -> None:
        key = cause, subject
        found[key] = min(since, found.get(key, now))

    for cause, since in _of_everybody(memory):
        add(cause, None, since)
    for household_id, since in _silent(memory):
        if household_id in households:
            add(State.SENSOR, household_id, since)
    for number, key in enumerate(tuple(households), start=1):
        if number % PIECE == 0:
            yield
        home, sensors = memory.homes.get(key), memory.sensors_of.get(key)
        if home is None or not sensors:
            add(State.SENSOR, key, now)
            continue
        for faulty in home.rest.faulty:  # what it told while it began to flap is worth nothing
            add(State.SENSOR, key, faulty.flapped_at - home.policy.rules.flap)
        for sensor in sensors:
            if sensor.receiver not in receivers:
                add(OF_RECEIVER[sensor.receiver], None, now)
            if not memory.intake.sensors[sensor.sensor_id].heard_at:
                add(State.SENSOR, key, now)  # nobody knows how its door stands
            if sensor.every is None:
                add(State.UNSUPERVISED, key, now)
    return found


def _of_everybody(memory: Memory) -> Iterator[tuple[State, Moment]]:
    """An unverified clock, and what does not hear: since when."""
    if memory.doubtful_since is not None:
        yield State.CLOCK, memory.doubtful_since
    for grid in memory.grids.values():
        for receiver, since in grid.deaf:
            yield OF_RECEIVER[receiver], since


def _silent(memory: Memory) -> Iterator[tuple[str, Moment]]:
    """Households with a silent sensor, and when it was last heard.

    Not since when the rules count: for them silence stands still while nobody could hear, but who
    was not heard after that was not observed before it either.
    """
    for key in memory.with_silent:
        for one in memory.grids[key].silent:
            sensor = memory.intake.sensors.get(one.sensor_id)
            last = sensor.heard_at if sensor is not None else 0
            if last <= one.at:  # else it is back, and the grid is told in a moment
                yield one.household_id, last or one.since


def hears(memory: Memory, household_id: str) -> frozenset[State]:
    """What would be in the way of a household: power and clock, and what it is heard by."""
    sensors = memory.sensors_of.get(household_id, ())
    return FOR_ALL.union(OF_RECEIVER[sensor.receiver] for sensor in sensors)


def settled(memory: Memory, household_id: str, now: Moment) -> Moment:
    """Up to when it is known whether a household was observed: a supervised sensor may turn out
    to have died right after its last word."""
    until = now
    for sensor in memory.sensors_of.get(household_id, ()):
        if sensor.every is not None:
            until = min(until, memory.intake.sensors[sensor.sensor_id].heard_at)
    return until


class Silences:
    """Silences that came and went between two looks: a sensor that repeats itself just as often
    as it has to."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory
        self._before: dict[str, tuple[Moment, Moment]] = {}  # by sensor: heard; counts from

    def move(self, move: Callable[[Moment], Moment]) -> None:
        """The clock was put right."""
        self._before = {
            key: (move(heard), move(counts_from))
            for key, (heard, counts_from) in self._before.items()
        }

    def ended(self) -> Walk[list[Gap]]:
        """Since the last call; of longer ones, too."""
        found: list[Gap] = []
        before, self._before = self._before, {}
        walked = 0
        for grid in tuple(self._memory.grids.values()):
            deaf = dict(grid.deaf)
            for sensor in grid.policy.sensors:
                walked += 1
                if walked % PIECE == 0:
                    yield
                known = self._memory.intake.sensors.get(sensor.sensor_id)
                if known is None or sensor.every is None or sensor.receiver in deaf:
                    continue
                heard = known.heard_at
                counts_from = max(heard, grid.counts_from.get(sensor.sensor_id, 0))
                self._before[sensor.sensor_id] = heard, counts_from
                last, counted_from = before.get(sensor.sensor_id, (0, 0))
                if last and heard > last and heard - counted_from > sensor.every:
                    found.append(Gap(State.SENSOR, sensor.household_id, last, heard))
        return found
