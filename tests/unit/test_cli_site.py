"""``check``, ``ledger``, ``decode``, ``--version``, and whose data it is."""

import os
import pwd
from pathlib import Path

import pytest

from gateway import __version__
from gateway.cli.app import OtherUser
from gateway.cli.main import main
from gateway.lock import Lock
from tests.support.cli import Run, Site, runner


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


@pytest.fixture
def run(site: Site, capsys: pytest.CaptureFixture[str]) -> Run:
    return runner(capsys, site)


# -- check ---------------------------------------------------------------------------------


def test_check_of_a_site_that_has_only_begun(run: Run, site: Site) -> None:
    typed = run("check")
    assert typed.status == 0
    assert typed.out.splitlines() == [
        "Gateway",
        "  providers: none is set up: nobody would be told; fill in [twilio] in config.toml, or"
        " enable [modem]",
        "  ledger: no household is in it: nobody is watched, nobody would be told; import one:"
        " doorwatch ledger import FILES",
        "",
        f"{site.config}: no mistakes, 2 warnings; rules: built-in defaults, no rules.toml beside"
        f" config.toml; no ledger yet: there is no {site.store}",
    ]
    assert [each["place"] for each in run("check", "--json").json()] == ["providers", "ledger"]


def test_check_says_every_mistake_at_once(run: Run, site: Site) -> None:
    site.config.write_text(
        '[gateway]\nlanguage = "en"\n[gatway]\nid = "x"\n[web]\nlisten = "nowhere"\n',
        encoding="utf-8",
    )
    site.write("rules.toml", "[defaults]\nrejoin_second = 3\n")
    typed = run("check")
    assert typed.status == 2
    *mistakes, count = typed.out.splitlines()
    assert [line.split(": ")[:2] for line in mistakes] == [
        ["config.toml", "gatway"],
        ["config.toml", "web.listen"],
        ["rules.toml", "defaults.rejoin_second"],
    ]
    assert count == "3 mistakes"
    assert [m["place"] for m in run("check", "--json").json()] == [
        "config.toml: gatway", "config.toml: web.listen", "rules.toml: defaults.rejoin_second"
    ]  # fmt: skip


def test_check_knows_the_ledger(run: Run, site: Site) -> None:
    site.write("rules.toml", "[household.H9]\nheld_open_minutes = 5\n")
    assert run("check").status == 0  # nothing to compare with yet
    assert run("ledger", "import", *site.files).status == 0
    typed = run("check")
    assert typed.status == 2
    assert "H9" in typed.out


def test_no_configuration_at_all(run: Run, site: Site) -> None:
    site.config.unlink()
    typed = run("incidents", "list")
    assert typed.status == 2
    assert "config.toml" in typed.err


# -- ledger --------------------------------------------------------------------------------


def test_import_counts_and_makes_a_version(run: Run, site: Site) -> None:
    first = run("ledger", "import", *site.files, "--json").json()
    assert (first["version"], first["stored"], first["in_force"]) == (1, True, False)
    assert first["tables"]["people"] == {"rows": 4, "new": 4, "changed": 0}
    again = run("ledger", "import", *site.files)
    assert again.out.splitlines()[-1] == "version 1: nothing has changed"
    more = site.write("people.csv", "person_id,name,phone,role\nP1,Wu,+12025550109,member\n")
    second = run("ledger", "import", more, "--json").json()
    assert second["version"] == 2
    assert second["tables"]["people"] == {"rows": 4, "new": 0, "changed": 1}
    assert site.store.stat().st_mode & 0o077 == 0


def test_an_import_with_mistakes_changes_nothing(run: Run, site: Site) -> None:
    bad = site.write("people.csv", "person_id,name,phone,role\nP9,Wu,12,boss\n")
    typed = run("ledger", "import", *site.files, bad)
    assert typed.status == 2
    assert [line.split(": ")[:2] for line in typed.err.splitlines()] == [
        ["people.csv:2", "phone"],
        ["people.csv:2", "role"],
    ]
    assert run("ledger", "show", "--json").json()["version"] == 0


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_an_export_reads_back_as_the_same(
    run: Run, site: Site, tmp_path: Path, language: str, form: str
) -> None:
    run("ledger", "import", *site.files)
    folder = tmp_path / "out"
    typed = run(
        "ledger", "export", "--to", folder, "--language", language, "--format", form, "--json"
    )
    assert len(typed.json()) == 5
    back = run("ledger", "import", *typed.json(), "--json").json()
    assert (back["version"], back["stored"]) == (1, False)


