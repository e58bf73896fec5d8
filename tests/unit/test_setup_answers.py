"""``doorwatch setup`` with nobody to ask: what it takes, what it refuses, what it leaves alone."""

import inspect
import os
import pwd
import re
import sqlite3
import tomllib
from pathlib import Path

import pytest

from gateway import secrets
from gateway.accounts.passwords import _hasher
from gateway.cli import setup as command
from gateway.cli.main import main
from gateway.setup import known, machine, place, questions, words
from tests.support.cli import Run, Typed

ROOT = Path(__file__).parents[2]
PASSWORD = "a long enough one"
LEAST = ("--yes", "--broker", "embedded", "--listen", "127.0.0.1:0")
NOBODY = (*LEAST, "--admin", "-")


@pytest.fixture
def config(tmp_path: Path) -> Path:
    return tmp_path / "gateway" / "config.toml"


@pytest.fixture
def run(config: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    def run(*given: object) -> Typed:
        with pytest.raises(SystemExit) as ended:
            main(["setup", *map(str, given), "--config", str(config)])
        out, err = capsys.readouterr()
        code = ended.value.code
        return Typed(code if isinstance(code, int) else 0, out, err)

    return run


def secret(path: Path, text: str) -> Path:
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"{text}\n")
    path.chmod(0o600)
    return path


def everything_in(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in folder.glob("*") if path.is_file()}


def test_on_a_blank_machine_few_words_make_a_gateway(run: Run, config: Path) -> None:
    done = run(*NOBODY, "--id", "gw-9", "--country", "DE", "--timezone", "Europe/Berlin", "--json")
    assert done.status in (0, 1)  # as the machine's clock is kept; no provider: 1
    said = done.json()
    assert (said["config"], said["files"], said["admin"]) == (str(config), [str(config)], None)
    assert [f["part"] for f in said["doctor"] if not f["ok"] and f["part"] != "clock"] == [
        "provider"
    ]
    written = tomllib.loads(config.read_text())
    assert written["gateway"].items() >= {"id": "gw-9", "country": "DE"}.items()
    assert {*written} - {"ble"} == {"gateway", "store", "mqtt", "web"}  # the rest has its default


def test_the_administrator_may_log_in(run: Run, config: Path, tmp_path: Path) -> None:
    run(*LEAST, "--admin", "chief", "--admin-password-file", secret(tmp_path / "word", PASSWORD))
    store = sqlite3.connect(config.parent / "doorwatch.db")
    ((name, stored, role),) = store.execute("SELECT name, password, role FROM users").fetchall()
    acts = store.execute("SELECT what, subject FROM audit").fetchall()
    store.close()
    assert (name, role, acts) == ("chief", "ops", [("user_added", "chief")])
    assert _hasher().verify(stored, PASSWORD)
    assert {path.name for path in config.parent.iterdir()} == {"config.toml", "doorwatch.db"}


@pytest.mark.parametrize(
    ("option", "answer", "said"),
    [
        ("id", "-", "id: is blank; fill it in"),
        ("language", "fr", "language: 'fr' is not known; use one of zh or en"),
        ("country", "XX", "country: there is no country 'XX'; write its two capital letters"),
        ("timezone", "Mars/Base", "timezone: there is no time zone 'Mars/Base'; write it as"),
        ("broker", "http://x", "broker: 'http://x' is no broker's address; write mqtt://HOST:1883"),
        ("broker", "none", "adapters: neither a broker nor a radio: nothing would be heard"),
        ("adapters", "usb0", "adapters: 'usb0' is no Bluetooth adapter; write hci0"),
        ("provider", "pigeon", "provider: 'pigeon' is not known; use one of twilio, modem, both"),
        ("listen", "8080", "listen: '8080' is not HOST:PORT; write 127.0.0.1:8080"),
        ("public-url", "ftp://x", "public_url: 'ftp://x' does not begin with https:// or http://"),
        ("admin", "chief", "admin_password_file: is blank; fill it in"),
        ("backup-path", "/nowhere/at/all", "backup_path: /nowhere/at/all is no folder; make it"),
        ("backup-key", "key", "backup_key: is not asked for with these answers; take it out"),
    ],
)
def test_an_answer_that_cannot_be_is_refused_in_the_words_of_check(
    run: Run, config: Path, option: str, answer: str, said: str
) -> None:
    radio = () if option == "adapters" else ("--adapters", "none")
    done = run(*NOBODY, *radio, f"--{option}", answer)
    assert (done.status, config.parent.exists()) == (2, False)
    assert done.err.startswith(said)
    assert len(done.err.splitlines()) == 1


