"""docs/configuration.md and the examples beside it say what the code does, and all of it."""

import re
import tomllib
from pathlib import Path

import pytest

from gateway import secrets
from gateway.config import TABLES, load
from gateway.config import tables as config_tables
from gateway.errors import Mistakes
from gateway.kinds import BY_PROTOCOL
from gateway.ledger.clocks import Unreadable
from gateway.ledger.importing import read_tables
from gateway.ledger.model import Ledger
from gateway.rulesfile import BUDGETS, RulesFile
from gateway.rulesfile.keys import KEYS, Settings
from gateway.rulesfile.read import Budget
from rules.moment import MINUTE
from rules.policy import Rules

DOCS = Path(__file__).parents[2] / "docs"
EXAMPLE = DOCS / "example"
PAGE = (DOCS / "configuration.md").read_text()
OF_CONFIG, OF_RULES = PAGE.split("\n## rules.toml\n")
HEADING = re.compile(r"^### (.+)$", re.M)
BLOCKS = re.compile(r"^```toml\n(.*?)^```", re.M | re.S)
COLUMNS = {"severity", "after_minutes", "roles", "kinds"}
PREFIX = 'channels."+86"'


def tables(part: str) -> dict[str, list[list[str]]]:
    """The rows of the tables under each heading, cell by cell."""
    pieces = HEADING.split(part)[1:]
    rows = {}
    for heading, text in zip(pieces[::2], pieces[1::2], strict=True):
        cells = [
            [cell.strip() for cell in line.strip("|").split("|")]
            for line in text.split("\n## ")[0].splitlines()
            if line.startswith("| `")
        ]
        rows[heading.split("`")[1].strip("[]")] = cells
    return rows


CONFIG, RULES = tables(OF_CONFIG), tables(OF_RULES)


def written(rows: list[list[str]]) -> str:
    """The rows as TOML, each key with its default; one whose default is words is left out."""
    pairs = [(key.strip("`"), value) for key, value, *_ in rows]
    return "".join(f"{key} = {value.strip('`')}\n" for key, value in pairs if value[0] == "`")


def names(rows: list[list[str]]) -> list[str]:
    return [row[0].strip("`") for row in rows]


# -- config.toml ---------------------------------------------------------------------------


def test_the_page_names_every_table_and_key_of_the_configuration_and_no_other() -> None:
    there = {name: [*table.model_fields] for name, table in TABLES.items()}
    there["channels"].remove("prefixes")  # written as tables of their own
    there[PREFIX] = [*config_tables.Prefix.model_fields]
    assert {name: names(rows) for name, rows in CONFIG.items()} == there


def test_the_defaults_on_the_page_are_those_of_an_empty_configuration(tmp_path: Path) -> None:
    (tmp_path / "rules.toml").touch()
    page, empty = tmp_path / "page.toml", tmp_path / "empty.toml"
    page.write_text("".join(f"[{name}]\n{written(rows)}" for name, rows in CONFIG.items()))
    empty.touch()
    assert load(page) == load(empty)
    in_words = 2  # voice and chat of a prefix: as everywhere
    assert page.read_text().count(" = ") == sum(map(len, CONFIG.values())) - in_words


@pytest.mark.parametrize("block", BLOCKS.findall(OF_CONFIG))
def test_what_is_shown_of_the_configuration_is_read(block: str, tmp_path: Path) -> None:
    file, empty = tmp_path / "config.toml", tmp_path / "empty.toml"
    file.write_text(block)
    empty.touch()
    assert load(file) != load(empty)


def test_the_page_names_every_credential() -> None:
    named = re.findall(r"^\|.*\| `(\w+)` \|$", OF_CONFIG, re.M)
    assert named == re.findall(r"``(\w+)``", secrets.__doc__ or "")


# -- rules.toml ----------------------------------------------------------------------------


def test_the_page_names_every_key_of_the_rules_and_no_other() -> None:
    assert names(RULES["defaults"]) == [*KEYS]


def test_the_defaults_on_the_page_are_those_of_the_rules() -> None:
    said = RulesFile.parse("[defaults]\n" + written(RULES["defaults"]))
    assert (said.rules, said.settings) == (Rules(), Settings())
    assert len(tomllib.loads(written(RULES["defaults"]))) == len(KEYS)


