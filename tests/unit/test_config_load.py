"""config.toml: the shipped defaults, and every mistake at once in our words."""

from pathlib import Path
from zoneinfo import ZoneInfo

import pydantic
import pytest

from gateway import secrets
from gateway.addresses import Broker, Listen
from gateway.config import Config, load
from gateway.errors import Mistakes
from rules.model import Channel

EXAMPLE = """
[gateway]
id = "gw-03"
country = "CN"
timezone = "Asia/Shanghai"
language = "zh"
[store]
path = "/var/lib/doorwatch/doorwatch.db"
[rules]
path = "rules.toml"
[mqtt]
url = "mqtt://127.0.0.1:1883"
username = ""
password_file = ""
ca_file = ""
cert_file = ""
key_file = ""
[ble]
enabled = true
adapters = ["hci0"]
mode = "active"
[channels]
sms = ["twilio"]
voice = ["twilio"]
chat = []
[channels."+86"]
sms = ["modem", "twilio"]
[twilio]
account_sid = ""
auth_token_file = ""
api_key_sid = ""
api_key_secret_file = ""
from_number = ""
messaging_service_sid = ""
api_base = ""
[web]
listen = "127.0.0.1:8080"
tls_cert = ""
tls_key = ""
public_url = ""
[metrics]
listen = "127.0.0.1:10911"
[platform]
url = ""
[privacy]
purge_days = 14
"""


@pytest.fixture(autouse=True)
def _no_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)


def loaded(folder: Path, text: str) -> Config:
    path = folder / "config.toml"
    path.write_text(text, encoding="utf-8")
    return load(path)


def mistakes(folder: Path, text: str) -> list[str]:
    with pytest.raises(Mistakes) as caught:
        loaded(folder, text)
    return [str(mistake) for mistake in caught.value.mistakes]


def secret(folder: Path, name: str, text: str = "s3cret\n", mode: int = 0o600) -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    path.chmod(mode)
    return path


def test_an_empty_file_means_the_defaults_of_the_example(tmp_path: Path) -> None:
    (tmp_path / "rules.toml").touch()  # the example names it
    assert loaded(tmp_path, "") == loaded(tmp_path, EXAMPLE)


def test_values_come_ready_to_use(tmp_path: Path) -> None:
    secret(tmp_path, "mqtt-password")
    config = loaded(
        tmp_path,
        """
        [gateway]
        timezone = "Europe/Berlin"
        [store]
        path = "data/doors.db"
        [mqtt]
        url = "mqtts://broker.example"
        username = "gw"
        password_file = "mqtt-password"
        [web]
        listen = "[::]:443"
        public_url = "https://doors.example/"
        """,
    )
    assert config.gateway.timezone == ZoneInfo("Europe/Berlin")
    assert config.store.path == tmp_path / "data/doors.db"
    assert config.mqtt.url == Broker("broker.example", 8883, tls=True)
    assert config.mqtt.password_file == tmp_path / "mqtt-password"
    assert config.web.listen == Listen("::", 443)
    assert str(config.web.listen) == "[::]:443"
    assert config.web.public_url == "https://doors.example"
    assert config.platform.url is None


def test_a_configuration_never_changes(tmp_path: Path) -> None:
    config = loaded(tmp_path, "")
    with pytest.raises(pydantic.ValidationError):
        config.ble.enabled = False


@pytest.mark.parametrize(
    ("text", "there", "used"),
    [
        ("", True, "rules.toml"),
        ("", False, None),
        ('[rules]\npath = "rules.toml"', True, "rules.toml"),
        ('[rules]\npath = "rules.toml"', False, None),
        ('[rules]\npath = ""', False, None),
        ('[rules]\npath = ""', True, None),
        ('[rules]\npath = "strict.toml"', True, "strict.toml"),
    ],
)
def test_which_rules_file_is_used(tmp_path: Path, text: str, there: bool, used: str | None) -> None:
    if there:
        (tmp_path / "rules.toml").touch()
        (tmp_path / "strict.toml").touch()
    assert loaded(tmp_path, text).rules.path == (tmp_path / used if used else None)


