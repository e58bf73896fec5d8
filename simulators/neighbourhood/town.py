"""A small town to live in: its grids, homes, doors and permitted times, made from a seed.

Owns what stands still for a day. Knows nothing of what happens (``story``), of what is
right (``truth``) or of the product.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from functools import cached_property
from random import Random
from zoneinfo import ZoneInfo

from simulators.neighbourhood.blocks import TOWER, Block
from simulators.neighbourhood.people import MAINLAND, Person, roster

LEAST_HOUSEHOLDS = 30  # fewer homes than parts in the story leave somebody out
ALL_WEEK = (0, 1, 2, 3, 4, 5, 6)
# What hangs on the doors, in proportion: protocol, encrypted.
ON_THE_DOORS = (
    ("bthome", False),
    ("bthome", True),
    ("zigbee2mqtt", False),
    ("bthome", False),
    ("json", False),
    ("zigbee2mqtt", False),
    ("bthome", True),
)
SWABS = ((time(9), time(10)), (time(9, 30), time(10, 30)), (time(10), time(11)))
LORRY = ((time(19), time(19, 45)), (time(19, 30), time(20, 15)), (time(20), time(20, 45)))
CARE = ("", "", "", "alone", "elderly", "", "infant", "", "chronic", "", "pregnant", "")


@dataclass(frozen=True, slots=True)
class Grid:
    """A block of households."""

    grid_id: str
    community: str
    subdistrict: str


@dataclass(frozen=True, slots=True)
class Household:
    """A home. A bound of its isolation that is a date means that whole day."""

    household_id: str
    grid_id: str
    building: int
    unit: int
    room: int
    isolation_start: date  # a date, or a datetime in the town's zone
    isolation_end: date
    care: str = ""
    phone: str = ""

    @property
    def address(self) -> str:
        return f"{self.building}栋{self.unit}单元{self.room}"


@dataclass(frozen=True, slots=True)
class Sensor:
    """A contact sensor. ``address``: MAC; or the device's name (zigbee2mqtt), or topic (json)."""

    sensor_id: str
    household_id: str
    protocol: str  # bthome, zigbee2mqtt, json
    address: str
    key: str = ""  # hex, 16 bytes; blank: not encrypted
    place: str = "入户门"
    retained: bool = False  # it publishes its state with the retain flag (json)
    counts_doors: bool = False  # its counter moves by door events alone
    life_sign: timedelta | None = None  # it says at least so often that it lives


@dataclass(frozen=True, slots=True)
class Window:
    """A permitted time that recurs; it crosses midnight when ``end`` is not after ``start``."""

    window_id: str
    applies_to: str  # household:H, grid:G, all
    kind: str
    start: time
    end: time
    max_openings: int | None = 1
    max_open_minutes: int | None = 10
    weekdays: tuple[int, ...] = ALL_WEEK  # 0 is Monday
    first_day: date | None = None
    last_day: date | None = None
    expected: bool = False


@dataclass(frozen=True, slots=True)
class Pass:
    """A one-off permission for one opening that starts in [start, end)."""

    pass_id: str
    household_id: str
    start: datetime
    end: datetime
    max_open_minutes: int = 10


@dataclass(frozen=True)
class Town:
    """Everything that stands still on ``day``, or from there on for ``days``."""

    day: date
    zone: ZoneInfo
    grids: tuple[Grid, ...]
    people: tuple[Person, ...]
    households: tuple[Household, ...]
    sensors: tuple[Sensor, ...]
    windows: tuple[Window, ...]
    passes: tuple[Pass, ...] = ()
    days: int = 1

    def at(self, clock: time, days: int = 0) -> datetime:
        """The moment of the town's day when its clocks show that."""
        return datetime.combine(self.day + timedelta(days=days), clock, self.zone)

    def sensors_of(self, household_id: str) -> tuple[Sensor, ...]:
        return self._sensors.get(household_id, ())

    def windows_of(self, home: Household) -> tuple[Window, ...]:
        return self._windows[home.household_id]

    def passes_of(self, household_id: str) -> tuple[Pass, ...]:
        return self._passes.get(household_id, ())

    @cached_property
    def _passes(self) -> dict[str, tuple[Pass, ...]]:
        found: dict[str, tuple[Pass, ...]] = {}
        for granted in self.passes:
            found[granted.household_id] = (*found.get(granted.household_id, ()), granted)
        return found

    @cached_property
    def _sensors(self) -> dict[str, tuple[Sensor, ...]]:
        found: dict[str, tuple[Sensor, ...]] = {}
        for sensor in self.sensors:
            found[sensor.household_id] = (*found.get(sensor.household_id, ()), sensor)
        return found

    @cached_property
    def _windows(self) -> dict[str, tuple[Window, ...]]:
        found: dict[str, tuple[Window, ...]] = {}
        for home in self.households:
            named = ("all", f"grid:{home.grid_id}", f"household:{home.household_id}")
            found[home.household_id] = tuple(w for w in self.windows if w.applies_to in named)
        return found


