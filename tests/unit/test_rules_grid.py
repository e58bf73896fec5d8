"""A grid: sensors that fall silent, alone and together, and many homes opening at once.

Five homes H1 to H5 with a sensor each, isolating, supervised every two hours and heard at midnight
of the 2nd of March. H6's sensor is unsupervised.
"""

from collections.abc import Sequence

import pytest

from rules.grid import (
    Breached,
    FaultChanged,
    Grid,
    GridOutput,
    HeardFrom,
    Lost,
    ReceiverChanged,
    ToHome,
)
from rules.grid.step import step
from rules.home import Phase
from rules.model import (
    Acknowledged,
    Outcome,
    Resolved,
    Resumed,
    Role,
    Severity,
    TakenOver,
    Tick,
    Watched,
)
from rules.moment import HOUR, MINUTE, NEVER
from rules.policy import GridPolicy, GridPolicyChanged, Person, Supervised
from rules.said import Alerted, Decision, Note, Noted
from tests.support.house import ZONE, at, clock

PEOPLE = (
    Person("P1", Role.MEMBER),
    Person("P2", Role.LEADER),
    Person("P3", Role.COMMUNITY),
    Person("P4", Role.COMMAND),
    Person("P5", Role.OPS),
)
SENSORS = tuple(
    Supervised(f"S{n}", f"H{n}", "broker" if n < 5 else "radio", 2 * HOUR if n < 6 else None)
    for n in range(1, 7)
)


class Block:
    """A grid, told what happens."""

    def __init__(self, sensors: Sequence[Supervised] = SENSORS, grid_id: str = "G1") -> None:
        policy = GridPolicy(grid_id, ZONE, roster=PEOPLE, sensors=tuple(sensors))
        self.grid = Grid(policy)
        self.out: list[GridOutput] = []
        self.give(GridPolicyChanged(policy), "06:00")

    def give(self, given: object, when: str) -> "Block":
        self.grid, out = step(self.grid, given, at(when))  # type: ignore[arg-type]
        self.out += out
        return self

    def tick(self, when: str) -> "Block":
        self.grid, out = step(self.grid, Tick(), at(when) + 1)
        self.out += out
        return self

    def heard(self, when: str, *sensors: str) -> "Block":
        return self.give(HeardFrom(tuple((sensor, at(when)) for sensor in sensors)), when)

    def said(self) -> list[str]:
        return [
            f"{o.verdict} {o.severity.word if o.severity else ''} {clock(o.at)} {o.reason}"
            for o in self.out
            if isinstance(o, Decision)
        ]

    def told(self) -> list[str]:
        return [
            f"{clock(o.at)} {a.role} {a.channel}{' recovery' if o.recovery else ''}"
            for o in self.out
            if isinstance(o, Alerted)
            for a in o.alerts
        ]

    def homes(self) -> list[ToHome]:
        return [o for o in self.out if isinstance(o, ToHome)]


ALL = ("S1", "S2", "S3", "S4", "S5")


def but(*gone: str) -> tuple[str, ...]:
    return tuple(sensor for sensor in ALL if sensor not in gone)


# -- one alone -------------------------------------------------------------------------------


def test_a_sensor_that_is_not_heard_for_its_interval_is_silent_five_minutes_later() -> None:
    block = Block().heard("07:00", "S1").heard("07:55", *but("S1")).tick("09:04")
    assert block.said() == []
    block.tick("09:06")
    assert block.said() == ["sensor_silent medium 07:00 silent"]
    assert block.told() == ["09:05 member sms"]
    assert block.grid.incidents[0].homes == ("H1",)


def test_the_home_is_unobserved_from_then_on_and_observed_when_it_is_heard() -> None:
    block = Block().heard("07:55", *but("S1")).tick("08:01")
    assert block.homes() == [ToHome("H1", Watched(yes=False))]
    assert block.grid.silent[0].since == at("06:00")
    block.heard("08:02", "S1")
    assert block.homes()[1:] == [ToHome("H1", Watched(yes=True))]