def test_show_hides_keys(run: Run, site: Site) -> None:
    run("ledger", "import", *site.files)
    shown = run("ledger", "show", "--json")
    sensors = {row["sensor_id"]: row["has_key"] for row in shown.json()["sensors"]}
    assert sensors == {"S1": False, "S1b": False, "S2": True, "S3": False}
    assert "231d39c1" not in shown.out + run("ledger", "show").out


def test_a_gateway_that_does_not_take_the_ledger(
    run: Run, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.cli.ledger_import.TAKEN_S", 0.0)
    site.store.parent.mkdir()
    lock = Lock(site.store)
    assert lock.acquire()
    typed = run("ledger", "import", *site.files)
    lock.release()
    assert typed.status == 1
    assert "has not taken it" in typed.err


# -- decode --------------------------------------------------------------------------------

MAC = ("--mac", "3C:2E:F5:AA:BB:CC")
Z2M = "zigbee2mqtt/H1 door"


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ([*MAC, "--service-data", "fcd2:402d01"], {"state": "open", "protocol": "bthome"}),
        (
            [*MAC, "--service-data", "0xFCD2:40 00 07 01 5d 2d 00"],
            {"state": "closed", "counter": 7, "battery": 93},
        ),
        ([*MAC, "--service-data", "fcd2:402d"], {"state": None, "reason": "truncated"}),
        (
            [*MAC, "--service-data", "fcd2:41a47266c95f730011223378237214"],
            {"state": None, "reason": "no_key"},
        ),
        ([*MAC, "--service-data", "1234:00"], {"reason": "other_device", "protocol": None}),
        (
            [*MAC, "--service-data", "fcd2:402d01", "--manufacturer-data", "0xffff:01"],
            {"state": "open"},
        ),
        (["--topic", Z2M, "--payload", '{"contact": false}'], {"state": "open"}),
        (
            ["--topic", Z2M, "--payload", '{"contact": true, "battery": 50, "tamper": true}'],
            {"state": "closed", "battery": 50, "tamper": True, "protocol": "zigbee2mqtt"},
        ),
        ([*MAC, "--topic", Z2M, "--payload", '{"contact": false}'], {"state": "open"}),
        (["--topic", "other/x", "--payload", "1"], {"state": None, "reason": "other_device"}),
    ],
)
def test_decode(run: Run, words: list[str], found: dict[str, object]) -> None:
    typed = run("decode", *words, "--json")
    assert typed.status == 0, typed.err
    said = typed.json()
    assert said.keys() >= {"state", "battery", "counter", "tamper", "reason"}
    assert {name: said[name] for name in found} == found


@pytest.mark.parametrize(
    ("topic", "payload", "why"),
    [
        ("doors/S1", '{"state":"ajar"}',
         """json cannot read '{"state":"ajar"}'; wanted is {"state": ...}: "open" for open,"""
         ' "closed" for closed'),
        (Z2M, '{"contact":1}',
         """zigbee2mqtt cannot read '{"contact":1}'; wanted is {"contact": true} for closed,"""
         ' {"contact": false} for open'),
    ],
)  # fmt: skip
def test_decode_says_what_would_count(run: Run, topic: str, payload: str, why: str) -> None:
    typed = run("decode", "--topic", topic, "--payload", payload)
    assert typed.out.splitlines()[-1] == f"why: {why}"


