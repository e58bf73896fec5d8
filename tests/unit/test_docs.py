"""What the README and the docs show is there, and works."""

import re
import shutil
from pathlib import Path

import pytest
import yaml

from gateway.check import check_all
from gateway.cli.main import app
from gateway.config import load
from gateway.documents import PACKAGED, document
from gateway.ledger.importing import read_tables
from gateway.ledger.model import Ledger

ROOT = Path(__file__).parents[2]
PAGES = sorted([ROOT / "README.md", *(ROOT / "rules").glob("*.md"), *(ROOT / "docs").rglob("*.md")])
LINK = re.compile(r"\]\((?!https?:)([^)#]+)")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page: Path) -> None:
    links = LINK.findall(page.read_text())
    assert [link for link in links if not (page.parent / link).exists()] == []


@pytest.mark.parametrize("with_account", [False, True], ids=["as it is", "with our mosquitto"])
def test_the_example_is_a_set_up_without_mistakes(tmp_path: Path, with_account: bool) -> None:
    shutil.copytree(ROOT / "docs/example", tmp_path, dirs_exist_ok=True)
    config = tmp_path / "config.toml"
    if with_account:
        config.write_text(config.read_text().replace("\n#", "\n"))
    for name in ("twilio_token", "mqtt_password"):
        (tmp_path / name).write_text("secret")
        (tmp_path / name).chmod(0o600)
    ledger = read_tables(sorted(tmp_path.glob("*.csv")), Ledger.empty(), "CN")
    assert check_all(config, ledger) == []
    assert load(config).mqtt.username == ("doorwatch" if with_account else "")
    assert (load(config).mqtt.password_file is not None) is with_account
    assert len(ledger.sensors) == 2


def test_the_readme_hands_the_password_over_as_the_installer_says() -> None:
    readme = (ROOT / "README.md").read_text()
    said = (ROOT / "deploy/mosquitto/install").read_text()
    (line,) = re.findall(r"sudo install .* /etc/doorwatch/mqtt_password", said)
    line = line.replace("${SUDO_USER:-$(id -un)}", '"$USER"')
    assert line.replace("$secrets", "/etc/doorwatch-secrets") in readme.splitlines()


def test_the_readme_puts_nobodys_phone_into_the_clone() -> None:
    copied = re.findall(r"^cp (\S+) (\S+)", (ROOT / "README.md").read_text(), re.MULTILINE)
    assert len(copied) == 2
    assert all(to.startswith("/etc/doorwatch/") for _, to in copied)


def test_the_readme_names_commands_that_exist() -> None:
    named = {command.name or command.callback.__name__ for command in app.registered_commands}
    named |= {group.name for group in app.registered_groups}
    used = set(re.findall(r"doorwatch ([a-z]+)", (ROOT / "README.md").read_text()))
    assert used - {"name"} <= named


def packaged() -> dict[str, Path]:
    """What of docs/ and rules/ the package ships, by where it puts it."""
    contents = yaml.safe_load((ROOT / "deploy/package/nfpm.yaml").read_text())["contents"]
    found = {}
    for one in contents:
        source, to = one["src"].removeprefix("tree/"), one["dst"]
        if source.startswith(("docs/", "rules/")):
            for file in ROOT.glob(source):
                found[to + file.name if to.endswith("/") else to] = file
    return found


def test_every_document_that_the_gateway_points_to_is_there_and_in_the_package(
    tmp_path: Path,
) -> None:
    shipped = packaged()
    named = {
        name
        for file in (ROOT / "gateway").rglob("*.py")
        for name in re.findall(r"(?<![\w/.])docs/[\w./-]*\w", file.read_text())
    }
    assert {"docs/backup.md", "docs/example", "docs/ledger.md", "docs/ways.md"} <= named
    for name in named:
        there = ROOT / name
        assert document(name) == str(there) and there.exists(), name
        on_a_pi = document(name, tmp_path)
        files = [one for one in there.rglob("*") if one.is_file()] if there.is_dir() else [there]
        for file in files:
            end = file.relative_to(there)
            assert shipped.get(str(Path(on_a_pi) / end)) == file, file


def test_the_package_has_every_page_but_no_picture() -> None:
    pages = {one for one in (ROOT / "docs").rglob("*.md") if one.parent.name != "decisions"}
    pages |= set((ROOT / "rules").glob("*.md"))
    shipped = packaged()
    assert pages <= set(shipped.values())
    assert all(str(PACKAGED) in to for to, file in shipped.items() if file.suffix == ".md")
    assert not [one for one in shipped.values() if one.suffix == ".png"]
