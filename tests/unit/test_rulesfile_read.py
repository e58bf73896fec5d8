"""rules.toml: what it changes, whose it is, and every mistake at once in our words."""

from pathlib import Path

import pytest

from gateway.check import check_all
from gateway.errors import Mistakes
from gateway.ledger.model import Grid, Ledger
from gateway.rulesfile import RulesFile
from gateway.rulesfile.keys import KEYS, Settings
from gateway.rulesfile.read import Budget
from rules.model import Channel, Role, Severity
from rules.moment import HOUR, MINUTE, SECOND
from rules.policy import CHAINS, Rules, Step

SHIPPED = """
[defaults]
window_grace_minutes = 5
rejoin_seconds = 10
held_open_minutes = 3
curfew = { start = "22:00", end = "06:00" }
merge_minutes = 10
on_my_way_minutes = 10
repeat_openings = 3
repeat_minutes = 60
repeat_alert_minutes = 60
remind_hours = 4
flap_openings = 6
flap_minutes = 2
flap_reset_hours = 8
self_passes_per_day = 2
silent_escalate_minutes = 120
common_cause_households = 3
mass_openings = 5
late_seconds = 60
quiet_hours = { start = "22:00", end = "07:00" }
digest = "08:30"
send_deadline_seconds = 600
"""


def mistakes(text: str) -> list[str]:
    with pytest.raises(Mistakes) as caught:
        RulesFile.parse(text)
    return [str(mistake) for mistake in caught.value.mistakes]


def test_the_shipped_defaults_are_those_of_the_rules() -> None:
    assert RulesFile.default().rules == Rules()
    written = RulesFile.parse(SHIPPED)
    assert (written.rules, written.settings) == (Rules(), Settings())


def test_every_key_sets_a_field_and_is_in_the_shipped_file() -> None:
    fields = {*Rules._fields, *Settings._fields}
    assert {key.field for key in KEYS.values()} <= fields
    assert set(KEYS) == {line.split()[0] for line in SHIPPED.splitlines() if " = " in line}


@pytest.mark.parametrize(
    ("line", "field", "value"),
    [
        ("window_grace_minutes = 0", "window_grace", 0),
        ("rejoin_seconds = 30", "rejoin", 30 * SECOND),
        ("held_open_minutes = 0.5", "held_open", 30 * SECOND),
        ("remind_hours = 2", "remind", 2 * HOUR),
        ("repeat_openings = 4", "repeat_openings", 4),
        ('curfew = { start = "23:00", end = "05:30" }', "curfew", (23 * 60, 330)),
        ("curfew = { start = 23:00:00, end = 05:30:00 }", "curfew", (23 * 60, 330)),
        ("curfew = { start = '２３：００', end = '5点30分' }", "curfew", (23 * 60, 330)),
    ],
)
def test_a_key_changes_its_field_alone(line: str, field: str, value: object) -> None:
    rules = RulesFile.parse(f"[defaults]\n{line}").rules
    assert rules == Rules()._replace(**{field: value})


def test_a_households_own_rules_go_over_its_grids_over_the_defaults() -> None:
    rules = RulesFile.parse(
        """
        [defaults]
        merge_minutes = 20
        [grid.G1]
        held_open_minutes = 5
        late_seconds = 90
        self_passes_per_day = 4
        [household.H1]
        held_open_minutes = 8
        flap_openings = 9
        """
    )
    base = Rules(merge=20 * MINUTE)
    grid = base._replace(held_open=5 * MINUTE, late=90 * SECOND, self_passes_per_day=4)
    assert rules.for_household("H9", "G9") == base
    assert rules.for_household("H2", "G1") == grid
    assert rules.for_household("H2", "G1") is rules.for_household("H3", "G1")
    assert rules.for_household("H1", "G1") == grid._replace(held_open=8 * MINUTE, flap_openings=9)
    assert rules.for_household("H1", "G2") == base._replace(held_open=8 * MINUTE, flap_openings=9)


