"""The benchmark's town: its ledger files, its readings, and which of them must be texted.

Three sorts of household, told apart by the first letter of their sensor:
``B`` isolates without any window, so that each of its openings is a breach; ``P`` isolates
with a window the whole day long; ``F`` does not isolate yet. A breaching household has a grid
and a person of its own: so the number that a text goes to says which reading caused it, and
nothing that merges alerts (mass openings, budgets) changes the share of posts.
"""

import csv
import json
import random
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

MARK = "F-mark"  # a sensor whose opening says: all that was sent before has been decided
SENDER = "+8613900000000"
ACCOUNT = "AC" + "0" * 32
FIRST_PHONE = 8613800000000
GRID_SIZE = 100  # households of a grid that share one roster
BREACH_EVERY = 100  # readings; mixed traffic, as in a town on a busy evening
LAG = 100  # readings between the opening and the closing of one door
WARM_UP = 20  # breaches before a trial: the first text loads the provider's client


_Rows = list[tuple[object, ...]]


class Message(NamedTuple):
    """One MQTT message to publish."""

    topic: bytes
    sensor_id: str
    state: str
    seq: int

    def payload(self) -> bytes:
        """The plain JSON dialect, stamped now."""
        at = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        body = {"sensor_id": self.sensor_id, "state": self.state, "seq": self.seq, "at": at}
        return json.dumps(body, separators=(",", ":")).encode()


def message(sensor_id: str, state: str, seq: int) -> Message:
    return Message(f"doors/{sensor_id}".encode(), sensor_id, state, seq)


def phone(sensor_id: str) -> str:
    """The number that a breach of this sensor's household must be texted to."""
    return f"+{FIRST_PHONE + int(sensor_id[1:])}"


def calm_zone() -> str:
    """A zone in which it is about noon now: no curfew, no quiet hours, no midnight in the run."""
    ahead = 12 - datetime.now(UTC).hour  # hours east of Greenwich, -11 .. 12
    return f"Etc/GMT{-ahead:+d}" if ahead else "Etc/GMT"  # POSIX counts to the west


@dataclass(frozen=True)
class Town:
    """How many households of each sort."""

    breaching: int  # without those of the warm-up
    permitted: int
    free: int

    @property
    def households(self) -> int:
        return self.breaching + WARM_UP + self.permitted + self.free + 1  # the mark's

    def sensors(self, sort: str) -> list[str]:
        count = {"B": self.breaching + WARM_UP, "P": self.permitted, "F": self.free}[sort]
        return [f"{sort}{number:06d}" for number in range(count)]

    def everyone(self) -> list[str]:
        return [*self.sensors("B"), *self.sensors("P"), *self.sensors("F"), MARK]

    # -- what is said ----------------------------------------------------------------------

    def first_words(self) -> list[Message]:
        """Every sensor says that it is closed: only a change from there is an opening."""
        return [message(sensor, "closed", 1) for sensor in self.everyone()]

    def mixed(self, readings: int, seed: int) -> tuple[list[Message], int]:
        """Openings and closings, one reading in a hundred a breach; and how many breaches."""
        breaches = readings // BREACH_EVERY
        breaching = iter(self.sensors("B")[:breaches])
        calm = self.calm(readings - 2 * breaches, seed)
        mix: list[Message] = []
        last = ""
        for position in range(readings):
            if position % BREACH_EVERY == 0:
                last = next(breaching)
                mix.append(message(last, "open", 2))
            elif position % BREACH_EVERY == BREACH_EVERY // 2:
                mix.append(message(last, "closed", 3))
            else:
                mix.append(next(calm))
        return mix, breaches

    def calm(self, readings: int, seed: int) -> Iterator[Message]:
        """Openings and closings that nobody is told of, in all homes before any comes again."""
        homes = self.sensors("P") + self.sensors("F")
        random.Random(seed).shuffle(homes)
        standing: deque[Message] = deque()
        opened = 0
        for sent in range(readings):
            # Few stand open at a time, and at the end none.
            if len(standing) < min(LAG, len(homes), readings - sent):
                turn, number = divmod(opened, len(homes))
                opened += 1
                standing.append(message(homes[number], "open", 2 + 2 * turn))
                yield standing[-1]
            else:
                last = standing.popleft()
                yield message(last.sensor_id, "closed", last.seq + 1)

    def alerts(self, readings: int) -> list[Message]:
        """Every reading a breach of another household."""
        return [message(s, "open", 2) for s in self.sensors("B")[:readings]]

    def warm_up(self) -> list[Message]:
        """Breaches of households that do not breach otherwise."""
        return [message(s, "open", 2) for s in self.sensors("B")[-WARM_UP:]]

    # -- the ledger ------------------------------------------------------------------------

    def write(self, folder: Path) -> list[Path]:
        """The five ledger files, in the order in which they refer to each other."""
        folder.mkdir(parents=True, exist_ok=True)
        today = datetime.now(UTC).date()
        now = (today - timedelta(days=7), today + timedelta(days=7))
        later = (today + timedelta(days=30), today + timedelta(days=44))
        grids: _Rows = []
        people: _Rows = []
        households: _Rows = []
        sensors: _Rows = []
        windows: _Rows = []
        for sensor in self.everyone():
            sort, number = sensor[0], sensor[1:]
            shared = "mark" if sensor == MARK else f"{int(number) // GRID_SIZE:04d}"
            grid = f"G{sensor}" if sort == "B" else f"G{sort}{shared}"
            if not grids or grids[-1][0] != grid:
                grids.append((grid, "东湖", "滨江"))
                number_of = phone(sensor) if sort == "B" else f"+{FIRST_PHONE + 10**7 + len(grids)}"
                people.append((f"M-{grid}", f"员{number}", number_of, "member", grid))
                if sort == "P":
                    windows.append(
                        (f"W-{grid}", f"grid:{grid}", "garbage", "mon-sun", "00:00", "23:59")
                    )
            households.append((f"H{sensor}", grid, f"楼{number}", *(later if sort == "F" else now)))
            sensors.append((sensor, f"H{sensor}", "json", sensor))
        tables: dict[str, tuple[str, _Rows]] = {
            "grids": ("grid_id,community,subdistrict", grids),
            "people": ("person_id,name,phone,role,grid_id", people),
            "households": (
                "household_id,grid_id,address,isolation_start,isolation_end",
                households,
            ),
            "sensors": ("sensor_id,household_id,protocol,address", sensors),
            "windows": ("window_id,applies_to,kind,weekdays,start,end", windows),
        }
        return [_table(folder / f"{name}.csv", head, rows) for name, (head, rows) in tables.items()]


def _table(path: Path, head: str, rows: _Rows) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(head.split(","))
        writer.writerows(rows)
    return path
