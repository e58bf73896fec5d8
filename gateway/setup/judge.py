"""Why an answer cannot be; None: it can. What judges config.toml judges here, too."""

import os
import ssl
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from gateway import secrets, toml
from gateway.accounts import passwords, users
from gateway.alerts.twilio import TwilioAccount
from gateway.backup import key as backup_key
from gateway.config import KEYS, TABLES, checks
from gateway.setup import certificate as certificates
from gateway.setup.known import NONE, Known

LOCAL = "mqtt://127.0.0.1:1883"
BROKERS = {"local": LOCAL, "embedded": "embedded://127.0.0.1:1883", "none": ""}
PROVIDERS = {"twilio": ("twilio",), "modem": ("modem",), "both": ("twilio", "modem"), "none": ()}
CERTIFICATES = ("new", "own", "keep", "none")
OURS = ("localhost", "127.0.0.1")  # names that every certificate has

Wrong = str | None


def mistake(known: Known, table: str, key: str, value: Any, **others: Any) -> Wrong:
    """What ``doorwatch check`` would say of this value, beside others of its table."""
    kind, place = TABLES[table], f"{table}.{key}"
    try:
        read = kind.model_validate({key: value, **others}, context={"base": known.folder})
    except ValidationError as error:
        found = toml.said(table, error, KEYS[table], KEYS)
    else:
        found = [*checks.files(table, read), *checks.within(read)]
    said = (f"{m.what}; {m.remedy}" for m in found if m.place.partition("[")[0] == place)
    return next(said, None)


def by(table: str, key: str) -> Callable[[Known, str], Wrong]:
    return lambda known, answer: mistake(known, table, key, answer)


def one_of(answer: str, names: Iterable[str]) -> Wrong:
    return None if answer in names else f"{answer!r} is not known; use one of {', '.join(names)}"


def url_of(answer: str) -> str:
    return BROKERS.get(answer, answer)


def names_in(answer: str) -> list[str]:
    return [name.strip() for name in answer.split(",") if name.strip()]


def _secret_wrong(known: Known, answer: str, place: str, *, there: bool) -> Wrong:
    if answer.startswith("@"):
        found = secrets.mistakes(place, known.folder / answer[1:])
        return next((f"{m.what}; {m.remedy}" for m in found), None)
    if "\n" in answer or not answer.isprintable():
        return "it is one line of printable characters"
    return None if answer or there else "is blank; fill it in, or @FILE"


def broker(known: Known, answer: str) -> Wrong:
    return mistake(known, "mqtt", "url", url_of(answer))


def broker_password(known: Known, answer: str) -> Wrong:
    there = known.has_secret("mqtt", "password", "password_file")
    return _secret_wrong(known, answer, "mqtt.password_file", there=there)


def adapters(known: Known, answer: str) -> Wrong:
    if answer == "none":
        nothing = not url_of(known["broker"])
        return "neither a broker nor a radio: nothing would be heard" if nothing else None
    return mistake(known, "ble", "adapters", names_in(answer))


def twilio_sid(known: Known, answer: str) -> Wrong:
    if not answer.startswith(("AC", "SK")):
        return "is no account; it begins with AC"
    return mistake(known, "twilio", "account_sid", answer)


def has_token(known: Known) -> bool:
    key = known.text("twilio", "api_key_sid")
    return bool(key) or known.has_secret("twilio", "auth_token", "auth_token_file")


def twilio_token(known: Known, answer: str) -> Wrong:
    there = has_token(known)
    if answer == NONE:  # an API key alone will do
        answer, there = "", bool(known.text("twilio", "api_key_sid"))
    wrong = _secret_wrong(known, answer, "twilio.auth_token_file", there=there)
    return wrong or _refused(known, answer)


def _refused(known: Known, answer: str) -> Wrong:
    """Asks Twilio, if what it needs is at hand."""
    try:
        token = known.secret(answer, "twilio", "auth_token", "auth_token_file")
        with_key = known.secret("", "twilio", "api_key_secret", "api_key_secret_file")
    except OSError as error:
        return f"cannot be read: {error.strerror}"
    account = TwilioAccount(
        account_sid=known["twilio_sid"],
        auth_token=token or "",
        api_key_sid=known.text("twilio", "api_key_sid") if with_key and not answer else "",
        api_key_secret=with_key or "",
        api_base=known.text("twilio", "api_base"),
    )
    if not token and not account.api_key_sid:
        known.say("unasked", why="only the service may read the token")
        return None
    known.say("asking")
    said = known.ask_twilio(account)
    if said.refused:
        return f"Twilio does not know this account with this token ({said.why}); mend either"
    known.say("unasked" if said.why else "known", why=said.why)
    return None


def twilio_from(known: Known, answer: str) -> Wrong:
    if answer.startswith("MG"):
        return None
    others = {"account_sid": known["twilio_sid"]}
    return mistake(known, "twilio", "from_number", answer, **others)


def kind_of_certificate(known: Known, answer: str) -> Wrong:
    if answer == "keep":
        cert, key = known.text("web", "tls_cert"), known.text("web", "tls_key")
        return _pair_wrong(known, cert, key) if cert else "there is none to keep"
    return one_of(answer, CERTIFICATES)


def certificate_names(_: Known, answer: str) -> Wrong:
    try:
        certificates.make([*OURS, *names_in(answer)])
    except ValueError as error:
        return str(error)
    return None


def tls_key(known: Known, answer: str) -> Wrong:
    cert = known["tls_cert"]
    if not cert or not answer:
        return "is blank; give both files"
    return mistake(known, "web", "tls_key", answer) or _pair_wrong(known, cert, answer)


def _pair_wrong(known: Known, cert: str, key: str) -> Wrong:
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(
            known.folder / cert, known.folder / key, lambda: ""
        )
    except ssl.SSLError as error:
        return f"certificate and key do not go together ({error.reason or 'unreadable'})"
    except OSError as error:
        return f"{error.filename or key or cert} cannot be read: {error.strerror}"
    return None


def admin(_: Known, answer: str) -> Wrong:
    return users.mistake(answer) if answer else None


def admin_password(known: Known, answer: str) -> Wrong:
    known_already = known["admin"] in known.users
    wrong = _secret_wrong(known, answer, "admin_password", there=known_already)
    if wrong or not answer:
        return wrong
    text = secrets.find("", "", known.folder / answer[1:]) if answer.startswith("@") else None
    return passwords.mistake(text.get_secret_value() if text else answer)


def backup_path(known: Known, answer: str) -> Wrong:
    folder = known.folder / answer
    if answer and not folder.is_dir():
        return f"{folder} is no folder; make it, or plug the disk in"
    if answer and not os.access(folder, os.W_OK | os.X_OK):
        return f"{folder} cannot be written; give it to the gateway's user"
    return None


def backup_key_file(known: Known, answer: str) -> Wrong:
    path = known.folder / answer
    if answer and not path.exists():
        here = Path(answer).name == answer
        return None if here else f"{path} is not there; one is made only beside config.toml"
    if wrong := mistake(known, "backup", "key_file", answer, path=known["backup_path"]):
        return wrong
    try:
        found = secrets.find("backup", "key", path) if answer else None
        backup_key.parse(found.get_secret_value()) if found else None
    except (OSError, ValueError) as error:
        return str(error)
    return None
