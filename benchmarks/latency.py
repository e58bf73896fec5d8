"""Where the time goes between a publish and the provider's request: our own stages, as the gateway
itself wrote them down, and the figures of both."""

import contextlib
import sqlite3
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.report import Figure

OWN_MS = 50.0  # of our own time, for 99 of 100 alerts; all of it leaves within 1 s
ALL_MS = 1_000.0
_STAGES: Mapping[str, str] = {
    "decided": "created_at",
    "committed": "committed_at",
    "handed": "first_handed_at",
}


_RATIO = 2.0  # to the reference, of the p99


@dataclass(frozen=True)
class Latency:
    """One contestant's round."""

    samples: list[float]  # ms, from publish to request, of every alert
    stages: dict[str, list[float]] = field(default_factory=dict)  # ms since the reading's arrival


def percentile(samples: Sequence[float], per_cent: int) -> float:
    return statistics.quantiles(samples, n=100, method="inclusive")[per_cent - 1]


def of_stages(database: Path, last: int) -> dict[str, list[float]]:
    """Of the last alerts that a reading caused, as far as their moments are known."""
    with contextlib.closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as base:
        return {
            stage: [
                float(row[0])
                for row in base.execute(
                    f"SELECT {column} - reading_at FROM alerts WHERE reading_at IS NOT NULL"
                    f" AND {column} IS NOT NULL ORDER BY id DESC LIMIT ?",
                    (last,),
                )
            ]
            for stage, column in _STAGES.items()
        }


def figures(
    gateway: Sequence[Latency], reference: Sequence[Latency], pace: int, samples_of_goal: int
) -> list[Figure]:
    """Of all samples together, as the goals say; the single rounds are in the JSON."""
    name = f"publish to request at {pace}/s"
    ours, theirs = ([ms for one in seat for ms in one.samples] for seat in (gateway, reference))
    few = "" if len(ours) >= samples_of_goal else f" (only {len(ours)} samples)"
    found = [
        _beside(f"{name}, p50", 50, gateway, reference),
        _beside(f"{name}, p99", 99, gateway, reference, f"ratio <= {_RATIO}{few}"),
    ]
    p99, longest = percentile(ours, 99), max(ours)
    found += [
        Figure("  p99 in itself", "ms", p99, goal=f"<= {OWN_MS:.0f} ms", met=p99 <= OWN_MS),
        Figure("  longest", "ms", longest, max(theirs), goal="<= 1 s", met=longest <= ALL_MS),
    ]
    for stage in _STAGES:
        values = [ms for one in gateway for ms in one.stages.get(stage, ())]
        if values:
            how = "since the reading's arrival, as incidents show says it"
            found.append(Figure(f"  {stage}, p99", "ms", percentile(values, 99), how=how))
    return found


def _beside(
    name: str,
    per_cent: int,
    gateway: Sequence[Latency],
    reference: Sequence[Latency],
    goal: str = "",
) -> Figure:
    ours, theirs = (
        percentile([ms for one in seat for ms in one.samples], per_cent)
        for seat in (gateway, reference)
    )
    ratio = ours / theirs
    return Figure(
        name,
        "ms",
        ours,
        theirs,
        ratio,
        goal,
        ratio <= _RATIO if goal else None,
        f"{sum(len(one.samples) for one in gateway)} samples each",
        {
            seat: [percentile(one.samples, per_cent) for one in rounds]
            for seat, rounds in (("gateway", gateway), ("reference", reference))
        },
    )