def build(
    seed: int,
    households: int = 36,
    grids: int = 3,
    *,
    day: date,
    zone: str = "Asia/Shanghai",
    radio: bool = True,
    phones: str = MAINLAND,
    block: Block = TOWER,
    life_sign: timedelta | None = None,
) -> Town:
    """The town of a seed. ``radio=False``: the same homes, no sensor that needs Bluetooth.
    ``phones``: the pattern of the roster's numbers. ``life_sign``: every sensor gives one so often.

    Raises ValueError for too few homes, and for a day near a change of the clocks: story and
    truth reckon in the time on the wall, which must run evenly.
    """
    if households < LEAST_HOUSEHOLDS:
        raise ValueError(f"a town has at least {LEAST_HOUSEHOLDS} households, not {households}")
    if not 1 <= grids <= households // 3:
        raise ValueError(f"{grids} grids do not divide {households} households")
    place = ZoneInfo(zone)
    noon = datetime.combine(day, time(12), place)
    if len({(noon + timedelta(days=d)).utcoffset() for d in (-2, -1, 0, 1, 2)}) != 1:
        raise ValueError(f"the clocks change near {day} in {zone}")
    blocks = tuple(Grid(f"G{n}", f"槐荫第{n}社区", "和平街道") for n in range(1, grids + 1))
    homes = _homes(Random(f"homes {seed}"), households, blocks, noon, block)
    sensors = _sensors(Random(f"sensors {seed}"), homes, radio)
    return Town(
        day=day,
        zone=place,
        grids=blocks,
        people=roster(seed, [g.grid_id for g in blocks], phones),
        households=homes,
        sensors=tuple(replace(sensor, life_sign=life_sign) for sensor in sensors),
        windows=_windows(blocks, homes, day),
    )


def _homes(
    rng: Random, count: int, blocks: tuple[Grid, ...], noon: datetime, block: Block
) -> tuple[Household, ...]:
    """Homes, grid by grid. The last four of the town: released yesterday, yesterday,
    not begun before tomorrow, and released at noon of the day itself."""
    day = noon.date()
    homes: list[Household] = []
    flats = block.flats()
    chosen = {g.grid_id: rng.sample(flats, len(flats)) for g in blocks}
    for index in range(count):
        number = index * len(blocks) // count
        grid = blocks[number]
        building, unit, room = chosen[grid.grid_id].pop()
        begun: date = day - timedelta(days=rng.randint(3, 10))
        ends: date = day + timedelta(days=rng.randint(1, 12))
        match count - index:
            case 4 | 3:
                ends = day - timedelta(days=1)
            case 2:
                begun = day + timedelta(days=1)
            case 1:
                ends = noon
        homes.append(
            Household(
                household_id=f"H{index + 1:03d}",
                grid_id=grid.grid_id,
                building=number * block.buildings + building + 1,
                unit=unit,
                room=room,
                isolation_start=begun,
                isolation_end=ends,
                care=rng.choice(CARE),
                phone=f"+86139{index + 1:08d}" if rng.random() < 0.3 else "",
            )
        )
    return tuple(homes)


def _sensors(rng: Random, homes: tuple[Household, ...], radio: bool) -> tuple[Sensor, ...]:
    """One on every front door, and a second one in every ninth home."""
    doors = [(home, "入户门") for home in homes]
    doors += [(home, "防盗门") for home in homes[4::9]]
    doors.sort(key=lambda door: door[0].household_id)
    kinds = [k for k in ON_THE_DOORS if radio or k[0] != "bthome"]
    hung = [kinds[i % len(kinds)] for i in range(len(doors))]
    rng.shuffle(hung)
    sensors: list[Sensor] = []
    for number, ((home, place), (protocol, encrypted)) in enumerate(
        zip(doors, hung, strict=True), start=1
    ):
        sensor_id = f"S{number:03d}"
        match protocol:
            case "bthome":  # the number at the end keeps them apart
                tail = f"{rng.randrange(256):02X}:{number >> 8:02X}:{number & 255:02X}"
                address = f"A4:C1:38:{tail}"
            case "zigbee2mqtt":  # people do use slashes, spaces and their own script
                plain = f"door_{sensor_id.lower()}"
                address = rng.choice((plain, plain, f"{home.building}栋/{home.room} {place}"))
                if any(s.address == address for s in sensors):
                    address = plain
            case _:
                address = f"doors/{sensor_id.lower()}"
        key = rng.randbytes(16).hex() if encrypted else ""
        retained = protocol == "json" and rng.random() < 0.5
        sensors.append(
            Sensor(sensor_id, home.household_id, protocol, address, key, place, retained)
        )
    return tuple(sensors)


def _windows(
    blocks: tuple[Grid, ...], homes: tuple[Household, ...], day: date
) -> tuple[Window, ...]:
    """Parcels for all, rubbish and swabs grid by grid, and a few homes' own matters."""
    windows = [
        Window("W-MORNING", "all", "delivery", time(7), time(8)),
        Window("W-NOON", "all", "delivery", time(11, 30), time(12, 30)),
        Window("W-EVENING", "all", "delivery", time(17, 30), time(18, 30), max_openings=2),
    ]
    for index, grid in enumerate(blocks):
        turn = index % 3  # one team, one lorry: they come to the grids one after the other
        swab, swab_end = SWABS[turn]
        lorry, lorry_end = LORRY[turn]
        where = f"grid:{grid.grid_id}"
        windows.append(Window(f"W-SWAB-{grid.grid_id}", where, "test", swab, swab_end, 1, 15))
        windows.append(
            Window(f"W-RUBBISH-{grid.grid_id}", where, "garbage", lorry, lorry_end, 2, 5)
        )
    own = [f"household:{home.household_id}" for home in homes[:6]]
    tomorrow, yesterday = day + timedelta(days=1), day - timedelta(days=1)
    windows += [
        Window("W-DOCTOR", own[0], "medical", time(15), time(15, 30), 1, 20),
        Window("W-NURSE", own[1], "medical", time(23, 30), time(0, 30), 1, 15),
        Window("W-VISIT", own[2], "visit", time(14), time(15), weekdays=(tomorrow.weekday(),)),
        Window("W-OVER", own[3], "gas", time(16), time(16, 30), last_day=yesterday),
        Window("W-CARE", own[5], "care", time(17), time(19), None, None),
    ]
    return tuple(windows)
