"""How many ``rules.step`` a second, by the number of homes. Its own process, for a clean heap.

Every home has a reading every half hour (a door opens, and closes 20 s later); half of the
homes have a window the whole day, half do not isolate; one reading in a hundred is a breach,
which somebody resolves ten minutes later. All doors were heard and opened once before.

``python -m benchmarks.steps --homes N --steps K`` prints one JSON object.
"""

import argparse
import gc
import json
import os
import random
import subprocess
import sys
import time
from zoneinfo import ZoneInfo

from benchmarks import procfs
from rules.home import Home
from rules.model import Door, DoorSeen, Outcome, Resolved, Role
from rules.moment import DAY, HOUR, MINUTE, NEVER, SECOND, Moment
from rules.policy import EVERY_DAY, Person, Policy, Shift, Window
from rules.step import Input, step

_ZONE = ZoneInfo("Asia/Shanghai")
_NINE: Moment = 1_767_229_200_000  # 2026-01-01 09:00 in Shanghai
_BETWEEN = 30 * MINUTE  # two readings of one home
_BREACHING = 50  # one home in so many, and one opening
_ALL_DAY = (Window("W1", Shift(EVERY_DAY, 0, 23 * 60 + 59)),)
_ROSTER = (Person("P1", Role.MEMBER), Person("P2", Role.LEADER))
_GC = (50_000, 20, 20)  # as `doorwatch run` sets it after gc.freeze()

_Plan = list[tuple[int, Input, Moment]]


def _home(number: int) -> Home:
    breaching, free = number % _BREACHING == 0, number % 2 == 1
    policy = Policy(
        f"H{number}",
        _ZONE,
        windows=() if breaching or free else _ALL_DAY,
        isolation_start=NEVER - DAY if free else 0,
        roster=_ROSTER,
    )
    return Home(policy)


def _seen(number: int, door: Door, at: Moment) -> tuple[int, Input, Moment]:
    return number, DoorSeen(f"S{number}", door, at), at


def _readings(homes: int, steps: int) -> _Plan:
    """Openings in random homes at an even pace, each with its closing, in order of time."""
    chance = random.Random(1)
    calm = [n for n in range(homes) if n % _BREACHING]
    chance.shuffle(calm)
    plan: _Plan = []
    for opening in range(steps // 2):
        at = _NINE + opening * 2 * _BETWEEN // homes
        if opening % _BREACHING == 0:
            turn = opening // _BREACHING
            number = turn * _BREACHING % homes
            incident = turn // (homes // _BREACHING) + 1
            done = Resolved(incident, "P1", Outcome.RETURNED)
            plan.append((number, done, at + 10 * MINUTE))
        else:
            number = calm[opening % len(calm)]
        plan.append(_seen(number, Door.OPEN, at))
        plan.append(_seen(number, Door.CLOSED, at + 20 * SECOND))
    plan.sort(key=lambda entry: entry[2])
    return plan


def measure(homes: int, steps: int) -> dict[str, float]:
    town = [_home(number) for number in range(homes)]
    for number in range(homes):
        first = [_seen(number, Door.CLOSED, _NINE - HOUR)]
        if number % _BREACHING:  # the others' incidents are counted from 1
            first.append(_seen(number, Door.OPEN, _NINE - HOUR + MINUTE))
            first.append(_seen(number, Door.CLOSED, _NINE - HOUR + 2 * MINUTE))
        for _, given, now in first:
            town[number], _ = step(town[number], given, now)
    plan = _readings(homes, steps)
    gc.collect()
    gc.freeze()
    gc.set_threshold(*_GC)
    decided = 0
    start = time.perf_counter()
    for number, given, now in plan:
        town[number], out = step(town[number], given, now)
        decided += len(out)
    seconds = time.perf_counter() - start
    breaches = sum(home.incident.number for home in town if home.incident is not None)
    return {
        "homes": homes,
        "steps": len(plan),
        "per_second": len(plan) / seconds,
        "incidents": breaches,
        "decisions": decided,
        "rss": procfs.memory(os.getpid()).rss,
    }


def apart(homes: int, steps: int) -> dict[str, float]:
    """The same in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.steps", "--homes", str(homes)]
    done = subprocess.run(
        [*command, "--steps", str(steps)], capture_output=True, text=True, timeout=300, check=False
    )
    if done.returncode:
        raise RuntimeError(f"steps: {done.stderr[-1000:]}")
    answer: dict[str, float] = json.loads(done.stdout)
    return answer


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--homes", type=int, required=True)
    parser.add_argument("--steps", type=int, required=True)
    options = parser.parse_args()
    print(json.dumps(measure(options.homes, options.steps)))
