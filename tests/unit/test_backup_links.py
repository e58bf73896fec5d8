"""A packaged rules.toml is a link to where the page may save it: a restore leaves it so."""

from pathlib import Path

import pytest

from gateway.backup.restore import WORK
from tests.support.cli import Run, Site, runner

RULES = "[defaults]\nheld_open_minutes = 5\n"
NEWER = "[defaults]\nheld_open_minutes = 7\n"


@pytest.fixture
def site(tmp_path: Path) -> Site:
    """As packaged: the configuration here, the rules and the store there."""
    site = Site(tmp_path)
    site.store.parent.mkdir()
    led_to(site).write_text(RULES, encoding="utf-8")
    led_to(site).chmod(0o640)
    (tmp_path / "rules.toml").symlink_to(led_to(site))
    with site.config.open("a", encoding="utf-8") as config:
        config.write('\n[backup]\npath = "away"\nkey_file = "backup_key"\n')
    (tmp_path / "away").mkdir()
    return site


def led_to(site: Site) -> Path:
    return site.store.with_name("rules.toml")


@pytest.fixture
def run(site: Site, capsys: pytest.CaptureFixture[str]) -> Run:
    run = runner(capsys, site)
    assert run("backup", "--new-key", site.folder / "backup_key").status == 0
    assert run("ledger", "import", *site.files).status == 0
    assert run("backup").status == 0
    return run


def bring_back(run: Run, site: Site) -> None:
    [file] = (site.folder / "away").iterdir()
    typed = run("restore", file, "--key-file", site.folder / "backup_key", "--force")
    assert typed.status == 0, typed.err
    for folder in (site.folder, site.store.parent):
        assert not list(folder.glob(f"{WORK}*"))


@pytest.mark.parametrize("there", [NEWER, None])
def test_a_link_is_written_through(site: Site, run: Run, there: str | None) -> None:
    if there is None:
        led_to(site).unlink()
    else:
        led_to(site).write_text(there, encoding="utf-8")
    bring_back(run, site)
    assert (site.folder / "rules.toml").is_symlink()
    assert led_to(site).read_text(encoding="utf-8") == RULES
    assert led_to(site).stat().st_mode & 0o777 == (0o640 if there else 0o600)


def test_a_link_that_leads_nowhere_becomes_the_file(site: Site, run: Run) -> None:
    link = site.folder / "rules.toml"
    link.unlink()
    link.symlink_to(site.folder / "gone" / "rules.toml")
    bring_back(run, site)
    assert not link.is_symlink()
    assert link.read_text(encoding="utf-8") == RULES