def test_who_is_heard_within_the_five_minutes_is_nobodys_matter() -> None:
    block = Block().heard("08:00", *but("S1")).tick("08:03").heard("08:04", "S1").tick("08:20")
    assert block.said() == []


def test_a_kind_that_sends_nothing_between_openings_is_never_called_silent() -> None:
    block = Block()
    for hour in range(8, 23):
        block.heard(f"{hour:02}:00", *ALL)
    assert block.said() == []


def test_medium_becomes_high_two_hours_later() -> None:
    block = Block()
    for clock_ in ("07:55", "09:30", "10:20"):
        block.heard(clock_, *but("S1"))
    block.tick("10:20")
    assert block.said() == [
        "sensor_silent medium 06:00 silent",
        "sensor_silent high 10:05 still_silent",
    ]
    assert block.told() == [
        "08:05 member sms", "08:20 leader sms", "10:05 member sms", "10:10 member voice",
        "10:10 leader sms", "10:15 leader voice",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("suspicion", "severity"),
    [
        (None, "medium"),
        (Breached("H1", 1, at("07:30")), "high"),
        (Breached("H1", 1, at("06:14"), opening=False, tamper=True), "high"),
        (Breached("H1", 1, at("06:16"), opening=False, tamper=True), "medium"),
        (Breached("H2", 1, at("07:30")), "medium"),
    ],
)
def test_a_home_that_had_a_breach_or_a_tamper_and_falls_silent_is_no_chance(
    suspicion: Breached | None, severity: str
) -> None:
    block = Block().heard("07:50", *but("S1"))
    if suspicion is not None:
        block.give(suspicion, "07:51")
    assert block.tick("08:06").said()[-1] == f"sensor_silent {severity} 06:00 silent"


def test_when_it_is_heard_again_that_is_said_once_to_those_who_were_told() -> None:
    block = Block().heard("07:50", *but("S1")).tick("08:21")
    block.heard("08:30", "S1").heard("08:31", "S1").tick("09:00")
    assert block.told()[-2:] == ["08:30 member sms recovery", "08:30 leader sms recovery"]
    assert block.grid.incidents[0].outcome is Outcome.CLEARED


def test_an_answered_silence_alerts_nobody_else() -> None:
    block = Block()
    for clock_ in ("07:55", "09:30", "10:20"):
        block.heard(clock_, *but("S1"))
        if clock_ == "07:55":
            block.tick("08:06").give(Acknowledged(1, "P1"), "08:07")
    block.tick("10:30")
    assert block.told() == ["08:05 member sms"]
    assert block.grid.incidents[0].severity is Severity.HIGH


def test_at_night_a_medium_silence_waits_for_the_digest_and_a_high_one_does_not() -> None:
    block = Block()
    for half_hours in range(13, 46):
        now = f"{half_hours // 2:02}:{30 * (half_hours % 2):02}"
        block.heard(now, *(ALL if now <= "20:00" else but("S1")))
    assert block.tick("22:30").said() == ["sensor_silent medium 20:00 silent"]
    assert block.grid.incidents[0].phase is Phase.WAITING
    assert block.told() == []
    for now in ("23:30", "23:59", "+00:10"):
        block.heard(now, *but("S1"))
    assert block.tick("+00:10").told() == [
        "00:05 member sms",
        "00:10 member voice",
        "00:10 leader sms",
    ]


def test_silence_counts_within_the_isolation_only() -> None:
    later = Supervised("S1", "H1", "broker", 2 * HOUR, at("12:00"), at("18:00"))
    block = Block([later]).tick("11:59")
    assert block.said() == []
    assert block.tick("12:06").said() == ["sensor_silent medium 06:00 silent"]
    block.tick("18:01")
    assert block.grid.incidents[0].outcome is Outcome.ISOLATION_ENDED
    assert Block([later._replace(isolation_end=at("07:00"))]).tick("20:00").said() == []