def test_every_wrong_answer_is_said_at_once(run: Run, tmp_path: Path) -> None:
    answers = tmp_path / "answers.toml"
    answers.write_text(
        'country = "XX"\nlisten = "x"\nadmin = "\\u0007"\nbroker = "mqtts://broker"\n'
    )
    done = run("--answers", answers)
    wrong = [line.partition(":")[0] for line in done.err.splitlines()]
    assert wrong == ["country", "listen", "admin", "admin_password_file"]


def test_a_file_of_answers_knows_its_keys(run: Run, tmp_path: Path) -> None:
    answers = tmp_path / "answers.toml"
    answers.write_text('contry = "CN"\nid = 3\ntwilio_token = "secret"\n')
    done = run("--answers", answers)
    assert done.status == 2
    assert done.err.splitlines() == [
        "answers.toml: contry: is not known; did you mean country?",
        "answers.toml: id: is not text; put it in double quotes",
        "answers.toml: twilio_token: is not known; did you mean twilio_token_file?",
    ]


def test_without_a_terminal_nobody_is_asked(run: Run, config: Path) -> None:
    done = run()
    assert (done.status, config.parent.exists()) == (2, False)
    assert "give --answers FILE, or --yes" in done.err


# -- what is there already ------------------------------------------------------------------


def test_nothing_is_replaced_unasked(run: Run, config: Path) -> None:
    run(*NOBODY)
    before = everything_in(config.parent)
    done = run(*NOBODY, "--id", "other")
    assert (done.status, everything_in(config.parent)) == (2, before)
    assert "config.toml: there already; --force replaces it" in done.err
    run(*NOBODY, "--id", "other", "--force")
    after = everything_in(config.parent)
    assert after["config.toml.bak"] == before["config.toml"]
    assert tomllib.loads(after["config.toml"])["gateway"]["id"] == "other"


def written(folder: Path) -> dict[str, tuple[int, ...]]:
    """What a folder holds, without when it was read."""
    stats = {path.name: path.stat() for path in folder.iterdir()}
    return {name: (s.st_ino, s.st_mode, s.st_size, s.st_mtime_ns) for name, s in stats.items()}


def test_the_same_answers_again_write_nothing(run: Run, config: Path, tmp_path: Path) -> None:
    word = secret(tmp_path / "word", PASSWORD)
    answers = (*LEAST, "--admin-password-file", word, "--listen", "0.0.0.0:0", "--json")
    assert len(run(*answers).json()["files"]) == 3
    before = written(config.parent)
    assert run(*answers).json()["files"] == []
    assert written(config.parent) == before


def test_what_is_not_asked_about_stays(run: Run, config: Path) -> None:
    config.parent.mkdir()
    kept = (
        '[channels."+852"]\nsms = ["modem"]\n[dialects]\njson_open = ["auf", "开\\u0001"]\n'
        '[residents]\nhotlines = ["东关社区 0571-88880000"]\n[backup]\nevery_hours = 6\n'
        '[mqtt]\nurl = "mqtt://10.0.0.2"\n[gateway]\nid = "old"\ncountry = "GB"\n'
    )
    config.write_text(kept)
    run("--yes", "--force", "--listen", "127.0.0.1:0", "--admin", "-", "--broker-user", "-")
    old, new = tomllib.loads(kept), tomllib.loads(config.read_text())
    for table in ("channels", "dialects", "residents", "backup", "mqtt"):
        assert new[table] == old[table]
    assert new["gateway"].items() >= {"id": "old", "country": "GB"}.items()


def test_a_mistake_elsewhere_in_the_file_is_said_and_changes_nothing(
    run: Run, config: Path
) -> None:
    config.parent.mkdir()
    config.write_text('[privacy]\npurge_days = 0\n[store]\npath = "doorwatch.db"\n')
    word = secret(config.parent / "word", PASSWORD)
    before = everything_in(config.parent)
    done = run(*LEAST, "--force", "--admin-password-file", word)
    assert (done.status, everything_in(config.parent)) == (2, before)
    assert done.err == "config.toml: privacy.purge_days: is too small; give at least 1\n"


