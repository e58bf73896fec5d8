"""What ``doctor`` says of backups, and the last sieve of what a helper gets."""

import json
from pathlib import Path

import pytest

from gateway.backup import last
from gateway.backup.errors import BackupError, Reason
from gateway.config import Config, load
from gateway.config.tables import Backup, Store
from gateway.doctor.backup import backup
from gateway.doctor.bundle import Cleaner, Numbers, configuration, rules
from rules.moment import HOUR
from tests.support.desk import LEDGER

NOW = 1_000 * HOUR


def site(folder: Path, *, wanted: bool = True) -> Config:
    away = Backup(command=("true",)) if wanted else Backup()
    return Config(store=Store(path=folder / "doorwatch.db"), backup=away)


@pytest.mark.parametrize(
    ("made_hours_ago", "failed", "ok", "said"),
    [
        (None, False, True, "none was made yet"),
        (None, True, False, "none was made yet; the last try failed: command"),
        (2, False, True, "x.backup, 2 h old, 1,234 bytes"),
        (47, True, True, "x.backup, 47 h old, 1,234 bytes; the last try failed: command"),
        (49, False, False, "x.backup, 49 h old, 1,234 bytes"),
    ],
)
def test_doctor_knows_how_old_the_last_one_is(
    tmp_path: Path, made_hours_ago: int | None, failed: bool, ok: bool, said: str
) -> None:
    config = site(tmp_path)
    if made_hours_ago is not None:
        last.succeeded(config.store.path, NOW - made_hours_ago * HOUR, "x.backup", 1_234)
    if failed:
        last.failed(config.store.path, NOW, BackupError(Reason.COMMAND, ""))
    found = backup(config, NOW)
    assert (found.ok, found.said) == (ok, said)
    assert bool(found.remedy) is not ok  # an arrow is for what is to be mended


def test_without_any_it_says_how_to_have_one(tmp_path: Path) -> None:
    found = backup(site(tmp_path, wanted=False))
    assert found.ok and found.remedy is None
    assert "--new-key" in found.said


def test_a_state_file_of_somebody_else_is_nothing_known(tmp_path: Path) -> None:
    config = site(tmp_path)
    for text in ("", "[]", "null", "{"):
        last.file_of(config.store.path).write_text(text)
        assert last.read(config.store.path) == last.Last()


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("王敏 of 1栋2单元501 at +85251230001", "··· of ··· at ···"),
        ("of nobody known: 9栋9单元909, +85299999999", "of nobody known: ···, +···"),
        ("sent to doors/S1.", "sent to ···."),
        ("doors/S10", "doors/S10"),  # another one's
    ],
)
def test_the_sieve_takes_out_what_the_ledger_knows(text: str, left: str) -> None:
    assert Cleaner([LEDGER]).clean(text) == left


def test_a_latin_name_is_taken_out_where_it_stands_alone() -> None:
    people = {"P1": LEDGER.people["member"].__class__("P1", "Li", "+12025550101", "member")}  # type: ignore[arg-type]
    cleaner = Cleaner([LEDGER.__class__(people=people)])
    assert cleaner.clean("Li said: Linux lives") == "··· said: Linux lives"


def test_of_the_configuration_only_what_names_nobody(tmp_path: Path) -> None:
    config = Config.model_validate(
        {
            "mqtt": {"username": "gw03-of-zhao"},
            "twilio": {"account_sid": "AC123", "from_number": "+12025550100"},
            "platform": {"url": "https://user1:s3cr3t@example.org/hook?key=abc"},
        }
    )
    shown = str(configuration(config))
    for secret in ("zhao", "AC123", "2025550100", "user1", "s3cr3t", "hook", "abc"):
        assert secret not in shown
    assert "'https://example.org'" in shown
    assert configuration(config)["privacy"] == {"purge_days": 14}


def test_the_configuration_is_json_and_no_text_of_pythons(tmp_path: Path) -> None:
    (tmp_path / "chats.txt").write_text("ops = json://127.0.0.1/ops\n")
    (tmp_path / "chats.txt").chmod(0o600)
    (tmp_path / "config.toml").write_text(
        """
        [mqtt]
        url = "embedded://[::1]:1884"
        [ble]
        adapters = ["hci0", "hci1"]
        [channels]
        chat = ["chats.txt"]
        [channels."+852"]
        sms = ["modem"]
        [metrics]
        ping_url = "https://user:s3cr3t@[::1]:8443/our-uuid"
        [residents]
        hotlines = ["东关社区 0571-88880000"]
        """
    )
    found = configuration(load(tmp_path / "config.toml"))
    assert json.loads(json.dumps(found)) == found
    assert "(" not in str(found)
    assert found["mqtt"]["url"] == "embedded://[::1]:1884"
    assert found["ble"]["adapters"] == ["hci0", "hci1"]
    assert found["channels"]["chat"] == found["residents"]["hotlines"] == "given"
    assert found["channels"]["prefixes"]["+852"] == {"sms": ["modem"], "voice": None, "chat": ""}
    assert found["metrics"]["ping_url"] == "https://[::1]:8443"
    assert found["metrics"]["listen"] == "127.0.0.1:10911"
    assert found["gateway"]["timezone"] == "Asia/Shanghai"


def test_rules_lose_comments_and_households(tmp_path: Path) -> None:
    file = tmp_path / "rules.toml"
    file.write_text("# call Wang first\n[household.H7]\nheld_open_minutes = 9\n")
    found = rules(file, Numbers())
    assert found["household"] == {"household_id-1": {"held_open_minutes": 9}}
    assert "Wang" not in str(found)
    file.write_text("= broken, says Wang")
    assert rules(file, Numbers()) == {"unreadable": "TOMLDecodeError"}
