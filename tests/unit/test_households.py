"""Homes and their grid together: what one step means for the others, in the order of time."""

import pytest

from gateway.households import GATEWAY, Households, grid_key, key_of
from rules.grid import Grid, ReceiverChanged
from rules.home import Phase
from rules.model import (
    Acknowledged,
    ClockChanged,
    Door,
    DoorSeen,
    Outcome,
    Resolved,
    Resumed,
    Sensed,
    Tick,
)
from rules.moment import HOUR
from rules.policy import GridPolicy, Policy, Supervised
from rules.said import Alerted, Decision
from tests.support.house import ROSTER, ZONE, at, clock

HOMES = [f"H{n}" for n in range(1, 8)]


class Street:
    """Seven isolating homes of one grid, every door closed since midnight."""

    def __init__(self, supervised_every: int = 48 * HOUR) -> None:
        self.all = Households()
        every = supervised_every
        sensors = tuple(Supervised(f"S{home[1:]}", home, "broker", every) for home in HOMES)
        self.all.live_by(
            {home: Policy(home, ZONE, roster=ROSTER) for home in HOMES},
            {
                grid_key("G1"): GridPolicy("G1", ZONE, roster=ROSTER, sensors=sensors),
                grid_key(GATEWAY): GridPolicy(GATEWAY, ZONE, roster=ROSTER),
            },
            dict.fromkeys(HOMES, "G1"),
            frozenset(),
            at("00:00"),
        )
        self.lines: list[str] = []
        self.told: list[str] = []
        for home in HOMES:
            self.door("close", "00:00", home)

    def keep(self, said: list[tuple[object, list[object]]]) -> None:
        for state, out in said:
            owner = key_of(state)  # type: ignore[arg-type]
            self.lines += [
                f"{clock(o.at)} {owner} {o.verdict}" for o in out if isinstance(o, Decision)
            ]
            self.told += [
                f"{clock(o.at)} {owner} {a.role} {a.channel}"
                for o in out
                if isinstance(o, Alerted)
                for a in o.alerts
            ]

    def door(self, does: str, when: str, home: str) -> None:
        self.tick(when)
        seen = DoorSeen(f"S{home[1:]}", Door.OPEN if does == "open" else Door.CLOSED, at(when))
        self.all.heard(seen.sensor_id, at(when))
        self.keep(self.all.apply(home, seen, at(when)))

    def tick(self, when: str) -> None:
        self.keep(self.all.apply_everywhere(Tick(), at(when)))

    def fire(self, when: str = "10:00", homes: int = 5) -> None:
        for home in HOMES[:homes]:
            self.door("open", when, home)


def test_many_homes_are_told_as_one_and_no_more_alone() -> None:
    street = Street()
    street.fire()
    assert street.lines[-1] == "10:00 grid:G1 mass_opening"
    assert [line for line in street.told if "H5" in line] == []
    assert [line for line in street.told if "grid:G1" in line] == [
        "10:00 grid:G1 member sms", "10:00 grid:G1 member voice",
        "10:00 grid:G1 leader sms", "10:00 grid:G1 leader voice",
    ]  # fmt: skip
    street.tick("10:09")
    assert not [
        line for line in street.told if line.split()[1].startswith("H") and line > "10:00 z"
    ]
    assert {street.all.homes[home].incident.phase for home in HOMES[:5]} == {Phase.SHARED}


def test_four_homes_are_four_incidents() -> None:
    street = Street()
    street.fire(homes=4)
    street.tick("10:06")
    assert len([line for line in street.told if line.startswith("10:03")]) == 3 * 4  # still open
    assert not [line for line in street.told if "grid" in line]


def test_late_news_of_many_homes_is_no_fire_now() -> None:
    street = Street()
    street.tick("11:00")
    for home in HOMES:
        seen = DoorSeen(f"S{home[1:]}", Door.OPEN, at("10:00"))
        street.keep(street.all.apply(home, seen, at("11:00")))
    assert not [line for line in street.lines if "mass" in line]


def test_a_home_of_many_that_opens_again_long_after_has_its_own_chain() -> None:
    street = Street()
    street.fire()
    street.door("close", "10:02", "H1")
    street.door("open", "10:30", "H1")
    assert not [line for line in street.told if "10:30 H1" in line]
    street.door("close", "10:31", "H1")
    street.door("open", "11:31", "H1")
    assert "11:31 H1 member sms" in street.told
    assert street.all.homes["H1"].incident.phase is Phase.UNANSWERED