def test_time_stands_still_while_nobody_could_have_heard() -> None:
    down = Block().give(ReceiverChanged("broker", up=False), "07:00").tick("12:00")
    assert {one.household_id for one in down.grid.silent} == {"H5"}  # heard by radio
    down.give(ReceiverChanged("broker", up=True), "12:00").tick("12:59")
    assert {one.household_id for one in down.grid.silent} == {"H5"}
    down.tick("13:06")
    assert down.said()[-1] == "sensor_silent medium 11:00 common_cause"


def test_time_stands_still_while_the_gateway_is_down() -> None:
    block = Block().give(Resumed(at("07:00")), "12:00").tick("12:59")
    assert block.said() == []
    assert block.tick("13:06").said() != []


def test_a_sensor_whose_relay_is_gone_is_silent_at_once_even_if_unsupervised() -> None:
    block = Block().give(Lost("S6"), "07:00").tick("07:06")
    assert block.said() == ["sensor_silent medium 06:00 silent"]
    assert len(block.give(Lost("S6"), "07:10").tick("07:20").said()) == 1


def test_one_that_is_lost_before_the_isolation_is_silent_from_its_beginning_on() -> None:
    later = SENSORS[5]._replace(isolation_start=at("12:00"))
    block = Block([later]).give(Lost("S6"), "07:00").tick("11:59")
    assert block.homes() == []
    assert block.tick("12:06").said() == ["sensor_silent medium 06:00 silent"]
    heard = Block([later]).give(Lost("S6"), "07:00").heard("08:00", "S6").tick("14:00")
    assert heard.said() == []


def test_one_that_is_lost_when_its_isolation_ends_is_let_go() -> None:
    ending = SENSORS[5]._replace(isolation_end=at("12:00"))
    block = Block([ending]).give(Lost("S6"), "07:00").tick("13:00").tick("23:00")
    assert block.grid.silent == ()
    assert block.grid.incidents[0].outcome is Outcome.ISOLATION_ENDED


# -- many together ---------------------------------------------------------------------------


def test_three_households_lost_together_are_one_incident_one_text_one_recovery() -> None:
    block = Block().heard("07:59", "S4", "S5").tick("08:30")
    assert block.said() == ["sensor_silent medium 06:00 common_cause"]
    assert block.grid.incidents[0].homes == ("H1", "H2", "H3")
    assert block.told() == ["08:05 member sms", "08:20 leader sms"]
    block.heard("08:40", "S1").heard("08:41", "S2")
    assert len(block.told()) == 2
    assert [o.what for o in block.out if isinstance(o, Noted)] == [Note.RECOVERED, Note.RECOVERED]
    block.heard("08:42", "S3")
    assert block.told()[2:] == ["08:42 member sms recovery", "08:42 leader sms recovery"]


def test_last_readings_further_apart_have_not_one_cause() -> None:
    block = Block().heard("06:06", "S3")
    block.heard("08:00", "S4", "S5").tick("08:25")
    assert [line.split()[-1] for line in block.said()] == ["silent"] * 3


def test_it_is_the_last_reading_that_counts_not_when_the_silence_was_noticed() -> None:
    slower = [SENSORS[0], SENSORS[1], SENSORS[2]._replace(every=100 * MINUTE)]
    block = Block(slower).heard("06:20", "S3").tick("08:30")
    assert [line.split()[-1] for line in block.said()] == ["silent"] * 3


def test_two_households_are_two_incidents() -> None:
    block = Block().heard("07:59", "S3", "S4", "S5").tick("08:10")
    assert block.said() == ["sensor_silent medium 06:00 silent"] * 2


def test_another_home_of_the_same_cause_joins_without_a_text() -> None:
    block = Block().heard("06:03", "S4").heard("07:59", "S5").tick("08:30")
    assert block.said() == ["sensor_silent medium 06:00 common_cause"]
    assert block.grid.incidents[0].homes == ("H1", "H2", "H3", "H4")
    assert block.told() == ["08:05 member sms", "08:20 leader sms"]


# -- perhaps a fire ----------------------------------------------------------------------------


def breach(block: Block, when: str, home: int) -> Block:
    return block.give(Breached(f"H{home}", 1, at(when)), when)


