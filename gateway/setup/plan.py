"""What the answers mean for config.toml, for the files beside it and for the logins."""

import secrets as random
from typing import Any, NamedTuple

from gateway import secrets
from gateway.backup import key as backup_key
from gateway.setup import certificate, document
from gateway.setup.judge import OURS, PROVIDERS, names_in, url_of
from gateway.setup.known import NONE, Known

CERTIFICATE, KEY = "web_cert.pem", "web_key.pem"
FILE_KEYS = ("password_file", "auth_token_file", "tls_cert", "tls_key", "key_file")


class Plan(NamedTuple):
    """``tables``: of config.toml. ``files``: what is written beside it. ``password``: the
    administrator's, in clear; None: as it is."""

    tables: dict[str, Any]
    files: dict[str, str]
    admin: str
    password: str | None


def plan(known: Known) -> Plan:
    """Tables and keys that are not asked about stay as they are written. Raises OSError."""
    files: dict[str, str] = {}
    changes = {
        "gateway": {name: known[name] for name in ("id", "country", "timezone", "language")},
        "store": {"path": known["store"]} if known["store"] else {},
        "mqtt": _mqtt(known, files),
        "ble": _ble(known),
        "channels": _channels(known),
        "twilio": _twilio(known, files),
        "modem": {"enabled": "modem" in PROVIDERS[known["provider"]]},
        "web": _web(known, files),
        "backup": _backup(known, files),
    }
    tables = {name: dict(table) for name, table in known.present.items()}
    ours = tuple(changes)
    order = [*(name for name in ours if name in {**tables, **changes}), *tables]
    merged = {name: {**tables.get(name, {}), **changes.get(name, {})} for name in order}
    keys = {name: {*change} for name, change in changes.items()}
    password = known["admin_password"]
    return Plan(
        document.lean(merged, keys),
        files,
        known["admin"],
        _read(known, password) if password else None,
    )


def _read(known: Known, answer: str) -> str:
    """A secret that was typed, or that a file has."""
    if not answer.startswith("@"):
        return answer
    found = secrets.find("", "", known.folder / answer[1:])
    return found.get_secret_value() if found else ""


def _secret(known: Known, answer: str, present: str, name: str, files: dict[str, str]) -> str:
    """The file of a secret in config.toml: a new one beside it, the present one, or none.

    A file from elsewhere is copied: the service could not read one in somebody's home."""
    if not answer or answer == NONE:
        return "" if answer else present
    if answer.startswith("@") and "/" not in answer:
        return answer[1:]
    files[name] = f"{_read(known, answer)}\n"
    return name


def _mqtt(known: Known, files: dict[str, str]) -> dict[str, Any]:
    user = known["broker_user"]
    file = _secret(
        known,
        known["broker_password"] if user else NONE,
        known.text("mqtt", "password_file"),
        "mqtt_password",
        files,
    )
    tls = known["broker"].startswith("mqtts:")
    own = {} if tls else {"cert_file": "", "key_file": ""}
    return {
        "url": url_of(known["broker"]),
        "username": user,
        "password_file": file,
        "ca_file": known["broker_ca"],
        **own,
    }


def _ble(known: Known) -> dict[str, Any]:
    if known["adapters"] == "none":
        return {"enabled": False}
    return {"enabled": True, "adapters": names_in(known["adapters"])}


def _channels(known: Known) -> dict[str, Any]:
    """Who was chosen is named somewhere, who was not nowhere; the present order stays."""
    chosen = PROVIDERS[known["provider"]]
    if not chosen:
        return {}
    found = {}
    for kind, serving in (("sms", ("twilio", "modem")), ("voice", ("twilio",))):
        written = known.now("channels", kind)
        before = [*known.default("channels", kind)] if written is None else written
        kept = [name for name in before if name in chosen]
        found[kind] = kept + [n for n in serving if n in chosen and n not in kept]
    return found


def _twilio(known: Known, files: dict[str, str]) -> dict[str, Any]:
    if "twilio" not in PROVIDERS[known["provider"]]:
        blank = ("account_sid", "auth_token_file", "from_number", "messaging_service_sid")
        return dict.fromkeys((*blank, "api_key_sid", "api_key_secret_file"), "")
    sender = known["twilio_from"]
    service = sender.startswith("MG")
    present = known.text("twilio", "auth_token_file")
    return {
        "account_sid": known["twilio_sid"],
        "auth_token_file": _secret(
            known, known["twilio_token"], present, "twilio_auth_token", files
        ),
        "from_number": "" if service else sender,
        "messaging_service_sid": sender if service else "",
    }


def _web(known: Known, files: dict[str, str]) -> dict[str, Any]:
    found = {"listen": known["listen"], "public_url": known["public_url"]}
    match known["certificate"]:
        case "new":
            names = dict.fromkeys([*OURS, *names_in(known["certificate_names"])])
            made = certificate.make([*names])
            files[CERTIFICATE], files[KEY] = made.certificate.decode(), made.key.decode()
            found |= {"tls_cert": CERTIFICATE, "tls_key": KEY}
        case "own":
            found |= {"tls_cert": known["tls_cert"], "tls_key": known["tls_key"]}
        case "none":
            found |= {"tls_cert": "", "tls_key": ""}
    return found


def _backup(known: Known, files: dict[str, str]) -> dict[str, Any]:
    if not known["backup_path"]:
        return {"path": ""}
    name = known["backup_key"]
    if name and not (known.folder / name).exists():
        files[name] = f"{random.token_hex(backup_key.BYTES)}\n"
    return {"path": known["backup_path"], "key_file": name}
