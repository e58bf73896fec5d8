"""The parts of the benchmark: each runs its trials and says its figures, with their goals."""

import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import TypeVar

from benchmarks import stairwell, trials
from benchmarks.latency import figures as latencies
from benchmarks.procfs import Written
from benchmarks.report import Figure
from benchmarks.scrape import figures as of_a_scrape
from benchmarks.seats import Prepared, prepare
from benchmarks.steps import apart
from benchmarks.town import Message, Town
from benchmarks.town_weeks import figures as of_a_town

_T = TypeVar("_T")
_PAIRS = ("gateway", "reference")
_PACE = 100  # readings a second
_GOAL_SAMPLES = 10_000  # of which the goal's p99 is meant
_SEED = 20
MB = 1_000_000


@dataclass(frozen=True)
class Sizes:
    """How much of everything. The quick run is for a look, the full one for the record."""

    homes: int  # of the mixed town
    mixed: int  # readings in one trial of mixed traffic
    mixed_pairs: int
    alerts: int  # readings in one trial in which every one is an alert
    alert_pairs: int
    samples: int  # of latency, for each contestant, in one round
    rounds: int
    idle_homes: int
    idle_seconds: float
    isolated: int  # readings one by one
    groups: int  # of 100; enough for checkpoints (1,000 pages) to fall due
    steps: int
    stairwell_seconds: float
    stairwell_pairs: int
    weeks: tuple[int, int]  # homes and days of the town whose truth is known


FULL = Sizes(
    10_000, 19_000, 3, 1_500, 3, 5_000, 2, 1_000, 30, 2_000, 320, 400_000, 20, 3, (500, 14)
)
QUICK = Sizes(3_000, 5_000, 1, 300, 1, 500, 1, 1_000, 5, 500, 160, 100_000, 6, 1, (150, 7))