def test_an_answer_for_all_ends_each_of_them() -> None:
    street = Street()
    street.fire()
    street.all.apply_to_grid(grid_key("G1"), Acknowledged(1, "P1"), at("10:01"))
    street.all.apply_to_grid(grid_key("G1"), Resolved(1, "P1", Outcome.EMERGENCY_EXIT), at("10:05"))
    assert {street.all.homes[home].incident.outcome for home in HOMES[:5]} == {
        Outcome.EMERGENCY_EXIT
    }
    street.tick("14:00")
    assert not [line for line in street.told if line > "10:00 z"]


def test_a_tamper_makes_a_later_silence_grave() -> None:
    street = Street(12 * HOUR)
    street.keep(street.all.apply("H1", Sensed("S1", tamper=True), at("00:10")))
    for home in HOMES[1:]:
        street.door("close", "11:55", home)
    street.tick("12:10")
    silent = next(one for one in street.all.grids[grid_key("G1")].incidents)
    assert silent.severity.word == "high"


def test_readings_count_for_silence() -> None:
    street = Street(12 * HOUR)
    for home in HOMES:
        street.door("close", "11:00", home)
    street.tick("22:59")
    assert street.lines == []


def test_a_lost_receiver_is_told_to_ops_and_its_homes_are_unobserved() -> None:
    street = Street()
    street.keep(street.all.receiver(ReceiverChanged("broker", up=False), at("10:00")))
    assert not street.all.homes["H1"].rest.watched
    street.tick("10:06")
    assert street.lines == ["10:00 grid: gateway_fault"]
    street.keep(street.all.receiver(ReceiverChanged("broker", up=True), at("10:07")))
    assert street.all.homes["H1"].rest.watched


def test_a_grid_that_comes_while_a_receiver_is_down_knows_it() -> None:
    street = Street()
    street.keep(street.all.receiver(ReceiverChanged("broker", up=False), at("10:00")))
    policies = {grid_key(name): GridPolicy(name, ZONE, roster=ROSTER) for name in ("G1", "G2", "")}
    homes = {home: street.all.homes[home].policy for home in HOMES}
    street.all.live_by(homes, policies, dict.fromkeys(HOMES, "G1"), frozenset(), at("10:01"))
    assert street.all.grids[grid_key("G2")].deaf == (("broker", at("10:00")),)


def test_the_clock_is_the_same_for_everybody_and_for_who_comes_later() -> None:
    street = Street()
    street.keep(street.all.apply_everywhere(ClockChanged(verified=False), at("10:00")))
    assert {home.rest.verified for home in street.all.homes.values()} == {False}
    policies = {home: Policy(home, ZONE, roster=ROSTER) for home in [*HOMES, "H9"]}
    street.all.live_by(policies, {}, {}, frozenset(), at("10:01"))
    assert not street.all.homes["H9"].rest.verified


@pytest.mark.parametrize("ticks", [["10:10", "11:10", "12:10", "14:00"], ["14:00"]])
def test_homes_and_grids_take_turns_however_rarely_somebody_looks(ticks: list[str]) -> None:
    street = Street()
    street.door("open", "09:00", "H1")
    street.fire("10:00", 6)
    for when in ticks:
        street.tick(when)
    once = Street()
    once.door("open", "09:00", "H1")
    once.fire("10:00", 6)
    for minute in range(0, 240):
        once.tick(f"{10 + minute // 60}:{minute % 60:02}")
    once.tick("14:00")
    assert street.told == once.told
    assert street.lines == once.lines


def test_after_downtime_the_steps_of_a_grids_incident_are_one_alert_a_person() -> None:
    street = Street()
    street.fire()
    before = len(street.told)
    street.keep(street.all.apply_everywhere(Resumed(at("10:01")), at("15:00")))
    later = [line for line in street.told[before:] if "grid:G1" in line]
    assert len(later) == len({line.rsplit(" ", 1)[0] for line in later})


def test_a_grid_is_no_home() -> None:
    assert key_of(Grid(GridPolicy("G1", ZONE))) == "grid:G1"
