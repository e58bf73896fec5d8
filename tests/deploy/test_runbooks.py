"""Each alert has its page, in both languages, and what the pages say to type is there."""

import re
from pathlib import Path
from typing import Any

import pytest
import typer.main

from gateway.cli.main import app
from tests.support.monitoring import rules

PAGES = Path(__file__).parents[2] / "docs/runbooks"
SECTIONS = {
    PAGES: ["Meaning", "Impact", "Diagnosis", "Mitigation"],
    PAGES / "zh": ["含义", "影响", "诊断", "处置"],
}
TYPED = re.compile(r"\bdoorwatch ((?:[a-z]+|--[a-z-]+)(?: [^`\n|]*)?)(?=[`\n|])")
BOTH = [page for folder in SECTIONS for page in sorted(folder.glob("*.md"))]


def name_of(page: Path) -> str:
    return str(page.relative_to(PAGES))


@pytest.mark.parametrize("folder", SECTIONS, ids=lambda folder: folder.name)
def test_every_alert_has_its_page_and_no_page_is_left_over(folder: Path) -> None:
    assert {page.stem for page in folder.glob("*.md")} == {*rules("alert")}


@pytest.mark.parametrize("page", BOTH, ids=name_of)
def test_a_page_has_its_four_sections_and_something_in_each(page: Path) -> None:
    title, *sections = re.split(r"^## ", page.read_text(), flags=re.M)
    assert title.strip() == f"# {page.stem}"
    assert [one.partition("\n")[0] for one in sections] == SECTIONS[page.parent]
    assert all(len(one.partition("\n")[2].strip()) > 20 for one in sections)


def typed(page: Path) -> list[str]:
    """Every use of our command on a page, without its name."""
    # `sudo -u doorwatch doorwatch ...`: the user is no command.
    text = page.read_text().replace("-u doorwatch", "")
    return [found.strip() for found in TYPED.findall(text)]


@pytest.mark.parametrize("page", BOTH, ids=name_of)
def test_what_a_page_says_to_type_is_a_command_with_such_options(page: Path) -> None:
    for line in typed(page):
        command: Any = typer.main.get_command(app)
        words = line.split()
        while commands := getattr(command, "commands", None):
            assert words, f"{line}: a command is missing"
            assert words[0] in commands, line
            command = commands[words.pop(0)]
        known = {option for parameter in command.params for option in parameter.opts}
        assert {word for word in words if word.startswith("--")} <= known, line


def test_the_pages_do_say_what_to_type() -> None:
    told = {line.split()[0] for page in BOTH for line in typed(page)}
    assert {"doctor", "check", "incidents", "report", "backup", "restore", "texts"} <= told


@pytest.mark.parametrize("alert", rules("alert"))
def test_both_languages_name_the_same_commands(alert: str) -> None:
    english, chinese = (typed(folder / f"{alert}.md") for folder in SECTIONS)
    assert {line.split()[0] for line in chinese} <= {line.split()[0] for line in english}
