"""Grids, households and sensors that do not do what somebody probably thinks they do."""

from collections.abc import Iterator
from zoneinfo import ZoneInfo

from gateway.kinds import supervised_every
from gateway.ledger.model import Household, Ledger
from gateway.lint.found import Seen
from gateway.policies import isolation
from gateway.rulesfile import RulesFile
from rules.moment import Moment


def lint(ledger: Ledger, rules: RulesFile, zone: ZoneInfo, now: Moment) -> Iterator[Seen]:
    """What a row says of itself and of the rows that should be there."""
    if not ledger.households:
        yield Seen(None, "", "ledger", "no household is watched", "import households and sensors")
    homes = {household.grid_id for household in ledger.households.values()}
    for grid_id in ledger.grids:
        if grid_id not in homes:
            yield Seen(grid_id, "", "grid", "has no household", "add its households, if it has any")
    over = set()
    with_sensors = {sensor.household_id for sensor in ledger.sensors.values()}
    for household in ledger.households.values():
        if isolation(household, zone)[1] <= now:
            over.add(household.household_id)
            remedy = "correct isolation_end, if they still isolate"
            yield _household(household, "isolation is over: its doors are only logged", remedy)
        elif household.household_id not in with_sensors:
            yield _household(household, "has no sensor: nothing is seen of it", "add its sensors")
    for sensor in ledger.sensors.values():
        if sensor.household_id not in over and supervised_every(sensor, rules) is None:
            grid_id = ledger.households[sensor.household_id].grid_id
            what = f"{sensor.protocol} says nothing between openings: its loss is not noticed"
            remedy = "give supervision_minutes to those that repeat themselves"
            yield Seen(grid_id, "sensor", sensor.sensor_id, what, remedy)


def _household(household: Household, what: str, remedy: str) -> Seen:
    return Seen(household.grid_id, "household", household.household_id, what, remedy)