@pytest.mark.parametrize(
    "words",
    [
        [],
        [*MAC],
        ["--service-data", "fcd2:402d01"],
        ["--mac", "not a mac", "--service-data", "fcd2:402d01"],
        [*MAC, "--service-data", "fcd2"],
        [*MAC, "--service-data", "zz:00"],
        [*MAC, "--service-data", "fcd2:4"],
        [*MAC, "--manufacturer-data", "nobody:00"],
        [*MAC, "--service-data", "fcd2:402d01", "--key", "xyz"],
        [*MAC, "--service-data", "fcd2:402d01", "--key", "00"],
        ["--topic", "a", "--payload", "b", "--service-data", "fcd2:402d01"],
        ["--topic", "a"],
        ["--payload", "a"],
    ],
)
def test_decode_of_unusable_input(run: Run, words: list[str]) -> None:
    typed = run("decode", *words, "--json")
    assert (typed.status, typed.out) == (2, "")
    assert typed.err


# -- whose data it is ----------------------------------------------------------------------


@pytest.mark.parametrize(
    "words",
    [
        ["incidents", "list"],
        ["incidents", "ack", "1"],
        ["ledger", "show"],
        ["sensors", "list"],
        ["check"],
        ["doctor"],
        ["run"],
        ["replay", "--readings", "a log.csv"],
    ],
)
def test_another_user_is_told_what_to_type(
    run: Run, site: Site, monkeypatch: pytest.MonkeyPatch, words: list[str]
) -> None:
    run("ledger", "import", *site.files)
    owner = pwd.getpwuid(os.geteuid()).pw_name
    monkeypatch.setattr(os, "geteuid", lambda: 4_242)
    monkeypatch.setattr("sys.argv", ["/usr/bin/doorwatch"])
    typed = run(*words)
    assert (typed.status, typed.out) == (2, "")
    quoted = " ".join(f"'{word}'" if " " in word else word for word in words)
    line = f"  sudo -u {owner} doorwatch {quoted} --config {site.config}"
    assert typed.err.splitlines()[-1] == line


def test_the_line_carries_what_sudo_would_drop(monkeypatch: pytest.MonkeyPatch) -> None:
    other = OtherUser("doorwatch", "it")
    monkeypatch.setenv("DOORWATCH_CONFIG", "/etc/here.toml")
    monkeypatch.setattr("sys.argv", ["/opt/doorwatch/bin/doorwatch"])
    assert other.line(["check"]) == (
        "sudo -u doorwatch /opt/doorwatch/bin/doorwatch check --config /etc/here.toml"
    )
    monkeypatch.setattr("sys.argv", ["/usr/bin/doorwatch"])
    assert other.line(["check", "--config=x"]) == "sudo -u doorwatch doorwatch check --config=x"


@pytest.mark.parametrize(
    "words",
    [["incidents", "list"], ["ledger", "show"], ["sensors", "list"], ["ledger", "export"]],
)
def test_no_data_yet(run: Run, tmp_path: Path, words: list[str]) -> None:
    typed = run(*words, *(["--to", tmp_path / "out"] if "export" in words else []))
    assert (typed.status, typed.out) == (1, "")
    assert "doorwatch ledger import" in typed.err


def test_a_store_that_is_none(run: Run, site: Site) -> None:
    site.store.parent.mkdir()
    site.store.write_bytes(b"these are not the bytes of a database, whatever the name says" * 9)
    typed = run("incidents", "list")
    assert (typed.status, typed.out) == (1, "")
    assert typed.err.startswith("doorwatch: the store refuses: ")


# -- the command itself --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (["--version"], 0, f"doorwatch {__version__}\n"),
        (["--help"], 0, "incidents"),
        (["nonsense"], 2, "nonsense"),
        (["incidents", "list", "--nonsense"], 2, "--nonsense"),
    ],
)
def test_the_command(
    capsys: pytest.CaptureFixture[str], words: list[str], status: int, said: str
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(words)
    assert (ended.value.code or 0) == status
    out, err = capsys.readouterr()
    assert said in out + err


def test_one_lock_a_store(tmp_path: Path) -> None:
    first, second = Lock(tmp_path / "store"), Lock(tmp_path / "store")
    assert first.acquire()
    assert not second.acquire()
    assert second.is_taken()
    first.release()
    first.release()
    assert not second.is_taken()
    assert second.acquire(seconds=5)
    with pytest.raises(RuntimeError):
        second.acquire()
    second.release()
