"""The rest of the policy, sentence by sentence: what was not seen, the clock, other kinds, a grid.

Rows as in ``test_rules_sentences``, which has the door's own.
"""

import json
from collections.abc import Callable

import pytest

from gateway.store import snapshot
from rules.grid import Lost, ReceiverChanged
from rules.model import ClockChanged, Resumed, Role, Tick
from rules.moment import HOUR, MINUTE, NEVER
from rules.policy import EVERY_DAY, Person, Shift, Supervised, Window
from tests.support.house import House, at
from tests.unit.test_households import Street
from tests.unit.test_rules_grid import Block
from tests.unit.test_rules_sentences import (
    CALLS,
    CRITICAL,
    FIRST,
    HIGH,
    INCIDENTS,
    OPENINGS,
    PLAIN,
    UNTIL_NOON,
    Row,
)

LUNCH = (Window("L", Shift(EVERY_DAY, 12 * 60, 13 * 60), expected=True),)
CARE = {"care": True}
DAYS = (Shift(EVERY_DAY, 8 * 60, 20 * 60),)
SIX = "; ".join(f"open 10:00:{s:02}; close 10:00:{s + 1:02}" for s in range(0, 60, 12))
FLAPS = f"{SIX}; open 10:01; close 10:01:01"  # five, and the sixth
FIVE = [f"{HIGH} 10:00 uncovered"] * 5
FAULT = [*FIVE, "sensor_fault high 10:01 flapping"]

FLAPPING = [
    Row("five starts of one sensor in flap_minutes are none", SIX, FIVE),
    Row("six are a sensor_fault, high, for an isolating household", FLAPS, FAULT,
        [*FIRST, "10:01 member sms"]),
    Row("of an isolating household only", FLAPS, ["not_isolating 10:00 not_isolating"] * 5
        + ["not_isolating 10:01 not_isolating"], [], policy={"isolation_start": at("11:00")}),
    Row("its further openings are journaled, not texted one by one",
        f"{FLAPS}; open 10:05; close 10:06", FAULT),
    Row("after ten quiet minutes it alerts again", f"{FLAPS}; open 11:01; close 11:02",
        [*FAULT, f"{HIGH} 11:01 uncovered"]),
    Row("and they are quiet",
        f"{FLAPS}; open 10:55; close 10:56; open 11:04:59; close 11:05; open 11:14:59; close 11:15",
        [*FAULT, f"{HIGH} 11:14 uncovered"]),
    Row("at most hourly", f"{FLAPS}; open 10:59; close 11:00", FAULT),
    Row("until flap_reset_hours without flapping",
        f"{FLAPS}; tick 18:01:01; open 18:02; close 18:03; open 18:04; close 18:05",
        [*FAULT, f"{HIGH} 18:02 uncovered", f"{HIGH} 18:04 uncovered"]),
    Row("or an installer's visit", f"{FLAPS}; commission 10:02 10:03; open 10:04; close 10:05",
        [*FAULT, f"{HIGH} 10:04 uncovered"]),
    Row("somebody who leaves ten times in an evening is never muted",
        "; ".join(f"open 19:{m:02}; close 19:{m + 1:02}" for m in range(0, 50, 5)),
        [f"{HIGH} 19:00 uncovered", f"{HIGH} 19:05 uncovered"]
        + [f"repeated_opening critical 19:{m:02} repeated" for m in range(10, 50, 5)]),
]  # fmt: skip

