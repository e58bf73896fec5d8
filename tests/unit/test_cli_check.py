"""``doorwatch check`` as ops read it: by grid, with an exit status that a script can trust."""

from pathlib import Path

import pytest

from tests.support.cli import Run, Site, runner

PROVIDER = """
[twilio]
account_sid = "AC00000000000000000000000000000000"
auth_token_file = "token"
from_number = "+12025550100"
"""
PEOPLE = (
    "person_id,name,phone,role,grid_id,duty\n"
    "P1,Wang,+12025550101,member,G1,mon-fri 00:00-24:00; sat 00:00-20:00; sun 08:00-24:00\n"
    "P2,Li,+12025550102,leader,G1,\n"
    "P3,Zhao,+12025550103,community,,\n"
    "P4,Qian,+12025550104,command,,\n"
    "P5,Sun,+12025550105,ops,,\n"
)
BUILT_IN = "rules: built-in defaults, no rules.toml beside config.toml"
NIGHT = "member: Sat 20:00 - Sun 08:00 nobody; falls to leader at once (high 0 min, medium 0 min)"


@pytest.fixture
def site(tmp_path: Path) -> Site:
    site = Site(tmp_path)
    token = tmp_path / "token"
    token.write_text("secret", encoding="utf-8")
    token.chmod(0o600)
    with site.config.open("a", encoding="utf-8") as config:
        config.write(PROVIDER)
    (site.ledger / "people.csv").write_text(PEOPLE, encoding="utf-8")
    return site


@pytest.fixture
def run(site: Site, capsys: pytest.CaptureFixture[str]) -> Run:
    return runner(capsys, site)


def test_warnings_are_printed_by_grid_and_exit_0(run: Run, site: Site) -> None:
    run("ledger", "import", *site.files)
    typed = run("check")
    assert typed.status == 0
    heading, *lines, blank, count = typed.out.splitlines()
    assert (heading, blank) == ("Grid G1", "")
    assert [line.split(";")[0] for line in lines] == [
        "  member: Sat 20:00 - Sun 08:00 nobody",
        "  household H3: isolation is over: its doors are only logged",
        "  2 sensors S1, S1b: json says nothing between openings: its loss is not noticed",
        "  sensor S2: bthome says nothing between openings: its loss is not noticed",
    ]
    assert count == (
        f"{site.config}: no mistakes, {len(lines)} warnings; {BUILT_IN};"
        f" ledger version 1 of {site.store}"
    )
    site.write("rules.toml", "[defaults]\nheld_open_minutes = 5\n")
    assert rules_in_force(run) == "rules.toml"


def rules_in_force(run: Run) -> str:
    typed = run("check")
    assert typed.status == 0, typed.out
    return typed.out.splitlines()[-1].split("; ")[1]


def test_the_rules_in_force_are_said(run: Run, site: Site) -> None:
    run("ledger", "import", *site.files)
    text = site.config.read_text()
    site.config.write_text(f'{text}[rules]\npath = "rules.toml"\n')
    assert rules_in_force(run) == BUILT_IN
    site.write("rules.toml", "")
    assert rules_in_force(run) == "rules.toml"
    site.config.write_text(f'{text}[rules]\npath = ""\n')
    assert rules_in_force(run) == "rules as shipped"


def test_json_has_the_level_of_each(run: Run, site: Site) -> None:
    run("ledger", "import", *site.files)
    night = run("check", "--json").json()[0]
    assert night == {
        "level": "warning",
        "place": "member",
        "what": NIGHT.removeprefix("member: "),
        "remedy": "lengthen a duty in people",
        "grid_ids": ["G1"],
    }
    site.write("rules.toml", "[household.H9]\nheld_open_minutes = 5\n")
    typed = run("check", "--json")
    assert typed.status == 2
    assert [each["level"] for each in typed.json()][:2] == ["error", "warning"]


def test_mistakes_come_before_warnings_and_exit_2(run: Run, site: Site) -> None:
    run("ledger", "import", *site.files)
    site.write("rules.toml", "[household.H9]\nheld_open_minutes = 5\n")
    typed = run("check")
    assert typed.status == 2
    first, second, *_, count = typed.out.splitlines()
    assert first.startswith("rules.toml: household.H9: ")
    assert second == "Grid G1"
    assert count.startswith("1 mistake, ")


def test_a_file_that_is_refused_is_mended_first(run: Run, site: Site) -> None:
    run("ledger", "import", *site.files)
    site.write("rules.toml", "[defaults]\nrepeat_minutes = 1\n")
    typed = run("check")
    assert typed.status == 2
    assert typed.out.splitlines()[1:] == [
        f"1 mistake; the ledger is looked at once it is mended; ledger version 1 of {site.store}"
    ]


def test_what_all_grids_share_is_said_once(run: Run, site: Site) -> None:
    (site.ledger / "grids.csv").write_text("grid_id\nG1\nG2\n", encoding="utf-8")
    (site.ledger / "people.csv").write_text(
        "person_id,name,phone,role\nP1,Wang,+12025550101,member\nP5,Sun,+12025550105,ops\n",
        encoding="utf-8",
    )
    (site.ledger / "households.csv").write_text(
        "household_id,grid_id,address,isolation_start\n"
        "H1,G1,501,2026-03-01\nH2,G2,502,2026-03-01\nH3,G2,503,2026-03-01\n",
        encoding="utf-8",
    )
    run("ledger", "import", *site.files)
    lines = run("check").out.splitlines()
    at = lines.index("All 2 grids")
    assert lines[at + 1].startswith("  leader: all week nobody; ")


def test_a_gateway_that_can_tell_nobody(run: Run, site: Site) -> None:
    site.config.write_text(site.config.read_text().replace(PROVIDER, ""), encoding="utf-8")
    run("ledger", "import", *site.files)
    assert run("check").out.splitlines()[:2] == [
        "Gateway",
        "  providers: none is set up: nobody would be told; fill in [twilio] in config.toml, or"
        " enable [modem]",
    ]


def test_two_sensors_of_an_older_ledger_that_are_one_device(run: Run, site: Site) -> None:
    dialects = '[dialects]\njson_prefix = "hall"\n'
    site.config.write_text(site.config.read_text() + dialects, encoding="utf-8")
    with (site.ledger / "sensors.csv").open("a", encoding="utf-8") as sensors:
        sensors.write("S4,H1,json,hall/S3,,\n")
    run("ledger", "import", *site.files)  # which knows no other prefix than the usual one
    typed = run("check")
    assert typed.status == 2
    assert typed.out.startswith("ledger: sensor S4: hall/S3 is also that of sensor 'S3', ")
