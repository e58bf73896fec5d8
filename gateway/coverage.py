"""How long each household really was observed, and what was in the way when it was not.

Counted for isolating households only, second by second, by grid. Not seen is not compliant:
silence of a sensor, a dead radio or a lost broker is never taken for a closed door.
"""

from collections.abc import Callable, Iterator, Mapping
from enum import StrEnum

from prometheus_client import CollectorRegistry, Counter

from gateway.intake import Heard
from gateway.ledger.rows import BLE
from gateway.memory import Memory
from rules.moment import Moment

LOOK_S = 10.0  # a gap shorter than this may be counted to its neighbour


class State(StrEnum):
    """Observed, or the cause of the gap."""

    OBSERVED = "observed"
    RADIO = "radio"
    SENSOR = "sensor"
    CLOCK = "clock"
    POWER = "power"
    BROKER = "broker"


class Coverage:
    """Adds up; ``account`` is called every few seconds with the time since the last call."""

    def __init__(self, registry: CollectorRegistry, memory: Memory) -> None:
        self._memory = memory
        self._seconds = Counter(
            "doorwatch_coverage_seconds",
            "Household seconds in isolation, observed or why not",
            ("grid_id", "state"),
            registry=registry,
        )

    def account(self, now: Moment, seconds: float, sources: Mapping[str, bool]) -> None:
        """``sources``: broker and adapters by name, whether each is up."""
        radio = any(up for name, up in sources.items() if name != "broker")
        broker = sources.get("broker", False)
        self._add(now, seconds, lambda sensors: self._state(sensors, now, radio, broker))

    def down(self, since: Moment, now: Moment) -> None:
        """The gateway did not run."""
        self._add(now, max(0, now - since) / 1000, lambda sensors: State.POWER)

    def _add(self, now: Moment, seconds: float, state_of: Callable[[list[Heard]], State]) -> None:
        found: dict[tuple[str, State], int] = {}
        for grid_id, sensors in self._isolating(now):
            key = (grid_id, state_of(sensors))
            found[key] = found.get(key, 0) + 1
        for grid_id in self._memory.ledger.grids:
            for state in State:  # all there from the first look on
                count = found.get((grid_id, state), 0)
                self._seconds.labels(grid_id, state.value).inc(seconds * count)

    def _isolating(self, now: Moment) -> Iterator[tuple[str, list[Heard]]]:
        sensors: dict[str, list[Heard]] = {}
        for heard in self._memory.intake.sensors.values():
            sensors.setdefault(heard.household_id, []).append(heard)
        for key, home in self._memory.homes.items():
            if home.policy.isolation_start <= now < home.policy.isolation_end:
                yield self._memory.ledger.households[key].grid_id, sensors.get(key, [])

    def _state(self, sensors: list[Heard], now: Moment, radio: bool, broker: bool) -> State:
        """Every sensor of a home has to be heard: the unheard one may be the open door."""
        if not sensors:
            return State.SENSOR
        for heard in sensors:
            if heard.protocol in BLE:
                if not radio:
                    return State.RADIO
            elif not broker:
                return State.BROKER
            silent = now - heard.heard_at > self._memory.rules.supervised_every(heard.protocol)
            if heard.lost or silent:
                return State.SENSOR
        return State.OBSERVED