def test_a_chain_that_is_written_replaces_the_shipped_one() -> None:
    chains = RulesFile.parse(
        """
        [[escalation]]
        severity = "high"
        after_minutes = 5
        roles = ["网格员", "leader"]
        kinds = ["电话"]
        [[escalation]]
        severity = "高"
        after_minutes = 0
        roles = ["member"]
        kinds = ["短信", "voice"]
        [[escalation]]
        severity = "high"
        after_minutes = 5
        roles = ["leader"]
        kinds = ["sms", "voice"]
        """
    ).rules.chains
    assert chains[Severity.HIGH] == (
        Step(0, ((Role.MEMBER, Channel.SMS), (Role.MEMBER, Channel.VOICE))),
        Step(
            5 * MINUTE,
            (
                (Role.MEMBER, Channel.VOICE),
                (Role.LEADER, Channel.VOICE),
                (Role.LEADER, Channel.SMS),
            ),
        ),
    )
    assert chains[Severity.CRITICAL] == CHAINS[Severity.CRITICAL]


def test_supervision_counters_and_budgets() -> None:
    rules = RulesFile.parse(
        """
        [supervision]
        bthome = 30
        [counters]
        json = "door"
        bthome = "other"
        [budget."+1"]
        same_per_day = 5
        texts_per_day = 50
        reserved_for_critical = 5
        """
    )
    assert rules.supervision == {"bthome": 30 * MINUTE}
    assert rules.counters == {"json": True, "bthome": False}
    assert rules.budgets == {"+86": Budget(2, 4, 1), "+1": Budget(5, 50, 5)}


def test_the_text_gives_the_same_rules_again() -> None:
    rules = RulesFile.parse(SHIPPED)
    assert RulesFile.parse(rules.text) == rules


