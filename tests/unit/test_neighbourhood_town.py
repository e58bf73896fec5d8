"""The town and its day: the same for a seed, complete, and free of doubt."""

import csv
from collections import Counter
from datetime import date, time, timedelta
from pathlib import Path

import phonenumbers
import pytest

from simulators.neighbourhood import What, Why, build, doubts, tell, truth, write_ledger

DAY = date(2026, 3, 4)

HEADINGS = {
    "grids": "grid_id,community,subdistrict",
    "people": "person_id,name,phone,role,grid_id,language,duty,chat",
    "households": "household_id,grid_id,address,building,unit,room,"
    "isolation_start,isolation_end,care,phone",
    "sensors": "sensor_id,household_id,protocol,address,key,place,supervision_minutes",
    "windows": "window_id,applies_to,kind,weekdays,start,end,first_day,last_day,"
    "max_openings,max_open_minutes,expected",
}

BREACHES = {
    ("unauthorised_opening", "high"),
    ("unauthorised_opening", "critical"),
    ("window_overrun", "medium"),
    ("window_overrun", "high"),
    ("held_open", "high"),
}

OF_WEEKS = {Why.TOO_EARLY, Why.SWAB_AGAIN, Why.TEN_TIMES, Why.GONE_FOR_HOURS, Why.FIRE}


@pytest.mark.parametrize("seed", range(51))
def test_every_day_has_every_breach_and_no_doubt(seed: int) -> None:
    town = build(seed, day=DAY)
    judged = truth(town, tell(town, seed))
    assert {(e.kind, e.severity) for e in judged.expected} == BREACHES
    assert doubts(judged) == []
    assert {rise.why for rise in judged.rises} == {"held_open", "repeated_opening"}
    assert all(o.end is not None for o in judged.openings)


@pytest.mark.parametrize(("households", "grids"), [(30, 1), (30, 3), (47, 5), (120, 13)])
def test_other_sizes_and_no_radio(households: int, grids: int) -> None:
    town = build(1, households, grids, day=DAY, radio=False)
    judged = truth(town, tell(town, 1))
    assert (len(town.households), len(town.grids)) == (households, grids)
    assert {s.protocol for s in town.sensors} == {"zigbee2mqtt", "json"}
    assert {(e.kind, e.severity) for e in judged.expected} == BREACHES
    assert doubts(judged) == []


@pytest.mark.parametrize("seed", range(10))
def test_the_author_and_the_judge_mean_the_same(seed: int) -> None:
    """Parts are written to be wrong or right; the truth finds it out by itself."""
    town = build(seed, day=DAY)
    events = tell(town, seed)
    why = {(e.sensor_id, e.at): e.why for e in events if e.what is What.OPENED}
    judged = truth(town, events)
    seen: set[Why | None] = set()
    for opening in judged.openings:
        reason = why[opening.sensor_ids[0], opening.start]
        seen.add(reason)
        assert reason is not None
        assert (opening.breach is not None) == reason.wrong, (opening, reason)
        assert (opening.verdict.value == "not_isolating") == (reason is Why.FREE)
    assert {w for w in Why if w.wrong} - OF_WEEKS <= seen


def test_the_same_seed_is_the_same_day_and_another_is_not() -> None:
    first, second = build(7, day=DAY), build(7, day=DAY)
    assert first == second
    assert tell(first, 3) == tell(second, 3)
    assert tell(first, 3) != tell(first, 4)
    assert build(8, day=DAY) != first


def test_events_are_in_order_and_speak_of_the_door_as_it_stands() -> None:
    town = build(5, day=DAY)
    events = tell(town, 5)
    assert [e.at for e in events] == sorted(e.at for e in events)
    stands: dict[str, bool] = {}
    for event in events:
        match event.what:
            case What.FIRST:
                assert event.sensor_id not in stands
                assert not event.open
            case What.OPENED | What.CLOSED:
                assert stands[event.sensor_id] is (event.what is What.CLOSED)
                assert event.open is (event.what is What.OPENED)
            case _:
                assert event.open is stands[event.sensor_id]
        stands[event.sensor_id] = event.open
    assert set(stands) == {s.sensor_id for s in town.sensors}
    assert not any(stands.values())
    protocols = {s.sensor_id: s.protocol for s in town.sensors}
    noise = Counter((protocols[e.sensor_id], e.what) for e in events if not e.moves)
    assert noise["zigbee2mqtt", What.CACHED] > 20
    assert noise["bthome", What.BEACON] > 20
    assert noise["bthome", What.BATTERY] > 10
    assert noise["json", What.BATTERY] > 3
    assert noise["json", What.REPEATED] > 3
    assert any(e.what is What.CACHED and e.open for e in events)  # while the door stands open
    assert {k for k, _ in noise if k != "zigbee2mqtt"} == {"bthome", "json"}


