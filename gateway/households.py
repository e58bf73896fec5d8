"""All homes and grids, and how one input changes them: in the order of time, one by one.

Owns whose turn it is and what a step of one means for another: a home's breach for its grid, a
grid's word for its homes. Knows no disk, no incident's card and no text.
"""

import heapq
from collections.abc import Mapping
from typing import TypeAlias

from rules.grid import Breached, Grid, GridInput, HeardFrom, Lost, ReceiverChanged, ToHome
from rules.grid import step as grid_step
from rules.home import Home, Rest
from rules.model import ClockChanged, Resumed, TakenOver, Tick
from rules.moment import NEVER, SECOND, Moment
from rules.policy import GridPolicy, GridPolicyChanged, Policy, PolicyChanged, Supervised
from rules.said import Alerted, Output
from rules.step import Input, step

Said: TypeAlias = tuple[Home | Grid, list[Output]]  # who, as it then stands, and what it said
Everywhere: TypeAlias = Tick | Resumed | ClockChanged

GATEWAY = ""
"""The grid without a name: the gateway's own faults."""


def grid_key(grid_id: str) -> str:
    """A grid's key among those of the households."""
    return f"grid:{grid_id}"


def key_of(state: Home | Grid) -> str:
    """The key of a home or grid: its incidents are counted under it."""
    if isinstance(state, Home):
        return state.policy.household_id
    return grid_key(state.policy.grid_id)