STEP = '[[escalation]]\nseverity = "high"\nafter_minutes = 0\nroles = ["member"]\nkinds = ["sms"]\n'


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[default]", "default: is not known; did you mean defaults?"),
        ("digest = '08:30'", "digest: is not known; it belongs under [defaults]"),
        (
            "[defaults]\nmerge_minute = 3",
            "defaults.merge_minute: is not known; did you mean merge_minutes?",
        ),
        (
            '[defaults]\nmerge_minutes = "3"',
            "defaults.merge_minutes: is not a number; write digits, without quotes",
        ),
        (
            "[defaults]\nmerge_minutes = true",
            "defaults.merge_minutes: is not a number; write digits, without quotes",
        ),
        (
            "[defaults]\nmerge_minutes = nan",
            "defaults.merge_minutes: nan is out of bounds; give 0 to 1440",
        ),
        (
            "[defaults]\nrepeat_openings = 1",
            "defaults.repeat_openings: 1 is out of bounds; give 2 to 1000",
        ),
        (
            "[defaults]\nrepeat_openings = 2.5",
            "defaults.repeat_openings: is not a whole number; write digits, without quotes",
        ),
        (
            "[defaults]\ncurfew = '22:00'",
            'defaults.curfew: is not a range of hours; write { start = "22:00", end = "06:00" }',
        ),
        (
            "[defaults]\ncurfew = { start = '22:00', end = '25:00' }",
            "defaults.curfew: '25:00' is not a time of day; write HH:MM, as 07:30",
        ),
        (
            "[defaults]\ncurfew = { start = '22:00', end = '22:00' }",
            "defaults.curfew: ends when it starts; let it end at another time",
        ),
        (
            "[defaults]\ndigest = 8",
            'defaults.digest: is not a time of day; write it as "22:00"',
        ),
        (
            "[defaults]\ndigest = '06:00'",
            "defaults.digest: falls into quiet_hours; send it after they end",
        ),
        ("defaults = 3", "defaults: is not a table; put its keys under [defaults]"),
        (
            "[supervision]\nbthom = 30",
            "supervision.bthom: is not known; did you mean bthome?",
        ),
        (
            "[supervision]\nbthome = 0",
            "supervision.bthome: 0 is out of bounds; give 1 to 10080",
        ),
        (
            "[counters]\njsn = 'door'",
            "counters.jsn: is not known; did you mean json?",
        ),
        (
            "[counters]\njson = true",
            "counters.json: True is not known; "
            'write "door" if only the door moves it, else "other"',
        ),
        (
            "[counters]\njson = ['door']",
            "counters.json: ['door'] is not known; "
            'write "door" if only the door moves it, else "other"',
        ),
        (
            STEP.replace('"high"', '"grave"'),
            "escalation[0].severity: 'grave' is not known; use low, medium, high or critical",
        ),
        (
            STEP.replace('"member"', '"boss"'),
            "escalation[0].roles: 'boss' is not known; use one of member 网格员, leader 网格长, "
            "community 社区, command 指挥部, ops 运维, installer 安装员",
        ),
        (
            STEP.replace('["sms"]', '"sms"'),
            'escalation[0].kinds: is not a list of words; write it in brackets, as ["member", '
            '"leader"]',
        ),
        (
            STEP.replace("after_minutes = 0\n", ""),
            "escalation[0].after_minutes: is missing; add it",
        ),
        (
            STEP + "channel = 1",
            "escalation[0].channel: is not known; take it out; known here: "
            "after_minutes, kinds, roles, severity",
        ),
        (
            "[escalation]",
            "escalation: is not a list of steps; write [[escalation]] before each",
        ),
        ("[budget.86]", 'budget."86": is no country prefix; write [budget."+86"]'),
        (
            '[budget."+86"]\nsame_per_day = 2\ntexts_per_day = 4\nreserved_for_critical = 5',
            'budget."+86".reserved_for_critical: is more than texts_per_day; give at most 4',
        ),
        (
            '[budget."+86"]\nsame_per_day = 2\ntexts_per_day = 4',
            'budget."+86".reserved_for_critical: is missing; give a number a day',
        ),
        (
            "[grid.G1]\nquiet_hours = {start = '22:00', end = '07:00'}",
            "grid.G1.quiet_hours: holds for the whole gateway; put it under [defaults]",
        ),
        (
            "[grid.G1]\ndigest = '06:00'",
            "grid.G1.digest: falls into quiet_hours; send it after they end",
        ),
        (
            "[grid]\nheld_open_minutes = 3",
            "grid.held_open_minutes: is not a table; put its keys under a heading with its id",
        ),
        (
            "[household.H1]\nheld_open = 3",
            "household.H1.held_open: is not known; did you mean held_open_minutes?",
        ),
        (
            "[defaults\n",
            "is no TOML: Expected ']' at the end of a table declaration (at line 1, column 10); "
            "mend that line",
        ),
    ],
)
def test_what_a_mistake_is_called(text: str, said: str) -> None:
    place = "rules.toml: "
    assert mistakes(text) == [place + said]


def test_every_mistake_is_said_at_once() -> None:
    text = "[defaults]\nmerge_minutes = -1\nx = 1\n[grid.G1]\nlate_seconds = 'a'\n" + STEP + "y = 1"
    assert len(mistakes(text)) == 4


def test_check_says_what_is_wrong_in_both_files_and_for_whom_nobody_is(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    rules = tmp_path / "rules.toml"
    config.write_text("[ble]\nmode = 'loud'\n", encoding="utf-8")
    rules.write_text("[grid.G2]\nmerge_minutes = 'x'\n", encoding="utf-8")
    assert [str(mistake) for mistake in check_all(config)] == [
        "config.toml: ble.mode: 'loud' is not known; use one of active or passive",
        "rules.toml: grid.G2.merge_minutes: is not a number; write digits, without quotes",
    ]
    config.write_text("", encoding="utf-8")
    rules.write_text("[grid.G2]\nmerge_minutes = 3\n", encoding="utf-8")
    assert check_all(config) == []
    ledger = Ledger(grids={"G1": Grid("G1")})
    assert [str(mistake) for mistake in check_all(config, ledger)] == [
        "rules.toml: grid.G2: there is no grid 'G2'; correct its id"
    ]
    assert check_all(config, Ledger(grids={"G2": Grid("G2")})) == []
