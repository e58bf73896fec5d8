"""The sensors' metrics, written as text by ourselves: for 2,000 sensors the library takes some
20 ms on a desktop, and no door is told of meanwhile.

Reads the memory. ``gateway.metrics`` appends it to what the library writes.
"""

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gateway.memory import Memory

LAST_SEEN = "doorwatch_sensor_last_seen_timestamp_seconds"
BATTERY = "doorwatch_sensor_battery_ratio"
COUNT = "doorwatch_sensors"
STATES = ("heard", "silent", "never")
"""``silent``: for longer than its kind may be. ``never``: not once since it is in the ledger."""

_ESCAPES = str.maketrans({"\\": r"\\", '"': r"\"", "\n": r"\n"})


class Sensors:
    """Lines of the text format; the labels of each sensor are put together once."""

    def __init__(self, memory: "Memory") -> None:
        self._memory = memory
        self._labels: dict[tuple[str, str], str] = {}

    def text(self) -> str:
        """Last sign of life and battery of each, and how many of each grid are how."""
        households = self._memory.ledger.households
        silent = {one.sensor_id for grid in self._memory.grids.values() for one in grid.silent}
        count = Counter({(g, s): 0 for g in self._memory.ledger.grids for s in STATES})
        before, self._labels = self._labels, {}
        seen, battery = [], []
        for sensor in self._memory.intake.sensors.values():
            key = sensor.sensor_id, households[sensor.household_id].grid_id
            labels = self._labels[key] = before.get(key) or _labels(
                sensor_id=key[0], grid_id=key[1]
            )
            if sensor.heard_at:
                seen.append(f"{LAST_SEEN}{labels} {sensor.heard_at / 1000}")
            if sensor.battery is not None:
                battery.append(f"{BATTERY}{labels} {sensor.battery / 100}")
            state = "silent" if key[0] in silent else "heard" if sensor.heard_at else "never"
            count[key[1], state] += 1
        counts = [
            f"{COUNT}{_labels(grid_id=grid_id, state=state)} {many}"
            for (grid_id, state), many in count.items()
        ]
        lines = [
            *_family(LAST_SEEN, "Last sign of life", seen),
            *_family(BATTERY, "As the sensor says", battery),
            *_family(COUNT, "Sensors of the ledger, by whether they are heard", counts),
        ]
        return "\n".join([*lines, ""])


def _family(name: str, help_text: str, lines: list[str]) -> Iterator[str]:
    yield f"# HELP {name} {help_text}"
    yield f"# TYPE {name} gauge"
    yield from lines


def _labels(**labels: str) -> str:
    return (
        "{"
        + ",".join(f'{name}="{value.translate(_ESCAPES)}"' for name, value in labels.items())
        + "}"
    )