class Households:
    """Every home by its id, every grid by its key. States are frozen; here they are replaced."""

    def __init__(self) -> None:
        self.homes: dict[str, Home] = {}
        self.grids: dict[str, Grid] = {}
        self.drills: dict[str, Home] = {}  # hidden homes, of no grid: nobody counts them
        self._grid_of: dict[str, str] = {}  # by household
        self._grid_of_sensor: dict[str, str] = {}
        self._due: list[tuple[Moment, str]] = []  # a heap; entries overtaken since are skipped
        self._heard: dict[str, Moment] = {}  # by readings, since the grids were told
        self.with_silent: set[str] = set()  # grids that take a sensor for silent
        self.sensors_of: dict[str, tuple[Supervised, ...]] = {}  # by household
        self.doubtful_since: Moment | None = None  # the clock is unverified since then

    def live_by(
        self,
        policies: Mapping[str, Policy],
        grids: Mapping[str, GridPolicy],
        grid_of: Mapping[str, str],
        replaced: frozenset[str],
        now: Moment,
    ) -> None:
        """From here on these households and grids. ``replaced``: sensors that are another device
        now. ``grid_of``: the grid of each household."""
        self._grid_of = {key: grid_key(grid_id) for key, grid_id in grid_of.items()}
        self._grid_of_sensor, self.sensors_of = {}, {}
        for key, grid in grids.items():
            for sensor in grid.sensors:
                self._grid_of_sensor[sensor.sensor_id] = key
                others = self.sensors_of.get(sensor.household_id, ())
                self.sensors_of[sensor.household_id] = (*others, sensor)
        self.homes = {
            key: self._home(key, policy, replaced, now) for key, policy in policies.items()
        }
        self.grids = {key: self._grid(key, policy, now) for key, policy in grids.items()}
        self.sort()

    def sort(self) -> None:
        """The queue of timers anew, after states were put in from outside."""
        states: list[tuple[str, Home | Grid]] = [
            *self.homes.items(),
            *self.grids.items(),
            *self.drills.items(),
        ]
        self._due = [(state.due, key) for key, state in states if state.due < NEVER]
        heapq.heapify(self._due)
        self.with_silent.clear()
        for key, grid in self.grids.items():
            self._note_silent(key, grid)

    @property
    def verified(self) -> bool:
        """Whether the clock can be trusted."""
        return self.doubtful_since is None

    def state(self, key: str) -> Home | Grid | None:
        """The home or grid of a key."""
        return self.homes.get(key) or self.grids.get(key) or self.drills.get(key)

    def next_due(self) -> Moment:
        """When time alone changes something next."""
        while self._due:
            due, key = self._due[0]
            state = self.state(key)
            if state is not None and state.due == due:
                return due
            heapq.heappop(self._due)
        return NEVER

    def grids_due(self) -> Moment:
        """When time alone changes a grid: what was heard has to be told before."""
        return min((grid.due for grid in self.grids.values()), default=NEVER)

    def heard(self, sensor_id: str, at: Moment) -> None:
        """A sensor's own reading; its grid is told when it matters."""
        self._heard[sensor_id] = at

    def tell_heard(self) -> list[Said]:
        """The grids are told who was heard."""
        said: list[Said] = []
        self._tell_heard(said)
        return said

    def untold(self) -> dict[str, Moment]:
        """Sensors heard since their grid was told, and when: for a snapshot."""
        return dict(self._heard)

    def count_on(self, key: str, number: int) -> None:
        """A home's or grid's next incident gets a higher number than this."""
        if (home := self.homes.get(key)) is not None:
            rest = home.rest._replace(numbered=max(number, home.rest.numbered))
            self.homes[key] = home._replace(rest=rest)
        elif (grid := self.grids.get(key)) is not None:
            self.grids[key] = grid._replace(numbered=max(number, grid.numbered))

    # -- inputs ------------------------------------------------------------------------------

    def apply(self, key: str, given: Input, now: Moment) -> list[Said]:
        """One input of one home, and all that follows from it; the home's own comes first."""
        said: list[Said] = []
        self._apply(key, given, now, said)
        return said

    def apply_to_grid(self, key: str, given: GridInput, now: Moment) -> list[Said]:
        """One input of one grid, and all that follows from it."""
        said: list[Said] = []
        self._tell_heard(said)
        self._apply_to_grid(key, given, now, said)
        return said

    def apply_everywhere(self, given: Everywhere, now: Moment) -> list[Said]:
        """Time has passed, we are back, or the clock is another: for all whom it concerns.

        Time goes from timer to timer, so that everybody is seen as they stood at each of them.
        """
        said: list[Said] = []
        if isinstance(given, ClockChanged):
            since = now if self.doubtful_since is None else self.doubtful_since
            self.doubtful_since = None if given.verified else since
        if not isinstance(given, Tick):
            self._tell_heard(said)
            for key, home in (*self.homes.items(), *self.drills.items()):
                if isinstance(given, ClockChanged) or home.due < now or home.policy.care:
                    self._apply(key, given, now, said)
            for key in self.grids:
                self._apply_to_grid(key, given, now, said)
        while self.next_due() < now:
            due, key = heapq.heappop(self._due)
            if key in self.grids:
                self._tell_heard(said)
                self._apply_to_grid(key, Tick(), due + 1, said)
                continue
            self._apply(key, Tick(), due + 1, said)
            state = self.state(key)
            if state and state.due == due:  # taken off above; a second entry does no harm
                heapq.heappush(self._due, (due, key))
        return said

    def receiver(self, given: ReceiverChanged, now: Moment) -> list[Said]:
        """What hears some of the sensors went or came back."""
        said: list[Said] = []
        self._tell_heard(said)
        for key in self.grids:
            self._apply_to_grid(key, given, now, said)
        return said

    def lost(self, sensor_id: str, now: Moment) -> list[Said]:
        """A sensor's relay says that it is gone."""
        key = self._grid_of_sensor.get(sensor_id)
        return [] if key is None else self.apply_to_grid(key, Lost(sensor_id), now)

    def begin_drill(self, policy: Policy, now: Moment) -> None:
        """A hidden home. Its incidents are counted from the second in which it began, so that no
        two of them ever have the same number, though each home is forgotten with its drill."""
        home = Home(policy, rest=Rest(numbered=now // SECOND))
        if not self.verified:
            home, _ = step(home, ClockChanged(verified=False), now)
        self.drills[policy.household_id] = home

    # -- one after the other -----------------------------------------------------------------

    def _home(self, key: str, policy: Policy, replaced: frozenset[str], now: Moment) -> Home:
        home = self.homes.get(key)
        if home is None:
            home = Home(policy)
            if not self.verified:
                home, _ = step(home, ClockChanged(verified=False), now)
        if policy.sensor_ids is not None and policy.sensor_ids & replaced:
            without = policy._replace(sensor_ids=policy.sensor_ids - replaced)
            home, _ = step(home, PolicyChanged(without), now)  # forgets the old device's door
        return step(home, PolicyChanged(policy), now)[0]

    def _grid(self, key: str, policy: GridPolicy, now: Moment) -> Grid:
        grid = self.grids.get(key)
        if grid is None:  # what is down is down for a new one too
            gateway = self.grids.get(grid_key(GATEWAY))
            grid = Grid(policy, deaf=gateway.deaf if gateway else ())
        return grid_step.step(grid, GridPolicyChanged(policy), now)[0]

    def _apply(self, key: str, given: Input, now: Moment, said: list[Said]) -> None:
        homes = self.drills if key in self.drills else self.homes
        before = homes[key]
        after, out = step(before, given, now)
        homes[key] = after
        if after.due != before.due and after.due < NEVER:
            heapq.heappush(self._due, (after.due, key))
        said.append((after, out))
        if out:
            for breach in grid_step.breaches_of(after, out, now):
                self._breached(key, breach, now, said)

    def _breached(self, key: str, breach: Breached, now: Moment, said: list[Said]) -> None:
        grid = self._grid_of.get(key)
        if grid is not None:
            self._apply_to_grid(grid, breach, now, said)

    def _apply_to_grid(self, key: str, given: GridInput, now: Moment, said: list[Said]) -> None:
        before = self.grids[key]
        after, out = grid_step.step(before, given, now)
        self.grids[key] = after
        if after.silent is not before.silent:
            self._note_silent(key, after)
        if after.due != before.due and after.due < NEVER:
            heapq.heappush(self._due, (after.due, key))
        own: list[Output] = [one for one in out if not isinstance(one, ToHome)]
        if own:
            said.append((after, own))
        for one in out:
            if isinstance(one, ToHome) and one.household_id in self.homes:
                if isinstance(one.given, TakenOver):
                    _silence(said, one.household_id, one.given.incident)
                self._apply(one.household_id, one.given, now, said)

    def _note_silent(self, key: str, grid: Grid) -> None:
        if grid.silent:
            self.with_silent.add(key)
        else:
            self.with_silent.discard(key)

    def _tell_heard(self, said: list[Said]) -> None:
        """Readings that came since, before a grid looks at the time; as of the last of them."""
        if not self._heard:
            return
        by_grid: dict[str, list[tuple[str, Moment]]] = {}
        for sensor_id, at in self._heard.items():
            if key := self._grid_of_sensor.get(sensor_id):
                by_grid.setdefault(key, []).append((sensor_id, at))
        self._heard.clear()
        for key, heard in by_grid.items():
            self._apply_to_grid(key, HeardFrom(tuple(heard)), max(at for _, at in heard), said)


def _silence(said: list[Said], household_id: str, number: int) -> None:
    """Nobody is told of a home alone by the very step that makes it one of many."""
    for state, out in said:
        if isinstance(state, Home) and state.policy.household_id == household_id:
            out[:] = [o for o in out if not (isinstance(o, Alerted) and o.incident == number)]
