"""The package as a file: what Debian's own critic says of it, and what is in it."""

import re
import subprocess
from pathlib import Path

import pytest

from tests.support.debian import ROOT, run

OVERRIDES = ROOT / "deploy/package/lintian-overrides"
LOCKED = re.compile(r"^([a-z0-9._-]+)==([^ ]+)", re.MULTILINE | re.IGNORECASE)


@pytest.fixture(scope="module")
def tree(package: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What it holds, unpacked."""
    folder = tmp_path_factory.mktemp("unpacked")
    run("dpkg-deb", "-x", package, folder)
    return folder


@pytest.fixture(scope="module")
def release(tree: Path) -> Path:
    (found,) = (tree / "opt/doorwatch/package").iterdir()
    return found


def test_lintian_finds_nothing_but_what_is_explained(package: Path) -> None:
    done = subprocess.run(
        ["lintian", "--fail-on", "error,warning", "--allow-root", package],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (0, "")


def test_every_override_has_its_reason() -> None:
    groups = OVERRIDES.read_text().strip().split("\n\n")[1:]
    assert groups
    for group in groups:
        comment, _, tags = group.partition("\ndoorwatch: ")
        assert all(line.startswith("# ") for line in comment.splitlines()), group
        assert tags, group


def test_it_runs_on_debians_python_at_its_final_path(release: Path) -> None:
    assert (release / "bin/python3").readlink() == Path("/usr/bin/python3")
    assert "home = /usr/bin\n" in (release / "pyvenv.cfg").read_text()
    first, *_ = (release / "bin/doorwatch").read_text().splitlines()
    assert first == f"#!/opt/doorwatch/releases/{release.name}/bin/python3 -I"
    assert sorted(path.name for path in (release / "bin").iterdir()) == [
        "doorwatch", "python", "python3", release.joinpath("lib").iterdir().__next__().name,
    ]  # fmt: skip


def test_it_holds_the_libraries_of_the_lock_and_no_others(release: Path) -> None:
    def plain(name: str) -> str:
        return re.sub(r"[-_.]+", "-", name).lower()

    (site,) = release.glob("lib/python3.*/site-packages")
    held = {
        plain(name): version
        for name, version in (
            path.name.removesuffix(".dist-info").split("-") for path in site.glob("*.dist-info")
        )
    }
    held.pop("doorwatch")
    lock = (ROOT / "requirements.lock").read_text()
    assert held == {plain(name): version for name, version in LOCKED.findall(lock)}


def test_everything_of_ours_is_compiled(release: Path) -> None:
    (site,) = release.glob("lib/python3.*/site-packages")
    for source in site.glob("gateway/**/*.py"):
        assert list((source.parent / "__pycache__").glob(f"{source.stem}.cpython-*.pyc")), source


def test_an_upgrade_keeps_what_a_site_has_written(tree: Path, package: Path) -> None:
    kept = run("dpkg-deb", "-I", package, "conffiles").stdout.split()
    written = {f"/{path.relative_to(tree)}" for path in (tree / "etc").rglob("*") if path.is_file()}
    assert set(kept) == written == {"/etc/doorwatch/config.toml"}