UNSEEN = [
    Row("stored closed, first state after a gap open; one verdict of every moment: that applies",
        "found 21:40 21:30", [f"{HIGH} 21:40 uncovered"]),
    Row("a curfew gap is critical", "counted 23:30 closed 22:30",
        [f"{CRITICAL} 23:30 uncovered_in_curfew"]),
    Row("a covered one is logged only", "counted 10:30 closed 10:10",
        ["permitted 10:30 window"], [], PLAIN),
    Row("else medium", "counted 10:30 closed 09:30", ["inferred_opening medium 10:30 between"],
        ["10:30 member sms"], PLAIN),
    Row("the order's beginning is such a difference", "counted 12:30 closed 11:30",
        ["inferred_opening medium 12:30 between"], policy={"isolation_start": at("12:00")}),
    Row("stored open, then closed: accuses nobody", "open 10:10; resumed 10:40; close 10:40",
        ["permitted 10:10 window"], [], PLAIN),
    Row("a door that is open now also runs held_open from now", "found 22:30 21:50; tick 22:34",
        ["inferred_opening medium 22:30 between", "held_open high 22:33 standing_open"]),
    Row("a late reading is judged at the moment it happened", "late 12:00 10:30; close 12:00:05",
        ["permitted 10:30 window"], [], PLAIN),
    Row("and told when it came", "late 12:00 09:30; close 12:00:05",
        [f"{HIGH} 09:30 uncovered"], ["12:00 member sms"], PLAIN),
    Row("it never changes a later state", "open 10:00; late 10:05 09:00; tick 10:06",
        [f"{HIGH} 10:00 uncovered", f"{CRITICAL} 10:03 still_open", f"{CRITICAL} 09:00 uncovered"]),
    Row("after downtime, overdue steps merge: one alert a person",
        "open 10:00; close 10:01; resumed 11:00; tick 11:01", [f"{HIGH} 10:00 uncovered"],
        [*FIRST, "11:00 member voice", "11:00 leader voice", "11:00 community sms"]),
    Row("while unverified every opening of an isolating household is high, time unverified",
        "clock 09:00 unverified; open 10:10; close 10:11",
        [f"{HIGH} 10:10 time_unverified"], ["10:10 member sms"], PLAIN),
    Row("and isolation is judged by that", "clock 09:00 unverified; open 12:10; close 12:11",
        ["not_isolating 12:10 not_isolating"], [], policy=UNTIL_NOON),
    Row("after sync each is judged again, both verdicts stay",
        "clock 09:00 unverified; open 10:10; close 10:11; clock 10:20 verified 23:20",
        [f"{HIGH} 10:10 time_unverified", f"{CRITICAL} 23:10 uncovered_in_curfew"], None, PLAIN),
]  # fmt: skip

OTHERS = [
    Row("tamper high, once until cleared", "tamper 10:00 yes; tamper 10:30 yes; tick 10:31",
        ["tamper high 10:00 tampered"], [*FIRST, *CALLS]),
    Row("battery_low low at 15 %", "battery 10:00 16; battery 11:00 15",
        ["battery_low low 11:00 battery"], []),
    Row("cleared at 25 %", "battery 10:00 15; battery 11:00 24; battery 12:00 15; battery 13:00 25;"
        " battery 14:00 15", ["battery_low low 10:00 battery", "battery_low low 14:00 battery"]),
    Row("welfare medium: a window with expected yes saw no opening", "tick 13:01",
        ["welfare medium 13:00 not_opened"], ["13:00 member sms"], LUNCH, CARE),
    Row("of a home with a care flag", "tick 13:01", [], [], LUNCH),
    Row("and the home was observed", "unwatched 12:10; watched 12:11; tick 13:01", [], [], LUNCH,
        CARE),
    Row("a step with nobody on duty runs at once with the next step's people",
        "open 20:00; close 20:01", [f"{HIGH} 20:00 uncovered"], ["20:00 leader sms"],
        policy={"roster": (Person("M", Role.MEMBER, DAYS), Person("L", Role.LEADER))}),
    Row("the critical chain", "open 23:00; close 23:01; tick 23:31",
        [f"{CRITICAL} 23:00 uncovered_in_curfew"],
        [f"23:{line}" for line in ("00 member sms", "00 member voice", "00 leader sms",
                                   "05 leader voice", "10 community sms", "10 community voice",
                                   "30 command sms", "30 command voice")],
        policy={"roster": tuple(Person(r, r) for r in Role)}),
    Row("the medium chain", "counted 10:30 closed 09:30; tick 10:46",
        ["inferred_opening medium 10:30 between"], ["10:30 member sms", "10:45 leader sms"], PLAIN),
]  # fmt: skip

