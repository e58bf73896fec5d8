"""What each answer by text does, who may give it, and that twice is as once."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from gateway.alerts.commands import OUTCOMES
from gateway.granting import Refused
from gateway.households import GATEWAY, grid_key
from gateway.incidents import Card
from gateway.passes import KEPT, LONGEST, SHORTEST
from gateway.replying import ANSWERS_MOST, SAME_MOST, WITHIN
from gateway.requests import carry_out
from rules.grid import FaultChanged, Lost
from rules.model import Door, Role
from rules.moment import HOUR, MINUTE
from tests.support.desk import LEDGER, Desk, desk


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[Desk]:
    async with desk(tmp_path) as one:
        yield one


def stands(card: Card) -> tuple[Any, ...]:
    return card.state, card.body["outcome"], card.body["acknowledged_by"], card.body["resolved_by"]


OPEN = ("open", None, None, None)


def lines(card: Card, what: str) -> int:
    return sum(line["what"] == what for line in card.body["timeline"])


# -- each command --------------------------------------------------------------------------


async def test_one_acknowledges_and_again_changes_nothing(here: Desk) -> None:
    card = await here.opens()
    first = await here.says("member", "1")
    assert first == f"【门磁】{card.code}已记您处理。10分后门还开着会再提醒。"
    assert stands(card) == ("acknowledged", None, "member", None)
    journaled = await here.journal()
    assert await here.says("member", "1") == first
    assert await here.says("member", f"１　{card.code}。") == first
    assert (await here.journal(), lines(card, "acknowledged")) == (journaled, 1)


async def test_who_takes_it_again_hears_how_long_is_left_and_that_reminders_go_on(
    here: Desk,
) -> None:
    card = await here.opens()
    await here.says("member", "1")
    await here.passes_by(7.5)
    assert await here.says("member", "1") == (
        f"【门磁】{card.code}已记您处理。3分后门还开着会再提醒。"
    )
    await here.passes_by(3)
    assert card.state == "open"
    assert await here.says("member", "1") == (
        f"【门磁】{card.code}已记您处理。门还开着，提醒会继续。"
    )
    assert card.state == "open"  # no second grace


async def test_who_takes_what_is_no_opening_hears_nothing_of_a_door(here: Desk) -> None:
    await here.core.ask(grid_key("G1"), Lost("S1"))
    await here.passes_by(200)
    await here.core.ask(grid_key(GATEWAY), FaultChanged("hci0", True))
    await here.passes_by(6)
    fault, silent = here.cards()
    for person, card in (("ops", fault), ("member", silent)):
        said = f"{card.code}已记您处理，谢谢。"
        assert await here.says(person, f"1 {card.code}") == f"【门磁】{said}"


async def test_one_alone_wants_exactly_one_open_incident(here: Desk) -> None:
    assert await here.says("member", "1") == "【门磁】现在没有要您处理的事。"
    first, second = await here.opens("S1"), await here.opens("S2")
    listed = await here.says("member", "1")
    assert listed is not None
    assert first.code in listed
    assert second.code in listed
    assert (stands(first), stands(second)) == (OPEN, OPEN)
    await here.says("member", f"1 {first.code}")
    await here.says("member", "收到")  # the other is the only one that is open
    assert stands(second)[0] == "acknowledged"


async def test_nine_is_an_emergency_exit(here: Desk) -> None:
    card = await here.opens()
    first = await here.says("leader", f"9 {card.code}")
    assert first is not None
    assert "emergency exit" in first
    assert stands(card) == ("resolved", "emergency_exit", None, "leader")
    journaled = await here.journal()
    assert await here.says("leader", f"{card.code} 9") == first
    assert await here.journal() == journaled


@pytest.mark.parametrize(("outcome", "words"), list(OUTCOMES.items()))
async def test_nought_says_what_it_was(here: Desk, outcome: str, words: tuple[str, ...]) -> None:
    card = await here.opens()
    first = await here.says("member", f"0 {card.code} {words[0]}")
    assert first is not None
    assert card.code in first
    assert stands(card) == ("resolved", outcome, None, "member")
    journaled = await here.journal()
    for word in words[1:]:
        here.clock.at += HOUR  # the same words would be said three times within it
        assert await here.says("member", f"0 {card.code} {word}") == first
    assert await here.journal() == journaled


async def test_two_permits_the_open_door(here: Desk) -> None:
    card = await here.opens()
    first = await here.says("member", f"2 {card.code} 30")
    assert first == f"【门磁】{card.code}已记为允许，请在10分内关好门。"
    assert stands(card) == ("resolved", "permitted_after_all", None, "member")
    assert await here.says("member", f"2 {card.code}") == first
    (granted,) = await here.passes()
    assert granted["state"] == "used"
    assert (granted["granted_by"], granted["incident_id"]) == ("member", card.id)
    assert (granted["household_id"], granted["used_at"]) == ("H1", granted["granted_at"])
    await here.passes_by(9)
    assert here.cards() == []
    await here.passes_by(2)
    assert [late.body["kind"] for late in here.cards()] == ["held_open"]
    assert [one["state"] for one in await here.passes()] == ["overrun"]


async def test_two_with_the_door_closed_permits_the_next_opening(here: Desk) -> None:
    card = await here.opens()
    await here.door(Door.CLOSED)
    first = await here.says("member", f"2 {card.code} 60")
    assert first is not None
    assert "1小时内可再开一次门" in first
    assert await here.says("member", f"2 {card.code} 60分钟") == first
    assert stands(card) == ("acknowledged", None, "member", None)
    assert [one["state"] for one in await here.passes()] == ["valid"]
    await here.passes_by(21)
    assert here.cards() == []  # resolved itself
    await here.door(Door.OPEN)
    assert here.cards() == []
    (used,) = await here.passes()
    assert (used["state"], used["kind"]) == ("used", "other")


async def test_a_permission_that_comes_late_permits_nothing(here: Desk) -> None:
    """Six hours without the internet, say: what it would cover now, nobody has meant."""
    card = await here.opens()
    here.clock.at += 6 * HOUR
    said = await here.says("member", f"2 {card.code} 30", at=here.clock.at - 6 * MINUTE)
    assert said is not None
    assert "已记您处理" in said
    assert (stands(card)[0], await here.passes()) == ("acknowledged", [])
    await here.says("member", f"2 {card.code} 30", at=here.clock.at - 4 * MINUTE)
    assert [one["state"] for one in await here.passes()] == ["used"]


async def test_how_long_a_pass_may_be(here: Desk) -> None:
    card = await here.opens()
    for minutes in (0, SHORTEST - 1, LONGEST + 1, 999):
        here.clock.at += HOUR // 2  # the same words are not said for ever
        said = await here.says("member", f"2 {card.code} {minutes}")
        assert said is not None
        assert f"{SHORTEST}到{LONGEST}分" in said
    assert (stands(card), await here.passes()) == (OPEN, [])


async def test_answers_about_a_drill_say_so(here: Desk) -> None:
    card = await here.opens()
    card.body["drill"] = True
    assert (await here.says("member", "1") or "").startswith("【门磁演练】")


async def test_beside_a_real_door_a_bare_one_is_not_for_the_drill(here: Desk) -> None:
    drill, real = await here.opens("S1"), await here.opens("S2")
    drill.body["drill"] = True
    said = f"【门磁】不是演练：{real.code}已记您处理。10分后门还开着会再提醒。"
    assert await here.says("member", "1") == said
    assert (stands(real)[0], stands(drill)) == ("acknowledged", OPEN)
    assert (await here.says("member", "1") or "").startswith(f"【门磁演练】{drill.code}")


async def test_codes_are_listed_of_real_doors_only(here: Desk) -> None:
    drill, other = await here.opens("S1"), await here.opens("S2")
    drill.body["drill"] = True
    more = await here.opens("S3")
    listed = await here.says("member", "1") or ""
    assert drill.code not in listed
    assert other.code in listed
    assert more.code in listed


async def test_a_phone_that_answers_everything_is_not_answered_for_ever(here: Desk) -> None:
    """What it asks for is done each time; the words that it gets cost money."""
    card = await here.opens()
    said = [await here.says("member", "收到") for _ in range(40)]
    assert [text is not None for text in said] == [True] * SAME_MOST + [False] * 37
    assert stands(card)[0] == "acknowledged"
    assert here.unanswered == 37
    here.clock.at += WITHIN + 1
    assert await here.says("member", "收到") is not None


async def test_nor_one_whose_answers_differ(here: Desk) -> None:
    card = await here.opens()
    for unknown in range(9000, 9000 + 2 * ANSWERS_MOST):
        await here.says("member", f"1 {unknown}")
    assert len(await here.answers()) == ANSWERS_MOST
    assert await here.says("leader", f"1 {card.code}") is not None, "another phone"


async def test_a_question_mark_is_answered_with_all_commands(here: Desk) -> None:
    zh, en = await here.says("member", "？"), await here.says("leader", "?")
    assert zh is not None
    assert en is not None
    assert len(zh) <= 70
    assert len(en) <= 160
    for digit in "1290":
        assert f"{digit} 编号" in zh
        assert f"{digit} CODE" in en
    assert await here.says("member", "?") == zh


async def test_one_alone_means_nothing_that_was_raised_after_it(here: Desk) -> None:
    """A reply may be found hours late: it was not about what has happened since."""
    card = await here.opens()
    assert await here.says("member", "1", at=here.clock.at - 3 * MINUTE) is None
    assert stands(card) == OPEN
    await here.says("member", "1", at=here.clock.at - MINUTE)  # the provider's clock is not ours
    assert stands(card)[0] == "acknowledged"


# -- who -----------------------------------------------------------------------------------


@pytest.mark.parametrize("person", ["member", "leader", "community", "command"])
async def test_people_who_answer_for_the_grid(here: Desk, person: str) -> None:
    card = await here.opens()
    await here.says(person, f"1 {card.code}")
    assert stands(card)[2] == person


@pytest.mark.parametrize("person", ["other", "installer", "ops"])
@pytest.mark.parametrize("text", ["1 {}", "9 {}", "2 {} 30", "0 {} 3"])
async def test_others_are_refused_politely_and_once(here: Desk, person: str, text: str) -> None:
    card = await here.opens()
    said = text.format(card.code)
    assert await here.says(person, said) == (
        f"【门磁】{card.code}由负责那一户的人处理，已通知他们，谢谢。"
    )
    assert await here.says(person, said) is None
    assert (stands(card), await here.passes()) == (OPEN, [])


async def test_a_phone_of_two_people_answers_as_the_one_who_may(tmp_path: Path) -> None:
    shared = replace(LEDGER.people["other"], phone=LEDGER.people["member"].phone)
    people = {"other": shared} | {k: v for k, v in LEDGER.people.items() if k != "other"}
    async with desk(tmp_path, replace(LEDGER, people=people)) as here:
        card = await here.opens()
        await here.says("other", f"1 {card.code}")
        assert stands(card)[2] == "member"


async def test_strangers_are_counted_and_never_answered(here: Desk) -> None:
    card = await here.opens()
    await here.stranger_says(f"1 {card.code}")
    await here.stranger_says("?")
    assert (here.strangers, await here.answers(), stands(card)) == (2, [], OPEN)


async def test_where_no_answer_can_be_read_none_is_sent(here: Desk) -> None:
    card = await here.opens()
    assert await here.says("mainland", f"1 {card.code}") is None
    assert stands(card)[2] == "mainland"


# -- what is old, unknown or noise ---------------------------------------------------------


@pytest.mark.parametrize("text", ["1 {}", "2 {} 30"])
async def test_a_reply_to_what_is_over_says_so_once(here: Desk, text: str) -> None:
    card = await here.opens()
    await here.says("member", f"0 {card.code} 3")
    journaled = await here.journal()
    over = f"【门磁】{card.code}已经结束，不用再处理。"
    assert await here.says("member", text.format(card.code)) == over
    assert await here.says("member", text.format(card.code)) is None
    assert (await here.journal(), stands(card)[1]) == (journaled, "false_alarm")


async def test_a_code_that_nobody_has_is_told_once(here: Desk) -> None:
    assert await here.says("member", "1 9999") == (
        "【门磁】没有编号9999，请看短信里的编号再回一次。"
    )
    assert await here.says("member", "1 9999") is None


async def test_an_alert_that_is_sent_on_does_nothing(here: Desk) -> None:
    card = await here.opens()
    rows = await here.database.rows("SELECT text FROM alerts WHERE incident_id IS NOT NULL")
    said = await here.says("member", f"转发：{rows[0]['text']}")
    assert said is not None
    assert f"1 {card.code}" in said
    assert stands(card) == OPEN
    assert await here.says("member", "谢谢") is None  # within the hour, as machines may answer
    here.clock.at += 3_600_001
    assert await here.says("member", "谢谢") == said


async def test_what_is_brought_twice_is_acted_on_and_answered_once(here: Desk) -> None:
    card = await here.opens()
    await here.door(Door.CLOSED)
    assert await here.says("member", f"2 {card.code} 30", reply_id="SM1") is not None
    journaled = await here.journal()
    assert await here.says("member", f"2 {card.code} 30", reply_id="SM1") is None
    assert (await here.journal(), len(await here.passes())) == (journaled, 1)


async def test_nine_and_two_are_only_for_doors(here: Desk) -> None:
    card = await here.opens()
    card.body["kind"] = "tamper"
    said = await here.says("member", f"2 {card.code} 30")
    assert said is not None
    assert "不是一户开门的事" in said
    assert await here.says("member", f"9 {card.code}") is None
    assert (stands(card), await here.passes()) == (OPEN, [])


# -- passes by other ways ------------------------------------------------------------------


def asked(**body: Any) -> dict[str, Any]:
    return {"do": "grant", "household": "H1", "minutes": 30, "by": "member", **body}


async def test_a_resident_takes_two_a_day(here: Desk) -> None:
    for _ in range(2):
        await carry_out(here.core, asked(own=True, by="resident"))
    with pytest.raises(Refused, match="0 of 2 passes are left"):
        await carry_out(here.core, asked(own=True, by="resident"))
    assert [one["own"] for one in await here.passes()] == [True, True]
    await here.passes_by(12 * 60)  # the next day
    await carry_out(here.core, asked(own=True, by="resident"))
    assert [one["state"] for one in await here.passes()] == ["expired", "expired", "valid"]


async def test_two_at_once_are_not_two_of_one_left(here: Desk) -> None:
    await carry_out(here.core, asked(own=True, by="resident"))
    both = [carry_out(here.core, asked(own=True, by="resident")) for _ in range(2)]
    done = await asyncio.gather(*both, return_exceptions=True)
    assert [type(one) for one in done] == [dict, Refused]
    assert [one["id"] for one in await here.passes()] == ["pass-1", "pass-2"]


async def test_old_passes_are_forgotten_but_still_listed(here: Desk) -> None:
    await carry_out(here.core, asked())
    await here.passes_by((KEPT + HOUR) // MINUTE)
    await carry_out(here.core, asked())
    assert here.core.memory.passes.get("pass-1") is None
    assert [one["state"] for one in await here.passes()] == ["expired", "valid"]


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ({"household": "H9"}, "not in the ledger"),
        ({"minutes": 4}, "5 to 240"),
        ({"minutes": 241}, "5 to 240"),
        ({"incident": 7}, "no incident 7"),
        ({"incident": 1, "household": "H2"}, "no incident 1"),
    ],
)
async def test_what_is_refused(here: Desk, body: dict[str, Any], why: str) -> None:
    card = await here.opens()
    with pytest.raises(Refused, match=why):
        await carry_out(here.core, asked(**body))
    assert (stands(card), await here.passes()) == (OPEN, [])


async def test_a_pass_is_taken_back_once_and_covers_nothing_then(here: Desk) -> None:
    await here.door(Door.CLOSED)
    await carry_out(here.core, asked())
    await carry_out(here.core, {"do": "revoke", "pass": "pass-1", "by": "leader"})
    with pytest.raises(Refused, match="revoked already"):
        await carry_out(here.core, {"do": "revoke", "pass": "pass-1", "by": "leader"})
    (one,) = await here.passes()
    assert (one["state"], one["revoked_by"]) == ("revoked", "leader")
    await here.door(Door.OPEN)
    assert len(here.cards()) == 1


async def test_a_used_pass_is_not_taken_back(here: Desk) -> None:
    await here.door(Door.CLOSED)
    await carry_out(here.core, asked())
    await here.door(Door.OPEN)
    with pytest.raises(Refused, match="used already"):
        await carry_out(here.core, {"do": "revoke", "pass": "pass-1", "by": "leader"})


def test_every_role_has_somebody_here() -> None:
    assert {person.role for person in LEDGER.people.values()} == set(Role)