def test_a_day_that_begins_later_begins_with_closed_doors() -> None:
    town = build(5, day=DAY)
    events = tell(town, 5, begins=time(12))
    assert events[0].what is What.FIRST
    assert events[0].at == town.at(time(12))
    assert min(e.at for e in events if e.moves) >= town.at(time(12, 2))
    assert truth(town, events).expected


def test_signs_of_life_come_as_often_as_asked() -> None:
    town = build(5, day=DAY)
    events = tell(town, 5, life_sign=timedelta(minutes=50))
    for sensor in town.sensors:
        heard = [e.at for e in events if e.sensor_id == sensor.sensor_id]
        quiet = [b - a for a, b in zip(heard, [*heard[1:], town.at(time(0), 1)], strict=True)]
        assert max(quiet) < timedelta(minutes=110)


def test_the_roster_reaches_somebody_at_any_hour() -> None:
    town = build(2, day=DAY)
    for grid in town.grids:
        roles = Counter(p.role for p in town.people if p.grid_id == grid.grid_id)
        assert roles["leader"] == 1
        assert roles["member"] >= 1
    assert [p.language for p in town.people].count("en") == 1
    phones = [p.phone for p in town.people]
    assert len(set(phones)) == len(phones)
    assert all(phonenumbers.is_valid_number(phonenumbers.parse(p)) for p in phones)
    assert {p.role for p in town.people if not p.grid_id} == {
        "community", "command", "ops", "installer",
    }  # fmt: skip


def test_the_doors_are_of_every_kind() -> None:
    town = build(2, day=DAY)
    hung = Counter((s.protocol, bool(s.key)) for s in town.sensors)
    assert set(hung) == {
        ("bthome", False), ("bthome", True), ("zigbee2mqtt", False), ("json", False),
    }  # fmt: skip
    assert min(hung.values()) >= 4
    homes = Counter(s.household_id for s in town.sensors)
    assert set(homes) == {h.household_id for h in town.households}
    assert list(homes.values()).count(2) == 4
    assert len({s.address for s in town.sensors}) == len(town.sensors)
    assert len({h.address for h in town.households}) == len(town.households)
    assert any("/" in s.address and " " in s.address for s in town.sensors)


def test_the_ledger_has_the_public_headings_and_every_row(tmp_path: Path) -> None:
    town = build(3, day=DAY)
    write_ledger(town, tmp_path / "ledger")
    tables = {}
    for name, heading in HEADINGS.items():
        text = (tmp_path / "ledger" / f"{name}.csv").read_text(encoding="utf-8")
        assert text.splitlines()[0] == heading
        tables[name] = list(csv.DictReader(text.splitlines()))
        assert len(tables[name]) == len(getattr(town, name))
    assert tables["households"][0]["address"] == town.households[0].address
    assert tables["households"][-1]["isolation_end"] == "2026-03-04 12:00"
    assert tables["households"][-3]["isolation_end"] == "2026-03-03"
    windows = {row["window_id"]: row for row in tables["windows"]}
    assert windows["W-MORNING"] == {
        "window_id": "W-MORNING", "applies_to": "all", "kind": "delivery",
        "weekdays": "mon-sun", "start": "07:00", "end": "08:00", "first_day": "",
        "last_day": "", "max_openings": "1", "max_open_minutes": "10", "expected": "",
    }  # fmt: skip
    assert windows["W-VISIT"]["weekdays"] == "thu"
    assert windows["W-OVER"]["last_day"] == "2026-03-03"
    assert (windows["W-CARE"]["max_openings"], windows["W-CARE"]["max_open_minutes"]) == ("", "")


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ({"day": DAY, "households": 12}, "at least 30"),
        ({"day": DAY, "grids": 13}, "do not divide"),
        ({"day": date(2026, 3, 29), "zone": "Europe/Berlin"}, "clocks change"),
    ],
)
def test_towns_that_cannot_be_built(arguments: dict[str, object], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        build(1, **arguments)  # type: ignore[arg-type]
