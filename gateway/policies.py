"""What the ledger and rules.toml mean for each household: its ``rules.Policy``."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from gateway.ledger.model import Household, Ledger
from gateway.ledger.model import Window as WindowRow
from gateway.rulesfile import RulesFile
from rules.local import instant, moment
from rules.moment import MINUTE, NEVER, Moment
from rules.policy import Person, Policy, Shift, Window


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
        )
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