WHERE_THE_POLICY_WAS_SILENT = [
    Row("a timer that is due at the very moment of an input waits for it",
        "open 10:00; close 11:05; tick 11:06", ["permitted 10:00 window"], [], PLAIN),
    Row("a door whose first word is open is watched as if it had opened then",
        "open 09:00 S2; tick 09:04", ["held_open high 09:03 standing_open"], windows=PLAIN),
    Row("a window that covers a later moment may take it", "open 09:52 S2; tick 11:04", [], [],
        PLAIN),
    Row("and is then over as for any other", "open 09:52 S2; tick 11:06",
        ["window_overrun high 11:05 open_past_end"], windows=PLAIN),
    Row("a deadline that passed while the gateway was down waits ten seconds",
        "open 10:00; resumed 12:00; close 12:00:10", ["permitted 10:00 window"], [], PLAIN),
    Row("and no longer", "open 10:00; resumed 12:00; close 12:00:11",
        ["permitted 10:00 window", "window_overrun high 12:00 open_past_end"], windows=PLAIN),
    Row("an opening in a used-up window counts towards repeat_openings",
        "open 07:05; close 07:06; open 07:20; close 07:21; open 07:40; close 07:41; open 08:01",
        ["permitted 07:05 window", "window_overrun medium 07:20 window_used_up",
         "window_overrun medium 07:40 window_used_up", "repeated_opening critical 08:01 repeated"]),
    Row("a second acknowledgement by the same person, the door closed, stops the chain",
        "open 10:00; ack 10:02; tick 10:13; close 10:14; ack 10:15; tick 23:00",
        [f"{HIGH} 10:00 uncovered"], [*FIRST, "10:12 member voice", "10:12 leader sms"]),
    Row("returned says that the doors are shut: a closing that the radio lost is not waited for",
        "open 10:00; resolve 10:05 returned; open 10:30", [f"{HIGH} 10:00 uncovered",
        f"{CRITICAL} 10:03 still_open", f"{HIGH} 10:30 uncovered"]),
    Row("what flaps is not told even if it would repeat a breach",
        f"{FLAPS}; open 10:20; close 10:21; open 10:40; close 10:41", FAULT),
    Row("the resident's own passes are counted by local day",
        "own 09:00 A; own 09:00 B; own 23:55 C; open 23:56; close 23:57; own +00:00 D; open +00:01",
        [f"{CRITICAL} 23:56 uncovered_in_curfew", "permitted 00:01 pass"]),
    Row("a removed sensor in the installer's hands is told once he has gone",
        "commission 10:00 10:10; tamper 10:05 yes; tick 10:11", ["tamper high 10:05 tampered"],
        ["10:10 member sms"]),
]  # fmt: skip


ROWS = FLAPPING + UNSEEN + OTHERS + WHERE_THE_POLICY_WAS_SILENT


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.sentence)
def test_sentence(row: Row) -> None:
    house = House(*row.windows, **row.policy).play(row.story)
    assert house.said() == row.verdicts
    assert row.told is None or house.alerted() == row.told


class Forgetful(House):
    """It knows only what its snapshot says."""

    def give(self, given: object, now: int) -> None:
        stored = json.loads(json.dumps(snapshot.written(self.home)))
        self.home = snapshot.read(stored, self.home.policy)
        super().give(given, now)


class Watchful(House):
    """Somebody looks every minute, but for the time in which it was down."""

    seen = NEVER

    def give(self, given: object, now: int) -> None:
        while not isinstance(given, Resumed | ClockChanged) and self.seen + MINUTE < now:
            self.seen += MINUTE
            super().give(Tick(), self.seen)
        self.seen = now
        super().give(given, now)


@pytest.mark.parametrize("another", [Forgetful, Watchful])
@pytest.mark.parametrize("row", [*OPENINGS, *INCIDENTS, *ROWS], ids=lambda row: row.sentence)
def test_any_schedule_of_ticks_and_any_snapshot_gives_the_same(
    row: Row, another: type[House]
) -> None:
    house = House(*row.windows, **row.policy).play(row.story)
    same = another(*row.windows, **row.policy).play(row.story)
    assert (same.said(), same.alerted()) == (house.said(), house.alerted())


# -- sentences about a grid: what is done, and what is then said or told ------------------------