@pytest.mark.parametrize("text", ["", '[rules]\npath = "rules.toml"'])
def test_a_link_to_no_rules_file_is_a_mistake(tmp_path: Path, text: str) -> None:
    (tmp_path / "rules.toml").symlink_to("gone.toml")
    [said] = mistakes(tmp_path, text)
    assert "rules.toml cannot be read: No such file or directory" in said


@pytest.mark.parametrize(
    ("text", "kind", "phone", "providers"),
    [
        ("", Channel.SMS, "+8613800138000", ("modem", "twilio")),
        ("", Channel.VOICE, "+8613800138000", ("twilio",)),
        ("", Channel.SMS, "+14155550100", ("twilio",)),
        ("", Channel.CHAT, "+14155550100", ()),
        ('[channels]\nsms=["modem"]', Channel.SMS, "+14155550100", ("modem",)),
        ('[channels."+86"]\nsms=["twilio"]', Channel.SMS, "+8613800138000", ("twilio",)),
        (
            '[channels]\nvoice=["modem"]\n[channels."+1"]\nsms=[]\n[channels."+1415"]\nsms=["modem"]',
            Channel.SMS,
            "+14155550100",
            ("modem",),
        ),
        ('[channels."+1"]\nsms=[]', Channel.SMS, "+14155550100", ()),
        ('[channels]\nvoice=[]\n[channels."+1"]\nsms=[]', Channel.VOICE, "+14155550100", ()),
    ],
)
def test_providers_by_the_longest_prefix(
    tmp_path: Path, text: str, kind: Channel, phone: str, providers: tuple[str, ...]
) -> None:
    assert loaded(tmp_path, text).channels.providers(kind, phone) == providers


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[gateway]\nid = 3", "gateway.id: is not text; put it in double quotes"),
        ('[gateway]\nid = ""', "gateway.id: is blank; fill it in"),
        (
            '[gateway]\ntimezone = "Asia/Beijing"',
            "gateway.timezone: there is no time zone 'Asia/Beijing'; write it as Asia/Shanghai",
        ),
        ('[gateway]\ntimezone = ""', "gateway.timezone: is blank; fill it in"),
        (
            '[gateway]\ncountry = "China"',
            "gateway.country: there is no country 'China'; write its two capital letters, as CN",
        ),
        (
            '[gateway]\nlanguage = "fr"',
            "gateway.language: 'fr' is not known; use one of zh or en",
        ),
        ('[gateway]\nlanguag = "zh"', "gateway.languag: is not known; did you mean language?"),
        (
            "[gateway]\npurge_days = 3",
            "gateway.purge_days: is not known; it belongs under [privacy]",
        ),
        ('[mqqt]\nurl = ""', "mqqt: is not known; did you mean mqtt?"),
        ('web = "x"', "web: is not a table; put its keys under [web]"),
        (
            '[mqtt]\nurl = "tcp://broker"',
            "mqtt.url: 'tcp://broker' is no broker's address; write mqtt://HOST:1883, "
            "mqtts://HOST:8883 or embedded://127.0.0.1:1883",
        ),
        (
            '[mqtt]\nurl = "mqtt://me:secret@broker"',
            "mqtt.url: holds a user or password, which belong in username and password_file; write "
            "mqtt://HOST:1883, mqtts://HOST:8883 or embedded://127.0.0.1:1883",
        ),
        (
            '[mqtt]\nca_file = "config.toml"',
            "mqtt.ca_file: is for mqtts:// only; write mqtts:// in mqtt.url",
        ),
        (
            '[mqtt]\nurl = "mqtts://b"\ncert_file = "config.toml"',
            "mqtt.key_file: is blank, but cert_file is not; give both or neither",
        ),
        (
            '[mqtt]\nurl = ""\n[ble]\nenabled = false',
            "ble.enabled: nothing is listened to; enable ble, or give mqtt.url",
        ),
        (
            '[ble]\nenabled = "yes"',
            "ble.enabled: is neither true nor false; write true or false, without quotes",
        ),
        (
            '[ble]\nadapters = ["eth0"]',
            "ble.adapters[0]: 'eth0' is no Bluetooth adapter; write hci0, hci1 ...",
        ),
        (
            '[ble]\nadapters = "hci0"',
            'ble.adapters: is not a list; write it in brackets, as ["a", "b"]',
        ),
        (
            "[ble]\nadapters = []",
            'ble.adapters: is empty; write ["hci0"], or set enabled = false',
        ),
        (
            '[channels]\nsms = ["twilo"]',
            "channels.sms[0]: 'twilo' is not known; use one of twilio or modem",
        ),
        (
            '[channels."+86"]\nvoice = ["pigeon"]',
            "channels.\"+86\".voice[0]: 'pigeon' is not known; use one of twilio or modem",
        ),
        (
            '[channels."+86"]\nfax = []',
            'channels."+86".fax: is not known; take it out; known here: chat, sms, voice',
        ),
        (
            '[channels."+x"]\nsms = []',
            "channels.+x: is no country prefix; write a plus and digits, as +86",
        ),
        (
            '[twilio]\nfrom_number = "415 555"',
            "twilio.from_number: '415 555' is no full phone number; write it as +14155550100",
        ),
        (
            '[web]\nlisten = "8080"',
            "web.listen: '8080' is not HOST:PORT; write 127.0.0.1:8080, or 0.0.0.0:8080 for "
            "everybody",
        ),
        (
            '[web]\nlisten = "127.0.0.1:10911"',
            "metrics.listen: is the same as web.listen; give it another port",
        ),
        (
            '[web]\npublic_url = "doors.example"',
            "web.public_url: 'doors.example' does not begin with https:// or http://; write "
            "https://HOST",
        ),
        (
            '[platform]\nurl = "ftp://x"',
            "platform.url: 'ftp://x' does not begin with https:// or http:// or mqtts:// or "
            "mqtt://; write https://HOST/PATH or mqtts://HOST:8883/TOPIC",
        ),
        ("[privacy]\npurge_days = 0", "privacy.purge_days: is too small; give at least 1"),
        (
            "[privacy]\npurge_days = 14.5",
            "privacy.purge_days: is not a whole number; write digits, without quotes",
        ),
    ],
)
def test_what_a_mistake_is_called(tmp_path: Path, text: str, said: str) -> None:
    assert mistakes(tmp_path, text) == [f"config.toml: {said}"]