def test_five_homes_opening_within_five_minutes_are_one_incident_told_to_everybody() -> None:
    block = Block()
    for minute, home in enumerate((1, 2, 3, 4)):
        breach(block, f"07:0{minute}", home)
    assert block.said() == []
    breach(block, "07:04", 5)
    assert block.said() == ["mass_opening critical 07:00 many_homes"]
    assert block.told() == [
        "07:04 member sms", "07:04 member voice", "07:04 leader sms", "07:04 leader voice",
        "07:04 command sms", "07:04 command voice",
    ]  # fmt: skip
    assert block.homes() == [ToHome(f"H{n}", TakenOver(1)) for n in range(1, 6)]


@pytest.mark.parametrize(("last", "many"), [("07:05", True), ("07:05:01", False)])
def test_five_minutes_are_five_minutes(last: str, many: bool) -> None:
    block = Block()
    for home in (1, 2, 3, 4):
        breach(block, "07:00", home)
    assert bool(breach(block, last, 5).said()) is many


def test_further_apart_they_are_their_own_incidents() -> None:
    block = Block()
    for minute, home in zip((0, 2, 4, 6, 8), range(1, 6), strict=True):
        breach(block, f"07:0{minute}", home)
    assert block.said() == []


def test_one_home_that_opens_five_times_is_no_fire() -> None:
    block = Block()
    for minute in range(5):
        breach(block, f"07:0{minute}", 1)
    assert block.said() == []


def test_while_it_goes_on_another_home_joins_and_long_after_it_does_not() -> None:
    block = Block()
    for home in (1, 2, 3, 4, 5):
        breach(block, "07:00", home)
    breach(block, "07:04", 6)
    assert block.grid.incidents[0].homes[-1] == "H6"
    assert block.out[-1] == ToHome("H6", TakenOver(1))
    breach(block, "07:30", 7)
    assert "H7" not in block.grid.incidents[0].homes


def test_what_a_person_says_of_all_of_them_holds_for_each() -> None:
    block = Block()
    for home in (1, 2, 3, 4, 5):
        breach(block, "07:00", home)
    block.give(Resolved(1, "P2", Outcome.EMERGENCY_EXIT), "07:20")
    said = Resolved(1, "P2", Outcome.EMERGENCY_EXIT)
    assert block.homes()[5:] == [ToHome(f"H{n}", said) for n in range(1, 6)]


# -- the gateway itself ------------------------------------------------------------------------


def test_a_receiver_that_stays_away_is_ops_matter() -> None:
    block = Block((), grid_id="").give(ReceiverChanged("radio", up=False), "07:00")
    assert block.tick("07:04").said() == []
    assert block.tick("07:16").said() == ["gateway_fault high 07:00 fault"]
    assert block.told() == ["07:05 ops sms", "07:15 ops voice"]
    block.give(ReceiverChanged("radio", up=True), "07:20")
    assert block.told()[2:] == ["07:20 ops sms recovery"]


def test_a_part_that_fails_again_is_told_again() -> None:
    block = Block((), grid_id="")
    for hour in ("07", "08"):
        block.give(FaultChanged("disk", failed=True), f"{hour}:00").tick(f"{hour}:06")
        block.give(FaultChanged("disk", failed=False), f"{hour}:08")
    assert block.said() == ["gateway_fault high 07:00 fault", "gateway_fault high 08:00 fault"]


@pytest.mark.parametrize("every", [7 * MINUTE, 61 * MINUTE])
def test_any_schedule_of_ticks_says_the_same(every: int) -> None:
    def day(block: Block, busy: bool) -> list[GridOutput]:
        now = at("06:00")
        for clock_, sensors in (("07:30", ALL), ("09:00", but("S1", "S2")), ("11:30", but("S1"))):
            while busy and now + every < at(clock_):
                now += every
                block.grid, out = step(block.grid, Tick(), now)
                block.out += out
            block.heard(clock_, *sensors)
        block.tick("14:00")
        return block.out

    assert day(Block(), busy=True) == day(Block(), busy=False)
    assert Block().grid.due < NEVER