DEAF = ReceiverChanged("broker", up=False)
RADIO = [Supervised(f"S{n}", f"H{n}", "radio", 2 * HOUR) for n in range(1, 5)]
ONE = [Supervised("S1", "H1", "radio", 90 * MINUTE)]
TONIGHT = [ONE[0]._replace(isolation_start=at("21:30"))]
ALONE, SILENT = "sensor_silent medium 06:00 silent", "sensor_silent medium 06:00 common_cause"

GRIDS: list[tuple[str, Callable[[], Block], list[str]]] = [
    ("no decodable reading for its interval", lambda: Block(ONE).tick("07:36"), [ALONE]),
    ("a first silence alert is held five minutes", lambda: Block(ONE).tick("07:34:59"), []),
    ("a kind that sends nothing between openings is unsupervised",
     lambda: Block([ONE[0]._replace(every=None)]).tick("23:00"), []),
    ("but its relay may say that it is gone",
     lambda: Block([ONE[0]._replace(every=None)]).give(Lost("S1"), "07:00").tick("07:06"), [ALONE]),
    ("and high after 120 minutes more", lambda: Block(ONE).tick("09:36"),
     [ALONE, "sensor_silent high 09:35 still_silent"]),
    ("silence time stands still while the daemon is down",
     lambda: Block(ONE).give(Resumed(at("06:30")), "12:00").tick("13:04"), []),
    ("and goes on from there",
     lambda: Block(ONE).give(Resumed(at("06:30")), "12:00").tick("13:06"),
     ["sensor_silent medium 11:30 silent"]),
    ("or the receiver is", lambda: Block().give(DEAF, "06:30").heard("07:55", "S5").tick("09:00"),
     []),
    ("three households that share a last reading are one common cause",
     lambda: Block(RADIO[:3]).tick("08:06"), [SILENT]),
    ("two are two incidents", lambda: Block(RADIO[:2]).tick("08:06"), [ALONE] * 2),
    ("more than five minutes apart they are their own",
     lambda: Block(RADIO[:3]).heard("06:06", "S3").tick("08:12"),
     [ALONE] * 2 + ["sensor_silent medium 06:06 silent"]),
    ("low ones, and medium ones in the quiet hours, wait for the digest",
     lambda: Block(TONIGHT).heard("21:00", "S1").tick("22:36"),
     ["sensor_silent medium 21:00 silent"]),
]  # fmt: skip


@pytest.mark.parametrize(("sentence", "block", "said"), GRIDS, ids=[row[0] for row in GRIDS])
def test_sentence_about_a_grid(sentence: str, block: Callable[[], Block], said: list[str]) -> None:
    after = block()
    assert after.said() == said
    assert bool(after.told()) is bool(said and "digest" not in sentence)


def test_a_common_cause_is_one_text_and_one_recovery() -> None:
    block = Block(RADIO[:3]).tick("08:06")
    block.heard("08:07", "S1").heard("08:08", "S2").heard("08:09", "S3")
    assert block.told() == ["08:05 member sms", "08:09 member sms recovery"]


@pytest.mark.parametrize(("homes", "mass"), [(4, 0), (5, 1)])
def test_mass_opening_is_five_households_of_one_grid(homes: int, mass: int) -> None:
    street = Street()
    street.fire(homes=homes)
    assert len([line for line in street.lines if "mass_opening" in line]) == mass


def test_it_replaces_their_single_alerts_from_then_on() -> None:
    street = Street()
    street.fire()
    before = [line for line in street.told if "grid" not in line]
    street.tick("10:31")
    assert [line for line in street.told if "grid" not in line] == before


def test_silence_neither_opens_nor_closes_a_door() -> None:
    street = Street(supervised_every=HOUR)
    street.door("open", "10:00", "H1")
    for minute in range(10, 600, 30):
        for home in ("H2", "H3", "H4", "H5", "H6", "H7"):
            street.all.heard(f"S{home[1:]}", at("10:00") + minute * MINUTE)
        street.tick(f"{10 + minute // 60}:{minute % 60:02}")
    assert "10:00 grid:G1 sensor_silent" in street.lines
    opening = street.all.homes["H1"].opening
    assert opening is not None and opening.closed_at is None