def test_every_mistake_is_said_at_once(tmp_path: Path) -> None:
    text = """
    [gateway]
    country = "XX"
    colour = "red"
    [mqtt]
    url = "x"
    username = "gw"
    password_file = "missing"
    [web]
    listen = "x"
    """
    assert mistakes(tmp_path, text) == [
        "config.toml: gateway.country: there is no country 'XX'; write its two capital letters, "
        "as CN",
        "config.toml: gateway.colour: is not known; did you mean country?",
        "config.toml: mqtt.url: 'x' is no broker's address; write mqtt://HOST:1883, "
        "mqtts://HOST:8883 or embedded://127.0.0.1:1883",
        f"config.toml: mqtt.password_file: {tmp_path}/missing cannot be read: No such file or "
        "directory; put the secret there, and nothing else",
        "config.toml: web.listen: 'x' is not HOST:PORT; write 127.0.0.1:8080, or 0.0.0.0:8080 for "
        "everybody",
    ]


@pytest.mark.parametrize("name", ["strict.toml", "./rules.toml", "rules/rules.toml"])
def test_another_rules_file_that_is_named_must_be_there(tmp_path: Path, name: str) -> None:
    assert mistakes(tmp_path, f'[rules]\npath = "{name}"') == [
        f"config.toml: rules.path: {tmp_path / name} cannot be read: No such file or "
        'directory; give a file that can, or path = "" for the rules as shipped'
    ]


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (
            b"[gateway\n",
            "is no TOML: Expected ']' at the end of a table declaration (at line 1, "
            "column 9); mend that line",
        ),
        (b'[gateway]\nid = "\xff"\n', "is not UTF-8; save it as UTF-8"),
    ],
)
def test_a_file_that_is_no_toml(tmp_path: Path, data: bytes, said: str) -> None:
    path = tmp_path / "config.toml"
    path.write_bytes(data)
    with pytest.raises(Mistakes) as caught:
        load(path)
    assert str(caught.value) == f"config.toml: {said}"


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(Mistakes) as caught:
        load(tmp_path / "config.toml")
    assert str(caught.value) == (
        f"config.toml: {tmp_path}/config.toml cannot be read: No such file or directory; give a "
        "file that can"
    )


