"""What the README and the docs show is there, and works."""

import re
import shutil
from pathlib import Path

import pytest

from gateway.check import check_all
from gateway.cli.main import app
from gateway.ledger.importing import read_tables
from gateway.ledger.model import Ledger

ROOT = Path(__file__).parents[2]
PAGES = sorted([ROOT / "README.md", *(ROOT / "rules").glob("*.md"), *(ROOT / "docs").rglob("*.md")])
LINK = re.compile(r"\]\((?!https?:)([^)#]+)")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page: Path) -> None:
    links = LINK.findall(page.read_text())
    assert [link for link in links if not (page.parent / link).exists()] == []


def test_the_example_is_a_set_up_without_mistakes(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "docs/example", tmp_path, dirs_exist_ok=True)
    token = tmp_path / "twilio_token"
    token.write_text("secret")
    token.chmod(0o600)
    ledger = read_tables(sorted(tmp_path.glob("*.csv")), Ledger.empty(), "CN")
    assert check_all(tmp_path / "config.toml", ledger) == []
    assert len(ledger.sensors) == 2


def test_the_readme_names_commands_that_exist() -> None:
    named = {command.name or command.callback.__name__ for command in app.registered_commands}
    named |= {group.name for group in app.registered_groups}
    used = set(re.findall(r"doorwatch ([a-z]+)", (ROOT / "README.md").read_text()))
    assert used - {"name"} <= named
