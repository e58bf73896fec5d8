"""Who would be told at each hour: compared with what ``rules.chain`` does at that hour."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from zoneinfo import ZoneInfo

import pytest

from gateway.ledger.clocks import parse_duty, parse_time
from gateway.ledger.model import Grid, Household, Ledger, Person
from gateway.lint.duty import lint, lint_gateway
from gateway.lint.found import grouped
from rules.home import Home
from rules.local import instant
from rules.model import Channel, Door, DoorSeen, Role, Severity
from rules.moment import MINUTE
from rules.policy import Person as RosterPerson
from rules.policy import Policy, Rules, Step
from rules.said import Alerted
from rules.step import step

SMS, VOICE = Channel.SMS, Channel.VOICE
MEMBER, LEADER, COMMAND = Role.MEMBER, Role.LEADER, Role.COMMAND
HIGH = (
    Step(0, ((MEMBER, SMS),)),
    Step(5 * MINUTE, ((MEMBER, VOICE), (LEADER, SMS))),
    Step(30 * MINUTE, ((COMMAND, VOICE),)),
)
MEDIUM = (Step(0, ((MEMBER, SMS),)), Step(15 * MINUTE, ((LEADER, SMS),)))


def ledger(*people: tuple[str, str, str | None], grids: tuple[str, ...] = ("G1",)) -> Ledger:
    """``people``: role, duty, grid."""
    rows = [
        Person(f"P{n}", "", f"+{n}", Role(role), grid, None, parse_duty(duty))
        for n, (role, duty, grid) in enumerate(people)
    ]
    homes = [Household(f"H{grid}", grid, "", date(2026, 1, 1)) for grid in grids]
    return Ledger(
        grids={grid: Grid(grid) for grid in grids},
        people={row.person_id: row for row in rows},
        households={row.household_id: row for row in homes},
    )


def reached(phone: str) -> frozenset[Channel]:
    return frozenset({SMS, VOICE})


def said(
    found: Ledger,
    ways: Callable[[str], frozenset[Channel]] = reached,
    **chains: tuple[Step, ...],
) -> list[str]:
    return [str(w) for w in grouped(lint(found, chains or {"high": HIGH, "medium": MEDIUM}, ways))]


def test_somebody_always_there_is_no_matter() -> None:
    assert said(ledger(("member", "", "G1"), ("leader", "", "G1"), ("command", "", None))) == []


def test_an_empty_step_says_when_and_to_whom_it_falls() -> None:
    found = ledger(
        ("member", "mon-fri 00:00-24:00; sat 00:00-20:00; sun 08:00-24:00", "G1"),
        ("leader", "", "G1"),
        ("command", "", None),
    )
    assert said(found) == [
        "member: Sat 20:00 - Sun 08:00 nobody; falls to leader at once (high 0 min, medium 0 min);"
        " lengthen a duty in people"
    ]


def test_shifts_of_several_people_are_one_and_a_gap_of_a_minute_is_found() -> None:
    found = ledger(
        ("member", "daily 08:00-20:00", "G1"),
        ("member", "daily 20:00-07:59", None),
        ("leader", "", "G1"),
        ("command", "", None),
    )
    assert [line.split(" nobody")[0] for line in said(found)] == ["member: Mon-Sun 07:59 - 08:00"]


def test_it_falls_to_different_people_at_different_hours() -> None:
    found = ledger(
        ("member", "daily 08:00-20:00", "G1"),
        ("leader", "daily 08:00-22:00", "G1"),
        ("command", "", None),
    )
    assert said(found, high=HIGH) == [
        "member: Mon-Sun 22:00 - 08:00 nobody; falls to command at once (high 0 min);"
        " lengthen a duty in people",
        "member: Mon-Sun 20:00 - 22:00 nobody; falls to leader at once (high 0 min);"
        " lengthen a duty in people",
        "member, leader: Mon-Sun 22:00 - 08:00 nobody; falls to command at once (high 5 min);"
        " lengthen a duty in people",
    ]


def test_hours_without_anybody_come_first_and_are_said_once() -> None:
    found = ledger(("member", "sat,sun 00:00-24:00", "G1"), ("leader", "mon 00:00-24:00", "G1"))
    lines = said(found, medium=MEDIUM)
    assert lines[0] == (
        "NOBODY: Tue 00:00 - Fri 24:00 nobody at all would be told (medium);"
        " put somebody who can be reached on duty then"
    )
    assert [line.split(" nobody;")[0] for line in lines[1:]] == [
        "member: Mon 00:00 - 24:00",
        "leader: Tue 00:00 - Sun 24:00",  # with the hours of NOBODY: nobody comes later anyway
    ]


def test_on_duty_without_a_provider_is_nobody_though_no_step_falls() -> None:
    found = ledger(("member", "", "G1"), ("leader", "", "G1"))
    only_calls = said(found, lambda phone: frozenset({VOICE}), high=HIGH, medium=MEDIUM)
    assert [line for line in only_calls if line.startswith("NOBODY")] == [
        "NOBODY: all week nobody at all would be told (medium);"
        " put somebody who can be reached on duty then"
    ]


def test_a_role_that_nobody_has_is_to_be_added() -> None:
    (line,) = said(ledger(("member", "", "G1"), ("leader", "", "G1")))
    assert line == (
        "command: all week nobody; no later step has anybody, the last one told is reminded"
        " (high 30 min); add command to people"
    )


def test_grids_with_the_same_hours_are_one_line_and_others_their_own() -> None:
    found = ledger(
        ("member", "daily 08:00-20:00", "G1"),
        ("member", "daily 08:00-20:00", "G2"),
        ("member", "", "G3"),
        ("leader", "", None),
        grids=("G1", "G2", "G3"),
    )
    assert [w.grid_ids for w in grouped(lint(found, {"medium": MEDIUM}, reached))] == [("G1", "G2")]


def test_a_grid_without_homes_has_nobody_to_miss() -> None:
    found = ledger(("member", "", "G1"), ("leader", "", "G1"))
    assert said(replace(found, grids={**found.grids, "G2": Grid("G2")}), medium=MEDIUM) == []


def test_for_the_gateway_itself_everybody_answers_wherever_they_are() -> None:
    fault = {"gateway_fault": (Step(0, ((Role.OPS, SMS),)), Step(30 * MINUTE, ((COMMAND, SMS),)))}
    everywhere = ledger(("ops", "daily 08:00-20:00", "G1"), ("command", "", "G2"))
    assert [(w.grid_ids, w.what) for w in grouped(lint_gateway(everywhere, fault, reached))] == [
        ((), "Mon-Sun 20:00 - 08:00 nobody; falls to command at once (gateway_fault 0 min)")
    ]
    assert [str(w) for w in grouped(lint_gateway(ledger(), fault, reached))] == [
        "NOBODY: all week nobody at all would be told (gateway_fault); add command or ops to people"
    ]


@pytest.mark.parametrize(
    ("clock", "role"),
    [
        ("07:59", COMMAND),
        ("08:00", MEMBER),
        ("19:59", MEMBER),
        ("20:00", LEADER),
        ("21:59", LEADER),
        ("22:00", COMMAND),
    ],
)
def test_the_rules_do_what_is_said(clock: str, role: Role) -> None:
    """The people of the test above: whom an opening at that time is told to first."""
    duties = ((MEMBER, "daily 08:00-20:00"), (LEADER, "daily 08:00-22:00"), (COMMAND, ""))
    policy = Policy(
        "H1",
        ZoneInfo("Asia/Shanghai"),
        Rules(chains=dict.fromkeys(Severity, HIGH)),
        roster=tuple(RosterPerson(role, role, parse_duty(duty)) for role, duty in duties),
    )
    at = instant(date(2026, 3, 4), parse_time(clock), policy.zone)
    home, _ = step(Home(policy), DoorSeen("S1", Door.CLOSED, at - MINUTE), at - MINUTE)
    _, out = step(home, DoorSeen("S1", Door.OPEN, at), at)
    (told,) = [one for one in out if isinstance(one, Alerted)]
    assert {alert.role for alert in told.alerts} == {role}
