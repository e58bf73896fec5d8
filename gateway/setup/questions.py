"""What is asked, in which order, and what Enter means. Every answer is text; blank means "none"."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from gateway import addresses
from gateway.setup import judge
from gateway.setup.judge import Wrong
from gateway.setup.known import SHIPPED, Known

FOR_ALL = "0.0.0.0:8443"  # phones of installers reach the pages; with a certificate
PACKAGED = Path("/etc/doorwatch")


@dataclass(frozen=True)
class Question:
    """``default``: what Enter means. ``wrong``: why an answer cannot be. ``wanted``: whether it is
    asked at all. ``again``: when it is wrong, asked again from that one on."""

    name: str
    default: Callable[[Known], str]
    wrong: Callable[[Known, str], Wrong]
    wanted: Callable[[Known], bool] = lambda known: True
    secret: Callable[[Known], bool] | None = None  # whether there is one already
    twice: bool = False  # typed twice
    again: str = ""


def _written(table: str, key: str) -> Callable[[Known], str]:
    return lambda known: known.text(table, key)


def _broker(known: Known) -> str:
    url = known.now("mqtt", "url")
    url = judge.LOCAL if url is None else url
    return next((name for name, one in judge.BROKERS.items() if one == url), url)


def _has_account(known: Known) -> bool:
    return known["broker"] not in ("embedded", "none") and "embedded:" not in known["broker"]


def _broker_user(known: Known) -> str:
    local = "doorwatch" if known["broker"] == "local" and not known.present.get("mqtt") else ""
    return known.text("mqtt", "username") or local


def _adapters(known: Known) -> str:
    if known.now("ble", "enabled") is False:
        return "none"
    written = () if known.is_shipped else known.now("ble", "adapters")
    found = written or known.machine.adapters
    if not found:
        known.say("no_radio")
    return ",".join(found) or "none"


def _provider(known: Known) -> str:
    there = ("twilio",) * bool(known.text("twilio", "account_sid"))
    there += ("modem",) * bool(known.now("modem", "enabled"))
    return next(name for name, one in judge.PROVIDERS.items() if one == there)


def has_twilio(known: Known) -> bool:
    return "twilio" in judge.PROVIDERS.get(known["provider"], ())


def _from(known: Known) -> str:
    return known.text("twilio", "messaging_service_sid") or known.text("twilio", "from_number")


def _listen(known: Known) -> str:
    return known.text("web", "listen") or FOR_ALL


def _wants_certificate(known: Known) -> bool:
    try:
        host = addresses.listen(known["listen"]).host
    except ValueError:
        return False
    return host != "localhost" and not host.startswith("127.") and host != "::1"


def _certificate(known: Known) -> str:
    return "keep" if known.text("web", "tls_cert") else "new"


def _names(known: Known) -> str:
    """By which a browser may reach it; those by which only this machine does are always in it."""
    name = known.machine.name
    public = known["public_url"].partition("://")[2].partition("/")[0].partition(":")[0]
    return ",".join(
        filter(None, [name, name and f"{name}.local", *known.machine.addresses, public])
    )


def _is_own(known: Known) -> bool:
    return known["certificate"] == "own"


def _backup_key(known: Known) -> str:
    kept = known.has_secret("backup", "key", "key_file")
    return known.text("backup", "key_file") or ("" if kept else "backup_key")


def _gateway(key: str, proposed: Callable[[Known], str]) -> Callable[[Known], str]:
    return lambda known: known.text("gateway", key) or proposed(known) or SHIPPED[key]


QUESTIONS = (
    Question(
        "language",
        _gateway("language", lambda known: known.machine.language),
        judge.by("gateway", "language"),
    ),
    Question("id", _gateway("id", lambda known: known.machine.name), judge.by("gateway", "id")),
    Question(
        "country",
        _gateway("country", lambda known: known.machine.country),
        judge.by("gateway", "country"),
    ),
    Question(
        "timezone",
        _gateway("timezone", lambda known: known.machine.zone_of(known["country"])),
        judge.by("gateway", "timezone"),
    ),
    Question(
        "store",
        lambda known: known.text("store", "path") or "doorwatch.db",
        judge.by("store", "path"),
        lambda known: known.folder != PACKAGED,  # whose data have their place
    ),
    Question("broker", _broker, judge.broker),
    Question(
        "broker_ca",
        _written("mqtt", "ca_file"),
        lambda known, answer: judge.mistake(known, "mqtt", "ca_file", answer, url=known["broker"]),
        lambda known: known["broker"].startswith("mqtts:"),
    ),
    Question("broker_user", _broker_user, lambda known, answer: None, _has_account),
    Question(
        "broker_password",
        lambda known: "",
        judge.broker_password,
        lambda known: _has_account(known) and bool(known["broker_user"]),
        lambda known: known.has_secret("mqtt", "password", "password_file"),
    ),
    Question("adapters", _adapters, judge.adapters),
    Question("provider", _provider, lambda known, answer: judge.one_of(answer, judge.PROVIDERS)),
    Question("twilio_sid", _written("twilio", "account_sid"), judge.twilio_sid, has_twilio),
    Question(
        "twilio_token",
        lambda known: "",
        judge.twilio_token,
        has_twilio,
        judge.has_token,
        again="twilio_sid",
    ),
    Question("twilio_from", _from, judge.twilio_from, has_twilio),
    Question("listen", _listen, judge.by("web", "listen")),
    Question("public_url", _written("web", "public_url"), judge.by("web", "public_url")),
    Question("certificate", _certificate, judge.kind_of_certificate, _wants_certificate),
    Question(
        "certificate_names",
        _names,
        judge.certificate_names,
        lambda known: _wants_certificate(known) and known["certificate"] == "new",
    ),
    Question(
        "tls_cert",
        _written("web", "tls_cert"),
        lambda known, answer: judge.mistake(known, "web", "tls_cert", answer),
        _is_own,
    ),
    Question("tls_key", _written("web", "tls_key"), judge.tls_key, _is_own, again="tls_cert"),
    Question("admin", lambda known: min(known.users, default="admin"), judge.admin),
    Question(
        "admin_password",
        lambda known: "",
        judge.admin_password,
        lambda known: bool(known["admin"]),
        lambda known: known["admin"] in known.users,
        twice=True,
    ),
    Question("backup_path", _written("backup", "path"), judge.backup_path),
    Question(
        "backup_key", _backup_key, judge.backup_key_file, lambda known: bool(known["backup_path"])
    ),
)
NAMES = tuple(question.name for question in QUESTIONS)
SECRETS = tuple(question.name for question in QUESTIONS if question.secret)
