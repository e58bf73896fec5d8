"""How the gateway does in weeks of a town whose truth is known; beside it a text at every opening.

The product's rules in process and in virtual time, as ``simulators.neighbourhood`` plays them:
no broker, no disk, nobody waits. Each seed is another town.
"""

import statistics
from collections.abc import Iterator
from datetime import date

from benchmarks.report import Figure
from simulators.neighbourhood import Tally, live, play, settle, tally

_DAY = date(2026, 3, 2)  # a Monday; any day does, towns differ by their seeds
_LOSS = 0.02  # of radio packets


def weeks(homes: int, days: int, seed: int) -> Tally:
    """One town, lived through and judged."""
    town = settle(seed, homes, days, day=_DAY)
    return tally(play(live(town, seed), seed, loss=_LOSS))


def figures(homes: int, days: int, seed: int) -> Iterator[Figure]:
    """The table of one town, with the goals."""
    got = weeks(homes, days, seed)
    yield Figure(
        f"town of {homes} homes, {days} days, seed {seed}",
        "openings",
        got.openings,
        how=f"{got.loss:.2%} of radio packets lost, in bursts; {got.traceless} left no trace",
    )
    yield _share("  heard breaches told", got.recall, 1.0, f"{got.heard} of {got.breaches} heard")
    yield _share(
        "  openings inferred", got.inferred, 0.95, f"{got.proved} that only a counter shows"
    )
    accused = len(got.accused)
    yield Figure("  wrongly unauthorised", "", accused, goal="0", met=accused == 0)
    each = got.first_steps_each
    how = "a member on duty, of all door incidents, true or not"
    yield Figure("  first texts a breach", "", each, goal="<= 1.2", met=each <= 1.2, how=how)
    fewer = got.fewer_than_naive
    how = "reference: a text at every opening of an isolating home"
    yield Figure("  texts", "", got.texts, got.naive, goal="20 x less", met=fewer >= 20, how=how)
    yield Figure("  texts a breach", "", got.texts_per_breach)
    yield Figure("  calls", "", got.calls)
    yield Figure("  false texts a home and week", "", got.false_per_household_week)
    seconds = sorted(got.seconds)
    yield Figure("  breach to first text, median", "s", statistics.median(seconds))
    yield Figure("    the slowest of 100", "s", seconds[len(seconds) * 99 // 100])
    yield Figure(
        f"  meals not taken in noticed, of {got.meals[1]}",
        "",
        got.meals[0],
        how=f"{got.asked_in_vain} asked after in vain",
    )
    for trouble, (noticed, count) in got.troubles.items():
        yield Figure(f"  {trouble.value} noticed, of {count}", "", noticed)


def _share(name: str, got: float, goal: float, how: str) -> Figure:
    return Figure(name, "%", 100 * got, goal=f">= {goal:.0%}", met=got >= goal, how=how)
