"""What the ledger and rules.toml mean for each household: its ``rules.Policy``."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from gateway.households import GATEWAY, grid_key
from gateway.kinds import supervised_every
from gateway.ledger.model import Household, Ledger
from gateway.ledger.model import Window as WindowRow
from gateway.ledger.rows import BLE
from gateway.rulesfile import RulesFile
from rules.local import instant, moment
from rules.moment import MINUTE, NEVER, Moment
from rules.policy import GridPolicy, Person, Policy, Shift, Supervised, Window

RADIO, BROKER = "radio", "broker"
"""What hears the sensors."""


def policies(ledger: Ledger, rules: RulesFile, zone: ZoneInfo) -> dict[str, Policy]:
    """One policy a household. Equal parts are shared, so that a thousand homes stay small."""
    by_target = {
        target: tuple(_window(row) for row in rows)
        for target, rows in ledger.windows_by_target().items()
    }
    rosters = _rosters(ledger)
    everywhere = by_target.get("all", ())
    of_grid = {
        grid_id: everywhere + by_target.get(f"grid:{grid_id}", ()) for grid_id in ledger.grids
    }
    sensors: dict[str, set[str]] = {}
    for sensor in ledger.sensors.values():
        sensors.setdefault(sensor.household_id, set()).add(sensor.sensor_id)
    found = {}
    for household_id, row in ledger.households.items():
        own = by_target.get(f"household:{household_id}")
        shared = of_grid[row.grid_id]
        starts, ends = isolation(row, zone)
        found[household_id] = Policy(
            household_id=household_id,
            zone=zone,
            rules=rules.for_household(household_id, row.grid_id),
            windows=shared + own if own else shared,
            isolation_start=starts,
            isolation_end=ends,
            roster=rosters[row.grid_id],
            sensor_ids=frozenset(sensors.get(household_id, ())),
            care=bool(row.care),
        )
    return found


def grid_policies(
    ledger: Ledger,
    rules: RulesFile,
    homes: Mapping[str, Policy],
    zone: ZoneInfo,
    *,
    supervises: bool,
) -> dict[str, GridPolicy]:
    """One policy a grid, by its key, and one for the gateway itself."""
    rosters = _rosters(ledger)
    sensors: dict[str, list[Supervised]] = {grid_id: [] for grid_id in ledger.grids}
    for row in ledger.sensors.values():
        home = homes[row.household_id]
        sensors[ledger.households[row.household_id].grid_id].append(
            Supervised(
                row.sensor_id,
                row.household_id,
                RADIO if row.protocol in BLE else BROKER,
                supervised_every(row, rules) if supervises else None,
                home.isolation_start,
                home.isolation_end,
            )
        )
    found = {
        grid_key(grid_id): GridPolicy(
            grid_id, zone, rules.for_household("", grid_id), rosters[grid_id], tuple(rows)
        )
        for grid_id, rows in sensors.items()
    }
    everybody = tuple(Person(p.person_id, p.role, p.duty) for p in ledger.people.values())
    found[grid_key(GATEWAY)] = GridPolicy(GATEWAY, zone, rules.rules, everybody)
    return found


def isolation(row: Household, zone: ZoneInfo) -> tuple[Moment, Moment]:
    """The first moment of the order, and the first one after it. A date alone is the whole day."""
    starts = _moment(row.isolation_start, zone)
    if row.isolation_end is None:
        return starts, NEVER
    if isinstance(row.isolation_end, datetime):
        return starts, _moment(row.isolation_end, zone) + 1  # its last moment still counts
    return starts, instant(row.isolation_end + timedelta(days=1), 0, zone)


def _moment(when: date | datetime, zone: ZoneInfo) -> Moment:
    if isinstance(when, datetime):
        return moment(when.replace(tzinfo=zone))
    return instant(when, 0, zone)


def _window(row: WindowRow) -> Window:
    limit = row.max_open_minutes
    return Window(
        window_id=row.window_id,
        hours=Shift(row.weekdays, row.start, row.end),
        first_day=row.first_day,
        last_day=row.last_day,
        max_openings=row.max_openings,
        max_open=None if limit is None else limit * MINUTE,
        kind=row.kind,
        expected=row.expected,
    )


def _rosters(ledger: Ledger) -> dict[str, tuple[Person, ...]]:
    """Everybody who answers for a grid: its own people and those of all grids, by id."""
    of_grid: dict[str | None, list[tuple[str, Person]]] = {}
    for key, row in ledger.people.items():
        person = Person(row.person_id, row.role, row.duty)
        of_grid.setdefault(row.grid_id, []).append((key, person))
    everywhere = of_grid.get(None, [])
    return {
        grid_id: tuple(person for _, person in sorted(of_grid.get(grid_id, []) + everywhere))
        for grid_id in ledger.grids
    }


def roster_of(ledger: Ledger, grid_id: str) -> tuple[Person, ...]:
    """Everybody who answers for one grid; nobody, if the ledger does not have it."""
    return _rosters(ledger).get(grid_id, ())
