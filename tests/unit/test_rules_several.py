"""A grid with more than one matter at a time, and what is said of one does not touch the other."""

import pytest

from rules.grid import Breached, FaultChanged, Lost, ReceiverChanged, ToHome
from rules.home import Incident, Phase
from rules.incidents.of_grid import find
from rules.model import (
    Acknowledged,
    Channel,
    HandedOver,
    NotReached,
    Outcome,
    Resolved,
    Resumed,
    Watched,
)
from rules.moment import HOUR, MINUTE
from rules.policy import GridPolicyChanged, Supervised
from rules.said import DigestDue, Note, Noted
from tests.support.house import at
from tests.unit.test_rules_grid import ALL, SENSORS, Block, but

SLOW = [one._replace(every=(2 + n) * HOUR) for n, one in enumerate(SENSORS[:3])]


def of(block: Block, number: int) -> Incident:
    incident = find(block.grid, number)
    assert incident is not None
    return incident


def notes(block: Block) -> list[tuple[int, Note]]:
    return [(one.incident, one.what) for one in block.out if isinstance(one, Noted)]


def two_silent() -> Block:
    """S1 since 08:00, S2 since 09:00, each alone."""
    block = Block(SLOW).tick("09:06")
    assert [line.split()[2] for line in block.said()] == ["06:00", "06:00"]
    return block


def test_an_answer_is_of_its_own_incident() -> None:
    block = two_silent().give(Acknowledged(2, "P1"), "09:07").tick("09:21")
    assert (of(block, 1).phase, of(block, 2).phase) == (Phase.UNANSWERED, Phase.ANSWERED)
    assert [of(block, n).about for n in (1, 2)] == ["S1", "S2"]
    assert block.told()[-1] == "09:05 member sms"


def test_what_is_over_is_kept_until_the_next_begins() -> None:
    block = two_silent().heard("09:10", "S1")
    assert of(block, 1).outcome is Outcome.CLEARED
    block.heard("09:55", "S1").tick("10:06")
    assert [one.number for one in block.grid.incidents] == [2, 3]
    assert [one.about for one in block.grid.incidents] == ["S2", "S3"]


@pytest.mark.parametrize("number", [1, 7])
def test_nothing_follows_from_an_answer_to_what_is_over_or_was_never(number: int) -> None:
    block = two_silent().heard("09:10", "S1")
    said = len(block.out)
    block.give(Acknowledged(number, "P1"), "09:11").give(HandedOver(number, "P1", "P2"), "09:12")
    if number == 7:
        block.give(Resolved(number, "P1", Outcome.MOVED), "09:13")
    assert block.out[said:] == []


def test_who_is_asked_to_go_has_it_and_a_stranger_is_not_asked() -> None:
    block = two_silent().give(HandedOver(2, "P1", "P9"), "09:07")
    assert block.told()[-1] == "09:05 member sms"
    assert of(block, 2).acknowledged_by == ("P1",)
    block.give(HandedOver(2, "P1", "P2"), "09:08")
    assert block.told()[-1] == "09:08 leader sms"
    assert ("P2", "sms", at("09:08")) in of(block, 2).alerted
    assert notes(block)[-1] == (2, Note.HANDED_OVER)


def test_who_was_not_reached_is_of_its_own_incident() -> None:
    block = two_silent().give(NotReached(2, "P1", Channel.SMS), "09:06")
    assert block.told()[-2:] == ["09:05 member sms", "09:06 leader sms"]
    assert (of(block, 1).next_step, of(block, 2).next_step) == (2, 2)


def test_a_sensor_that_the_ledger_no_longer_has_is_silent_no_more() -> None:
    block = two_silent()
    policy = block.grid.policy._replace(sensors=tuple(SLOW[1:]))
    block.give(GridPolicyChanged(policy), "09:30").tick("09:31")
    assert [one.sensor_id for one in block.grid.silent] == ["S2"]
    assert of(block, 1).outcome is Outcome.CLEARED
    assert of(block, 2).phase is Phase.UNANSWERED


def test_two_that_are_lost_before_the_isolation_are_both_silent_from_its_beginning_on() -> None:
    later = [Supervised(f"S{n}", f"H{n}", "radio", None, at("12:00")) for n in (1, 2)]
    block = Block(later).give(Lost("S1"), "07:00").give(Lost("S2"), "07:01").tick("12:06")
    assert {one.sensor_id for one in block.grid.silent} == {"S1", "S2"}


# -- one cause -------------------------------------------------------------------------------


@pytest.mark.parametrize(("seconds", "together"), [("00", True), ("01", False)])
def test_last_readings_five_minutes_apart_have_one_cause(seconds: str, together: bool) -> None:
    faster = SENSORS[0]._replace(every=2 * HOUR), SENSORS[1]._replace(every=2 * HOUR)
    third = SENSORS[2]._replace(every=115 * MINUTE)
    block = Block([*faster, third]).heard(f"06:05:{seconds}", "S3").tick("08:30")
    reasons = [line.split()[-1] for line in block.said()]
    assert reasons == (["common_cause"] if together else ["silent"] * 3)


def lost_building() -> Block:
    """H1 to H3 fall silent together, and are told; then H4, whose last reading was as late."""
    slower = SENSORS[3]._replace(every=150 * MINUTE)
    return Block([*SENSORS[:3], slower]).tick("08:06")


