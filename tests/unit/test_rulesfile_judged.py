"""rules.toml against itself: what is refused, what is only doubted, and what is neither."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from gateway.check import check_all
from gateway.errors import Mistakes
from gateway.ledger.model import Grid, Household, Ledger, Person
from gateway.rulesfile import RulesFile
from gateway.rulesfile.judged import doubts, written
from rules.model import Channel, Role, Severity
from rules.moment import MINUTE


def step(after: float, roles: str = "member", kinds: str = "sms", severity: str = "high") -> str:
    return (
        f'[[escalation]]\nseverity = "{severity}"\nafter_minutes = {after}\n'
        f'roles = ["{roles}"]\nkinds = ["{kinds}"]\n'
    )


def budget(same: int, texts: int, reserved: int, prefix: str = "+1") -> str:
    return (
        f'[budget."{prefix}"]\nsame_per_day = {same}\ntexts_per_day = {texts}\n'
        f"reserved_for_critical = {reserved}\n"
    )


def refused(text: str, folder: Path) -> list[str]:
    path = folder / "rules.toml"
    path.write_text(text, encoding="utf-8")
    try:
        RulesFile.load(path)
    except Mistakes as error:
        return [str(mistake).removeprefix("rules.toml: ") for mistake in error.mistakes]
    return []


def doubted(text: str) -> list[str]:
    found = doubts(written(text, "rules.toml"), "rules.toml")
    return [str(doubt).removeprefix("rules.toml: ") for doubt in found]


NEVER_REPEATED = (
    "repeated_opening can never happen: openings nearer than flap_minutes or rejoin_seconds count"
    " once, so repeat_openings of them do not fit into repeat_minutes; give a longer repeat_minutes"
)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "[defaults]\nflap_minutes = 0\nflap_openings = 4",
            "defaults.flap_minutes: flap_minutes is 0: no sensor ever has flap_openings in that"
            " time; give flap_minutes, or leave flap_openings out",
        ),
        (
            "[defaults]\nflap_openings = 4\n[grid.G1]\nflap_minutes = 0",
            "grid.G1.flap_minutes: flap_minutes is 0: no sensor ever has flap_openings in that"
            " time; give flap_minutes, or leave flap_openings out",
        ),
        ("[defaults]\nrepeat_minutes = 4", f"defaults.repeat_minutes: {NEVER_REPEATED}"),
        ("[household.H1]\nflap_minutes = 30", f"household.H1.flap_minutes: {NEVER_REPEATED}"),
        (
            "[defaults]\nrejoin_seconds = 600\nrepeat_minutes = 20",
            f"defaults.repeat_minutes: {NEVER_REPEATED}",
        ),
        (
            step(5) + step(0, "leader"),
            "escalation[1].after_minutes: 0 comes after the 5 of an earlier step of high; minutes"
            " count from its first alert; put the steps in their order",
        ),
        (
            step(0) + step(0),
            "escalation[1]: member sms is said at 0 min already; take it out of one of them, or"
            " put it later",
        ),
        (
            step(0) + step(1),
            "escalation[1]: member sms is said at 0 min already; nobody gets the same within"
            " 2 min; take it out of one of them, or put it later",
        ),
        (budget(5, 4, 0), 'budget."+1".same_per_day: is more than texts_per_day; give at most 4'),
        (
            step(0, severity="低"),
            "escalation[0].severity: low ones wait for the digest and have no steps; take it out,"
            " or write medium",
        ),
        *(
            (
                f"[household.H1]\n{key} = {value}",
                f"household.H1.{key}: holds for a grid; put it under [grid.…]",
            )
            for key, value in (
                ("mass_openings", 8),
                ("silent_escalate_minutes", 30),
                ("digest", "'09:00'"),
            )
        ),
    ],
)
def test_a_contradiction_is_refused(text: str, said: str, tmp_path: Path) -> None:
    assert refused(text, tmp_path) == [said]
    RulesFile.parse(text)  # and yet a journal that holds it can be read


@pytest.mark.parametrize(
    "text",
    [
        "[defaults]\nrepeat_minutes = 5",
        "[defaults]\nflap_minutes = 0.1",
        step(0) + step(2),
        step(0) + step(0, "leader"),
        step(0) + step(0, kinds="voice"),
        step(5) + step(0, severity="medium") + step(10),
        budget(4, 4, 3),
    ],
)
def test_what_can_be_meant_is_taken(text: str, tmp_path: Path) -> None:
    assert refused(text, tmp_path) == []


def test_every_contradiction_is_said_beside_the_mistakes(tmp_path: Path) -> None:
    text = "[defaults]\nrepeat_minutes = 4\nx = 1\n" + step(0) + step(0) + budget(5, 4, 0)
    assert len(refused(text, tmp_path)) == 4


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[defaults]\nflap_minutes = 0", "defaults.flap_minutes: is 0: a sensor that flaps"),
        ("[grid.G1]\nheld_open_minutes = 0", "grid.G1.held_open_minutes: is 0: every uncovered"),
        ("[defaults]\non_my_way_minutes = 0", "defaults.on_my_way_minutes: is 0: while a door"),
        (
            "[defaults]\nmerge_minutes = 0.1",
            "defaults.merge_minutes: merge_minutes is shorter than rejoin_seconds",
        ),
        (
            "[defaults]\nrepeat_alert_minutes = 19",
            "defaults.repeat_alert_minutes: 19 min is less than critical waits for a step",
        ),
        (
            step(0) + step(90, "command"),
            "defaults.repeat_alert_minutes: 60 min is less than high waits for a step",
        ),
        (step(3), "escalation[0].after_minutes: nobody would hear of a high incident before this"),
        (
            step(3, severity="medium") + step(0) + step(3),
            "escalation[0].after_minutes: nobody would hear of a medium incident before this",
        ),
        (
            step(0) + step(3) + step(3, severity="medium"),
            "escalation[2].after_minutes: nobody would hear of a medium incident before this",
        ),
        (
            step(0) + step(0, 'member", "leader'),
            "escalation[1]: member sms is said at 0 min already",
        ),
        (budget(2, 4, 4), 'budget."+1".reserved_for_critical: is all of texts_per_day'),
        (budget(4, 5, 1, "+86"), 'budget."+86".same_per_day: is more than carriers there let'),
        (budget(3, 6, 1, "+86"), 'budget."+86".texts_per_day: is more than carriers there let'),
    ],
)
def test_a_doubt_is_said_and_the_file_taken(text: str, said: str, tmp_path: Path) -> None:
    assert refused(text, tmp_path) == []
    (doubt,) = doubted(text)
    assert doubt.startswith(said)
    assert "; " in doubt  # the remedy


def test_what_is_shipped_is_not_doubted() -> None:
    assert doubted("") == []
    assert doubted("[defaults]\nrepeat_alert_minutes = 20") == []  # the longest wait for a step


def test_steps_for_a_role_that_nobody_has_are_a_mistake_once_there_are_people(
    tmp_path: Path,
) -> None:
    (tmp_path / "config.toml").write_text("", encoding="utf-8")
    (tmp_path / "rules.toml").write_text(step(0) + step(5, "指挥部"), encoding="utf-8")
    people = {"P1": Person("P1", "", "+8613800138000", Role.MEMBER)}
    assert check_all(tmp_path / "config.toml", Ledger(people={})) == []
    assert [str(m) for m in check_all(tmp_path / "config.toml", Ledger(people=people))] == [
        "rules.toml: escalation[1].roles: nobody is command; add one to people, or take command out"
    ]


def test_a_household_may_contradict_its_grid_and_only_the_ledger_knows_it(tmp_path: Path) -> None:
    text = "[grid.G1]\nflap_minutes = 10\n[household.H1]\nrepeat_minutes = 20\n"
    assert refused(text, tmp_path) == []
    (tmp_path / "config.toml").write_text("", encoding="utf-8")
    home = Household("H1", "G1", "", date(2026, 3, 1))
    elsewhere = replace(home, grid_id="G2")
    grids = {"G1": Grid("G1"), "G2": Grid("G2")}
    for row, said in ((home, [f"household.H1.repeat_minutes: {NEVER_REPEATED}"]), (elsewhere, [])):
        found = check_all(tmp_path / "config.toml", Ledger(grids=grids, households={"H1": row}))
        assert [str(mistake).removeprefix("rules.toml: ") for mistake in found] == said


def test_chinese_and_english_words_are_the_same() -> None:
    words = {
        "severity": {"中": "medium", "高": "high", "严重": "critical", "紧急": "critical"},
        "roles": {"网格员": "member", "网格长": "leader", "社区": "community", "指挥部": "command"},
        "kinds": {"短信": "sms", "电话": "voice", "语音": "voice", "群": "chat", "群聊": "chat"},
    }  # fmt: skip
    for key, pairs in words.items():
        for chinese, english in pairs.items():
            chains = [
                RulesFile.parse(step(0, **{key: word})).rules.chains
                for word in (chinese, english, f" {english.upper()} ")
            ]
            assert chains[0] == chains[1] == chains[2]
    both = RulesFile.parse(step(0, 'member", "网格员', 'sms", "短信')).rules.chains[Severity.HIGH]
    assert both[0].targets == ((Role.MEMBER, Channel.SMS),)


def test_protocols_and_hours_as_in_the_ledger() -> None:
    rules = RulesFile.parse('[supervision]\n"青萍" = 30\nBTHome = 20\n')
    assert rules.supervision == {"qingping": 30 * MINUTE, "bthome": 20 * MINUTE}
    with pytest.raises(Mistakes, match="青萍: is there twice; take one of them out"):
        RulesFile.parse('[supervision]\nqingping = 30\n"青萍" = 20\n')
    whole = RulesFile.parse('[defaults]\ncurfew = { start = "22点", end = "24:00" }').rules
    assert whole.curfew == (22 * 60, 0)