class Bench:
    """Towns are imported when a part first needs them, and shared."""

    def __init__(
        self, sizes: Sizes, folder: Path, rehearse: bool, seeds: Sequence[int] = (1,)
    ) -> None:
        self.sizes = sizes
        self._seeds = seeds
        self._folder = folder
        self._rehearse = rehearse  # the reference in both seats

    def _prepared(self, name: str, town: Town) -> Prepared:
        folder = self._folder / name
        folder.mkdir()
        return Prepared(town, None, folder) if self._rehearse else prepare(town, folder)

    @cached_property
    def mixed_town(self) -> Prepared:
        calm = self.sizes.homes // 2
        breaching = self.sizes.mixed // 100
        return self._prepared("mixed", Town(breaching, calm, calm))

    @cached_property
    def alert_town(self) -> Prepared:
        return self._prepared("alerts", Town(max(self.sizes.alerts, self.sizes.samples), 0, 0))

    @cached_property
    def idle_town(self) -> Prepared:
        tenth = self.sizes.idle_homes // 10
        return self._prepared("idle", Town(tenth, 6 * tenth, 3 * tenth))

    # -- throughput ------------------------------------------------------------------------

    def throughput_mixed(self) -> list[Figure]:
        """1 reading in 100 opens an incident; with mosquitto's default window and a wide one."""
        town, sizes = self.mixed_town, self.sizes
        mix, posts = town.town.mixed(sizes.mixed, _SEED)
        return [
            figure
            for inflight in (20, 1000)
            for figure in self._speeds(
                f"mixed traffic, inflight {inflight}",
                0.8,
                sizes.mixed_pairs,
                partial(trials.speed, prepared=town, inflight=inflight, messages=mix, posts=posts),
            )
        ]

    def throughput_alerts(self) -> list[Figure]:
        """Every reading opens an incident and is texted."""
        town, sizes = self.alert_town, self.sizes
        opens = town.town.alerts(sizes.alerts)
        return self._speeds(
            "every reading an alert, inflight 20",
            1.0,
            sizes.alert_pairs,
            lambda name: trials.speed(name, town, 20, opens, len(opens)),
        )

    def _speeds(
        self, name: str, goal: float, pairs: int, trial: Callable[[str], trials.Speed]
    ) -> list[Figure]:
        gateway, reference = interleaved(pairs, trial)
        speeds = [s.per_second for s in gateway], [s.per_second for s in reference]
        costs = [s.cpu_us for s in gateway], [s.cpu_us for s in reference]
        ratio = median_ratio(*speeds)
        how = "queued in the broker while stopped; until all rows are committed, all texts asked"
        return [
            _pair(name, "readings/s", *speeds, ratio, f"ratio >= {goal}", ratio >= goal, how),
            _pair("  CPU a reading", "µs", *costs, median_ratio(*costs), how="utime + stime"),
        ]

    # -- latency ---------------------------------------------------------------------------

    def latency(self) -> list[Figure]:
        """Publish to the provider's request, every reading an alert, at an even 100/s."""
        town, sizes = self.alert_town, self.sizes
        opens = town.town.alerts(sizes.samples)
        gateway, reference = interleaved(
            sizes.rounds, lambda name: trials.latency(name, town, opens, _PACE)
        )
        return latencies(gateway, reference, _PACE, _GOAL_SAMPLES)

    # -- the rest --------------------------------------------------------------------------

    def idle(self) -> list[Figure]:
        """Nothing happens in a town of a thousand homes."""
        seconds = self.sizes.idle_seconds
        seen = trials.idle("gateway", self.idle_town, seconds)
        homes = f"{self.sizes.idle_homes} homes, radio off"
        rss, pss, core = seen.rss / MB, seen.pss / MB, seen.core_percent
        return [
            Figure("idle memory, RSS", "MB", rss, goal="<= 80 MB", met=rss <= 80, how=homes),
            Figure("idle memory, PSS", "MB", pss, how=homes),
            Figure("  RSS after the first texts", "MB", seen.rss_after_texts / MB, how=homes),
            Figure(
                "idle CPU", "% of a core", core, goal="<= 1 %", met=core <= 1, how=f"{seconds} s"
            ),
        ]

    def bytes_written(self) -> list[Figure]:
        """What a card has to take for a reading that nobody is told of."""
        town = self.mixed_town
        isolated = list(town.town.calm(self.sizes.isolated, _SEED))
        grouped = list(town.town.calm(100 * self.sizes.groups, _SEED + 1))
        return [
            *self._bytes("written a reading, one by one", town, isolated, 1, 9_000),
            *self._bytes("written a reading, 100 waiting", town, grouped, 100, 500),
        ]

    def _bytes(
        self, name: str, town: Prepared, messages: Sequence[Message], group: int, limit: int
    ) -> list[Figure]:
        ours, theirs = (trials.bytes_written(seat, town, messages, group) for seat in _PAIRS)
        how = f"/proc/PID/io write_bytes (4 kB pages dirtied), {len(messages)} readings"
        return [
            Figure(
                name,
                "B",
                ours.storage,
                theirs.storage,
                ours.storage / max(theirs.storage, 1),
                f"<= {limit:,} B",
                ours.storage <= limit,
                how,
            ),
            _calls(ours, theirs),
        ]

    def steps(self) -> list[Figure]:
        """The rules alone."""
        figures = []
        for homes, goal in ((1_000, 250_000), (100_000, 150_000)):
            speed = apart(homes, self.sizes.steps)["per_second"]
            name = f"rules.step, {homes:,} homes"
            met = speed >= goal
            figures.append(Figure(name, "steps/s", speed, goal=f">= {goal:,}", met=met))
        return figures

    def stairwell(self) -> list[Figure]:
        """Other people's Bluetooth devices, at one packet a second each, and none of them."""
        sizes = self.sizes
        seen = stairwell.measure(
            self._folder / "stairwell", sizes.stairwell_seconds, sizes.stairwell_pairs
        )
        around, none = [100 * s for s in seen.strangers], [100 * s for s in seen.none]
        name = f"CPU with {stairwell.STRANGERS} strangers, and with none"
        how = f"the gateway on a stand-in of BlueZ, {seen.per_second:.0f} packets/s of strangers"
        own = stairwell.own_microseconds()
        return [
            _pair(name, "% of a core", around, none, median_ratio(around, none), how=how),
            Figure("  a stranger's packet, without bleak", "µs", own, how="Listener.heard alone"),
        ]

    def scrape(self) -> list[Figure]:
        """All metrics of 2,000 sensors, each heard: as Prometheus asks for them."""
        return list(of_a_scrape(self._prepared("scrape", Town(20, 1_180, 800))))

    def town(self) -> list[Figure]:
        """Whom the rules tell of what, in weeks of a town."""
        return [figure for seed in self._seeds for figure in of_a_town(*self.sizes.weeks, seed)]


PARTS: dict[str, Callable[[Bench], list[Figure]]] = {
    "steps": Bench.steps,
    "town": Bench.town,
    "mixed": Bench.throughput_mixed,
    "alerts": Bench.throughput_alerts,
    "latency": Bench.latency,
    "bytes": Bench.bytes_written,
    "idle": Bench.idle,
    "stairwell": Bench.stairwell,
    "scrape": Bench.scrape,
}


def interleaved(pairs: int, trial: Callable[[str], _T]) -> tuple[list[_T], list[_T]]:
    """Both in turn, and each first as often as the other: a machine's mood falls on both."""
    results: dict[str, list[_T]] = {name: [] for name in _PAIRS}
    for number in range(pairs):
        for name in _PAIRS if number % 2 == 0 else reversed(_PAIRS):
            results[name].append(trial(name))
    return results["gateway"], results["reference"]


def median_ratio(ours: Sequence[float], theirs: Sequence[float]) -> float:
    return statistics.median(a / max(b, 1e-9) for a, b in zip(ours, theirs, strict=True))


def _pair(  # in the order of the table
    name: str,
    unit: str,
    ours: list[float],
    theirs: list[float],
    ratio: float,
    goal: str = "",
    met: bool | None = None,
    how: str = "",
) -> Figure:
    medians = statistics.median(ours), statistics.median(theirs)
    both = {"gateway": ours, "reference": theirs}
    return Figure(name, unit, *medians, ratio, goal, met, how, both)


def _calls(ours: Written, theirs: Written) -> Figure:
    how = "/proc/PID/io wchar: handed to write(), before rounding up to pages"
    ratio = ours.calls / max(theirs.calls, 1)
    return Figure("  by write() calls", "B", ours.calls, theirs.calls, ratio, how=how)