TWILIO = '[twilio]\naccount_sid = "AC1"\nfrom_number = "+14155550100"\n'


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (TWILIO + 'auth_token_file = "token"', []),
        (TWILIO + 'api_key_sid = "SK1"\napi_key_secret_file = "token"', []),
        (
            '[twilio]\naccount_sid = "AC1"\nmessaging_service_sid = "MG1"\n'
            'auth_token_file = "token"',
            [],
        ),
        ('[twilio]\napi_base = "http://127.0.0.1:9000"', []),
        (
            TWILIO,
            [
                "twilio.auth_token_file: is blank; name the file that holds the token, or give an "
                "API key"
            ],
        ),
        (
            TWILIO + 'api_key_sid = "SK1"',
            ["twilio.api_key_secret_file: is blank; name the file that holds the key's secret"],
        ),
        (
            '[twilio]\naccount_sid = "SK1"\nauth_token_file = "token"',
            [
                "twilio.account_sid: is an API key; put it into api_key_sid, and the account's, "
                "which begins with AC, here",
                "twilio.from_number: is blank; give it, or messaging_service_sid",
            ],
        ),
        (
            '[twilio]\nfrom_number = "+14155550100"',
            ["twilio.account_sid: is blank; fill it in; it begins with AC"],
        ),
    ],
)
def test_twilio_is_named_whole_or_not_at_all(tmp_path: Path, text: str, said: list[str]) -> None:
    secret(tmp_path, "token")
    if said:
        assert mistakes(tmp_path, text) == [f"config.toml: {line}" for line in said]
    else:
        assert loaded(tmp_path, text).twilio.is_named is ("account_sid" in text)


@pytest.mark.parametrize(
    ("content", "mode", "said"),
    [
        ("x", 0o644, "everybody can read {file}; run chmod 600 {file}"),
        ("\n", 0o600, "{file} is empty; put the secret there, and nothing else"),
    ],
)
def test_a_secret_file_must_hold_one_and_be_private(
    tmp_path: Path, content: str, mode: int, said: str
) -> None:
    file = secret(tmp_path, "token", content, mode)
    assert mistakes(tmp_path, TWILIO + 'auth_token_file = "token"') == [
        f"config.toml: twilio.auth_token_file: {said.format(file=file)}"
    ]


def test_a_systemd_credential_serves_where_no_file_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "credentials"
    folder.mkdir()
    secret(folder, "twilio_auth_token", "from systemd\n")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(folder))
    monkeypatch.setenv("TWILIO_AUTH_TOKEN", "from the environment")
    loaded(tmp_path, TWILIO)
    found = secrets.find("twilio", "auth_token", None)
    assert found is not None
    assert found.get_secret_value() == "from systemd"
    assert "systemd" not in f"{found} {found!r}"
    own = secrets.find("twilio", "auth_token", secret(tmp_path, "own"))
    assert own is not None
    assert own.get_secret_value() == "s3cret"
    assert secrets.find("mqtt", "password", None) is None


def test_the_environment_gives_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TWILIO_AUTH_TOKEN", "from the environment")
    monkeypatch.setenv("twilio_auth_token", "from the environment")
    assert secrets.find("twilio", "auth_token", None) is None
