"""rules/README.md is the policy in words: its numbers, tables and pointers are the code's."""

import re
from pathlib import Path
from pkgutil import resolve_name
from typing import Any

import pytest

from gateway.rulesfile.keys import KEYS, SHIPPED
from rules.model import Channel, Role, Severity
from rules.moment import MINUTE
from rules.policy import CHAINS, GRAVITY, MASS_CHAIN, OPS_CHAIN, Step
from tests.support.diagrams import DRAWINGS

PAGE = (Path(__file__).parents[2] / "rules" / "README.md").read_text()
WORDS = 1_650  # read in ten minutes, with the tables, by whoever has not seen them before
NOT_OF_DOORS = "send_deadline_seconds"  # how late a text may still leave: no rule's number

CODE = re.findall(r"`([^`\n]+)`", PAGE)
NUMBERS = re.findall(r"`([a-z_]+)`\s\(([\d:-]+)\)", PAGE)
ROWS = [
    [cell.strip(" `") for cell in line.strip("|").split("|")]
    for line in PAGE.splitlines()
    if line.startswith("|")
]


def value(said: str) -> Any:
    """As rules.toml says it."""
    if "-" in said:
        return dict(zip(("start", "end"), said.split("-"), strict=True))
    return said if ":" in said else int(said)


def test_its_numbers_are_what_holds_without_a_rules_toml() -> None:
    assert {key: KEYS[key].read(value(said)) for key, said in NUMBERS} == {
        key: shipped for key, shipped in SHIPPED.items() if key != NOT_OF_DOORS
    }


@pytest.mark.parametrize("named", [one for one in CODE if re.fullmatch(r"\w+([/.]\w+)+", one)])
def test_what_it_points_to_is_there(named: str) -> None:
    resolve_name("rules." + named.removesuffix(".py").replace("/", "."))


def test_its_kinds_are_as_grave_as_they_are() -> None:
    said = {kind: severity for kind, _, severity, *_ in (row for row in ROWS if len(row) == 4)}
    assert {kind: GRAVITY[kind][0].word for kind in GRAVITY} == {
        kind: severity for kind, severity in said.items() if kind in list(GRAVITY)
    }


WAYS = {"text": {Channel.SMS}, "call": {Channel.VOICE}, "both": {Channel.SMS, Channel.VOICE}}


def steps(said: str) -> list[tuple[int, set[tuple[Role, Channel]]]]:
    """``5 leader call; 10 community both``."""
    found = []
    for step in said.split(";"):
        minutes, whom = step.split(maxsplit=1)
        pairs = (part.split() for part in whom.split(","))
        told = {(Role(role), way) for role, ways in pairs for way in WAYS[ways]}
        found.append((int(minutes), told))
    return found


@pytest.mark.parametrize(
    ("row", "chain"),
    [
        *((severity.word, CHAINS[severity]) for severity in Severity if CHAINS[severity]),
        ("many homes", MASS_CHAIN),
        ("the gateway", OPS_CHAIN),
    ],
)
def test_its_chains_are_those_that_run(row: str, chain: tuple[Step, ...]) -> None:
    said = dict(row for row in ROWS if len(row) == 2)[row]
    assert steps(said) == [(step.after // MINUTE, set(step.targets)) for step in chain]


def test_its_diagrams_are_those_of_the_tables() -> None:
    assert [PAGE.count(drawing) for drawing in DRAWINGS] == [1, 1]


def test_it_is_read_in_ten_minutes() -> None:
    words = re.sub(r"```.*?```|[|#]|---", " ", PAGE, flags=re.DOTALL).split()
    assert len(words) <= WORDS