def test_a_disk_that_refuses_leaves_nothing(
    run: Run, config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(*NOBODY)
    before = everything_in(config.parent)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device", "config.toml")

    monkeypatch.setattr(place.durable, "settle", full)
    done = run(*NOBODY, "--force", "--id", "other")
    assert (done.status, everything_in(config.parent)) == (1, before)
    assert "No space left on device" in done.err


def test_a_secret_from_elsewhere_is_copied_for_the_service(
    run: Run, config: Path, tmp_path: Path
) -> None:
    word = secret(tmp_path / "home", "broker's password")
    broker = ("--broker", "mqtt://127.0.0.1:1", "--broker-user", "doorwatch")
    run(*NOBODY, *broker, "--broker-password-file", word)
    mqtt = tomllib.loads(config.read_text())["mqtt"]
    assert mqtt["password_file"] == "mqtt_password"
    copied = config.parent / "mqtt_password"
    assert (copied.read_text(), copied.stat().st_mode & 0o777) == ("broker's password\n", 0o600)
    run(*NOBODY, *broker, "--force")  # a second time: as it is
    assert tomllib.loads(config.read_text())["mqtt"] == mqtt
    run(*NOBODY, *broker, "--force", "--broker-user", "-")
    assert "password_file" not in config.read_text()


def test_a_secret_that_only_the_service_may_read_is_left_to_it(
    run: Run, config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret(tmp_path / "mqtt" / "password", "of the package's mosquitto")
    monkeypatch.setattr(secrets, "KEPT", tmp_path)
    done = run(*NOBODY, "--broker", "local", "--broker-user", "doorwatch", "--json")
    assert done.status == 1
    assert tomllib.loads(config.read_text())["mqtt"] == {"username": "doorwatch"}
    (found,) = [one for one in done.json()["doctor"] if one["part"].startswith("broker")]
    assert found["said"] == "only the service may read the password"
    assert found["remedy"].startswith("sudo ")


def test_own_certificates_have_to_fit(run: Run, config: Path, tmp_path: Path) -> None:
    run(*NOBODY, "--listen", "0.0.0.0:0", "--certificate", "new")
    made = tomllib.loads(config.read_text())["web"]
    assert made["tls_cert"] == "web_cert.pem"
    cert = config.parent / "web_cert.pem"
    own = (*NOBODY, "--listen", "0.0.0.0:0", "--force", "--certificate", "own", "--tls-cert", cert)
    done = run(*own, "--tls-key", secret(tmp_path / "key.pem", "no key"))
    assert (done.status, "do not go together" in done.err) == (2, True)
    assert run(*own, "--tls-key", config.parent / "web_key.pem").status in (0, 1)


@pytest.mark.parametrize(
    ("provider", "sms", "voice"),
    [("modem", ["modem"], []), ("none", ["twilio"], ["twilio"])],
)
def test_who_was_chosen_serves(
    run: Run, config: Path, provider: str, sms: list[str], voice: list[str]
) -> None:
    run(*NOBODY, "--provider", provider)
    channels = tomllib.loads(config.read_text()).get("channels", {})
    assert channels.get("sms", ["twilio"]) == sms
    assert channels.get("voice", ["twilio"]) == voice


def test_anybody_but_the_owner_of_the_data_is_told_whose_it_is(
    run: Run, config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(*NOBODY, "--store", "data/doorwatch.db")
    (config.parent / "data").mkdir()
    owner = pwd.getpwuid(os.geteuid()).pw_name
    before = everything_in(config.parent)
    monkeypatch.setattr(os, "geteuid", lambda: 0 if owner != "root" else 4_242)
    monkeypatch.setattr(os, "access", lambda path, mode: Path(path) != config.parent / "data")
    done = run(*NOBODY, "--force")
    assert (done.status, everything_in(config.parent)) == (2, before)
    assert f"sudo -u {owner} " in done.err


def test_every_question_has_words_and_an_option() -> None:
    options = {name.rstrip("_") for name in inspect.signature(command.setup).parameters}
    for question in questions.QUESTIONS:
        assert all(words.WORDS[question.name])
        assert question.name in options
    assert len({*questions.NAMES}) == len(questions.NAMES)


def test_the_page_names_every_answer_and_no_other() -> None:
    page = (ROOT / "docs/setup.md").read_text()
    named = re.findall(r"^\| `(\w+)` \|", page, re.M)
    files = [f"{n}_file" if n in questions.SECRETS else n for n in questions.NAMES]
    assert named == files


def test_the_gateway_that_is_shipped_is_the_packages() -> None:
    shipped = tomllib.loads((ROOT / "deploy/package/config.toml").read_text())
    assert shipped["gateway"] == known.SHIPPED


def test_of_a_file_as_shipped_the_machine_knows_better(tmp_path: Path) -> None:
    present = tomllib.loads((ROOT / "deploy/package/config.toml").read_text())
    here = machine.Machine("en", "GB", "Etc/UTC", "pi-7", (), ("hci1",), {"GB": "Europe/London"})
    shipped = known.Known(tmp_path, present, here)
    proposed = {}
    for question in questions.QUESTIONS:
        proposed[question.name] = question.default(shipped)
        shipped.answers[question.name] = proposed[question.name]
    assert proposed.items() >= {
        "id": "pi-7", "country": "GB", "timezone": "Europe/London", "language": "en",
        "broker": "local", "broker_user": "doorwatch", "adapters": "hci1",
    }.items()  # fmt: skip