@pytest.mark.parametrize(
    ("name", "unit", "bounds", "whose"),
    [(row[0].strip("`"), *row[2:5]) for row in RULES["defaults"]],
)
def test_a_key_has_the_unit_the_bounds_and_the_reach_of_the_page(
    name: str, unit: str, bounds: str, whose: str
) -> None:
    key = KEYS[name]
    assert whose == ("gateway" if key.gateway_wide else "grid" if key.of_grid else "household")
    if name.rpartition("_")[2] in ("seconds", "minutes", "hours") and name != "quiet_hours":
        assert name.endswith(unit)
    if bounds:
        least, most = map(int, bounds.split(", "))
        assert key.read(least) < key.read(most)
        for outside in (least - 1, most + 1):
            with pytest.raises(Unreadable):
                key.read(outside)


def test_a_step_has_the_four_keys_of_the_page() -> None:
    with pytest.raises(Mistakes) as caught:
        RulesFile.parse("[[escalation]]")
    missing = {m.place.rpartition(".")[2] for m in caught.value.mistakes}
    assert {*names(RULES["escalation"])} == missing == COLUMNS


def test_the_page_has_what_each_protocol_is_relied_on_for() -> None:
    shown = {
        name.strip("`"): (minutes.strip("`"), counter.strip('`"'))
        for name, minutes, counter in RULES["supervision"]
    }
    assert shown == {
        name: (str(kind.supervised_every_minutes or "none"), _counter(kind.counter_by_door_only))
        for name, kind in BY_PROTOCOL.items()
    }


def _counter(by_door: bool) -> str:
    return "door" if by_door else "other"


def test_the_budget_of_the_page_is_the_one_in_force() -> None:
    rows = RULES['budget."+86"']
    assert names(rows) == [*Budget._fields]
    assert {"+86": Budget(**tomllib.loads(written(rows)))} == BUDGETS


@pytest.mark.parametrize("block", BLOCKS.findall(OF_RULES))
def test_what_is_shown_of_the_rules_changes_them_without_a_mistake(
    block: str, tmp_path: Path
) -> None:
    file = tmp_path / "rules.toml"
    file.write_text(block)
    assert RulesFile.load(file) != RulesFile.default()


def test_no_other_name_on_the_page_looks_like_a_key() -> None:
    known = {*KEYS, *COLUMNS, *Budget._fields, *re.findall(r"``(\w+)``", secrets.__doc__ or "")}
    known |= {field for table in TABLES.values() for field in table.model_fields}
    known |= {"supervision_minutes"}  # of the ledger
    known |= {"repeated_opening", "sensor_fault", "mass_opening"}  # kinds of incidents
    quoted = set(re.findall(r"`(?:\[\w+\] )?([a-z]+(?:_[a-z0-9]+)+)`", PAGE))
    assert quoted - known == set()


# -- the examples --------------------------------------------------------------------------


def taken_up() -> str:
    """The example with every value of it in force."""
    return re.sub(r"^#(?! )", "", (EXAMPLE / "rules.toml").read_text(), flags=re.M)


def test_the_example_rules_change_nothing_until_they_are_taken_up() -> None:
    assert tomllib.loads((EXAMPLE / "rules.toml").read_text()) == {}


def test_the_example_rules_taken_up_are_those_in_force_but_for_g1_and_h1(tmp_path: Path) -> None:
    file = tmp_path / "rules.toml"
    file.write_text(taken_up())
    rules, raw = RulesFile.load(file), tomllib.loads(taken_up())
    assert {*raw["defaults"]} == {*KEYS}
    assert {row["severity"] for row in raw["escalation"]} == {"high"}
    assert (rules.rules, rules.settings, rules.budgets) == (Rules(), Settings(), BUDGETS)
    for protocol, every in rules.supervision.items():
        assert every == (BY_PROTOCOL[protocol].supervised_every_minutes or 0) * MINUTE
    for protocol, by_door in rules.counters.items():
        assert by_door == BY_PROTOCOL[protocol].counter_by_door_only
    ledger = read_tables(sorted(EXAMPLE.glob("*.csv")), Ledger.empty(), "CN")
    assert (rules.strangers(ledger), {*rules.grids}, {*rules.households}) == ([], {"G1"}, {"H1"})