def test_a_home_that_falls_silent_later_joins_its_cause() -> None:
    block = lost_building()
    assert of(block, 1).homes == ("H1", "H2", "H3")
    block.tick("08:36")
    assert block.said() == ["sensor_silent medium 06:00 common_cause"]
    assert of(block, 1).homes == ("H1", "H2", "H3", "H4")
    assert notes(block) == [(1, Note.JOINED)]
    assert {one.incident for one in block.grid.silent} == {1}


def test_it_does_not_join_what_is_over() -> None:
    block = lost_building().give(Resolved(1, "P1", Outcome.FALSE_ALARM), "08:10").tick("08:36")
    assert block.said()[1:] == ["sensor_silent medium 06:00 silent"]


def test_a_home_that_is_back_is_no_line_of_what_is_over() -> None:
    block = lost_building().give(Resolved(1, "P1", Outcome.FALSE_ALARM), "08:10")
    lines = notes(block)
    block.heard("08:12", "S1").heard("08:13", "S2").heard("08:14", "S3")
    assert notes(block) == lines
    assert of(block, 1).outcome is Outcome.FALSE_ALARM


def test_a_receiver_that_is_back_shows_no_home_whose_sensor_is_silent() -> None:
    block = Block().heard("07:55", *but("S1")).tick("08:06")
    block.give(ReceiverChanged("broker", up=False), "08:10")
    block.give(ReceiverChanged("broker", up=True), "08:20")
    assert block.homes()[5:] == [ToHome(f"H{n}", Watched(yes=True)) for n in (2, 3, 4)]


# -- the rest --------------------------------------------------------------------------------


def test_a_part_that_works_again_within_five_minutes_is_nobodys_business() -> None:
    block = Block((), grid_id="").give(FaultChanged("disk", failed=True), "07:00")
    block.give(FaultChanged("disk", failed=False), "07:04").tick("08:00")
    assert (block.said(), block.grid.faults) == ([], ())


def test_a_part_of_which_the_same_is_said_twice() -> None:
    block = Block((), grid_id="").give(FaultChanged("disk", failed=False), "07:00")
    assert block.grid.faults == ()
    for clock_ in ("07:01", "07:02"):
        block.give(FaultChanged("disk", failed=True), clock_)
    assert block.tick("07:07").said() == ["gateway_fault high 07:01 fault"]


def test_what_is_said_of_a_fire_again_is_said_to_its_homes_once() -> None:
    block = Block()
    for home in range(1, 6):
        block.give(Breached(f"H{home}", 1, at("07:00")), "07:00")
    for clock_ in ("07:20", "07:21"):
        block.give(Resolved(1, "P2", Outcome.EMERGENCY_EXIT), clock_)
    assert len(block.homes()) == 10
    assert block.grid.shared == ()


def test_one_of_two_parts_works_again() -> None:
    block = Block((), grid_id="").give(FaultChanged("disk", failed=True), "07:00")
    block.give(FaultChanged("clock", failed=True), "07:01").tick("07:07")
    block.give(FaultChanged("disk", failed=False), "07:08")
    assert [one.part for one in block.grid.faults] == ["clock"]
    assert (of(block, 1).phase, of(block, 2).phase) == (Phase.OVER, Phase.UNANSWERED)


def test_a_receiver_that_is_down_is_down_once() -> None:
    block = Block().give(ReceiverChanged("broker", up=False), "07:00")
    assert block.homes() == [ToHome(f"H{n}", Watched(yes=False)) for n in range(1, 5)]
    block.give(ReceiverChanged("broker", up=False), "07:30")
    assert len(block.homes()) == 4
    assert block.grid.deaf == (("broker", at("07:00")),)


def test_a_home_whose_sensor_is_lost_is_unobserved_at_once() -> None:
    block = Block().give(Lost("S6"), "07:00")
    assert block.homes() == [ToHome("H6", Watched(yes=False))]


def test_steps_of_a_grid_that_were_overdue_are_one_alert_a_person() -> None:
    block = two_silent()
    told = len(block.told())
    block.give(Resumed(at("09:10")), "09:30")
    assert block.told()[told:] == ["09:30 leader sms"]


def test_a_home_whose_order_ended_while_nobody_watched_is_observed_again() -> None:
    ending = [one._replace(isolation_end=at("12:00")) for one in SENSORS[:1]]
    block = Block(ending).tick("08:06").give(Resumed(at("11:59")), "12:30")
    assert block.homes() == [ToHome("H1", Watched(yes=False)), ToHome("H1", Watched(yes=True))]


def test_a_home_that_opens_while_it_goes_on_is_a_line_of_it() -> None:
    block = Block()
    for home in range(1, 7):
        block.give(Breached(f"H{home}", 1, at("07:00")), "07:00")
    assert notes(block) == [(1, Note.JOINED)]


def test_a_digest_is_due_at_its_time_and_not_when_something_else_is() -> None:
    block = Block().heard("07:55", *but("S1")).heard("08:00", *ALL).tick("08:29")
    block.heard("09:59", *but("S2")).tick("10:10")
    assert [one.at for one in block.out if isinstance(one, DigestDue)] == [at("08:30")]


def test_five_homes_of_which_one_opened_for_the_second_time() -> None:
    block = Block()
    for minute, home in enumerate((1, 1, 2, 3, 4)):
        now = f"07:0{minute}"
        block.give(Breached(f"H{home}", 1 + (minute == 1), at(now)), now)
    assert block.said() == []
    block.give(Breached("H5", 1, at("07:05")), "07:05")
    assert [one.number for one in block.grid.shared] == [2, 1, 1, 1, 1]
    assert [one.household_id for one in block.grid.shared] == ["H1", "H2", "H3", "H4", "H5"]
